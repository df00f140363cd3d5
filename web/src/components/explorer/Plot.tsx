import type { Histogram, MetricSummary } from "../../api/client";
import styles from "./HistogramPanel.module.css";
import { countScale } from "../charts/axis";
import { zoneOf, zonesOf } from "../charts/zones";

export const PLOT_HEIGHT = 44;
const BAR_SHARE = 0.9;
const LEAST_HEIGHT = 1.5;
/** What passes a filter is drawn at least this high, however rare it is among all items. */
const LEAST_SHARE = 0.3;

type Bins = Histogram["bins"];

interface Props {
  metric: MetricSummary;
  scale: "linear" | "log";
  /** All items of the project. */
  bins: Bins;
  /** Those that the filter lets through, on the same axis; null without a filter. */
  filtered: Bins | null;
  hovered: number | null;
}

function Bars({
  bins,
  heightOf,
  metric,
  layer,
  hovered,
}: { bins: Bins; heightOf: (count: number) => number; layer: string } & Pick<Props, "metric" | "hovered">) {
  return bins.map((bin, at) => {
    const height = bin.count === 0 ? 0 : Math.max(LEAST_HEIGHT, heightOf(bin.count) * PLOT_HEIGHT);
    return (
      <rect
        key={bin.low}
        className={styles.bar}
        data-layer={layer}
        data-zone={zoneOf((bin.low + bin.high) / 2, metric.limits)}
        data-on={at === hovered}
        x={at + (1 - BAR_SHARE) / 2}
        width={BAR_SHARE}
        y={PLOT_HEIGHT - height}
        height={height}
      />
    );
  });
}

/** The bars of a histogram: with a filter, what passes it stands before all items, which are paler. */
export function Plot({ metric, scale, bins, filtered, hovered }: Props) {
  const { heightOf } = countScale(bins.map((bin) => bin.count));
  // However few pass, the highest bar of these is seen.
  const lift = Math.max(
    1,
    LEAST_SHARE / Math.max(1e-9, ...(filtered ?? []).map((bin) => heightOf(bin.count))),
  );
  const width = Math.max(1, bins.length);
  return (
    <svg
      className={styles.plot}
      viewBox={`0 0 ${width} ${PLOT_HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden
    >
      {zonesOf(metric.limits, bins, scale).map((zone) => (
        <rect
          key={`${zone.severity} ${zone.from}`}
          className={styles.zone}
          data-zone={zone.severity}
          x={zone.from * bins.length}
          width={(zone.to - zone.from) * bins.length}
          y={0}
          height={PLOT_HEIGHT}
        />
      ))}
      <Bars
        bins={bins}
        heightOf={heightOf}
        metric={metric}
        layer={filtered === null ? "only" : "behind"}
        hovered={hovered}
      />
      {filtered !== null && (
        <Bars
          bins={filtered}
          heightOf={(count) => Math.min(1, heightOf(count) * lift)}
          metric={metric}
          layer="only"
          hovered={hovered}
        />
      )}
      <line
        className={styles.base}
        x1={0}
        x2={width}
        y1={PLOT_HEIGHT}
        y2={PLOT_HEIGHT}
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
