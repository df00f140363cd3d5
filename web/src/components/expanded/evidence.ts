import type { Evidence } from "../../api/client";

/** Evidence that says something: of an outlier, or of the metric that sorts, which comes first. */
export function orderEvidence(evidence: readonly Evidence[], key: string | undefined): Evidence[] {
  const telling = evidence.filter((each) => each.severity !== "none" || each.metric === key);
  return telling.toSorted((a, b) => Number(b.metric === key) - Number(a.metric === key));
}
