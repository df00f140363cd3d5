/** What a finished job found that a person should know: what was lost, and the warnings of the import doctor. */
import type { Job } from "../api/client";
import { formatCount } from "./format";

/** What a finished job made: a project or a prediction set, which a link opens, or a file, whose path is shown. */
export interface Made {
  project: string | null;
  predictionSet: string | null;
  path: string | null;
}

/** What a job made that can be looked at; null before its end, and where it made nothing. */
export function madeBy(job: Job): Made | null {
  if (job.status !== "done") return null;
  const { prediction_set: set, path, dry_run: dry } = job.result ?? {};
  if (job.kind === "export") {
    return typeof path === "string" && dry !== true ? { project: null, predictionSet: null, path } : null;
  }
  if (job.project === null) return null;
  return { project: job.project, predictionSet: typeof set === "string" ? set : null, path: null };
}

export interface JobNotes {
  /** That nothing could be taken in of what the job was to take in; null otherwise. */
  lost: string | null;
  warnings: readonly string[];
}

function textOf(finding: unknown): string | null {
  if (typeof finding === "string") return finding;
  if (typeof finding !== "object" || finding === null || !("message" in finding)) return null;
  if (typeof finding.message !== "string") return null;
  const count = "count" in finding && typeof finding.count === "number" ? finding.count : null;
  return count === null ? finding.message : `${finding.message}: ${formatCount(count)}`;
}

export function notesOf(job: Job): JobNotes {
  const result = job.result ?? {};
  const lost = result.everything_lost;
  const warnings: unknown = result.warnings;
  return {
    lost: typeof lost === "string" ? lost : null,
    warnings: Array.isArray(warnings) ? warnings.map(textOf).filter((text) => text !== null) : [],
  };
}
