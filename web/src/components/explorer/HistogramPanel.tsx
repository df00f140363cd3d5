import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { MetricSummary } from "../../api/client";
import { histogramQuery } from "../../api/queries";
import { formatCounted, formatPercent, formatValue } from "../../state/format";
import styles from "./HistogramPanel.module.css";
import { shareOf, zoneOf, zonesOf } from "./zones";

const HEIGHT = 44;
const BAR_SHARE = 0.9;
const LEAST_HEIGHT = 1.5;

interface Props {
  project: string;
  metric: MetricSummary;
  scale: "linear" | "log";
  onScale: (scale: "linear" | "log") => void;
}

/** How the values of the chosen metric are spread, with the outliers' stretches tinted. */
export function HistogramPanel({ project, metric, scale, onScale }: Props) {
  const { data } = useQuery(histogramQuery(project, metric, scale));
  const [hovered, setHovered] = useState<number | null>(null);
  const positive = metric.kind === "positive" || (metric.kind === "signed" && (metric.min ?? -1) >= 0);
  const bins = data?.bins ?? [];
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const write = (value: number): string => formatValue(value, metric.kind, metric.unit);
  const span = (low: number, high: number): string => {
    if (metric.kind !== "count") return `${write(low)} to ${write(high)}`;
    const [first, last] = [Math.ceil(low), Math.max(Math.ceil(low), Math.ceil(high) - 1)];
    return first === last ? write(first) : `${write(first)} to ${write(last)}`;
  };
  const bin = hovered === null ? undefined : bins[hovered];
  const drawnScale = data?.scale ?? scale;
  const median = metric.median === null ? null : shareOf(metric.median, bins, drawnScale);
  const noun = metric.scope === "image" ? "image" : "annotation";

  return (
    <section className={`panel ${styles.panel}`} aria-label={`Distribution of ${metric.title}`}>
      <svg
        className={styles.plot}
        viewBox={`0 0 ${Math.max(1, bins.length)} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={
          bins.length === 0
            ? "No values"
            : `${formatCounted(total, noun)} between ${write(bins[0]?.low ?? 0)} and ${write(bins.at(-1)?.high ?? 0)}`
        }
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const at = Math.floor(((event.clientX - box.left) / box.width) * bins.length);
          setHovered(at >= 0 && at < bins.length ? at : null);
        }}
        onPointerLeave={() => setHovered(null)}
      >
        {zonesOf(metric.limits, bins, drawnScale).map((zone) => (
          <rect
            key={`${zone.severity} ${zone.from}`}
            className={styles.zone}
            data-zone={zone.severity}
            x={zone.from * bins.length}
            width={(zone.to - zone.from) * bins.length}
            y={0}
            height={HEIGHT}
          />
        ))}
        {bins.map((each, at) => {
          const height = each.count === 0 ? 0 : Math.max(LEAST_HEIGHT, (each.count / most) * HEIGHT);
          return (
            <rect
              key={each.low}
              className={styles.bar}
              data-zone={zoneOf((each.low + each.high) / 2, metric.limits)}
              data-on={at === hovered}
              x={at + (1 - BAR_SHARE) / 2}
              width={BAR_SHARE}
              y={HEIGHT - height}
              height={height}
            />
          );
        })}
        <line
          className={styles.base}
          x1={0}
          x2={Math.max(1, bins.length)}
          y1={HEIGHT}
          y2={HEIGHT}
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      {median !== null && metric.median !== null && (
        <div
          className={styles.median}
          data-flip={median > 0.75}
          style={{ left: `calc(12px + (100% - 24px) * ${median})` }}
        >
          <span>median {write(metric.median)}</span>
        </div>
      )}
      <div className={styles.axis}>
        <span>{bins.length > 0 && write(bins[0]?.low ?? 0)}</span>
        <span className={bin ? undefined : "truncate"}>
          {bin
            ? `${span(bin.low, bin.high)}: ${formatCounted(bin.count, noun)}, ${formatPercent(bin.count / Math.max(1, total))}`
            : metric.summary.replace(/\.$/, "")}
        </span>
        <span>{bins.length > 0 && write(bins.at(-1)?.high ?? 0)}</span>
      </div>
      {positive && (
        <button
          type="button"
          className={`btn ${styles.log}`}
          aria-pressed={scale === "log"}
          title="Logarithmic axis"
          onClick={() => onScale(scale === "log" ? "linear" : "log")}
        >
          log
        </button>
      )}
    </section>
  );
}
