import type { Version } from "../version/version-scheme.ts";
import type { CompiledRule } from "./compile-rules.ts";
import { rankStream, type StreamRank } from "./rank-stream.ts";
import type { SnapshotNode } from "./snapshot.ts";
import type { TagVersions } from "./tag-versions.ts";

/** The images that are counted together. */
export interface Stream {
  readonly key: string;
  readonly keepLast: number;
  isAmongNewest(place: number): boolean;
}

interface OpenStream extends Stream {
  readonly rule: CompiledRule;
  readonly members: number[];
  readonly versions: Map<number, Version>;
}

/** Collects what belongs to which stream; asks for ranks come afterwards. */
export interface Streams {
  /** Counts the tag's image; nodes come newest first. `undefined` where the tag is in no stream. */
  add(
    rule: CompiledRule,
    keepLast: number,
    member: { readonly tag: string; readonly place: number },
  ): Stream | undefined;
}

/** Makes the streams of an evaluation. */
export function createStreams(options: {
  readonly nodes: readonly SnapshotNode[];
  readonly versions: TagVersions;
  readonly isProtected: (place: number) => boolean;
}): Streams {
  const { nodes, versions, isProtected } = options;
  const { scheme } = versions;
  const open = new Map<CompiledRule, Map<string, OpenStream>>();
  const isByVersion = ({ rule }: CompiledRule) => "by" in rule && rule.by === "version";
  const rankOf = (stream: OpenStream): StreamRank => {
    const byVersion = isByVersion(stream.rule);
    const members = byVersion ? newestVersionFirst(stream, scheme.compare) : stream.members;
    const isOrdered = (place: number) => byVersion || nodes[place]?.pushedMs !== undefined;
    const isTie = (left: number, right: number) => {
      if (!byVersion) return nodes[left]?.pushedMs === nodes[right]?.pushedMs;
      return compareVersions(stream, scheme.compare)(left, right) === 0;
    };
    return rankStream(members, { keepLast: stream.keepLast, nodes, isProtected, isOrdered, isTie });
  };
  const openStream = (rule: CompiledRule, key: string, keepLast: number): OpenStream => {
    const ofRule = open.get(rule) ?? new Map<string, OpenStream>();
    open.set(rule, ofRule);
    const known = ofRule.get(key);
    if (known !== undefined) return known;
    let rank: StreamRank | undefined;
    const stream: OpenStream = {
      ...{ key, rule, keepLast, members: [], versions: new Map() },
      isAmongNewest(place) {
        rank ??= rankOf(stream);
        return rank.isAmongNewest(place);
      },
    };
    ofRule.set(key, stream);
    return stream;
  };
  return {
    add(rule, keepLast, { tag, place }) {
      const key = rule.streamOf(tag);
      const version = isByVersion(rule) ? versions.of(tag)?.version : undefined;
      if (key === undefined || (isByVersion(rule) && version === undefined)) return undefined;
      const stream = openStream(rule, key, keepLast);
      if (stream.members.at(-1) !== place) stream.members.push(place);
      const other = stream.versions.get(place);
      if (version !== undefined && (other === undefined || scheme.compare(version, other) > 0))
        stream.versions.set(place, version);
      return stream;
    },
  };
}

type Compare = (left: Version, right: Version) => number;

/** Newest first. */
function compareVersions({ versions }: OpenStream, compare: Compare): (left: number, right: number) => number {
  return (left, right) => {
    const [one, other] = [versions.get(left), versions.get(right)];
    return one === undefined || other === undefined ? 0 : compare(other, one);
  };
}

function newestVersionFirst(stream: OpenStream, compare: Compare): readonly number[] {
  const byVersion = compareVersions(stream, compare);
  return [...stream.members].sort((left, right) => byVersion(left, right) || right - left);
}
