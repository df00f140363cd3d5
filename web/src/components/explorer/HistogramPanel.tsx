import { useQuery } from "@tanstack/react-query";
import { useRef, useState, type PointerEvent } from "react";
import type { MetricSummary } from "../../api/client";
import { histogramQuery } from "../../api/queries";
import { formatCount, formatPercent, formatValue } from "../../state/format";
import type { EvaluatedBy } from "../../state/outcomes";
import { nounOf } from "../../state/links";
import type { TermText } from "../../state/queryText";
import { binsBetween, binsOf, brushOf, isWhole, rangeText, withRange, type BinRange } from "./brush";
import { BrushHandles } from "./BrushHandles";
import styles from "./HistogramPanel.module.css";
import { Plot } from "./Plot";
import { shareOf } from "../charts/zones";

/** A pointer that moves less than this many pixels clicks. */
const LEAST_DRAG = 4;

interface Props {
  project: string;
  metric: MetricSummary;
  scale: "linear" | "log";
  query: string;
  /** What holds of all items of the page; the bars behind are of these. */
  base: string;
  evaluatedBy: EvaluatedBy | undefined;
  /** The top-level terms of the query, without what holds of all. */
  terms: readonly TermText[];
  onScale: (scale: "linear" | "log") => void;
  onQuery: (query: string) => void;
}

/** How the values of the chosen metric are spread, with the outliers' stretches tinted; dragging filters by a range. */
export function HistogramPanel(props: Props) {
  const { project, metric, scale, query, base, evaluatedBy, terms, onScale, onQuery } = props;
  const all = useQuery(histogramQuery(project, metric, scale, base, evaluatedBy));
  const bins = all.data?.bins ?? [];
  const low = bins[0]?.low;
  const high = bins.at(-1)?.high;
  const filtered = useQuery({
    ...histogramQuery(project, metric, scale, query, evaluatedBy),
    enabled: query !== base,
  });
  const area = useRef<HTMLDivElement>(null);
  const start = useRef<{ x: number; share: number } | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const [drag, setDrag] = useState<BinRange | null>(null);

  const count = bins.length;
  const drawnScale = all.data?.scale ?? scale;
  const passing = query === base ? null : (filtered.data?.bins ?? null);
  const aligned = passing?.length === count && passing[0]?.low === low ? passing : null;
  const value = brushOf(terms, metric.key);
  const whole: BinRange = { first: 0, last: Math.max(0, count - 1) };
  const range = drag ?? (value === null || count === 0 ? whole : binsOf(value, bins));
  const edge = (at: number | null, otherwise: number): number =>
    at === null ? otherwise : (shareOf(at, bins, drawnScale) ?? otherwise);
  const shares =
    drag !== null || value === null
      ? { from: range.first / Math.max(1, count), to: (range.last + 1) / Math.max(1, count) }
      : { from: edge(value.low, 0), to: edge(value.high, 1) };

  const positive = metric.kind === "positive" || (metric.kind === "signed" && (metric.min ?? -1) >= 0);
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const write = (number: number): string => formatValue(number, metric.kind, metric.unit);
  const span = (from: number, to: number): string => {
    if (metric.kind !== "count") return `${write(from)} to ${write(to)}`;
    const [first, last] = [Math.ceil(from), Math.max(Math.ceil(from), Math.ceil(to) - 1)];
    return first === last ? write(first) : `${write(first)} to ${write(last)}`;
  };
  const median = metric.median === null ? null : shareOf(metric.median, bins, drawnScale);
  const counted = (items: number): string => `${formatCount(items)} ${nounOf(metric.scope, items)}`;

  const brush = (next: BinRange | null): void =>
    onQuery(withRange(terms, metric.key, next === null ? null : rangeText(metric.key, bins, next)));
  const shareAt = (event: PointerEvent): number => {
    const box = area.current?.getBoundingClientRect();
    return box === undefined ? 0 : (event.clientX - box.left) / Math.max(1, box.width);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0 || count === 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { x: event.clientX, share: shareAt(event) };
  };
  const onPointerMove = (event: PointerEvent): void => {
    const share = shareAt(event);
    const from = start.current;
    if (from !== null && Math.abs(event.clientX - from.x) >= LEAST_DRAG) {
      setDrag(binsBetween(from.share, share, count));
    }
    const at = Math.floor(share * count);
    setHovered(at >= 0 && at < count ? at : null);
  };
  const onPointerUp = (event: PointerEvent): void => {
    const from = start.current;
    start.current = null;
    if (from === null) return;
    const next = drag ?? binsBetween(from.share, shareAt(event), count);
    setDrag(null);
    brush(isWhole(next, count) ? null : next);
  };

  const bin = hovered === null ? undefined : bins[hovered];
  const within = hovered === null ? undefined : aligned?.[hovered];
  const [from, to] = [bins[range.first]?.low ?? 0, bins[range.last]?.high ?? 0];
  let text = metric.summary.replace(/\.$/, "");
  if (drag !== null) text = span(from, to);
  else if (bin !== undefined) {
    const items = within === undefined ? "" : `${formatCount(within.count)} of `;
    const share = within === undefined ? `, ${formatPercent(bin.count / Math.max(1, total))}` : "";
    text = `${span(bin.low, bin.high)}: ${items}${counted(bin.count)}${share}`;
  }

  return (
    <section className={`panel ${styles.panel}`} aria-label={`Distribution of ${metric.title}`}>
      <div
        ref={area}
        className={styles.area}
        role="group"
        aria-label={
          count === 0 ? "No values" : `${counted(total)} between ${write(low ?? 0)} and ${write(high ?? 0)}`
        }
        title={bin === undefined ? undefined : "Click to filter by this bar, drag to filter by a range"}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          start.current = null;
          setDrag(null);
        }}
        onPointerLeave={() => setHovered(null)}
      >
        <Plot metric={metric} scale={drawnScale} bins={bins} filtered={aligned} hovered={hovered} />
        {count > 0 && (
          <BrushHandles
            title={metric.title}
            count={count}
            range={range}
            shares={shares}
            set={drag !== null || value !== null}
            write={(at, end) => write((end === "first" ? bins[at]?.low : bins[at]?.high) ?? 0)}
            onBrush={brush}
          />
        )}
        {median !== null && metric.median !== null && (
          <div className={styles.median} data-flip={median > 0.75} style={{ left: `${median * 100}%` }}>
            <span>median {write(metric.median)}</span>
          </div>
        )}
      </div>
      <div className={styles.axis}>
        <span>{low !== undefined && write(low)}</span>
        <span className={bin || drag ? undefined : "truncate"}>{text}</span>
        <span>{high !== undefined && write(high)}</span>
      </div>
      {positive && (
        <button
          type="button"
          className={`btn ${styles.log ?? ""}`}
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
