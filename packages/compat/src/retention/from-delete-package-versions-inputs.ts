import type { Digest, RetentionPolicy, RetentionRule, TagSelector } from "@bayplan/core";
import { type DeletePackageVersionsConfig, readDeletePackageVersionsInputs } from "./delete-package-versions-inputs.ts";
import { everythingBut } from "./everything-but.ts";
import { foundAnywhere } from "./found-anywhere.ts";
import type { SimulatedInventory } from "./simulated-inventory.ts";
import { openSimulatedRepository } from "./simulated-repository.ts";
import {
  type ImportedRetention,
  type RetentionSimulation,
  type RetentionWarning,
  simulationOf,
  warningAbout,
} from "./simulation.ts";

const perRun = 100;

/**
 * Understands the inputs of `actions/delete-package-versions` for a container package, as they stand under `with:`.
 *
 * The action knows versions by name, and the name of a container version is its digest: `ignore-versions` never sees a tag.
 * It counts and deletes platform manifests and attestations as versions of their own. The policy takes `ignore-versions`
 * for what it was meant to be: tags whose images stay.
 *
 * @throws BayplanError `INVALID_INPUT` with everything that the action refuses, and for inputs it does not have.
 * @see https://github.com/actions/delete-package-versions
 */
export function fromDeletePackageVersionsInputs(inputs: unknown): ImportedRetention {
  const config = readDeletePackageVersionsInputs(inputs);
  return {
    simulate: (inventory) => simulateDeletePackageVersions(config, inventory),
    policy: policyOf(config),
    warnings: warningsOf(config),
  };
}

function simulateDeletePackageVersions(
  config: DeletePackageVersionsConfig,
  inventory: SimulatedInventory,
): RetentionSimulation {
  const repository = openSimulatedRepository(inventory);
  if (!repository.isComplete) {
    const detail = "The action deletes nothing when one page of the listing fails.";
    return simulationOf(repository, { warnings: [{ code: "stopped", detail }] });
  }
  // Without a date the place in the order is not defined; newest is what a listing begins with.
  const oldestFirst = repository.images.toSorted(
    (left, right) => (left.pushedMs ?? Number.POSITIVE_INFINITY) - (right.pushedMs ?? Number.POSITIVE_INFINITY) || 0,
  );
  // An expression of its own takes the place of ignore-versions then.
  const ignore = config.isPrereleaseOnly ? undefined : config.ignore?.test;
  const candidates = oldestFirst.filter(
    ({ digest, tags }) => !(config.onlyUntagged && tags.length > 0) && ignore?.(digest) !== true,
  );
  const wanted = config.keep === undefined ? config.oldest : candidates.length - config.keep;
  const gone = candidates.slice(0, Math.max(0, Math.min(wanted, perRun)));
  const deleted = new Set<Digest>(gone.map(({ digest }) => digest));
  const meant = gone.filter(({ tags }) => tags.some((tag) => config.ignore?.test(tag) === true));
  const left = Math.min(wanted, candidates.length) - gone.length;
  return simulationOf(repository, {
    deleted,
    warnings: [
      ...(meant.length > 0
        ? [warningAbout("deletes-protected", "Images that ignore-versions was meant for go", meant)]
        : []),
      ...(left > 0 ? [{ code: "limited" as const, detail: `${left} more versions go in later runs.` }] : []),
      ...(config.ignore !== undefined && candidates.length === 0 && repository.images.length > 0
        ? [{ code: "no-effect" as const, detail: "ignore-versions fits every digest, so nothing is ever deleted." }]
        : []),
    ],
  });
}

function warningsOf(config: DeletePackageVersionsConfig): readonly RetentionWarning[] {
  const warnings: RetentionWarning[] = [
    {
      code: "ignores-graph",
      detail: "Children of indexes and attestations are deleted as versions of their own, whatever needs them.",
    },
  ];
  if (config.keep !== undefined && config.keep > 0) {
    const detail = "min-versions-to-keep counts platform manifests and attestations as versions.";
    warnings.push({ code: "counts-parts", detail });
  }
  if (config.ignore !== undefined) {
    const detail = "ignore-versions is compared with digests, never with tags. The policy protects tags with it.";
    warnings.push({ code: "matches-digests", detail });
    if (foundAnywhere(config.ignore.source) === undefined && chosenTags(config) === undefined) {
      const text = "ignore-versions uses what RE2 does not know. The policy deletes no tagged image.";
      warnings.push({ code: "not-expressible", detail: text });
    }
  }
  if (config.isPrereleaseOnly) {
    const detail =
      "delete-only-pre-release-versions looks for versions in digests, finds none, and deletes everything.";
    warnings.push({ code: "matches-digests", detail });
  }
  if (config.keep === undefined) {
    const detail = "Deleting the oldest versions in every run is no rule about images. The policy deletes nothing.";
    warnings.push({ code: "not-expressible", detail });
  }
  return warnings;
}

function policyOf(config: DeletePackageVersionsConfig): RetentionPolicy {
  const { keep, ignore, isPrereleaseOnly } = config;
  if (keep === undefined) return { rules: [] };
  const untagged: RetentionRule = { kind: "expire-untagged", name: "min-versions-to-keep (untagged)", keepLast: keep };
  if (config.onlyUntagged) return { rules: [untagged] };
  const expire = (match: TagSelector): RetentionRule => {
    return { kind: "expire", name: "min-versions-to-keep", match, keepLast: keep };
  };
  const chosen = chosenTags(config);
  // Only some tags are meant, and those may go from images that have others.
  if (chosen !== undefined) return { rules: [expire(chosen)], untag: "all" };
  const ignored = ignore === undefined ? undefined : foundAnywhere(ignore.source);
  if (ignore !== undefined && ignored === undefined) return { rules: [] };
  return {
    protect: ignored === undefined ? [] : [ignored],
    rules: isPrereleaseOnly ? [expire({ versions: "prerelease" })] : [expire({ any: true }), untagged],
    untag: "none",
  };
}

/** The tags that an `ignore-versions` of the form "everything but these" is meant for. */
function chosenTags({ ignore }: DeletePackageVersionsConfig): TagSelector | undefined {
  const source = ignore === undefined ? undefined : everythingBut(ignore.source);
  return source === undefined ? undefined : foundAnywhere(source);
}
