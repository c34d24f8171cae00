import { expandMatrix, type MatrixFilters, type MatrixLeg, parseVersionList } from "@bayplan/core";
import { z } from "zod";

const OpencrateInput = z.strictObject({ PYTHON_VERSIONS: z.string(), runtimes: z.array(z.string()).optional() });
const DbxInput = z.strictObject({
  build_summary: z.object({ build_details: z.record(z.string(), z.record(z.string(), z.array(z.string()))) }),
  filters: z.strictObject({
    image_type: z.string().nullish(),
    only_lts: z.boolean().nullish(),
    latest_lts_count: z.number().nullish(),
  }),
});

/** Runtimes by the versions of a file, one a line: all of them, and the first and last version for a quick check. */
export function checkOpencrateMatrix(input: unknown): unknown {
  const { PYTHON_VERSIONS: text, runtimes } = OpencrateInput.parse(input);
  const axes = { ...(runtimes === undefined ? {} : { runtime: runtimes }), python_version: parseVersionList(text) };
  const matrix = (filters?: MatrixFilters) => expandMatrix({ axes, version: { key: "python_version" } }, filters);
  const versions = (legs: readonly MatrixLeg[]) => [...new Set(legs.map((leg) => leg["python_version"]))];
  const legs = matrix();
  const full = versions(legs);
  return { legs, count: legs.length, full, python_versions: full, edges: versions(matrix({ edges: true })) };
}

/** Legs from what a generator wrote, the newest runtime first. */
export function checkDbxMatrix(input: unknown): unknown {
  const { build_summary: summary, filters } = DbxInput.parse(input);
  const include = legsOf(summary.build_details);
  const lts = [...new Set(include.flatMap((leg) => leg["runtime"] ?? []))].filter((name) => name.endsWith(" LTS"));
  const legs = expandMatrix(
    { include, version: { key: "runtime", order: "newest-first", lts }, onEmpty: "allow" },
    {
      ...(typeof filters.image_type === "string" ? { only: { image_type: filters.image_type } } : {}),
      ...(typeof filters.latest_lts_count === "number" ? { latest: filters.latest_lts_count } : {}),
      lts: filters.only_lts === true,
    },
  );
  return { include: legs, count: legs.length };
}

/** Files by runtime (`17.3 LTS`, `17.3 LTS_ml`) and image type: each list that is not empty is a leg. */
function legsOf(details: z.infer<typeof DbxInput>["build_summary"]["build_details"]): readonly MatrixLeg[] {
  const runtimes = Object.entries(details).filter(([name]) => name !== "non_runtime_specific");
  const types = [...new Set(runtimes.flatMap(([, files]) => Object.keys(files)))];
  return types.flatMap((type) =>
    runtimes.flatMap(([name, files]): readonly MatrixLeg[] => {
      const [path] = files[type] ?? [];
      if (path === undefined) return [];
      const [, runtime = name, ml] = /^(.*?)(_ml)?$/.exec(name) ?? [];
      // data/python/17.3-LTS-ubuntu2404-py312-ml/Dockerfile
      const folder = path.split("/").at(-2) ?? "";
      const suffix = folder.slice(runtime.replaceAll(" ", "-").length).replace(/-ml$/, "");
      return [{ runtime, image_type: type, variant: ml === undefined ? "" : ".ml", suffix }];
    }),
  );
}
