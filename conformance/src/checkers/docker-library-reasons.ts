import { type BuildKeyInput, buildKey, parseDigest, type Reason, rebuildReasons } from "@bayplan/core";
import { z } from "zod";
import { dockerLibraryKeys } from "./docker-library-keys.ts";

const Builds = z.record(z.string(), z.tuple([z.string(), z.string(), z.record(z.string(), z.string())]));
const Input = z.object({ before: Builds, after: Builds });
type Build = z.infer<typeof Builds>[string];

const keys = dockerLibraryKeys(({ source, args, baseNames = [] }) => {
  return { sourceId: source["id"] ?? "", arch: args["arch"] ?? "", froms: baseNames };
});

/** What is built anew from one plan to the next, by our own keys, and why. */
export function checkRebuildReasons(input: unknown): unknown {
  const { before, after } = Input.parse(input);
  const rebuilt = Object.entries(after).flatMap(([name, build]) => {
    const now = inputOf(name, build);
    const old = before[name] === undefined ? undefined : inputOf(name, before[name]);
    if (old !== undefined && buildKey(old, keys) === buildKey(now, keys)) return [];
    return [{ t: name, why: rebuildReasons(old, now).map(wordOf) }];
  });
  return { rebuilt };
}

function inputOf(name: string, [id, sourceId, parents]: Build): BuildKeyInput {
  const arch = name.split("|")[1] ?? "";
  const input: BuildKeyInput = {
    source: { id: sourceId },
    args: { arch },
    platforms: [{ platform: arch, bases: Object.values(parents).map(parseDigest) }],
    baseNames: Object.keys(parents),
  };
  if (buildKey(input, keys) !== `sha256:${id}`) throw new Error(`${name} has another build id than ${id}`);
  return input;
}

function wordOf(reason: Reason): string {
  if (reason.code === "never-built") return "new";
  if (reason.code === "source-changed") return "source";
  return reason.code === "base-digest-changed" ? `parent:${reason.base}` : reason.code;
}
