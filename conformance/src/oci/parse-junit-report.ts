/** A test of a programme that did not pass. */
export interface OciMiss {
  readonly kind: "FAIL" | "SKIP";
  readonly name: string;
  /** What the programme says of it, at most 500 characters of it, lines joined by `; `. */
  readonly message: string;
}

/** What a programme counted, and what did not pass. */
export interface OciReport {
  readonly passed: number;
  /** Failures of the registry and errors of the programme itself. */
  readonly failed: number;
  /** What the registry said it does not support. */
  readonly skipped: number;
  /** What the programme's settings leave out. */
  readonly off: number;
  readonly misses: readonly OciMiss[];
}

interface TestCase {
  readonly name: string;
  readonly status: string;
  readonly content: string;
}

/**
 * Reads the `junit.xml` of an OCI conformance programme.
 *
 * @param off - Texts in the name or content of skipped tests that are left out by settings.
 * @throws TypeError when the document is no such report, or one of no tests.
 */
export function parseJunitReport(xml: string, off: readonly string[]): OciReport {
  const [, head] = /<testsuite\b([^>]*)>/.exec(xml) ?? [];
  if (head === undefined) throw new TypeError("The report has no <testsuite>. Look at what the programme printed.");
  // A count of 0 may be left out.
  const count = (name: string): number => Number(attribute(name, head) || 0);
  const tests = count("tests");
  if (tests === 0) throw new TypeError("The report counts no tests. Look at what the programme printed.");
  const failed = count("failures") + count("errors");
  const notRun = count("skipped") + count("disabled");
  const cases = testCases(xml);
  const isOff = ({ status, name, content }: TestCase): boolean =>
    status === "skipped" && off.some((text) => name.includes(text) || content.includes(text));
  const left = cases.filter(isOff).length;
  const misses = cases.filter((test) => test.status !== "passed" && !isOff(test)).map(missOf);
  return { passed: tests - failed - notRun, failed, skipped: Math.max(0, notRun - left), off: left, misses };
}

// Markup of the content is escaped, so that the tags found are the report's own.
function testCases(xml: string): readonly TestCase[] {
  const found = xml.matchAll(/<testcase\b([^>]*)>([\s\S]*?)<\/testcase>/g);
  return [...found].map(([, attributes = "", content = ""]) => ({
    name: attribute("name", attributes),
    status: attribute("status", attributes),
    content,
  }));
}

function missOf({ name, status, content }: TestCase): OciMiss {
  const [, said, failure] = /<system-out>([\s\S]*?)<\/system-out>|<failure\b([^>]*)>/.exec(content) ?? [];
  const message = failure === undefined ? unescaped(said ?? "") : attribute("message", failure);
  const shown = message
    .trim()
    .split(/\s*\n\s*/)
    .join("; ")
    .slice(0, 500);
  return { kind: status === "skipped" ? "SKIP" : "FAIL", name, message: shown };
}

function attribute(name: string, attributes: string): string {
  return unescaped(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9A-Fa-f]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
