import { randomUUID } from "node:crypto";

/** A blob on its way in. */
export interface UploadSession {
  readonly id: string;
  readonly repository: string;
  /** Changes with every chunk, as in docker-registry: a client must follow the Location it was last given. */
  state: string;
  received: Uint8Array;
}

/** Open uploads by id. */
export interface UploadSessions {
  open(repository: string): UploadSession;
  find(repository: string, id: string): UploadSession | undefined;
  append(session: UploadSession, bytes: Uint8Array): void;
  close(session: UploadSession): void;
}

/** Uploads live in memory until they are finished: a restart loses them, as it may in a real registry. */
export function createUploadSessions(): UploadSessions {
  const sessions = new Map<string, UploadSession>();
  return {
    open(repository) {
      const session = { id: randomUUID(), repository, state: randomUUID(), received: new Uint8Array() };
      sessions.set(session.id, session);
      return session;
    },
    find(repository, id) {
      const session = sessions.get(id);
      return session?.repository === repository ? session : undefined;
    },
    append(session, bytes) {
      session.received = Buffer.concat([session.received, bytes]);
      session.state = randomUUID();
    },
    close: (session) => void sessions.delete(session.id),
  };
}
