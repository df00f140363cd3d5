import { useQuery } from "@tanstack/react-query";
import { IconAlertTriangle, IconAlertTriangleFilled } from "@tabler/icons-react";
import { hasLimits } from "../../state/explorerSearch";
import type { MetricSummary } from "../../api/client";
import { filteredMetricQuery } from "../../api/filters";
import { formatCount, formatCounted, formatValue } from "../../state/format";
import type { EvaluatedBy } from "../../state/outcomes";
import { Markdown } from "../ui/Markdown";
import styles from "./MetricPanel.module.css";

interface Props {
  project: string;
  metric: MetricSummary;
  /** The filter that holds; "" for none, null where it cannot be used and there are no numbers. */
  query: string | null;
  evaluatedBy: EvaluatedBy | undefined;
  /** The numbers of items of this metric open just these items. */
  onShow: (query: string) => void;
}

/** How many of the items that pass the filter are outliers; a click shows them, within the filter. */
function OutlierChips({ metric, onShow }: Pick<Props, "metric" | "onShow">) {
  const { count, severe, moderate, queries } = metric;
  const ok = Math.max(0, count - severe - moderate);
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

/** The numbers of a metric among the items that pass the filter. */
function MetricNumbers({
  metric: shown,
  filtered,
  busy,
  onShow,
}: Pick<Props, "metric" | "onShow"> & { filtered: boolean; busy: boolean }) {
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
  const noun = shown.scope;
  return (
    <table className={styles.table} aria-busy={busy}>
      <caption>
        Values
        {filtered && <span className={styles.of}>of the filtered {noun}s</span>}
      </caption>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{formatValue(value, shown.kind, shown.unit)}</td>
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
  );
}

/** What the chosen metric measures, how, and how its values lie among the items that pass the filter. */
export function MetricPanel({ project, metric, query, evaluatedBy, onShow }: Props) {
  const isFiltered = query !== null && query !== "";
  const filtered = useQuery({
    ...filteredMetricQuery(project, metric.scope, metric.key, query ?? "", evaluatedBy),
    enabled: isFiltered,
  });
  // Of another metric, whose numbers may still be at hand, nothing is shown under this one's name.
  const answered = filtered.data?.key === metric.key ? filtered.data : null;
  const shown = query === null ? null : isFiltered ? answered : metric;
  const show = (text: string): void => {
    // What the numbers of the filter before would open is not what is asked for now.
    if (!isFiltered || !filtered.isPlaceholderData) onShow(text);
  };
  return (
    <div className={styles.panel}>
      <h2>{metric.title}</h2>
      <p className={styles.summary}>{metric.summary}</p>
      {shown !== null && hasLimits(shown) && <OutlierChips metric={shown} onShow={show} />}
      <Markdown text={metric.description} />
      {shown !== null && (
        <MetricNumbers metric={shown} filtered={isFiltered} busy={filtered.isFetching} onShow={show} />
      )}
    </div>
  );
}
