import type { HttpClient, HttpHeaders, HttpResponse, HttpStreamResponse } from "@bayplan/runtime";

/**
 * The client, with the 403 by which Amazon ECR says that a password is over turned into the 401 that it means: then a
 * new password is asked for.
 */
export function createRenewingHttp(http: HttpClient): HttpClient {
  return {
    async request(request, options) {
      const response = await http.request(request, options);
      return response.status === 403 && isOver(response.body) ? asUnauthorized(response) : response;
    },
    async stream(request, options) {
      const response = await http.stream(request, options);
      if (response.status !== 403) return response;
      const chunks: Uint8Array[] = [];
      // Bounded by the client, as every body of a refusal is.
      for await (const chunk of response.body) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const again = { ...response, body: once(body) };
      return isOver(body) ? asUnauthorized(again) : again;
    },
    close: () => http.close(),
  };
}

function isOver(body: Uint8Array): boolean {
  return /authorization token has expired/i.test(new TextDecoder().decode(body));
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

function asUnauthorized<R extends HttpResponse | HttpStreamResponse>(response: R): R {
  const challenge = 'Basic realm="Amazon ECR"';
  const isChallenge = (name: string): boolean => name.toLowerCase() === "www-authenticate";
  const headers: HttpHeaders = {
    get: (name) => (isChallenge(name) ? challenge : response.headers.get(name)),
    getAll: (name) => (isChallenge(name) ? [challenge] : response.headers.getAll(name)),
  };
  return { ...response, status: 401, headers };
}
