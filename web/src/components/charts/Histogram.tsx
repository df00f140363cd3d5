import { useState } from "react";
import type { Histogram as HistogramData, MetricSummary, Severity } from "../../api/client";
import { formatCounted, formatPercent, formatValue } from "../../state/format";
import { nounOf } from "../../state/links";
import { zoneOf } from "./zones";
import { CountLink } from "../ui/CountLink";
import { countScale, linearTicks, placeOn, tickLabel } from "./axis";
import styles from "./Histogram.module.css";
import { countTicks, PlotFrame, ticksAlong } from "./PlotFrame";
import { stepAlong, useRoving } from "./useRoving";

interface Props {
  project: string;
  metric: MetricSummary;
  histogram: HistogramData;
  /** Height in px that the plot has at least. */
  height: number;
}

const LEAST_PX = 2;
const SEVERITIES: readonly Severity[] = ["none", "moderate", "severe"];
/** Up to as many whole numbers get a label each, below the middle of their bin. */
const MOST_LABELLED = 24;

/** Zones of the axis beyond each limit. */
function zones(metric: MetricSummary, place: (value: number) => number) {
  const { moderate_low, severe_low, moderate_high, severe_high } = metric.limits;
  const at = (limit: number | null, otherwise: number): number => (limit === null ? otherwise : place(limit));
  const low = at(severe_low, 0);
  const high = at(severe_high, 1);
  return [
    { severity: "severe", from: 0, to: low },
    { severity: "moderate", from: low, to: at(moderate_low, low) },
    { severity: "moderate", from: at(moderate_high, high), to: high },
    { severity: "severe", from: high, to: 1 },
  ].filter((zone) => zone.to > zone.from);
}

type Bin = HistogramData["bins"][number];
const EDGE_SHARE = 0.02;

/** The severity that all of a bin has: a bin that a limit cuts, or that is all there is, is as harmless as its best. */
function severityOf({ low, high }: Bin, metric: MetricSummary): Severity {
  const inset = (high - low) * EDGE_SHARE;
  const ends = [zoneOf(low + inset, metric.limits), zoneOf(high - inset, metric.limits)];
  return SEVERITIES.find((severity) => ends.includes(severity)) ?? "none";
}

/** How values are spread: a bar per bin, each a link; quartiles as lines; the outliers' stretches tinted. */
export function Histogram({ project, metric, histogram, height }: Props) {
  const { bins, scale, scope } = histogram;
  const [active, setActive] = useState<number | null>(null);
  const full = bins.flatMap((bin, at) => (bin.count > 0 ? [String(at)] : []));
  const roving = useRoving(full[0], (from, key) => {
    const to = stepAlong(full.length, full.indexOf(from), key);
    return to === null ? null : (full[to] ?? null);
  });
  const first = bins[0];
  const last = bins.at(-1);
  if (first === undefined || last === undefined) return null;
  const [low, high] = [first.low, last.high];
  // The bin of a whole number n is [n, n + 1): marks stand in its middle.
  const whole = metric.kind === "count" && first.high - first.low === 1;
  const place = (value: number): number => placeOn(scale, whole ? value + 0.5 : value, low, high);
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const { isRoot, heightOf } = countScale(bins.map((bin) => bin.count));
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const write = (value: number): string => formatValue(value, metric.kind, metric.unit);
  const span = (bin: Bin): string => {
    if (metric.kind !== "count") return `${write(bin.low)} to ${write(bin.high)}`;
    const [from, to] = [Math.ceil(bin.low), Math.max(Math.ceil(bin.low), Math.ceil(bin.high) - 1)];
    return from === to ? write(from) : `${write(from)} to ${write(to)}`;
  };
  const xTicks = whole
    ? (bins.length <= MOST_LABELLED
        ? bins.map((bin) => Math.ceil(bin.low))
        : linearTicks(Math.ceil(low), Math.ceil(high) - 1, 10)
      ).map((value) => ({ at: place(value), label: tickLabel(value) }))
    : ticksAlong(scale, low, high, 8);
  const quartiles = [
    { name: "lower quartile", short: "q1", value: metric.q1 },
    { name: "median", short: "median", value: metric.median },
    { name: "upper quartile", short: "q3", value: metric.q3 },
  ].filter((quartile): quartile is { name: string; short: string; value: number } => quartile.value !== null);
  const shown = active === null ? undefined : bins[active];

  return (
    <PlotFrame
      label={`Distribution of ${metric.title}`}
      height={height}
      xTicks={xTicks}
      yTicks={countTicks(most, heightOf)}
      caption={
        shown === undefined
          ? `${metric.title}${metric.unit === "" || metric.kind === "count" ? "" : `, ${metric.unit}`}${scale === "log" ? ", logarithmic" : ""}${isRoot ? " · heights are square roots of the counts" : ""}`
          : `${span(shown)}: ${formatCounted(shown.count, nounOf(scope, 1), nounOf(scope, 2))}, ${formatPercent(shown.count / Math.max(1, total))}`
      }
      onPoint={(at) =>
        setActive(at === null ? null : Math.min(bins.length - 1, Math.floor(at.x * bins.length)))
      }
    >
      {zones(metric, place).map((zone) => (
        <div
          key={`${zone.severity} ${zone.from}`}
          className={styles.zone}
          data-zone={zone.severity}
          style={{ left: `${zone.from * 100}%`, width: `${(zone.to - zone.from) * 100}%` }}
        />
      ))}
      <div className={styles.bins}>
        {bins.map((bin, at) => {
          const label = `${metric.title} ${span(bin)}`;
          const { onFocus, ...place } = roving(String(at), (other) => full.includes(other));
          return (
            <CountLink
              key={bin.low}
              project={project}
              items={{ ...bin, scope }}
              what={label}
              className={styles.bin}
              onFocus={() => {
                onFocus();
                setActive(at);
              }}
              {...place}
            >
              <span className="sr-only">
                {label}: {formatCounted(bin.count, nounOf(scope, 1), nounOf(scope, 2))}
              </span>
              <i
                data-zone={severityOf(bin, metric)}
                style={{ height: bin.count === 0 ? 0 : `max(${LEAST_PX}px, ${heightOf(bin.count) * 100}%)` }}
              />
            </CountLink>
          );
        })}
      </div>
      {quartiles.map(({ name, short, value }) => (
        <div
          key={short}
          className={styles.quartile}
          data-median={short === "median"}
          data-flip={place(value) > 0.8}
          style={{ left: `${place(value) * 100}%` }}
          title={`${name}: ${write(value)}`}
        >
          {short === "median" && (
            <span>
              {short} {write(value)}
            </span>
          )}
        </div>
      ))}
    </PlotFrame>
  );
}
