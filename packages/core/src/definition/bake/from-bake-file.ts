import type { GraphInput } from "../../graph/create-image-graph.ts";
import { type BakeBlocks, bakeBlocks } from "./bake-blocks.ts";
import { applyOverrides, type BakeOverrides, readOverrides } from "./bake-overrides.ts";
import { bakeProblem } from "./bake-problem.ts";
import { bakeScope } from "./bake-scope.ts";
import { type BakeTargetFields, emptyTarget, mergeTargets } from "./bake-target.ts";
import type { BakeValue } from "./bake-value.ts";
import { type BakeConfig, expandMatrix } from "./expand-matrix.ts";
import { linkTargets } from "./link-targets.ts";
import { matchNames } from "./match-names.ts";
import { resolveGroup } from "./resolve-group.ts";

/** What `docker buildx bake` is told beside the file. */
export interface BakeOptions {
  /** Names and patterns of targets and groups. Default `["default"]`. */
  readonly targets?: readonly string[];
  /** Values of the file's variables, as buildx takes them from the environment. Default none: every variable has its default. */
  readonly variables?: Readonly<Record<string, string>>;
  /** As of `--set`, for example `app.args.VERSION=2` or `*.platform=linux/arm64`. */
  readonly overrides?: readonly string[];
}

/** One target that is built, everything it inherits filled in. */
export interface BakeTarget {
  readonly name: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly dockerfileInline?: string;
  /** Stage of the Dockerfile. Absent: the last. */
  readonly stage?: string;
  readonly args: Readonly<Record<string, string>>;
  /** Named contexts; `target:NAME` is another target. */
  readonly contexts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** Empty: the builder's own. */
  readonly platforms: readonly string[];
  /** `type=…,dest=…`, then attributes by name. */
  readonly outputs: readonly string[];
  /** Only there because another target is built on it; then its only output is `type=cacheonly`. */
  readonly isLinked: boolean;
  /** All other fields, as they stand. */
  readonly others: Readonly<Record<string, BakeValue>>;
}

/** What a bake file builds for a request. */
export interface BakeBuild {
  /** Requested targets in the order of the request, then what they are built on. */
  readonly targets: readonly BakeTarget[];
  /** The groups of the request and what they hold; `default` is the request itself. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Who is built on whom (`contexts: target:…`): child, then parent. Inheritance is no such edge. */
  readonly edges: readonly (readonly [child: string, parent: string])[];
  /** The same for `createImageGraph`, in the order of the file. */
  readonly graph: GraphInput;
}

/**
 * Reads a bake file in its JSON form as `docker buildx bake` resolves it: matrices, inheritance (the last one wins), groups,
 * patterns, overrides, links between targets. HCL files are read after `docker buildx bake --print`.
 *
 * @throws BayplanError `INVALID_INPUT` for what buildx refuses too or for expressions that are not read here, `UNKNOWN_BASE`
 * for a link to no target, `CYCLE` for targets that are built on each other.
 * @see https://docs.docker.com/build/bake/reference/
 */
export function fromBakeFile(document: unknown, options: BakeOptions = {}): BakeBuild {
  const blocks: BakeBlocks = bakeBlocks(document);
  const config = expandMatrix(blocks, bakeScope(blocks, options.variables ?? {}));
  const request = [...new Set((options.targets ?? ["default"]).flatMap((pattern) => matchNames(pattern, config)))];
  const overrides = readOverrides(options.overrides ?? [], config);
  const resolved = request.map((name) => resolveGroup(name, config));
  const requested = new Set(resolved.flatMap(({ targets }) => targets));
  const resolve = (name: string, isLinked: boolean) => {
    return finish(name, resolveTarget(name, { config, overrides, visited: new Map() }), isLinked);
  };
  const targets = new Map([...requested].map((name) => [name, resolve(name, false)] as const));
  const edges = linkTargets(targets, (name, child) => {
    if (!config.targets.has(name)) {
      const message = `${child} linked to ${name}`;
      throw bakeProblem(`target.${child}.contexts`, message, "target:NAME of a target of the file", "UNKNOWN_BASE");
    }
    return resolve(name, true);
  });
  const groupNames = new Set(resolved.flatMap(({ groups }) => groups));
  const groups = new Map([...groupNames].map((name) => [name, config.groups.get(name) ?? []] as const));
  const others = request.filter((name) => name !== "default" || !groupNames.has("default"));
  groups.set("default", [...new Set([...(groups.get("default") ?? []), ...others])].sort());
  const declared = [...config.targets.keys()].filter((name) => targets.has(name));
  const parents = new Map(declared.map((name): [string, string[]] => [name, []]));
  for (const [child, parent] of edges) parents.get(child)?.push(parent);
  const images = declared.map((name) => {
    return { name, bases: (parents.get(name) ?? []).map((image) => ({ kind: "image" as const, image })) };
  });
  return { targets: [...targets.values()], groups: Object.fromEntries(groups), edges, graph: { images } };
}

interface Resolving {
  readonly config: BakeConfig;
  readonly overrides: BakeOverrides;
  /** Targets met on the way; `undefined` while one is being resolved, which then adds nothing to itself. */
  readonly visited: Map<string, BakeTargetFields | undefined>;
}

/** A target over everything it inherits; each of those with its own overrides, the last one winning. */
function resolveTarget(name: string, resolving: Resolving): BakeTargetFields {
  const { config, overrides, visited } = resolving;
  const own = config.targets.get(name);
  if (own === undefined) {
    throw bakeProblem(
      "",
      `no target ${name}`,
      `one of ${[...config.targets.keys()].slice(0, 20).join(", ") || "none: the file has none"}`,
    );
  }
  visited.set(name, undefined);
  let inherited = emptyTarget;
  for (const parent of own.inherits) {
    const fields = visited.has(parent) ? visited.get(parent) : resolveTarget(parent, resolving);
    if (fields !== undefined) inherited = mergeTargets(inherited, fields);
  }
  const fields = applyOverrides(mergeTargets(inherited, own), overrides.get(name));
  visited.set(name, fields);
  return fields;
}

function finish(name: string, fields: BakeTargetFields, isLinked: boolean): BakeTarget {
  const { texts, lists, maps, others } = fields;
  const { context, dockerfile, target, "dockerfile-inline": inline, ...otherTexts } = texts;
  const { tags, platforms, output, ...otherLists } = lists;
  const { args, contexts, labels, ...otherMaps } = maps;
  const said = Object.entries(contexts ?? {}).filter(([, value]) => value !== "");
  return {
    name,
    context: context ?? ".",
    dockerfile: dockerfile === undefined || dockerfile === "" ? "Dockerfile" : dockerfile,
    ...(inline === undefined ? {} : { dockerfileInline: inline }),
    ...(target === undefined || target === "" ? {} : { stage: target }),
    args: args ?? {},
    contexts: Object.fromEntries(said),
    labels: labels ?? {},
    tags: distinct(tags),
    platforms: distinct(platforms),
    outputs: isLinked ? ["type=cacheonly"] : distinct(output),
    isLinked,
    others: { ...others, ...otherTexts, ...otherLists, ...otherMaps },
  };
}

function distinct(texts: readonly string[] = []): readonly string[] {
  return [...new Set(texts)].filter((text) => text !== "");
}
