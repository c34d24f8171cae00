import type { EcrIdentities } from "./ecr-identities.ts";

/**
 * Answers the two calls of AWS STS that lead to a registry: who am I, and credentials for a token of GitHub or another
 * issuer. STS speaks forms and XML.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export async function answerSts(
  request: Request,
  settings: {
    readonly identities: EcrIdentities;
    readonly accountId: string;
    readonly region: string;
    /** Access key ID and ARN by the token of the issuer. */
    readonly webIdentities: Readonly<
      Record<string, { readonly accessKeyId: string; readonly allow?: readonly string[] }>
    >;
    readonly expiresMs: number;
  },
): Promise<Response> {
  const { identities, accountId, region, webIdentities } = settings;
  const form = new URLSearchParams(await request.text());
  const action = form.get("Action") ?? "";
  if (action === "GetCallerIdentity") {
    const { arn } = identities.signer(request, { region, service: "sts" });
    return xml(action, `<Arn>${arn}</Arn><UserId>AIDASIMULATED</UserId><Account>${accountId}</Account>`);
  }
  if (action !== "AssumeRoleWithWebIdentity") return refused("InvalidAction", "Could not find the operation.");
  const token = form.get("WebIdentityToken") ?? "";
  const given = Object.hasOwn(webIdentities, token) ? webIdentities[token] : undefined;
  if (given === undefined) return refused("InvalidIdentityToken", "Couldn't verify the token.");
  const sessionToken = `simulated-session-${given.accessKeyId}`;
  const role = (form.get("RoleArn") ?? "").split("/").at(-1) ?? "";
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role}/${form.get("RoleSessionName") ?? ""}`;
  identities.add({ ...given, sessionToken, arn });
  return xml(
    action,
    `<Credentials><AccessKeyId>${given.accessKeyId}</AccessKeyId><SecretAccessKey>simulated-secret</SecretAccessKey>` +
      `<SessionToken>${sessionToken}</SessionToken><Expiration>${new Date(settings.expiresMs).toISOString()}</Expiration></Credentials>` +
      `<AssumedRoleUser><Arn>${arn}</Arn><AssumedRoleId>AROASIMULATED</AssumedRoleId></AssumedRoleUser>`,
  );
}

function xml(action: string, result: string): Response {
  const body = `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result></${action}Response>`;
  return new Response(body, { status: 200, headers: { "content-type": "text/xml" } });
}

function refused(code: string, message: string): Response {
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
  return new Response(body, { status: 400, headers: { "content-type": "text/xml" } });
}
