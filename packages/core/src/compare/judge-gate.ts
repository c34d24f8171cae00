import { BayplanError, isBayplanError } from "../errors.ts";
import { isDigest } from "../oci/digest.ts";
import type { Reason, Reasons } from "../reason.ts";
import { compareImages } from "./compare-images.ts";
import type { Gate, GateFacts, GateVerdict } from "./gate.ts";
import type { ImageFacts } from "./image-facts.ts";
import { verifyPlatforms } from "./verify-platforms.ts";

/**
 * Whether an image may pass a gate. Fails closed: a gate without something to compare fails, and so does one that cannot
 * be judged, with the reason; nothing is thrown.
 */
export function judgeGate(gate: Gate, facts: GateFacts): GateVerdict {
  try {
    const [passes, reasons] = judge(gate, facts);
    return { gate: gate.kind, passes, reasons };
  } catch (error) {
    // A caller's own error may hold anything, a secret too: only its kind is told.
    const what = isBayplanError(error) ? error.message : `the ${gate.kind} gate threw ${nameOf(error)}`;
    return { gate: gate.kind, passes: false, reasons: [{ code: "nothing-to-compare", what }] };
  }
}

/** Judges several gates; all must pass, and no gate at all passes nothing. */
export function judgeGates(
  gates: readonly Gate[],
  facts: GateFacts,
): { readonly passes: boolean; readonly verdicts: readonly GateVerdict[] } {
  const verdicts = gates.map((gate) => judgeGate(gate, facts));
  return { passes: verdicts.length > 0 && verdicts.every(({ passes }) => passes), verdicts };
}

function judge(gate: Gate, facts: GateFacts): readonly [boolean, Reasons] {
  const image = facts.image ?? missing("the image");
  switch (gate.kind) {
    case "digest":
      return judgeDigest(gate.expected, image);
    case "same-image":
      return judgeSame(gate.levels, image, facts.other ?? missing("the other image"));
    case "platforms": {
      const { ok, found, missing: lacking, unexpected } = verifyPlatforms(image, gate.expected, gate.mode);
      if (ok) return [true, [{ code: "platforms-match", found }]];
      return [
        false,
        [{ code: "platforms-differ", found, missing: lacking, unexpected: gate.mode === "exact" ? unexpected : [] }],
      ];
    }
    case "labels":
      return judgeLabels(gate.expected, image);
    case "referrer": {
      const referrers = facts.referrers ?? missing("the list of what refers to the image");
      const { artifactType } = gate;
      const found = artifactType === "" ? undefined : referrers.find((one) => one.artifactType === artifactType);
      if (found === undefined) return [false, [{ code: "referrer-missing", artifactType }]];
      return [true, [{ code: "referrer-found", artifactType, digest: found.digest }]];
    }
    case "custom": {
      const passes = gate.judge(facts) === true;
      return [passes, [{ code: "custom", text: `${gate.name} ${passes ? "lets it pass" : "does not let it pass"}` }]];
    }
  }
}

function judgeDigest(handed: string | undefined, image: ImageFacts): readonly [boolean, Reasons] {
  const expected = handed?.trim() ?? "";
  if (!isDigest(expected)) return missing("a digest that was handed over");
  if (expected === image.digest) return [true, [{ code: "same-image", level: "index", reference: image.reference }]];
  return [false, [{ code: "image-differs", level: "index", left: image.digest, right: expected, differences: 1 }]];
}

function judgeSame(
  levels: readonly Parameters<typeof compareImages>[2][],
  image: ImageFacts,
  other: ImageFacts,
): readonly [boolean, Reasons] {
  const reasons = levels.map((level): Reason => {
    const { equal, differences } = compareImages(image, other, level);
    if (equal) return { code: "same-image", level, reference: image.reference };
    return { code: "image-differs", level, left: image.digest, right: other.digest, differences: differences.length };
  });
  const [first = missing("a level"), ...rest] = reasons;
  return [reasons.every(({ code }) => code === "same-image"), [first, ...rest]];
}

function judgeLabels(expected: Readonly<Record<string, string>>, image: ImageFacts): readonly [boolean, Reasons] {
  const wanted = Object.entries(expected);
  if (wanted.length === 0) missing("a label that is expected");
  if (image.platforms.length === 0) missing("a platform");
  const differing = image.platforms.flatMap(({ platform, labels }) =>
    wanted.flatMap(([label, value]): readonly Reason[] => {
      const found = Object.hasOwn(labels, label) ? labels[label] : undefined;
      if (found === value) return [];
      return [{ code: "label-differs", label, expected: value, platform, ...(found === undefined ? {} : { found }) }];
    }),
  );
  const [first, ...rest] = differing;
  if (first !== undefined) return [false, [first, ...rest]];
  return [true, [{ code: "labels-match", labels: wanted.map(([label]) => label) }]];
}

function missing(what: string): never {
  throw new BayplanError("INCOMPLETE", `${what} is missing`);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
