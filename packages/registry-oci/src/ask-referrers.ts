import { type CallOptions, type DigestReference, isBayplanError } from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { resolveReference } from "./read-manifest.ts";
import type { RegistryClient, RegistryRequest } from "./registry-client.ts";

/**
 * The registry's answer to a question for referrers; `undefined` when it answers 401 without saying how to authenticate,
 * although the subject itself may be read: Harbor 2.7 does so, which does not know the question.
 *
 * @see https://github.com/goharbor/harbor/issues/18305
 */
export async function askReferrers(
  client: RegistryClient,
  question: { readonly subject: DigestReference; readonly request: RegistryRequest },
  call: CallOptions,
): Promise<HttpResponse | undefined> {
  const { subject, request } = question;
  const first = await askOnce(client, question, call);
  if (first.isAnswer) return first.response;
  const { state } = await resolveReference(client, subject, { ...call, denied: "denied-or-absent" });
  if (state !== "present") return await client.request(subject, request, call);
  // Asked once more: how to authenticate is known only now, if this was the first question of all.
  const second = await askOnce(client, question, call);
  return second.isAnswer ? second.response : undefined;
}

type Outcome = { readonly isAnswer: true; readonly response: HttpResponse } | { readonly isAnswer: false };

async function askOnce(
  client: RegistryClient,
  { subject, request }: { readonly subject: DigestReference; readonly request: RegistryRequest },
  call: CallOptions,
): Promise<Outcome> {
  let isUnexplained = false;
  const onAnswer: RegistryRequest["onAnswer"] = ({ status, headers }) => {
    isUnexplained = status === 401 && headers.get("www-authenticate") === undefined;
  };
  try {
    const response = await client.request(subject, { ...request, onAnswer }, call);
    return isUnexplained && response.status === 401 ? { isAnswer: false } : { isAnswer: true, response };
  } catch (error) {
    if (isUnexplained && isBayplanError(error) && error.code === "UNAUTHORIZED") return { isAnswer: false };
    throw error;
  }
}
