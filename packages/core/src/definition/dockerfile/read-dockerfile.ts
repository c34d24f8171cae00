import { BayplanError, isBayplanError } from "../../errors.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Dockerfile, DockerfileReference, DockerfileSource } from "./dockerfile.ts";
import { expandWord } from "./expand-word.ts";
import { type FoundSource, findSources, parseFrom } from "./find-sources.ts";
import { globalArguments, type PlatformArguments, parseArguments } from "./global-arguments.ts";
import { markNeeded } from "./mark-needed.ts";
import { type Refuse, splitInstructions } from "./split-instructions.ts";

/** What a build of the Dockerfile is told. */
export interface ReadDockerfileOptions extends PlatformArguments {
  /** Build arguments, as of `--build-arg`: they win over the defaults of `ARG` before the first `FROM`. */
  readonly args?: Readonly<Record<string, string>>;
  /** The stage to build, by name or number. Default the last. */
  readonly target?: string;
}

interface OpenStage {
  readonly index: number;
  readonly name?: string;
  readonly source: DockerfileSource;
  readonly baseImage: string;
  readonly platform?: string;
}

/** A reference whose name can only be understood when all stages are known. */
interface OpenReference {
  readonly stage: number;
  readonly line: number;
  readonly found: FoundSource;
}

const maxCharacters = 1_000_000;

/**
 * Reads what a Dockerfile is built from: `FROM`, `COPY --from` and `RUN --mount=from=`, with arguments filled in and
 * stages resolved as BuildKit does. Nothing is fetched; triggers that a base brings along (`ONBUILD`) are not seen.
 *
 * @throws BayplanError `INVALID_INPUT` with the line, when BuildKit would refuse it too or a name is no reference.
 * @see https://docs.docker.com/reference/dockerfile/
 */
export function readDockerfile(text: string, options: ReadDockerfileOptions = {}): Dockerfile {
  if (text.length > maxCharacters) refuse(1, "a file that is too long", `at most ${maxCharacters} characters`);
  const { instructions, escape: escapeWith } = splitInstructions(text, refuse);
  const values = globalArguments(options, refuse);
  const expand = (word: string, line: number) => {
    return expandWord(word, { values, escape: escapeWith, refuse: (found, expected) => refuse(line, found, expected) });
  };
  const stages: OpenStage[] = [];
  // The last stage of a name counts; a file may have a hundred thousand stages.
  const names = new Map<string, OpenStage>();
  const open: (DockerfileReference | OpenReference)[] = [];
  for (const instruction of instructions) {
    const { keyword, line } = instruction;
    if (keyword === "ARG" && stages.length === 0) {
      for (const [name, value] of parseArguments(instruction, expand, refuse)) {
        const given = options.args !== undefined && Object.hasOwn(options.args, name) ? options.args[name] : undefined;
        const known = given ?? (value === undefined ? undefined : expand(value, line));
        if (known !== undefined) values.set(name, known);
      }
    } else if (keyword === "FROM") {
      const stage = openStage(parseFrom(instruction, refuse), { line, index: stages.length, names, expand });
      stages.push(stage);
      if (stage.name !== undefined) names.set(stage.name, stage);
      const { source, platform } = stage;
      const image = stage.baseImage;
      open.push({
        kind: "from",
        stage: stage.index,
        source,
        image,
        line,
        ...(platform === undefined ? {} : { platform }),
      });
    } else if (stages.length > 0) {
      const stage = stages.length - 1;
      for (const found of findSources(instruction, escapeWith, refuse)) open.push({ stage, line, found });
    } else if (keyword !== "ARG") refuse(line, keyword.slice(0, 40), "FROM, or ARG before it");
  }
  const references = open.map((one) => ("found" in one ? closeReference(one, { stages, names }) : one));
  const final = options.target === undefined ? stages.at(-1) : findStage(options.target, { stages, names });
  const needed = markNeeded(references, final?.index);
  const external = references.filter(({ source }) => source.kind === "image").map(({ image }) => image);
  return {
    stages: stages.map(({ index, ...stage }) => ({ ...stage, isNeeded: needed.has(index) })),
    references,
    externalImages: [...new Set(external)],
    ...(final === undefined ? {} : { finalImage: final.baseImage }),
  };
}

function openStage(
  from: ReturnType<typeof parseFrom>,
  context: {
    readonly line: number;
    readonly index: number;
    readonly names: ReadonlyMap<string, OpenStage>;
    readonly expand: (word: string, line: number) => string;
  },
): OpenStage {
  const { line, index, names, expand } = context;
  const base = expand(from.base, line);
  if (base === "") refuse(line, `the empty base ${from.base.slice(0, 60)}`, "a base, or an ARG with a default");
  const parent = names.get(base.toLowerCase());
  const own = from.platform === undefined ? undefined : platformOf(expand(from.platform, line), line);
  const platform = parent === undefined ? own : (parent.platform ?? own);
  const source: DockerfileSource =
    parent === undefined ? imageSource(base, line) : { kind: "stage", stage: parent.index };
  return {
    index,
    ...(from.name === undefined ? {} : { name: from.name }),
    source,
    baseImage: parent?.baseImage ?? imageOf(source),
    ...(platform === undefined ? {} : { platform }),
  };
}

interface Stages {
  readonly stages: readonly OpenStage[];
  readonly names: ReadonlyMap<string, OpenStage>;
}

/** `COPY --from` knows stages by name and number; both must stand before the stage that copies. */
function closeReference({ stage, line, found }: OpenReference, { stages, names }: Stages): DockerfileReference {
  const { kind, name } = found;
  const number = /^[+-]?[0-9]{1,9}$/.test(name) ? Number(name) : undefined;
  const at = names.get(name.toLowerCase())?.index ?? number;
  if (at === undefined) {
    const source = imageSource(name, line);
    return { kind, stage, source, image: imageOf(source), line };
  }
  if (at < 0 || at >= stage) {
    const earlier = stage === 0 ? "no stage stands before this one" : `stages before this one are 0 to ${stage - 1}`;
    refuse(line, `from ${name}`, `an image; ${earlier}`);
  }
  return { kind, stage, source: { kind: "stage", stage: at }, image: stages[at]?.baseImage ?? "scratch", line };
}

function findStage(target: string, { stages, names }: Stages): OpenStage {
  const stage = names.get(target.toLowerCase()) ?? (/^[0-9]{1,9}$/.test(target) ? stages[Number(target)] : undefined);
  const known = stages.slice(0, 20).map(({ name, index }) => name ?? index);
  return stage ?? refuse(1, `no stage ${target.slice(0, 60)}`, known.join(", ") || "a FROM");
}

function imageSource(text: string, line: number): DockerfileSource {
  if (text === "scratch") return { kind: "scratch" };
  const image = withLatest(text);
  try {
    parseReference(image);
  } catch (error) {
    if (isBayplanError(error)) refuse(line, `the image ${text.slice(0, 100)}`, `an image reference: ${error.message}`);
    throw error;
  }
  return { kind: "image", image };
}

function imageOf(source: DockerfileSource): string {
  return source.kind === "image" ? source.image : "scratch";
}

/** A colon before the last slash is a port, not a tag. */
function withLatest(text: string): string {
  const last = text.slice(text.lastIndexOf("/") + 1);
  return text.includes("@") || last.includes(":") ? text : `${text}:latest`;
}

function platformOf(text: string, line: number): string {
  try {
    return formatPlatform(parsePlatform(text.toLowerCase()));
  } catch {
    return refuse(line, `the platform ${text.slice(0, 60)}`, "os/architecture, for example linux/arm64");
  }
}

const refuse: Refuse = (line, found, expected) => {
  const message = `The Dockerfile cannot be read: line ${line} has ${found}; expected ${expected}.`;
  throw new BayplanError("INVALID_INPUT", message, { problems: [{ path: `line ${line}`, found, expected }] });
};
