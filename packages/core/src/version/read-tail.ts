import { phaseOf } from "./prerelease-word.ts";
import { type ReleasePart, releasePart } from "./release-part.ts";
import type { Version } from "./version-scheme.ts";

/** What follows the numbers of a version. */
export type VersionTail = Pick<Version, "prerelease" | "variant" | "post" | "lts">;

const glued = /^([a-z]+)\.?(\d*(?:\.\d+)*)(td?)?(?=[-_ .+]|$)/i;
const stamp = /^\d{8}T\d{4,6}Z?$/i;
const numbers = /^\d+(?:\.\d+)*$/;
const revision = /^(?:r|p|post|rev)\.?(\d+)$/i;
const hash = /^g?(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}$/;

/**
 * Reads what stands behind the numbers: known words are pre-releases (`rc2`, `-SNAPSHOT`, `-dev-20251011`), counters and
 * times are later builds (`-1`, `-r2`, `.post1`), `LTS` is a mark, everything else is the variant (`t`, `-slim`,
 * `-alpine3.19`). `undefined` when it is none of those: a commit hash, `-latest`, letters that mean nothing (`8u392`).
 */
export function readTail(text: string): VersionTail | undefined {
  const start = startOf(text);
  if (start === undefined) return undefined;
  const { prerelease, post, variant } = start;
  let isLts = false;
  let isInPrerelease = prerelease.length > 0;
  for (const piece of piecesOf(text.slice(start.length))) {
    const kind = kindOf(piece, { isInPrerelease, hasVariant: variant.length > 0 });
    if (kind === "none") return undefined;
    isInPrerelease = kind === "prerelease";
    if (kind === "prerelease") prerelease.push(...identifiersOf(piece));
    else if (kind === "post") post.push(...countersOf(piece));
    else if (kind === "variant") variant.push(piece);
    else if (kind === "lts") isLts = true;
  }
  return {
    prerelease,
    variant: variant.join("-"),
    ...(post.length === 0 ? {} : { post }),
    ...(isLts ? { lts: true as const } : {}),
  };
}

interface Start {
  readonly length: number;
  readonly prerelease: (string | ReleasePart)[];
  readonly post: (string | ReleasePart)[];
  readonly variant: string[];
}

/** What touches the last number: `rc2`, `t`, `rc2t`, `p1`. */
function startOf(text: string): Start | undefined {
  const none: Start = { length: 0, prerelease: [], post: [], variant: [] };
  // `1.x` names a line of releases and not a release.
  if (!/^[a-z]/i.test(text)) return /^(?:[-_ +]|\.(?!x\b)[a-z]|$)/i.test(text) ? none : undefined;
  const [whole, word = "", number = "", suffix] = glued.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const start = { ...none, length: whole.length, variant: suffix === undefined ? [] : [suffix] };
  const parts =
    number === ""
      ? []
      : number
          .split(".")
          .filter((part) => part !== "")
          .map(releasePart);
  if (phaseOf(word, number !== "") !== undefined) return { ...start, prerelease: [word.toLowerCase(), ...parts] };
  if (number !== "" && revision.test(`${word}1`)) return { ...start, post: parts };
  return /^(?:t|td|d)$/.test(word) && number === "" && suffix === undefined ? { ...start, variant: [word] } : undefined;
}

function piecesOf(text: string): readonly string[] {
  if (text === "") return [];
  // A dot separates only where a word follows it, as in `1.0.dev1` and `1.0-rc.1`; in `alpine3.19` it belongs to the name.
  return text.slice(1).split(/[-_ +]/);
}

type Kind = "prerelease" | "post" | "variant" | "lts" | "final" | "none";

function kindOf(piece: string, before: { readonly isInPrerelease: boolean; readonly hasVariant: boolean }): Kind {
  if (!/^[a-z0-9]/i.test(piece) || hash.test(piece)) return "none";
  const word = /^([a-z]+)\.?(\d*)(?:\.\d+)*$/i.exec(piece);
  if (word !== null) {
    const [, name = "", number = ""] = word;
    if (phaseOf(name, number !== "") !== undefined) return "prerelease";
    if (number === "" && /^(?:latest|current)$/i.test(name)) return "none";
    if (number === "" && /^lts$/i.test(name)) return "lts";
    if (number === "" && /^(?:release|final|ga)$/i.test(name)) return "final";
  }
  if (numbers.test(piece) || stamp.test(piece)) {
    if (before.isInPrerelease) return "prerelease";
    return before.hasVariant ? "variant" : "post";
  }
  return revision.test(piece) && !before.hasVariant ? "post" : "variant";
}

function identifiersOf(piece: string): readonly (string | ReleasePart)[] {
  if (stamp.test(piece)) return [piece];
  const [, word, rest = ""] = /^([a-z]*)\.?(.*)$/i.exec(piece) ?? [];
  const parts = rest === "" ? [] : rest.split(".").map(releasePart);
  return word === undefined || word === "" ? parts : [word.toLowerCase(), ...parts];
}

function countersOf(piece: string): readonly (string | ReleasePart)[] {
  if (stamp.test(piece)) return [piece];
  return piece
    .replace(/^[a-z]+\.?/i, "")
    .split(".")
    .map(releasePart);
}
