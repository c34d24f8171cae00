// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of bake, not of a template
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createImageGraph } from "../../graph/create-image-graph.ts";
import { codeOf } from "../../testing/code-of.ts";
import { type BakeOptions, fromBakeFile } from "./from-bake-file.ts";

const namesOf = (document: unknown, ...targets: readonly string[]) =>
  fromBakeFile(document, { targets }).targets.map(({ name }) => name);
const one = (fields: object, options: BakeOptions = {}, more: object = {}) => {
  const [target] = fromBakeFile({ ...more, target: { a: fields } }, { targets: ["a"], ...options }).targets;
  return target;
};
const refused = (document: unknown, options: BakeOptions = { targets: ["a"] }) =>
  codeOf(() => fromBakeFile(document, options));

describe("targets", () => {
  it("have defaults, and say each thing in one way", () => {
    expect(one({})).toMatchObject({ context: ".", dockerfile: "Dockerfile", args: {}, tags: [], platforms: [] });
    const said = one({
      args: { n: 1, b: true, none: null },
      tags: ["t:1", "", "t:1"],
      output: ["out", "-", "dest=o,Type=oci,b=2,a=1", { type: "image", push: true }],
      target: "stage",
      "no-cache": true,
    });
    expect(said).toMatchObject({
      args: { n: "1", b: "true" },
      tags: ["t:1"],
      stage: "stage",
      others: { "no-cache": "true" },
    });
    expect(said?.args).not.toHaveProperty("none");
    expect(said?.outputs).toEqual([
      "type=local,dest=out",
      "type=tar,dest=-",
      "type=oci,dest=o,a=1,b=2",
      "type=image,push=true",
    ]);
  });

  it("may stand in lists, and twice: the later block wins", () => {
    const document = JSON.stringify({
      target: [{ a: [{ tags: ["x:1"], args: { k: "1", l: "1" } }] }, { a: { args: { k: "2" } } }],
    });
    const [target] = fromBakeFile(document, { targets: ["a"] }).targets;
    expect(target).toMatchObject({ tags: ["x:1"], args: { k: "2", l: "1" } });
  });

  it("inherit in order, each with its overrides, and circles add nothing", () => {
    const document = {
      target: {
        base: { args: { x: "base", y: "base" }, platforms: ["linux/amd64"], annotations: ["a=1"] },
        left: { inherits: ["base"], args: { y: "left" } },
        right: { inherits: ["base"], annotations: ["b=2"] },
        a: { inherits: ["left", "right", "a"], tags: ["t:1"] },
      },
    };
    const build = (overrides: readonly string[]) => fromBakeFile(document, { targets: ["a"], overrides }).targets[0];
    expect(build([])).toMatchObject({ args: { x: "base", y: "base" }, platforms: ["linux/amd64"], tags: ["t:1"] });
    expect(build(["base.args.x=set", "left.args.z=z"])?.args).toEqual({ x: "set", y: "base", z: "z" });
    expect(namesOf(document, "a")).toEqual(["a"]);
  });

  it.each([
    [["a.tags=n:1"], { tags: ["n:1"] }],
    [["a.tags=n:1", "a.tags=n:2"], { tags: ["n:1", "n:2"] }],
    [["a.tags+=n:1"], { tags: ["t:1", "n:1"] }],
    [["*.platform=linux/arm64"], { platforms: ["linux/arm64"] }],
    [["a.context=./x", "a.target=s"], { context: "./x", stage: "s" }],
    [["a.contexts.c="], { contexts: {} }],
    [["a.args.V=1=2"], { args: { V: "1=2" } }],
    [["a.labels.org.example.name=n"], { labels: { "org.example.name": "n" } }],
    [["a.push=true"], { outputs: ["type=image,push=true"] }],
    [["a.output=type=registry", "a.load=true"], { outputs: ["type=registry", "type=docker"] }],
    [["a.output=type=image,compression=zstd", "a.push=true"], { outputs: ["type=image,compression=zstd,push=true"] }],
    [["a.output=type=registry", "a.push=false"], { outputs: [] }],
    [["a.output=out", "a.load=true"], { outputs: ["type=local,dest=out"] }],
  ])("take overrides: %j", (overrides, expected) => {
    expect(one({ tags: ["t:1"], contexts: { c: "d" } }, { overrides })).toMatchObject(expected);
  });

  it.each([["nothing"], ["b.tags=x"], ["a.args=1"], ["a.tags.x=1"], ["a.inherits=b"], ["a.push=maybe"]])(
    "refuse the override %s",
    (override) => {
      expect(refused({ target: { a: {} } }, { targets: ["a"], overrides: [override] })).toBe("INVALID_INPUT");
    },
  );
});

describe("groups and patterns", () => {
  const document = {
    group: { all: { targets: ["one", "rest"] }, rest: { targets: ["two", "all"] }, dot_ted: { targets: ["one"] } },
    target: { one: {}, two: {}, three: {} },
  };

  it("flatten groups within groups; one that comes back to itself means a target of that name", () => {
    expect(refused(document, { targets: ["all"] })).toBe("INVALID_INPUT");
    expect(namesOf({ ...document, target: { ...document.target, all: {} } }, "all")).toEqual(["one", "two", "all"]);
  });

  it("name groups that were passed, and the request as default", () => {
    const build = fromBakeFile(
      { group: { g: { targets: ["h"] }, h: { targets: ["b", "a"] } }, target: { a: {}, b: {} } },
      { targets: ["g"] },
    );
    expect(build.groups).toEqual({ g: ["h"], h: ["b", "a"], default: ["g"] });
  });

  it.each([
    ["t*", ["two", "three"]],
    ["t?o", ["two"]],
    ["[a-o]ne", ["one"]],
    ["[^o]*o", ["two"]],
    ["dot.ted", ["one"]],
  ])("match %s", (pattern, names) => {
    expect(namesOf(document, pattern)).toEqual(names);
  });

  it.each([["x*"], ["[a"], ["none"], ["default"]])("find nothing for %s", (pattern) => {
    expect(refused(document, { targets: [pattern] })).toBe("INVALID_INPUT");
  });
});

describe("matrices", () => {
  it("multiply out, with values that are texts, lists and objects", () => {
    const build = fromBakeFile(
      {
        target: {
          m: {
            name: '${item.name}-${pair[0]}-${replace(v, ".", "_")}',
            matrix: { item: [{ name: "x" }, { name: "y" }], pair: [["p", "q"]], v: ["1.2"] },
            args: { SECOND: "${pair[1]}", V: "${v}" },
          },
        },
      },
      { targets: ["m"] },
    );
    expect(build.targets.map(({ name }) => name)).toEqual(["x-p-1_2", "y-p-1_2"]);
    expect(build.targets[0]?.args).toEqual({ SECOND: "q", V: "1.2" });
    expect(build.groups["m"]).toEqual(["x-p-1_2", "y-p-1_2"]);
  });

  it("may have one combination only, and then need no name", () => {
    expect(namesOf({ target: { a: { matrix: { unused: [""] } } } }, "a")).toEqual(["a"]);
    expect(namesOf({ target: { a: { matrix: {}, name: "b" } } }, "a")).toEqual(["b"]);
  });

  it.each([
    ["no list", { matrix: { k: "v" }, name: "${k}" }],
    ["a list of lists", { matrix: [["a"]] }],
    ["no object", { matrix: "a" }],
    ["equal names", { matrix: { k: ["x", "y"] }, name: "z" }],
    ["no name at all", { matrix: { k: ["x", "y"] } }],
    ["an illegal name", { matrix: { k: ["x.y"] }, name: "${k}" }],
    ["a name only", { name: "x" }],
    ["nothing", { matrix: { k: [] }, name: "${k}" }],
    ["too many combinations", { matrix: { k: Array(200).fill(0), l: Array(200).fill(0) }, name: "${k}" }],
  ])("are refused with %s", (_, fields) => {
    expect(refused({ target: { a: fields } })).toBe("INVALID_INPUT");
  });

  it("are not for groups", () => {
    expect(refused({ group: { a: { targets: [], matrix: {} } }, target: { b: {} } })).toBe("INVALID_INPUT");
  });
});

describe("expressions", () => {
  const value = (text: string, options: BakeOptions = {}) =>
    one({ args: { v: text } }, options, {
      ATTRIBUTE: "attribute of ${LATER}",
      LATER: "later",
      variable: {
        V: { default: "1.2.3" },
        N: { default: 2 },
        EMPTY: {},
        ON: { default: true },
        LIST: { default: ["a", "b"] },
      },
      function: { twice: { params: ["x"], result: "${x}${x}" }, loop: { params: ["x"], result: "${loop(x)}" } },
    })?.args["v"];

  it.each([
    ["plain", "plain"],
    ["${V}-${N}", "1.2.3-2"],
    ["${ATTRIBUTE}", "attribute of later"],
    ["$${V} %%{ $V", "${V} %{ $V"],
    ['${equal(EMPTY, "")}', "true"],
    ["${N + 2 * 3}", "8"],
    ["${(N + 2) * 3 - -1}", "13"],
    ['${N > 1 && !(N >= 3) || false ? "yes" : "no"}', "yes"],
    ['${N == "2"}', "false"],
    ["${LIST[1]}${LIST.0}", "ba"],
    ['${join("-", split(".", V))}', "1-2-3"],
    ['${upper("a${lower("B")}")}', "AB"],
    ['${twice("ab")}', "abab"],
    ['${indexof(LIST, "b")}', "1"],
    ['${sanitize("a/b.c")}', "a_b_c"],
    ["${substr(V, -3, 2)}", "2."],
    ['${trimprefix(V, "1.")}', "2.3"],
    ['${contains(LIST, "c")}', "false"],
    ['${"\\"q\\""}', '"q"'],
    ["${target.b.tags[0]}", "b:1"],
  ])("%s", (text, expected) => {
    const document = { target: { a: { args: { v: text } }, b: { tags: ["b:1"] } } };
    if (text.includes("target."))
      expect(fromBakeFile(document, { targets: ["a"] }).targets[0]?.args["v"]).toBe(expected);
    else expect(value(text)).toBe(expected);
  });

  it("take variables from outside, as what their default is", () => {
    expect(value("${V} ${N + 1} ${ON ? 1 : 0}", { variables: { V: "2", N: "5", ON: "false", OTHER: "x" } })).toBe(
      "2 6 0",
    );
  });

  it.each([
    ["${UNKNOWN}"],
    ["${V"],
    ["${V +}"],
    ["${unknown(V)}"],
    ["${LIST}"],
    ["${LIST[7]}"],
    ["x${null}"],
    ['${N + "x"}'],
    ["${N / 0}"],
    ['${join(",", V)}'],
    ["%{ if ON }x%{ endif }"],
    ["${loop(1)}"],
    ["${constructor}"],
    ["${V.constructor}"],
    [`\${${"(".repeat(500)}`],
  ])("refuse %s", (text) => {
    expect(codeOf(() => value(text))).toBe("INVALID_INPUT");
  });

  it("refuse values that need themselves", () => {
    expect(refused({ A: "${B}", B: "${A}", target: { a: { tags: ["${A}"] } } })).toBe("CYCLE");
  });

  it("see fields of other targets, also of a matrix under its new names, and whatever those are made of", () => {
    const document = {
      target: {
        a: { tags: ["${target.b.tags[0]}", "${target.x-1.args.V}"] },
        b: { tags: "${[target.c.context]}" },
        c: { context: "ctx" },
        m: { name: "x-${v}", matrix: { v: [1, 2] }, args: { V: "v${v}" } },
      },
    };
    expect(fromBakeFile(document, { targets: ["a"] }).targets[0]?.tags).toEqual(["ctx", "v1"]);
    for (const name of ["m.args", "none.tags", "c.tags", "c"]) {
      expect(refused({ target: { ...document.target, a: { tags: [`\${target.${name}}`] } } })).toBe("INVALID_INPUT");
    }
    expect(refused({ target: { a: { tags: "${target.b.tags}" }, b: { tags: "${target.a.tags}" } } })).toBe("CYCLE");
  });

  it("refuse a list from outside", () => {
    expect(codeOf(() => value("${LIST[0]}", { variables: { LIST: "x" } }))).toBe("INVALID_INPUT");
  });
});

describe("links", () => {
  it("are the edges; what is only linked is built for the cache", () => {
    const build = fromBakeFile(
      {
        target: {
          app: {
            contexts: { base: "target:mid", again: "target:mid", image: "docker-image://alpine" },
            output: ["type=registry"],
          },
          mid: { contexts: { base: "target:base" }, output: ["type=registry"] },
          base: { output: ["type=registry"] },
          other: {},
        },
      },
      { targets: ["app", "base"] },
    );
    expect(build.edges).toEqual([
      ["app", "mid"],
      ["mid", "base"],
    ]);
    expect(build.targets.map(({ name, outputs }) => [name, ...outputs])).toEqual([
      ["app", "type=registry"],
      ["base", "type=registry"],
      ["mid", "type=cacheonly"],
    ]);
    expect(createImageGraph(build.graph).order).toEqual(["base", "mid", "app"]);
  });

  it.each([
    ["itself", { a: { contexts: { x: "target:a" } } }, "CYCLE"],
    [
      "a circle",
      { a: { contexts: { x: "target:b" } }, b: { contexts: { x: "target:c" } }, c: { contexts: { x: "target:b" } } },
      "CYCLE",
    ],
    ["no target", { a: { contexts: { x: "target:b" } } }, "UNKNOWN_BASE"],
    [
      "other platforms",
      { a: { contexts: { x: "target:b" }, platforms: ["p/1", "p/2"] }, b: { platforms: ["p/1", "p/3"] } },
      "INVALID_INPUT",
    ],
  ])("to %s are refused", (_, target, code) => {
    expect(refused({ target })).toBe(code);
  });

  it("of one platform are not checked, as in buildx", () => {
    expect(
      namesOf(
        { target: { a: { contexts: { x: "target:b" }, platforms: ["p/1"] }, b: { platforms: ["p/2", "p/3"] } } },
        "a",
      ),
    ).toEqual(["a", "b"]);
  });

  it("of a deep lattice are walked once each", () => {
    const rows = Array.from({ length: 60 }, (_, row) => [0, 1].map((side) => `t${row}-${side}`));
    const entries = rows.flatMap((row, index) =>
      row.map(
        (name) =>
          [
            name,
            { contexts: Object.fromEntries((rows[index + 1] ?? []).map((below) => [below, `target:${below}`])) },
          ] as const,
      ),
    );
    expect(fromBakeFile({ target: Object.fromEntries(entries) }, { targets: ["t0-0"] }).edges).toHaveLength(2 + 58 * 4);
  });
});

describe("what is refused", () => {
  it.each([
    ["text that is no JSON", "target {}"],
    ["a list", []],
    ["an unknown field", { target: { a: { tagz: [] } } }],
    ["a wrong type", { target: { a: { tags: "x" } } }],
    ["a target that is no object", { target: { a: [1] } }],
    ["an illegal name", { target: { "a.b": {} } }],
    ["a function without result", { function: { f: { params: ["a"] } }, target: { a: {} } }],
    ["a document too long", `{"x":"${"a".repeat(5_000_001)}"}`],
    ["a document too deep", `${"[".repeat(5000)}${"]".repeat(5000)}`],
  ])("%s", (_, document) => {
    expect(refused(document)).toBe("INVALID_INPUT");
  });

  it("lists that grow without end, by functions or by each other", () => {
    const doubling = (double: (name: string) => string | readonly string[]) =>
      Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`v${n}`, n === 0 ? ["x"] : double(`v${n - 1}`)]));
    const target = { a: { tags: "${flatten(v39)}" } };
    expect(refused({ ...doubling((name) => `\${concat(${name}, ${name})}`), target })).toBe("INVALID_INPUT");
    expect(refused({ ...doubling((name) => `\${[${name}, ${name}]}`), target })).toBe("INVALID_INPUT");
    expect(refused({ ...doubling((name) => [`\${${name}}`, `\${${name}}`]), target })).toBe("INVALID_INPUT");
  });

  it("no pattern, however many stars it has", () => {
    const target = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${"a".repeat(60)}${n}`, {}]));
    expect(refused({ target }, { targets: [`${"*a".repeat(20)}*b`] })).toBe("INVALID_INPUT");
    expect(fromBakeFile({ target }, { targets: [`${"*a".repeat(20)}*7`] }).targets).toHaveLength(5);
  });

  it("always with a code, whatever the expression is", () => {
    const words = fc.constantFrom(
      "${",
      "}",
      "(",
      ")",
      "[",
      "]",
      '"',
      "a",
      "V",
      ".",
      "?",
      ":",
      "+",
      "-",
      "!",
      "==",
      "&&",
      "1",
      ",",
      "join",
      "\\",
      "%{",
      "$$",
      " ",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), (parts) => {
        const code = refused({ V: "v", target: { a: { tags: [parts.join("")] } } });
        expect(["nothing thrown", "INVALID_INPUT"]).toContain(code);
      }),
      { numRuns: 300 },
    );
  });
});
