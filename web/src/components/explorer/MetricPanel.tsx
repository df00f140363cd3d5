import { useQuery } from "@tanstack/react-query";
import { IconAlertTriangle, IconAlertTriangleFilled } from "@tabler/icons-react";
import type { MetricSummary } from "../../api/client";
import { filteredMetricQuery } from "../../api/filters";
import { formatCount, formatCounted, formatValue } from "../../state/format";
import { Markdown } from "../Markdown";
import styles from "./MetricPanel.module.css";

interface Props {
  project: string;
  metric: MetricSummary;
  /** The filter that holds; "" for none. */
  query: string;
  /** The numbers of items of this metric open just these items. */
  onShow: (query: string) => void;
}

/** How many of all items are outliers; a click shows them. */
function OutlierChips({ metric, onShow }: Pick<Props, "metric" | "onShow">) {
  const { severe, moderate, queries } = metric;
  const ok = Math.max(0, metric.count - severe - moderate);
  return (
    <div className={styles.chips}>
      {severe > 0 && (
        <button
          type="button"
          className="chip severe"
          title="Show these"
          onClick={() => onShow(queries.severe)}
        >
          <IconAlertTriangleFilled size={13} aria-hidden /> {formatCount(severe)} severe
        </button>
      )}
      {moderate > 0 && (
        <button
          type="button"
          className="chip moderate"
          title="Show these"
          onClick={() => onShow(queries.moderate)}
        >
          <IconAlertTriangle size={13} aria-hidden /> {formatCount(moderate)} moderate
        </button>
      )}
      {severe + moderate === 0 && <span className="muted small">No outliers</span>}
      <span className="muted small right">{formatCount(ok)} ok</span>
    </div>
  );
}

/** What the chosen metric measures, how, and how its values lie among the items that pass the filter. */
export function MetricPanel({ project, metric, query, onShow }: Props) {
  const filtered = useQuery({
    ...filteredMetricQuery(project, metric.scope, metric.key, query),
    enabled: query !== "",
  });
  const shown = query === "" ? metric : (filtered.data ?? metric);
  const rows: [string, number | null][] = [
    ["Minimum", shown.min],
    ["Lower quartile", shown.q1],
    ["Median", shown.median],
    ["Upper quartile", shown.q3],
    ["Maximum", shown.max],
    ["Mean", shown.mean],
  ];
  const counts: [string, number, string][] = [
    ["With a value", shown.count, shown.queries.count],
    ["Without", shown.nulls, shown.queries.nulls],
  ];
  const noun = metric.scope === "image" ? "image" : "annotation";
  return (
    <div className={styles.panel}>
      <h2>{metric.title}</h2>
      <p className={styles.summary}>{metric.summary}</p>
      <OutlierChips metric={metric} onShow={onShow} />
      <Markdown text={metric.description} />
      <table className={styles.table} aria-busy={filtered.isFetching}>
        <caption>
          Values
          {query !== "" && <span className={styles.of}>of the filtered {noun}s</span>}
        </caption>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{formatValue(value, metric.kind, metric.unit)}</td>
            </tr>
          ))}
          {counts.map(([name, count, wanted]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                {count === 0 ? (
                  formatCounted(count, noun)
                ) : (
                  <button
                    type="button"
                    className={styles.link}
                    title="Show these"
                    onClick={() => onShow(wanted)}
                  >
                    {formatCounted(count, noun)}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
