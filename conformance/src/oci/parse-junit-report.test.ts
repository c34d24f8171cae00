import { describe, expect, it } from "vitest";
import { parseJunitReport } from "./parse-junit-report.ts";

const off = ["is disabled in the configuration"];
const report = (head: string, cases: readonly string[] = []): string =>
  `<testsuites time="1.44" tests="9">\n  <testsuite name="all" ${head}>\n${cases.join("\n")}  </testsuite>\n</testsuites>`;

describe("parseJunitReport", () => {
  it("counts failures and errors as failed, and what is neither as passed", () => {
    const head = 'tests="862" errors="1" failures="13" skipped="3" disabled="2"';
    expect(parseJunitReport(report(head), off)).toMatchObject({ passed: 843, failed: 14, skipped: 5, off: 0 });
  });

  it("takes a count that is left out as none", () => {
    expect(parseJunitReport(report('tests="860"'), off)).toMatchObject({ passed: 860, failed: 0, skipped: 0, off: 0 });
  });

  it("names what failed or was skipped, with what was said of it, and not what is off", () => {
    const xml = report('tests="6" errors="1" failures="2" skipped="1" disabled="1"', [
      '<testcase name="a/ping" status="passed"><system-err>status="failure"</system-err></testcase>',
      '<testcase name="a/push&#x2F;&#34;b&#34;" status="failure">\n<system-out>put &lt;failed&gt;&#xA;no &amp;amp; location</system-out></testcase>',
      '<testcase name="a/tag" status="failed"><failure message="Expected&#xA;  400" type="failed">x</failure></testcase>',
      '<testcase name="a/off" status="skipped"><system-err>api X is disabled in the configuration</system-err></testcase>',
      '<testcase name="a/range" status="skipped"><system-out>unsupported</system-out></testcase>',
      '<testcase name="a/broken" status="error"></testcase>',
    ]);
    expect(parseJunitReport(xml, off)).toEqual({
      ...{ passed: 1, failed: 3, skipped: 1, off: 1 },
      misses: [
        { kind: "FAIL", name: 'a/push/"b"', message: "put <failed>; no &amp; location" },
        { kind: "FAIL", name: "a/tag", message: "Expected; 400" },
        { kind: "SKIP", name: "a/range", message: "unsupported" },
        { kind: "FAIL", name: "a/broken", message: "" },
      ],
    });
  });

  it("refuses what is no report, and a report of nothing", () => {
    for (const xml of ["", "<html></html>", report('failures="0"'), report('tests="0"')]) {
      expect(() => parseJunitReport(xml, off)).toThrow(TypeError);
    }
  });
});
