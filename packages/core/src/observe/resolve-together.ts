import { isBayplanError } from "../errors.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { BulkResolution, RegistryAdapter } from "../ports/registry.ts";

/** References of one registry, and how it resolves many at once. */
export interface ReferenceGroup {
  readonly references: readonly Reference[];
  readonly resolveMany: NonNullable<RegistryAdapter["resolveMany"]>;
}

/** Puts together the references whose registry resolves many at once; one alone is no group. */
export function groupReferences(
  references: readonly Reference[],
  registryOf: (reference: Reference) => RegistryAdapter,
): readonly ReferenceGroup[] {
  const byRegistry = new Map<RegistryAdapter, Reference[]>();
  for (const reference of references) {
    const registry = registryOf(reference);
    const own = byRegistry.get(registry);
    if (own === undefined) byRegistry.set(registry, [reference]);
    else own.push(reference);
  }
  return [...byRegistry].flatMap(([registry, own]) => {
    const { resolveMany } = registry;
    return resolveMany === undefined || own.length < 2
      ? []
      : [{ references: own, resolveMany: resolveMany.bind(registry) }];
  });
}

/**
 * Asks a registry for a whole group and tells each answer once. What the registry did not answer, because it failed or
 * ended before, is not told: it is neither absent nor unknown, but still to be asked.
 *
 * @throws BayplanError `CANCELLED`; everything that is no BayplanError.
 */
export async function resolveTogether(
  { references, resolveMany }: ReferenceGroup,
  tell: (reference: Reference, answer: BulkResolution) => void,
  options: CallOptions,
): Promise<void> {
  const open = new Set(references.map(formatReference));
  try {
    for await (const [reference, answer] of resolveMany(references, options)) {
      // A second answer, or one to something else, would put a fact in place of another.
      if (open.delete(formatReference(reference))) tell(reference, answer);
    }
  } catch (error) {
    if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
  }
}
