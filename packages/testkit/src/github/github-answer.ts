/** A request that GitHub refuses; thrown anywhere below the router, which answers it. */
export class GitHubRefusal extends Error {
  readonly #status: number;
  readonly #body: Readonly<Record<string, unknown>>;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>>) {
    super(`refused with ${status}`);
    this.#status = status;
    this.#body = body;
    this.#headers = headers;
  }

  /** The answer; `docs` is the page of the documentation that it names, below the REST API's. */
  answer(docs?: string): Response {
    const documentation_url = `https://docs.github.com/rest${docs === undefined ? "" : `/${docs}`}`;
    return gitHubJson(this.#status, { documentation_url, ...this.#body, status: String(this.#status) }, this.#headers);
  }
}

/** An error document as GitHub writes it, ready to be thrown. */
export function gitHubRefusal(
  status: number,
  message: string,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly documentationUrl?: string } = {},
): GitHubRefusal {
  const { headers = {}, documentationUrl } = options;
  const place = documentationUrl === undefined ? {} : { documentation_url: documentationUrl };
  return new GitHubRefusal(status, { message, ...place }, headers);
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
