import type { ReactNode } from "react";
import styles from "./UnitPlot.module.css";

export interface Tick {
  /** 0..1 along the axis. */
  at: number;
  label: string;
}

interface Props {
  /** What it shows, for screen readers. */
  label: string;
  height: number;
  xTicks: readonly Tick[];
  caption: ReactNode;
  /** Name of the upward axis. */
  yName: string;
  /** Where the pointer is, 0..1 across and upwards; null when it has left. */
  onPoint?: (place: { x: number; y: number } | null) => void;
  children: ReactNode;
}

const Y_TICKS = [0, 0.25, 0.5, 0.75, 1];

/** The frame of a chart whose upward axis goes from 0 to 1. */
export function UnitPlot({ label, height, xTicks, caption, yName, onPoint, children }: Props) {
  return (
    <figure className={styles.figure} aria-label={label}>
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
        {Y_TICKS.map((tick) => (
          <div key={tick} className={styles.grid} style={{ bottom: `${tick * 100}%` }}>
            <span>{tick}</span>
          </div>
        ))}
        {children}
        <span className={styles.yName}>{yName}</span>
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
