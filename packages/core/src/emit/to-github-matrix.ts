import { BayplanError } from "../errors.ts";
import { formatRepository } from "../oci/reference.ts";
import type { Plan } from "../plan/plan.ts";
import { type PlannedBuild, plannedBuilds } from "./planned-builds.ts";

/** One row of a matrix: one build. All values are texts, because that is what a workflow gets. */
export interface GitHubMatrixRow {
  /** Unique in the plan: lower-case letters, digits and `-`, at most 63 characters. */
  readonly id: string;
  /** The plan's node, `image@version`. */
  readonly node: string;
  readonly image: string;
  readonly version: string;
  /** `registry/repository`, without a tag. */
  readonly repository: string;
  /** The tag that names this version. */
  readonly tag: string;
  readonly publish: "staged" | "direct";
  readonly workflow: string;
  readonly ref: string;
  /** Separated by commas, as docker/build-push-action takes them. */
  readonly platforms: string;
  /** JSON object: the workflow's inputs. `{destination}`, `{base}` and `{base:name}` may still stand in them. */
  readonly inputs: string;
  /** JSON array of ids of this plan that must be built first. */
  readonly parents: string;
  /** JSON object: per base, the reference with digest, or `id:` and the id of the row that builds it. */
  readonly bases: string;
}

/** One job of a workflow. */
export interface GitHubMatrixJob {
  /** `wave-0`; where a wave does not fit into one job, `wave-0-1` and so on for the others. */
  readonly name: string;
  readonly wave: number;
  /** Names of the jobs of the wave before. */
  readonly needs: readonly string[];
  /** What `strategy.matrix` takes. GitHub refuses an empty list: guard the job with its count. */
  readonly matrix: { readonly include: readonly GitHubMatrixRow[] };
}

/** The jobs that build a plan, wave by wave. */
export interface GitHubMatrix {
  /** At least one, also for an empty plan. */
  readonly jobs: readonly GitHubMatrixJob[];
  /**
   * What a planning job writes as its outputs: per job its matrix as JSON, and under `NAME-count` how many rows it has.
   * `if: needs.plan.outputs.wave-0-count != '0'` skips a job that has none.
   */
  readonly outputs: Readonly<Record<string, string>>;
}

/** How a plan is laid out. */
export interface GitHubMatrixOptions {
  /**
   * How many waves the workflow file has. There are then always outputs for as many, empty ones too. Default: as many as
   * the plan needs.
   */
  readonly waves?: number;
  /** How many jobs the workflow file has per wave. Default: as many as are needed. */
  readonly jobsPerWave?: number;
}

const maxRows = 256;
// GitHub measures outputs as UTF-16: two bytes for every unit. 1 MB each, 50 MB for all of a run.
const maxOutput = (1024 * 1024) / 2;
const maxOutputs = 50 * maxOutput;

/**
 * A plan as matrices for GitHub Actions: one per wave, more where a wave has over 256 builds or its JSON is over 1 MB. A
 * wave needs the one before it, so use it where workflows must be static; `execute` starts each build as soon as its own
 * bases are there.
 *
 * @throws BayplanError `UNSUPPORTED` when the plan has more waves or jobs than the workflow, when one row alone is over
 * 1 MB or everything over 50 MB; `INVALID_PLAN` for a base that the plan does not know.
 * @see https://docs.github.com/en/actions/reference/limits
 */
export function toGitHubMatrix(plan: Plan, options: GitHubMatrixOptions = {}): GitHubMatrix {
  const builds = plannedBuilds(plan);
  const slugs = new Map(builds.map(({ step, slug }) => [step.node, slug]));
  const needed = Math.max(0, ...builds.map(({ wave }) => wave + 1));
  const count = options.waves ?? Math.max(1, needed);
  if (needed > count) throw tooMuch(`${needed} waves`, `the workflow has ${count}`);
  const jobs: GitHubMatrixJob[] = [];
  let needs: readonly string[] = [];
  for (let wave = 0; wave < count; wave += 1) {
    const rows = builds.filter((build) => build.wave === wave).map((build) => rowOf(build, slugs));
    const chunks = chunk(rows);
    const wanted = options.jobsPerWave ?? chunks.length;
    if (chunks.length > wanted) throw tooMuch(`${chunks.length} jobs in wave ${wave}`, `the workflow has ${wanted}`);
    const names = Array.from({ length: wanted }, (_, index) => `wave-${wave}${index === 0 ? "" : `-${index}`}`);
    for (const [index, name] of names.entries())
      jobs.push({ name, wave, needs, matrix: { include: chunks[index] ?? [] } });
    needs = names;
  }
  const outputs = jobs.flatMap(({ name, matrix }) => [
    [name, JSON.stringify(matrix)],
    [`${name}-count`, String(matrix.include.length)],
  ]);
  const length = outputs.reduce((sum, [, text = ""]) => sum + text.length, 0);
  if (length > maxOutputs) throw tooMuch("over 50 MB of outputs", "GitHub takes 50 MB per run");
  return { jobs, outputs: Object.fromEntries(outputs) };
}

function rowOf({ step, slug, parents, bases }: PlannedBuild, slugs: ReadonlyMap<string, string>): GitHubMatrixRow {
  const targets = bases.map(({ target, reference }) => {
    return [reference, "pinned" in target ? target.pinned : `id:${slugs.get(target.node)}`] as const;
  });
  return {
    id: slug,
    node: step.node,
    image: step.image,
    version: step.version,
    repository: formatRepository(step.repository),
    tag: step.exactTag,
    publish: step.publish,
    workflow: step.dispatch.workflow,
    ref: step.dispatch.ref,
    platforms: step.key.platforms.map(({ platform }) => platform).join(","),
    inputs: JSON.stringify(step.dispatch.inputs),
    parents: JSON.stringify(parents),
    bases: JSON.stringify(Object.fromEntries(targets)),
  };
}

/** As few jobs as possible, each within both limits; one empty job for nothing. */
function chunk(rows: readonly GitHubMatrixRow[]): readonly (readonly GitHubMatrixRow[])[] {
  const chunks: GitHubMatrixRow[][] = [[]];
  const frame = '{"include":[]}'.length;
  let length = frame;
  for (const row of rows) {
    const size = JSON.stringify(row).length + 1;
    if (frame + size > maxOutput) throw tooMuch(`a row of over 1 MB (${row.id})`, "GitHub takes 1 MB per output");
    const last = chunks.at(-1) ?? [];
    if (last.length < maxRows && length + size <= maxOutput) last.push(row);
    else {
      chunks.push([row]);
      length = frame;
    }
    length += size;
  }
  return chunks;
}

function tooMuch(found: string, limit: string): BayplanError {
  return new BayplanError(
    "UNSUPPORTED",
    `The plan gives ${found}, but ${limit}. Plan a part of the family with \`only\`.`,
  );
}
