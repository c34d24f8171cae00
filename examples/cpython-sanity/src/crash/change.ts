/** A request that changes something at a registry or at GitHub. */
export interface Change {
  /** Which server: `registry`, `copies` or `github`. */
  readonly server: string;
  /** `bayplan`: sent by the process that executes the plan; `workflow`: by a run that it started. */
  readonly by: "bayplan" | "workflow";
  /** What it is, the same in every execution of the plan: for example `PUT /v2/team/app/manifests/1.2`. */
  readonly name: string;
  /** 1 for the first request of this name. */
  readonly number: number;
}

/** A place in an execution: a request that changes something, and the side of it. */
export interface Boundary {
  readonly change: Change;
  /** `before`: it arrives and has no effect. `after`: it had its effect and nobody is told. */
  readonly side: "before" | "after";
}

/** Name of what a request changes; `undefined` if it only reads. */
export function changeName(request: Request): string | undefined {
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  const { pathname, searchParams } = new URL(request.url);
  // Sessions have random names and states; the digest at their end says what was sent.
  const path = pathname.replace(/(\/blobs\/uploads\/).+$/, "$1*");
  const known = ["digest", "mount", "from"].flatMap((name) => {
    const value = searchParams.get(name);
    return value === null ? [] : [`${name}=${value}`];
  });
  return `${request.method} ${path}${known.length === 0 ? "" : `?${known.join("&")}`}`;
}

/** For people and as a key: one text per boundary. */
export function boundaryText({ change, side }: Boundary): string {
  return `${side} ${change.by}'s ${change.server} ${change.name} #${change.number}`;
}

/** Whether two are the same request of two executions. */
export function isSameChange(left: Change, right: Change): boolean {
  return (
    left.server === right.server && left.by === right.by && left.name === right.name && left.number === right.number
  );
}
