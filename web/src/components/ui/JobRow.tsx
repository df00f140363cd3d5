import { IconAlertCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Job } from "../../api/client";
import { formatAgo, formatCounted, formatPercent } from "../../state/format";
import { madeBy, notesOf } from "../../state/jobNotes";
import { isActive, jobShare, jobText, useJobControl } from "../../state/jobs";
import { CopyButton } from "./CopyButton";
import styles from "./JobRow.module.css";

const FEW = 3;

export function Progress({ job }: { job: Job }) {
  const share = jobShare(job);
  return (
    <div
      className={styles.progress}
      data-unknown={share === null}
      role="progressbar"
      aria-label={job.title}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.round(share * 100)}
    >
      <i style={share === null ? undefined : { width: `${share * 100}%` }} />
    </div>
  );
}

/** A link to what a job made: the numbers of a prediction set, or the project. */
function Opens({ project, set }: { project: string; set: string | null }) {
  return set === null ? (
    <Link className="btn right" to="/p/$project/summary/$part" params={{ project, part: "data" }}>
      Open
    </Link>
  ) : (
    <Link
      className="btn right"
      to="/p/$project/predictions/$part"
      params={{ project, part: "summary" }}
      search={{ set }}
    >
      Open
    </Link>
  );
}

/** One job: how far it is, or how it ended and what to do then. */
export function JobRow({ job }: { job: Job }) {
  const control = useJobControl();
  const share = jobShare(job);
  const active = isActive(job);
  const notes = notesOf(job);
  const made = madeBy(job);
  return (
    <div className={styles.job}>
      <div className={styles.jobHead}>
        <b className="truncate" style={{ fontWeight: 500 }} title={job.title}>
          {job.title}
        </b>
        {active && share !== null && <span className="muted">{formatPercent(share)}</span>}
        {active && (
          <button
            type="button"
            className="btn right"
            disabled={control.isPending}
            onClick={() => control.mutate({ id: job.id, action: "cancel" })}
          >
            Cancel
          </button>
        )}
        {made !== null && made.project !== null && <Opens project={made.project} set={made.predictionSet} />}
        {!active && job.resumable && (
          <button
            type="button"
            className="btn right"
            disabled={control.isPending}
            onClick={() => control.mutate({ id: job.id, action: "resume" })}
          >
            Resume
          </button>
        )}
      </div>
      {active && <Progress job={job} />}
      <span className="muted small">
        {jobText(job)}
        {job.finished !== null && ` · ${formatAgo(job.finished)}`}
      </span>
      {made !== null && made.path !== null && (
        <span className={`small ${styles.made ?? ""}`}>
          <code className="mono truncate" title={made.path}>
            {made.path}
          </code>
          <CopyButton text={made.path} what="the path" />
        </span>
      )}
      {notes.lost !== null && (
        <span className={`small ${styles.failure ?? ""}`} role="alert">
          <IconAlertCircle size={13} aria-hidden style={{ verticalAlign: "-2px" }} /> {notes.lost}
        </span>
      )}
      {notes.warnings.length > 0 && (
        <details className="small" open={notes.lost === null && notes.warnings.length <= FEW}>
          <summary>{formatCounted(notes.warnings.length, "warning")}</summary>
          {notes.warnings.map((text) => (
            <span key={text} className={styles.detail}>
              {text}
            </span>
          ))}
        </details>
      )}
      {job.error !== null && (
        <span className={`small ${styles.failure ?? ""}`}>
          <IconAlertCircle size={13} aria-hidden style={{ verticalAlign: "-2px" }} /> {job.error.title}
          {job.error.item != null && <span className={styles.detail}>{job.error.item}</span>}
          {job.error.expected != null && (
            <span className={styles.detail}>Expected: {job.error.expected}</span>
          )}
          {job.error.actual != null && <span className={styles.detail}>Found: {job.error.actual}</span>}
          {job.error.hint != null && <span className={styles.detail}>{job.error.hint}</span>}
        </span>
      )}
      {control.error !== null && (
        <span className={`small ${styles.failure ?? ""}`}>{control.error.message}</span>
      )}
    </div>
  );
}
