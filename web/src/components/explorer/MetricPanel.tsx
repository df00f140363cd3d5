import { IconAlertTriangle, IconAlertTriangleFilled } from "@tabler/icons-react";
import type { MetricSummary } from "../../api/client";
import { formatCount, formatCounted, formatValue } from "../../state/format";
import { Markdown } from "../Markdown";
import styles from "./MetricPanel.module.css";

function OutlierChips({ metric }: { metric: MetricSummary }) {
  const ok = Math.max(0, metric.count - metric.severe - metric.moderate);
  return (
    <div className={styles.chips}>
      {metric.severe > 0 && (
        <span className="chip severe">
          <IconAlertTriangleFilled size={13} aria-hidden /> {formatCount(metric.severe)} severe
        </span>
      )}
      {metric.moderate > 0 && (
        <span className="chip moderate">
          <IconAlertTriangle size={13} aria-hidden /> {formatCount(metric.moderate)} moderate
        </span>
      )}
      {metric.severe + metric.moderate === 0 && <span className="muted small">No outliers</span>}
      <span className="muted small right">{formatCount(ok)} ok</span>
    </div>
  );
}

/** What the chosen metric measures, how, and how its values lie. */
export function MetricPanel({ metric }: { metric: MetricSummary }) {
  const rows: [string, number | null][] = [
    ["Minimum", metric.min],
    ["Lower quartile", metric.q1],
    ["Median", metric.median],
    ["Upper quartile", metric.q3],
    ["Maximum", metric.max],
    ["Mean", metric.mean],
  ];
  const noun = metric.scope === "image" ? "image" : "annotation";
  return (
    <div className={styles.panel}>
      <h2>{metric.title}</h2>
      <p className={styles.summary}>{metric.summary}</p>
      <OutlierChips metric={metric} />
      <Markdown text={metric.description} />
      <table className={styles.table}>
        <caption>Values</caption>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{formatValue(value, metric.kind, metric.unit)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">With a value</th>
            <td>{formatCounted(metric.count, noun)}</td>
          </tr>
          <tr>
            <th scope="row">Without</th>
            <td>{formatCounted(metric.nulls, noun)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
