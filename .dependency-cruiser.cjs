// The arrows of docs/architecture.md, enforced. Each rule fired on a deliberate violation when it was written.
const tests = "\\.(test|test-d)\\.ts$|/src/(testing|reliability)/";

/** In core, what a room may look at: itself and the rooms before it. */
const rooms = [
  "oci",
  "ports",
  "copy",
  "pattern",
  "version",
  "matrix",
  "trigger",
  "tags",
  "compare",
  "retention",
  "definition",
  "graph",
  "observe",
  "plan",
  "execute",
  "emit",
  "report",
];
const roomRules = rooms.map((room, index) => ({
  name: `core-${room}-looks-back-only`,
  severity: "error",
  comment: `data flows one way: ${room} may not know the rooms after it`,
  from: { path: `^packages/core/src/${room}/`, pathNot: tests },
  to: { path: `^packages/core/src/(${rooms.slice(index + 1).join("|") || "nothing"})/`, pathNot: allowedAhead(room) },
}));

// Checking a definition includes ordering its images; the graph in turn knows only the shape of a base.
function allowedAhead(room) {
  return room === "definition" ? "graph/(create-image-graph|find-cycle)\\.ts$" : "nothing";
}

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "core-is-pure",
      severity: "error",
      comment: "core performs no I/O",
      from: { path: "^packages/core/src", pathNot: `${tests}|/sha256-node\\.ts$` },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "core-deps",
      severity: "error",
      from: { path: "^packages/core/src", pathNot: tests },
      to: {
        dependencyTypes: ["npm"],
        pathNot: "node_modules/(semver|zod|re2js|smol-toml|@noble/hashes|@types/semver)",
      },
    },
    {
      name: "core-never-knows-its-kin",
      severity: "error",
      from: { path: "^packages/core/" },
      to: { path: "^packages/(?!core/)" },
    },
    {
      name: "compat-knows-core-only",
      severity: "error",
      from: { path: "^packages/compat/", pathNot: tests },
      to: { path: "^packages/(?!core/|compat/)" },
    },
    {
      name: "testkit-knows-core-only",
      severity: "error",
      from: { path: "^packages/testkit/", pathNot: tests },
      to: { path: "^packages/(?!core/|testkit/)" },
    },
    {
      name: "testkit-is-for-tests",
      severity: "error",
      from: { path: "^packages/(?!testkit/)", pathNot: tests },
      to: { path: "^packages/testkit/" },
    },
    {
      name: "no-lateral-adapters",
      severity: "error",
      from: { path: "^packages/(registry-(?!oci)[^/]+|ci-[^/]+|sources)/" },
      to: { path: "^packages/(registry-(?!oci)[^/]+|ci-[^/]+|sources)/", pathNot: "^packages/$1/" },
    },
    {
      name: "one-retry-layer",
      severity: "error",
      comment: "p-retry is imported once",
      from: { pathNot: "^packages/runtime/src/retry\\.ts$" },
      to: { path: "node_modules/p-retry" },
    },
    {
      name: "not-in-package-json",
      severity: "error",
      from: { pathNot: "\\.config\\.ts$" },
      // Optional peers are declared, but in a way that this rule does not see.
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"], pathNot: "node_modules/(vitest|msw)/" },
    },
    {
      name: "no-deep-imports",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: { path: "^packages/([^/]+)/src/(?!index\\.ts$)", pathNot: "^packages/$1/" },
    },
    {
      name: "no-deep-imports-from-outside",
      severity: "error",
      from: { pathNot: "^packages/" },
      to: { path: "^packages/[^/]+/src/(?!index\\.ts$)" },
    },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    ...roomRules,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      conditionNames: ["@bayplan/source", "node", "import", "types", "default"],
      exportsFields: ["exports"],
    },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/dist/" },
  },
};
