/** Which metrics are worth a place in lists and charts. */
import type { MetricSummary } from "../api/client";

/** Whether a metric tells items apart: neither random, nor another one's mirror, nor the same for all of them. */
export function tellsApart({ explains, min, max }: Pick<MetricSummary, "explains" | "min" | "max">): boolean {
  return explains && (min === null || min !== max);
}
