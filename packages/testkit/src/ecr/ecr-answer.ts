/** A call that Amazon ECR refuses; thrown anywhere below the router, which answers it. */
export class EcrRefusal extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super(`refused with ${response.status}`);
    this.response = response;
  }
}

/** An exception of the JSON API, ready to be thrown. Status 400, as of nearly all of them. */
export function ecrRefusal(type: string, message: string, status = 400): EcrRefusal {
  return new EcrRefusal(ecrJson(status, { __type: type, message }));
}

/** An answer of the JSON API (`x-amz-json-1.1`). */
export function ecrJson(status: number, value: unknown): Response {
  const body = JSON.stringify(value);
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "content-length": String(Buffer.byteLength(body)),
    "x-amzn-requestid": "00000000-0000-0000-0000-000000000000",
  };
  return new Response(body, { status, headers });
}

/** What the API answers to a parameter that is wrong. */
export function invalidParameter(name: string, constraint: string): EcrRefusal {
  const message = `Invalid parameter at '${name}' failed to satisfy constraint: '${constraint}'`;
  return ecrRefusal("InvalidParameterException", message);
}
