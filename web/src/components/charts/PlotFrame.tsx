import type { ReactNode } from "react";
import type { AxisScale } from "../../state/summarySearch";
import { linearTicks, placeOn, tickLabel, ticksFor } from "./axis";
import styles from "./PlotFrame.module.css";

export interface Tick {
  /** 0..1 along the axis. */
  at: number;
  label: string;
}

/** About `wanted` marks of an axis from low to high. */
export function ticksAlong(scale: AxisScale, low: number, high: number, wanted: number): Tick[] {
  return ticksFor(scale, low, high, wanted).map((value) => ({
    at: placeOn(scale, value, low, high),
    label: tickLabel(value),
  }));
}

/** Marks of an axis from 0 to 1. */
export const UNIT_TICKS: readonly Tick[] = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: String(at) }));

/** Marks of an axis of counts from 0 to the greatest, which is drawn at `place` of 0..1; whole numbers only. */
export function countTicks(most: number, place: (count: number) => number): Tick[] {
  return linearTicks(0, most, 3)
    .filter((count) => count > 0 && Number.isInteger(count))
    .map((count) => ({ at: place(count), label: tickLabel(count) }));
}

interface Props {
  /** What it shows, for screen readers. */
  label: string;
  height: number;
  xTicks: readonly Tick[];
  yTicks: readonly Tick[];
  /** Whether the marks of the axis across have lines as well. */
  xGrid?: boolean;
  caption: ReactNode;
  /** Name of the upward axis: it stands in the plot, or beside it where the plot is full. */
  yName?: string;
  nameBeside?: boolean;
  /** Where the pointer is, 0..1 across and upwards; null when it has left. */
  onPoint?: (place: { x: number; y: number } | null) => void;
  children: ReactNode;
}

/** What all charts of two axes have round their drawing: marks, lines, names, and the text below. */
export function PlotFrame(props: Props) {
  const { label, height, xTicks, yTicks, xGrid = false, caption, yName, nameBeside = false } = props;
  const { onPoint, children } = props;
  return (
    <figure className={styles.figure} aria-label={label} data-beside={nameBeside}>
      <div
        className={styles.plot}
        style={{ minHeight: height }}
        role="presentation"
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          onPoint?.({
            x: Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)),
            y: Math.min(1, Math.max(0, (box.bottom - event.clientY) / box.height)),
          });
        }}
        onPointerLeave={() => onPoint?.(null)}
      >
        {yTicks.map((tick) => (
          <div key={tick.at} className={styles.grid} style={{ bottom: `${tick.at * 100}%` }}>
            <span>{tick.label}</span>
          </div>
        ))}
        {xGrid &&
          xTicks.map((tick) => (
            <div key={tick.at} className={styles.upright} style={{ left: `${tick.at * 100}%` }} />
          ))}
        {children}
        {yName !== undefined && <span className={styles.yName}>{yName}</span>}
      </div>
      <div className={styles.ticks} aria-hidden>
        {xTicks.map((tick) => (
          <span key={tick.at} style={{ left: `${tick.at * 100}%` }}>
            {tick.label}
          </span>
        ))}
      </div>
      <figcaption className={styles.caption}>{caption}</figcaption>
    </figure>
  );
}

/** Lines and areas in a square of 0..100 that is stretched over the plot. */
export function Drawing({ children }: { children: ReactNode }) {
  return (
    <svg className={styles.drawing} viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
      {children}
    </svg>
  );
}
