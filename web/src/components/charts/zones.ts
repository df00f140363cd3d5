/** Where outliers lie on a histogram's axis. */
import type { Histogram, MetricSummary, Severity } from "../../api/client";

type Limits = MetricSummary["limits"];
type Bin = Histogram["bins"][number];

/** Severity of a value under a metric's limits. */
export function zoneOf(value: number, limits: Limits): Severity {
  if (limits.common?.includes(value) === true) return "none";
  const below = (limit: number | null): boolean =>
    limit !== null && (limits.inclusive ? value <= limit : value < limit);
  const above = (limit: number | null): boolean =>
    limit !== null && (limits.inclusive ? value >= limit : value > limit);
  if (below(limits.severe_low) || above(limits.severe_high)) return "severe";
  if (below(limits.moderate_low) || above(limits.moderate_high)) return "moderate";
  return "none";
}

/** Share 0..1 of the axis at which a value stands; bins are equally wide on the page. */
export function shareOf(value: number, bins: readonly Bin[], scale: "linear" | "log"): number | null {
  const low = bins[0]?.low;
  const high = bins.at(-1)?.high;
  if (low === undefined || high === undefined || high <= low) return null;
  if (scale === "linear") return Math.min(1, Math.max(0, (value - low) / (high - low)));
  if (low <= 0) return null;
  if (value <= 0) return 0;
  return Math.min(1, Math.max(0, Math.log(value / low) / Math.log(high / low)));
}

export interface Zone {
  from: number;
  to: number;
  severity: "moderate" | "severe";
}

/** The tinted stretches of the axis, as shares 0..1. */
export function zonesOf(limits: Limits, bins: readonly Bin[], scale: "linear" | "log"): Zone[] {
  const at = (limit: number | null): number | null => (limit === null ? null : shareOf(limit, bins, scale));
  const [severeLow, moderateLow] = [at(limits.severe_low), at(limits.moderate_low)];
  const [moderateHigh, severeHigh] = [at(limits.moderate_high), at(limits.severe_high)];
  const zones: Zone[] = [];
  const add = (from: number, to: number, severity: Zone["severity"]): void => {
    if (to > from) zones.push({ from, to, severity });
  };
  if (severeLow !== null) add(0, severeLow, "severe");
  if (moderateLow !== null) add(severeLow ?? 0, moderateLow, "moderate");
  if (moderateHigh !== null) add(moderateHigh, severeHigh ?? 1, "moderate");
  if (severeHigh !== null) add(severeHigh, 1, "severe");
  return zones;
}
