/** A request that GitHub refuses; thrown anywhere below the router, which answers it. */
export class GitHubRefusal extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super(`refused with ${response.status}`);
    this.response = response;
  }
}

/** An error document as GitHub writes it, ready to be thrown. */
export function gitHubRefusal(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): GitHubRefusal {
  const documentation_url = "https://docs.github.com/rest";
  return new GitHubRefusal(gitHubJson(status, { message, documentation_url, status: String(status) }, headers));
}

/** A JSON answer. */
export function gitHubJson(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const body = JSON.stringify(value);
  const length = String(Buffer.byteLength(body));
  return new Response(body, {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "content-length": length, ...headers },
  });
}
