import { type ChildProcess, fork } from "node:child_process";
import { builtModule } from "./built-module.ts";

/** A module that runs in a process of its own and answers questions by `answerParent`, one at a time. */
export interface ChildModule {
  ask<Answer>(question: unknown): Promise<Answer>;
  /** Ends the process. */
  close(): Promise<void>;
}

/** How a child differs from this process. */
export interface ChildOptions {
  /** Added to the environment. Proxies are always taken out of it: everything here is on this computer. */
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of Node. */
  readonly execArgv?: readonly string[];
}

type Reply = { readonly answer: unknown } | { readonly failure: string } | { readonly ready: true };

/** Builds a module and starts it in a process of its own, which shares neither event loop nor heap with anything else. */
export async function startInChild(module: URL, options: ChildOptions = {}): Promise<ChildModule> {
  const child = fork(await builtModule(module), {
    execArgv: [...(options.execArgv ?? [])],
    env: { ...withoutProxies(process.env), ...options.env },
    serialization: "advanced",
  });
  await nextReply(child, module);
  return {
    async ask<Answer>(question: unknown) {
      const reply = nextReply(child, module);
      child.send({ question });
      return (await reply) as Answer;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** One question to a module in a process of its own, which ends afterwards. */
export async function askInChild<Answer>(module: URL, question: unknown, options: ChildOptions = {}): Promise<Answer> {
  const child = await startInChild(module, options);
  try {
    return await child.ask<Answer>(question);
  } finally {
    await child.close();
  }
}

/** An environment in which everything is reached directly. */
export function withoutProxies(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:https?|all)_proxy$/i.test(name)));
}

function nextReply(child: ChildProcess, module: URL): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`${module.pathname} ended without an answer`));
    child.once("exit", ended);
    child.once("error", reject);
    child.once("message", (reply: Reply) => {
      child.off("exit", ended);
      child.off("error", reject);
      if ("failure" in reply) reject(new Error(`${module.pathname}: ${reply.failure}`));
      else resolve("answer" in reply ? reply.answer : undefined);
    });
  });
}
