import type { JsonValue } from "../oci/canonical-json.ts";
import { type Digest, digestOfParts } from "../oci/digest.ts";
import { emitCanonicalJson } from "../oci/emit-canonical-json.ts";
import type { Plan } from "./plan.ts";

/** The plan's name: the digest of its canonical JSON without the `id`. The same plan made twice has one id. */
export function planId(plan: Omit<Plan, "id">): Digest {
  const { id: _, ...rest } = plan as Plan;
  return digestOfParts((emit) => emitCanonicalJson(rest as unknown as { readonly [key: string]: JsonValue }, emit));
}
