import { type Instant, instantFromMs, instantToMs } from "../instant.ts";
import type { Version } from "../version/version-scheme.ts";
import { readRef, type TagEvent } from "./tag-event.ts";

/** What tags are about: a version, what happened in Git, an image. */
export interface TagSubject {
  /** The version's text, understood or not. */
  readonly raw?: string;
  readonly version?: Version;
  readonly event?: TagEvent;
  readonly image?: string;
  readonly package?: string;
}

/** The names of a version's parts and their texts. A part the version does not have is `undefined`. */
export function versionValues(
  raw: string | undefined,
  version: Version | undefined,
): Readonly<Record<string, string | undefined>> {
  const [major, minor, patch] = version?.release ?? [];
  const prerelease = version?.prerelease ?? [];
  const channel = prerelease.find((part) => typeof part === "string");
  return {
    // A tag cannot have the plus of build metadata; `_` is what Helm and others write for it, and no version has one.
    version: version === undefined ? raw : raw?.replaceAll("+", "_"),
    release: version?.release.join("."),
    major: major?.toString(),
    minor: minor?.toString(),
    patch: patch?.toString(),
    prerelease: prerelease.length === 0 ? undefined : prerelease.join("."),
    channel: channel === undefined ? undefined : String(channel),
    variant: version?.variant,
  };
}

/** The text of one name in braces, `sha:12` and `date:YYYY-MM-DD` included; `undefined` when it is not known. */
export function tagValue(name: string, subject: TagSubject): string | undefined {
  const [key = "", format] = splitOnce(name);
  const { event } = subject;
  const ref = event?.ref === undefined ? undefined : readRef(event.ref);
  switch (key) {
    case "ref":
      return ref?.name;
    case "branch":
      return ref?.kind === "branch" ? ref.name : undefined;
    case "tag":
      return ref?.kind === "tag" ? ref.name.replaceAll("+", "_") : undefined;
    case "sha":
      return event?.sha?.toLowerCase().slice(0, format === undefined ? undefined : Number(format));
    case "pr":
      return (event?.pr ?? pullNumber(ref))?.toString();
    case "head-ref":
      return event?.headRef;
    case "base-ref":
      return event?.baseRef;
    case "run":
      return event?.run?.toString();
    case "date":
      return event?.at === undefined ? undefined : formatDate(event.at, format);
    case "commit-date":
      return event?.committedAt === undefined ? undefined : formatDate(event.committedAt, format);
    case "image":
      return subject.image;
    case "package":
      return subject.package;
    default: {
      const values = versionValues(subject.raw, subject.version);
      return format === undefined && Object.hasOwn(values, key) ? values[key] : undefined;
    }
  }
}

/** The name in braces without its format. */
export function valueKey(name: string): string {
  return splitOnce(name)[0];
}

function splitOnce(name: string): readonly [string, string?] {
  const colon = name.indexOf(":");
  return colon < 0 ? [name] : [name.slice(0, colon), name.slice(colon + 1)];
}

function pullNumber(ref: ReturnType<typeof readRef> | undefined): string | undefined {
  return ref?.kind === "pull" ? /^(\d+)(?:\/|$)/.exec(ref.name)?.[1] : undefined;
}

/** `YYYY`, `MM`, `DD`, `HH`, `mm` and `ss` in UTC; default `YYYYMMDD`. */
function formatDate(instant: Instant, format = "YYYYMMDD"): string {
  const [, year = "", month = "", day = "", hours = "", minutes = "", seconds = ""] =
    /^(\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/.exec(instantFromMs(instantToMs(instant))) ?? [];
  const parts: Readonly<Record<string, string>> = {
    ...{ YYYY: year, MM: month, DD: day },
    ...{ HH: hours, mm: minutes, ss: seconds },
  };
  return format.replace(/YYYY|MM|DD|HH|mm|ss/g, (token) => parts[token] ?? token);
}
