import { type Instruction, parseInstruction, type Refuse } from "./split-instructions.ts";

/** What a `COPY --from` or a mount names: a stage or an image. */
export interface FoundSource {
  readonly kind: "copy" | "mount";
  readonly name: string;
}

/** A `FROM`, its parts not expanded yet. */
export interface ParsedFrom {
  readonly base: string;
  /** Lower case. */
  readonly name?: string;
  readonly platform?: string;
}

const stageName = /^[a-z][a-z0-9_.-]*$/;

/** Reads `FROM [--platform=…] base [AS name]`. */
export function parseFrom(instruction: Instruction, refuse: Refuse): ParsedFrom {
  const { rest, line, flags } = instruction;
  const other = flags.find((flag) => !flag.toLowerCase().startsWith("--platform="));
  if (other !== undefined) refuse(line, `the flag ${other.slice(0, 60)}`, "--platform=os/architecture");
  const platform = flagValue(instruction, "platform", refuse);
  const [base, as, name, extra] = rest.split(/\s+/);
  const isNamed = as?.toLowerCase() === "as" && name !== undefined;
  if (base === undefined || base === "" || extra !== undefined || (as !== undefined && !isNamed)) {
    refuse(line, `FROM ${rest.slice(0, 80)}`, "FROM image, or FROM image AS name");
  }
  const lower = name?.toLowerCase();
  if (lower !== undefined && !stageName.test(lower)) {
    refuse(line, `the stage name ${lower.slice(0, 60)}`, "a letter, then letters, digits, - _ or .");
  }
  return { base, ...(lower === undefined ? {} : { name: lower }), ...(platform === undefined ? {} : { platform }) };
}

/** What an instruction inside a stage takes from elsewhere, in order. */
export function findSources(instruction: Instruction, escapeWith: string, refuse: Refuse): readonly FoundSource[] {
  // What a trigger copies is needed by whoever builds on this image, not by this image.
  if (instruction.keyword === "ONBUILD") {
    const inner = parseInstruction(instruction.rest, escapeWith);
    if (["ONBUILD", "FROM", "MAINTAINER"].includes(inner.keyword)) {
      refuse(instruction.line, `ONBUILD ${inner.keyword}`, "another instruction after ONBUILD");
    }
    return [];
  }
  if (instruction.keyword === "COPY") {
    const name = flagValue(instruction, "from", refuse);
    return name === undefined || name === ""
      ? []
      : [{ kind: "copy", name: withoutVariable(name, instruction, refuse) }];
  }
  if (instruction.keyword !== "RUN") return [];
  return instruction.flags.flatMap((flag) => {
    if (!flag.toLowerCase().startsWith("--mount=")) return [];
    const fields = mountFields(flag.slice("--mount=".length), instruction, refuse);
    const name = fields.get("from");
    if (name === undefined || name === "" || fields.get("type")?.toLowerCase() === "tmpfs") return [];
    return [{ kind: "mount" as const, name: withoutVariable(name, instruction, refuse) }];
  });
}

function flagValue(instruction: Instruction, name: string, refuse: Refuse): string | undefined {
  const prefix = `--${name}`;
  const [first, second] = instruction.flags.filter((flag) => flag.split("=", 1)[0]?.toLowerCase() === prefix);
  if (second !== undefined) refuse(instruction.line, `${prefix} twice`, "it once");
  if (first === undefined) return undefined;
  if (!first.includes("=")) refuse(instruction.line, `${prefix} without a value`, `${prefix}=…`);
  return first.slice(prefix.length + 1);
}

/** Fields separated by commas; a field in quotes may hold commas. Names are not case-sensitive. */
function mountFields(text: string, instruction: Instruction, refuse: Refuse): ReadonlyMap<string, string> {
  const fields = text.match(/(?:"(?:[^"]|"")*"|[^,])+/g) ?? [];
  const entries = fields.map((raw): readonly [string, string] => {
    const field = raw.startsWith('"') && raw.endsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw;
    const equals = field.indexOf("=");
    const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase().trim();
    return [key, equals < 0 ? "" : field.slice(equals + 1)];
  });
  const names = entries.map(([key]) => key);
  if (names.filter((key) => key === "from").length > 1) refuse(instruction.line, "from twice in one mount", "it once");
  return new Map(entries);
}

/** BuildKit expands no variable here: the image would be one that nobody wrote. */
function withoutVariable(name: string, instruction: Instruction, refuse: Refuse): string {
  if (!/\$./.test(name)) return name;
  return refuse(
    instruction.line,
    `a variable in from (${name.slice(0, 60)})`,
    "a stage: FROM … AS name, with ARG before FROM",
  );
}
