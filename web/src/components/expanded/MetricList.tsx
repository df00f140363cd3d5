import type { ItemScope, MetricValue } from "../../api/client";
import { formatPercent, formatValue, formatValueShort } from "../../state/format";
import { nounOf } from "../../state/links";
import { SeverityMark } from "../grid/Card";
import styles from "./Expanded.module.css";

interface Props {
  metrics: readonly MetricValue[];
  scope: ItemScope;
  chosen: string | undefined;
}

function standing(metric: MetricValue): string {
  if (metric.percentile === null)
    return `${metric.title} has no value here: it is undefined for this item, or not yet measured.`;
  const value = formatValue(metric.value, metric.kind, metric.unit);
  return `${value}: at least as high as ${formatPercent(metric.percentile / 100)} of all ${nounOf(metric.scope, 2)}`;
}

const SEVERITIES = ["none", "moderate", "severe"];

/** How unusual a value is: outliers before all others, these by how far from the middle they stand. */
function unusual({ severity, percentile }: MetricValue): number {
  return SEVERITIES.indexOf(severity) * 100 + (percentile === null ? -1 : Math.abs(percentile - 50));
}

/** Every value of the item and where it stands among all: the one that sorts, then the most unusual first. */
export function MetricList({ metrics, scope, chosen }: Props) {
  const isChosen = ({ key, scope: of }: MetricValue): boolean =>
    key === chosen && (of === scope || scope === "prediction");
  const telling = metrics.filter((metric) => metric.explains || isChosen(metric));
  if (telling.length === 0) return null;
  const ordered = telling.toSorted(
    (a, b) => Number(isChosen(b)) - Number(isChosen(a)) || unusual(b) - unusual(a),
  );
  return (
    <section>
      <div className={styles.head}>
        <h2>Metrics</h2>
        <span>most unusual first · where it stands</span>
      </div>
      <ul>
        {ordered.map((metric) => (
          <li key={`${metric.scope} ${metric.key}`} className={styles.metric} title={standing(metric)}>
            <span className={`truncate ${isChosen(metric) ? (styles.chosen ?? "") : ""}`}>
              {metric.title}
              {metric.scope !== scope && " (image)"}
            </span>
            <span
              className={`${styles.metricValue ?? ""} ${metric.severity === "none" ? "" : (styles[metric.severity] ?? "")}`}
            >
              <SeverityMark severity={metric.severity} />
              {formatValueShort(metric.value, metric.kind, metric.unit)}
            </span>
            <span className={styles.track}>
              {metric.percentile !== null && (
                <i data-severity={metric.severity} style={{ left: `${metric.percentile}%` }} />
              )}
              <span className="sr-only">{standing(metric)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
