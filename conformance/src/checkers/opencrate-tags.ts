import {
  assignTags,
  createVersionScheme,
  formatReference,
  type GroupMember,
  judgeGroup,
  parseRepository,
  type TagPolicy,
  tagReference,
} from "@bayplan/core";
import { z } from "zod";

const Naming = z.strictObject({ runtime: z.string(), python_version: z.string(), version: z.string() });
const Result = z.enum(["success", "failure", "cancelled", "skipped"]).nullable();
const NoPartial = z.strictObject({
  event: z.string(),
  ref_type: z.enum(["branch", "tag"]),
  prerelease: z.boolean(),
  build_and_test_result: Result,
  push_result: Result.optional(),
});

const rules: TagPolicy["rules"] = [
  "{version}",
  // Only the push of a Git tag releases anything.
].map((template) => ({ kind: "exact", template }) as const);
const latest = { kind: "alias", template: "latest", when: { events: ["push"], refKind: "tag" } } as const;
const scheme = createVersionScheme("semver");

/** The references of one leg. */
export function checkOpencrateNaming(input: unknown): unknown {
  const { runtime, python_version, version } = Naming.parse(input);
  const leg = `${runtime}-py${python_version}`;
  const image = parseRepository(`docker.io/braindotai/opencrate-${leg}`);
  const policy: TagPolicy = { rules: [...rules, { kind: "raw", value: "latest", order: "version" }], scheme };
  const known = { state: "complete", tags: [] } as const;
  const { decisions } = assignTags(policy, { repository: image.repository, version, known });
  const [exact, moving] = decisions.map(({ tag = "" }) => short(formatReference(tagReference(image, tag))));
  const cache = tagReference(parseRepository("docker.io/braindotai/opencrate-build-cache"), leg);
  return { image: exact, latest: moving, cache: short(formatReference(cache)) };
}

/** The names in case files are as Docker Hub shows them. */
function short(reference: string): string {
  return reference.replace(/^docker\.io\//, "");
}

/** What may run after the whole matrix ended so. */
export function checkOpencrateNoPartial(input: unknown): unknown {
  const { event, ref_type, prerelease, build_and_test_result, push_result } = NoPartial.parse(input);
  const member = (name: string, result: GroupMember["result"]): GroupMember => ({ name, result: result ?? null });
  const tested = judgeGroup([member("build and test", build_and_test_result)]);
  const pushed = judgeGroup([member("build and test", build_and_test_result), member("push", push_result)]);
  const version = prerelease ? "1.0.0-rc.1" : "1.0.0";
  const ref = ref_type === "tag" ? `refs/tags/v${version}` : "refs/heads/main";
  const { tags } = assignTags(
    { rules: [latest], scheme },
    { repository: "opencrate", version, event: { name: event, ref }, known: { state: "complete", tags: [] } },
  );
  return {
    push_job_runs: tested.state === "complete",
    latest_job_runs: pushed.state === "complete" && tags.length > 0,
  };
}
