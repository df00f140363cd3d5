/** Jobs: what they say of themselves, and what is fetched anew when one ends. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { answer, client, type Job } from "../api/client";
import { jobsQuery } from "../api/queries";
import { formatCount, formatDuration } from "./format";

export function isActive(job: Job): boolean {
  return job.status === "running" || job.status === "queued";
}

/** Share 0..1 of the present stage, or null while its size is unknown. */
export function jobShare(job: Job): number | null {
  if (job.status === "done") return 1;
  return job.total === null || job.total === 0 ? null : Math.min(1, job.done / job.total);
}

const STATUS_TEXTS: Record<Job["status"], string> = {
  queued: "Waiting for its turn",
  running: "Running",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
  interrupted: "Interrupted",
};

/** "Measuring · 1,200 of 5,000 · 310 a second · 12 s left". */
export function jobText(job: Job): string {
  if (job.status !== "running") return STATUS_TEXTS[job.status];
  const parts = [job.stage === "" ? STATUS_TEXTS.running : job.stage];
  if (job.total !== null) parts.push(`${formatCount(job.done)} of ${formatCount(job.total)}`);
  else if (job.done > 0) parts.push(formatCount(job.done));
  if (job.rate !== null && job.rate > 0) {
    parts.push(`${job.rate < 10 ? job.rate.toFixed(1) : formatCount(job.rate)} a second`);
  }
  if (job.seconds_left !== null) parts.push(`${formatDuration(job.seconds_left)} left`);
  return parts.join(" · ");
}

export function useJobs(): readonly Job[] {
  return useQuery(jobsQuery).data?.jobs ?? [];
}

/** When a job begins or ends, whatever it may have changed is asked for again. Used once, by the shell. */
export function useFreshAfterJobs(jobs: readonly Job[]): void {
  const queries = useQueryClient();
  const before = useRef<Map<string, Job["status"]> | null>(null);
  useEffect(() => {
    const known = before.current;
    before.current = new Map(jobs.map((job) => [job.id, job.status]));
    if (known === null) return;
    for (const job of jobs) {
      if (known.get(job.id) === job.status) continue;
      void queries.invalidateQueries({ queryKey: ["projects"] });
      if (!isActive(job)) void queries.invalidateQueries({ queryKey: ["sandboxes"] });
      if (!isActive(job) && job.project !== null) {
        void queries.invalidateQueries({ queryKey: ["project", job.project] });
      }
    }
  }, [jobs, queries]);
}

/** Cancel or resume a job. */
export function useJobControl() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, action }: { id: string; action: "cancel" | "resume" }) =>
      answer(
        action === "cancel"
          ? client.POST("/api/jobs/{job_id}/cancel", { params: { path: { job_id: id } } })
          : client.POST("/api/jobs/{job_id}/resume", { params: { path: { job_id: id } } }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
}
