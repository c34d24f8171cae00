const linesByResponse = new WeakMap<Response, Readonly<Record<string, readonly string[]>>>();

/**
 * Gives the answer headers of several lines each. In the `Headers` they are joined by a comma, as `fetch` shows them;
 * on a socket they go out line by line, which some clients tell apart.
 */
export function withHeaderLines(response: Response, lines: Readonly<Record<string, readonly string[]>>): Response {
  for (const [name, values] of Object.entries(lines)) {
    response.headers.delete(name);
    for (const value of values) response.headers.append(name, value);
  }
  linesByResponse.set(response, { ...linesByResponse.get(response), ...lines });
  return response;
}

/** The headers of several lines, by name; usually none. */
export function headerLines(response: Response): Readonly<Record<string, readonly string[]>> {
  return linesByResponse.get(response) ?? {};
}

/** The same status and headers, lines included, around another body. */
export function withBody(response: Response, body: Uint8Array | ReadableStream<Uint8Array> | null): Response {
  const { status, headers } = response;
  return withHeaderLines(new Response(body, { status, headers }), headerLines(response));
}
