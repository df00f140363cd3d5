import { Popover } from "@mantine/core";
import { IconAlertCircle, IconStack2 } from "@tabler/icons-react";
import type { Job } from "../../api/client";
import { formatCounted, formatPercent } from "../../state/format";
import { notesOf } from "../../state/jobNotes";
import { isActive, jobShare, useFreshAfterJobs, useJobs } from "../../state/jobs";
import { JobRow } from "../ui/JobRow";
import { useEffect, useRef } from "react";
import styles from "./Shell.module.css";

const SHOWN = 20;

interface Props {
  opened: boolean;
  onChange: (opened: boolean) => void;
}

function isTrouble(job: Job): boolean {
  return job.status === "failed" || notesOf(job).lost !== null;
}

/** Running jobs in the header, and the latest ones on a click. */
export function JobTray({ opened, onChange: setOpened }: Props) {
  const jobs = useJobs();
  useFreshAfterJobs(jobs);
  const active = jobs.filter(isActive);
  const shares = active.map(jobShare).filter((share) => share !== null);
  const share = shares.length === 0 ? null : shares.reduce((sum, each) => sum + each, 0) / shares.length;
  const failed = jobs[0]?.status === "failed";
  const troubled = jobs[0] !== undefined && isTrouble(jobs[0]);
  const seenActive = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    // What fails, or loses everything, while the page is open shows itself.
    if (jobs.some((job) => isTrouble(job) && seenActive.current.has(job.id))) setOpened(true);
    seenActive.current = new Set(jobs.filter(isActive).map((job) => job.id));
  }, [jobs, setOpened]);
  return (
    <Popover position="bottom-end" width={400} trapFocus returnFocus opened={opened} onChange={setOpened}>
      <Popover.Target>
        <button type="button" className="btn quiet" onClick={() => setOpened(!opened)}>
          {troubled ? <IconAlertCircle size={16} aria-hidden /> : <IconStack2 size={16} aria-hidden />}
          {active.length === 0
            ? failed
              ? "Last job failed"
              : troubled
                ? "Last job lost data"
                : "Jobs"
            : `${formatCounted(active.length, "job")}${share === null ? "" : ` · ${formatPercent(share)}`}`}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Jobs">
        {jobs.length === 0 ? (
          <p className="muted">No jobs yet. Imports and other long work appear here with their progress.</p>
        ) : (
          <div className={styles.jobs}>
            {jobs.slice(0, SHOWN).map((job) => (
              <JobRow key={job.id} job={job} />
            ))}
          </div>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
