module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "core-is-pure",
      severity: "error",
      comment: "core performs no I/O",
      from: { path: "^packages/core/src", pathNot: "\\.test\\.ts$|/sha256-node\\.ts$" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "core-deps",
      severity: "error",
      from: { path: "^packages/core/src", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["npm"], pathNot: "node_modules/(semver|zod|re2js|@noble/hashes|@types/semver)" },
    },
    {
      name: "no-lateral-adapters",
      severity: "error",
      from: { path: "^packages/(registry-(?!oci)[^/]+|ci-[^/]+)/" },
      to: { path: "^packages/(registry-(?!oci)[^/]+|ci-[^/]+)/", pathNot: "^packages/$1/" },
    },
    {
      name: "stages-flow-one-way",
      severity: "error",
      from: { path: "^packages/core/src/plan" },
      to: { path: "^packages/core/src/execute" },
    },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "not-in-package-json",
      severity: "error",
      from: { pathNot: "\\.(test|config)\\.ts$" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "no-deep-imports",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: { path: "^packages/([^/]+)/src/(?!index\\.ts$)", pathNot: "^packages/$1/" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      conditionNames: ["@bayplan/source", "import", "types", "default"],
      exportsFields: ["exports"],
    },
    doNotFollow: { path: "node_modules" },
  },
};
