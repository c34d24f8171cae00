import { formatPlatform, type Platform, parsePlatform } from "../../oci/platform.ts";
import type { Instruction, Refuse } from "./split-instructions.ts";

/** The platforms of a build, which a Dockerfile may use without declaring them. */
export interface PlatformArguments {
  /** What is built for (`TARGETPLATFORM`). Default `linux/amd64`. */
  readonly platform?: string;
  /** Where it is built (`BUILDPLATFORM`). Default `linux/amd64`. */
  readonly buildPlatform?: string;
}

/** The arguments that `FROM` knows without an `ARG`. */
export function globalArguments(
  options: PlatformArguments & { readonly target?: string },
  refuse: Refuse,
): Map<string, string> {
  const read = (text: string): Platform => {
    try {
      return parsePlatform(text);
    } catch {
      return refuse(1, `a build for the platform ${text.slice(0, 60)}`, "os/architecture, for example linux/arm64");
    }
  };
  const of = (prefix: string, platform: Platform): readonly (readonly [string, string])[] => [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ""],
  ];
  return new Map([
    ...of("TARGET", read(options.platform ?? "linux/amd64")),
    ...of("BUILD", read(options.buildPlatform ?? "linux/amd64")),
    ["TARGETSTAGE", options.target ?? "default"],
  ]);
}

/** The names of an `ARG` and their defaults, not expanded yet. */
export function parseArguments(
  instruction: Instruction,
  expand: (word: string, line: number) => string,
  refuse: Refuse,
): readonly (readonly [name: string, value: string | undefined])[] {
  const words = argumentWords(instruction.rest);
  if (words.length === 0) refuse(instruction.line, "ARG without a name", "ARG NAME or ARG NAME=default");
  return words.map((word) => {
    const equals = word.indexOf("=");
    const name = expand(equals < 0 ? word : word.slice(0, equals), instruction.line);
    if (name === "") refuse(instruction.line, word.slice(0, 60), "a name before the =");
    return [name, equals < 0 ? undefined : word.slice(equals + 1)];
  });
}

/** Split at blanks outside quotes; quotes stay, because expanding a value must know them. */
function argumentWords(text: string): readonly string[] {
  return text.match(/(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|\S)+/gs) ?? [];
}
