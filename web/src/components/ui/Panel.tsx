import type { UseQueryResult } from "@tanstack/react-query";
import { useId, type ReactNode } from "react";
import { ServerGone } from "../../api/client";
import { ErrorPanel } from "./ErrorPanel";
import styles from "./Panel.module.css";

interface Props {
  title: string;
  /** What stands at the right end of the title's line: a word on the reading, or controls. */
  aside?: ReactNode;
  /** How many of the twelve columns of the page's grid it takes. */
  span: 3 | 4 | 5 | 6 | 7 | 8 | 12;
  children: ReactNode;
}

/** A panel of the Summary: its title, and what it shows. */
export function Panel({ title, aside, span, children }: Props) {
  const id = useId();
  return (
    <section className={`panel ${styles.panel ?? ""}`} data-span={span} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        <div className={styles.aside}>{aside}</div>
      </div>
      {children}
    </section>
  );
}

interface PanelsProps {
  /** Whether they show something that is being replaced. */
  old?: boolean;
  busy?: boolean;
  label?: string;
  children: ReactNode;
}

/** The grid of twelve columns that panels stand in. */
export function Panels({ old, busy = old, label, children }: PanelsProps) {
  return (
    <div className={styles.panels} data-old={old} aria-busy={busy} aria-label={label}>
      {children}
    </div>
  );
}

/** What is as wide as the page among panels. */
export function Wide({ children }: { children: ReactNode }) {
  return <div className={styles.wide}>{children}</div>;
}

interface LoadedProps<T> {
  result: UseQueryResult<T>;
  /** Height in px that the skeleton keeps, so that nothing jumps when the answer comes. */
  height: number;
  children: (data: T) => ReactNode;
}

/** What an answer shows: a skeleton before it comes, what is wrong where it fails. */
export function Loaded<T>({ result, height, children }: LoadedProps<T>) {
  const { data, error, isPlaceholderData, refetch } = result;
  if (error !== null && !(error instanceof ServerGone)) {
    return (
      <div className={styles.error} style={{ minHeight: height }}>
        <ErrorPanel error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (data === undefined) return <div className="skeleton" style={{ height }} aria-busy />;
  return (
    <div className={styles.loaded} data-stale={isPlaceholderData}>
      {children(data)}
    </div>
  );
}

/** Why a panel is empty, and how it fills. */
export function Empty({ height, children }: { height?: number; children: ReactNode }) {
  return (
    <div className={styles.empty} style={{ minHeight: height }}>
      <p>{children}</p>
    </div>
  );
}
