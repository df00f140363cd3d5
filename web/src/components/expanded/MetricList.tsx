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

/** Every value of the item and where it stands among all. */
export function MetricList({ metrics, scope, chosen }: Props) {
  if (metrics.length === 0) return null;
  return (
    <section>
      <div className={styles.head}>
        <h2>Metrics</h2>
        <span>value · where it stands</span>
      </div>
      <ul>
        {metrics.map((metric) => (
          <li key={`${metric.scope} ${metric.key}`} className={styles.metric} title={standing(metric)}>
            <span
              className={`truncate ${metric.key === chosen && (metric.scope === scope || scope === "prediction") ? (styles.chosen ?? "") : ""}`}
            >
              {metric.title}
              {metric.scope !== scope && " (image)"}
            </span>
            <span
              className={`${styles.metricValue ?? ""} ${metric.severity === "none" ? "" : (styles[metric.severity] ?? "")}`}
            >
              <SeverityMark severity={metric.severity} tone="text" />
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
