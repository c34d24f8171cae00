import { type Dockerfile, readDockerfile } from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";
import { inputOf } from "./case-keys.ts";

const Arguments = z.record(z.string(), z.string());
const Input = z.strictObject({
  dockerfile: z.string(),
  args: Arguments.exactOptional(),
  buildArgs: Arguments.exactOptional(),
  build_args: Arguments.exactOptional(),
  platform: z.string().exactOptional(),
  buildPlatform: z.string().exactOptional(),
  target: z.string().exactOptional(),
});

/** Every reference in order, as bashbrew's tests list them. */
export function checkDockerfileFroms(_input: unknown, row: Case): unknown {
  const { references, stages } = read(row);
  const named = stages.flatMap(({ name, baseImage }) => (name === undefined ? [] : [[name, baseImage] as const]));
  return {
    froms: references.map(({ image }) => image),
    stageFroms: stages.map(({ baseImage }) => baseImage),
    stageNames: named.map(([name]) => name),
    stageNameFroms: Object.fromEntries(named),
  };
}

/** What it is built from, and on what its last stage stands. */
export function checkDockerfileImages(_input: unknown, row: Case): unknown {
  const { externalImages, finalImage } = read(row);
  return { froms: externalImages, final: finalImage ?? null };
}

function read(row: Case): Dockerfile {
  const { dockerfile, buildArgs, build_args: underscored, ...options } = Input.parse(inputOf(row.row));
  const args = options.args ?? buildArgs ?? underscored ?? {};
  return readDockerfile(dockerfile, { ...options, args });
}
