import { Link } from "@tanstack/react-router";
import { useState, type CSSProperties } from "react";
import type { Driver, SlowEvaluation } from "../../api/client";
import { formatCount } from "../../state/format";
import { metricTarget, type PredictionsSearch } from "../../state/predictionsSearch";
import { Empty, Panel } from "../summary/Panel";
import { byCorrelation, byImportance, type DriverRow } from "./drivers";
import styles from "./DriverPanels.module.css";
import { formatSigned } from "./scores";

const AT_FIRST = 10;
const HEIGHT = 296;
const SIDES = ["prediction", "annotation"] as const;

interface Props {
  project: string;
  search: PredictionsSearch;
  slow: SlowEvaluation | undefined;
  fresh: boolean;
}

function describe({ title, prediction, annotation }: DriverRow, of: (driver: Driver) => string): string {
  const say = (driver: Driver | undefined, side: string): string =>
    driver === undefined
      ? `${side} lack it`
      : `${side} ${of(driver)}${driver.significant ? "" : ", not significant"}`;
  return `${title}: ${say(prediction, "predictions")}; ${say(annotation, "annotations")}. Click shows performance by it.`;
}

interface RowProps {
  project: string;
  search: PredictionsSearch;
  row: DriverRow;
  kind: "importance" | "correlation";
  most: number;
}

const importanceText = ({ importance }: Driver): string => (importance ?? 0).toFixed(2);
const correlationText = ({ correlation }: Driver): string => formatSigned(correlation);

function place(driver: Driver, kind: RowProps["kind"], most: number): CSSProperties {
  if (kind === "importance") return { left: 0, width: `${((driver.importance ?? 0) / most) * 100}%` };
  const share = ((driver.correlation ?? 0) / most) * 50;
  return { left: `${50 + Math.min(0, share)}%`, width: `${Math.abs(share)}%` };
}

/** One metric: a bar for predictions, a thinner one for annotations. */
function Row({ project, search, row, kind, most }: RowProps) {
  const text = kind === "importance" ? importanceText : correlationText;
  return (
    <li>
      <Link
        to="/p/$project/predictions/$part"
        params={{ project, part: "performance" }}
        search={metricTarget(search, row.metric)}
        className={styles.row}
        title={describe(row, text)}
        preload={false}
      >
        <span className="truncate">{row.title}</span>
        <span className={styles.track} data-kind={kind}>
          {SIDES.map((side) => {
            const driver = row[side];
            return (
              <i key={side} data-side={side}>
                {driver !== undefined && (
                  <b data-sure={driver.significant} style={place(driver, kind, most)} />
                )}
              </i>
            );
          })}
        </span>
        {SIDES.map((side) => {
          const driver = row[side];
          return (
            <span key={side} className={styles.value} data-sure={driver?.significant === true}>
              {driver === undefined ? "" : text(driver)}
            </span>
          );
        })}
      </Link>
    </li>
  );
}

function Rows({ rows, ...rest }: { rows: readonly DriverRow[] } & Omit<RowProps, "row">) {
  const [all, setAll] = useState(false);
  const hidden = rows.length - AT_FIRST;
  return (
    <>
      <ul className={styles.rows} data-all={all}>
        {(all ? rows : rows.slice(0, AT_FIRST)).map((row) => (
          <Row key={row.metric} row={row} {...rest} />
        ))}
      </ul>
      <div className={styles.legend}>
        <span>
          <i data-side="prediction" /> predictions
        </span>
        <span>
          <i data-side="annotation" /> annotations
        </span>
        <span>
          <i data-side="unsure" /> not significant
        </span>
        {hidden > 0 && (
          <button
            type="button"
            className={`btn quiet ${styles.more ?? ""}`}
            aria-expanded={all}
            onClick={() => setAll(!all)}
          >
            {all ? "Show fewer" : `${formatCount(hidden)} more…`}
          </button>
        )}
      </div>
    </>
  );
}

/** How much each metric tells about TP or FP, and about found or missed. */
export function ImportancePanel({ project, search, slow, fresh }: Props) {
  const rows = byImportance(slow?.importance ?? []);
  const most = Math.max(...rows.flatMap((row) => SIDES.map((side) => row[side]?.importance ?? 0)), 0.01);
  return (
    <Panel
      title="Metric importance"
      span={4}
      aside={
        <span title="Mutual information with the outcome, as a share of what there is to know">
          how much it tells, 0 to 1
        </span>
      }
    >
      {slow === undefined ? (
        <div className="skeleton" style={{ height: HEIGHT }} aria-busy />
      ) : (
        <div className={styles.late} data-old={!fresh} aria-busy={!fresh} style={{ minHeight: HEIGHT }}>
          {rows.length === 0 ? (
            <Empty height={HEIGHT}>
              Nothing to tell: all outcomes are alike here, or no metric has been measured.
            </Empty>
          ) : (
            <Rows rows={rows} project={project} search={search} kind="importance" most={most} />
          )}
        </div>
      )}
    </Panel>
  );
}

/** Whether higher values go with right predictions and with found annotations. */
export function CorrelationPanel({ project, search, slow, fresh }: Props) {
  const rows = byCorrelation(slow?.importance ?? []);
  const most = Math.max(
    ...rows.flatMap((row) => SIDES.map((side) => Math.abs(row[side]?.correlation ?? 0))),
    0.01,
  );
  return (
    <Panel
      title="Metric correlation"
      span={4}
      aside={<span title="Point-biserial correlation">with being TP or found</span>}
    >
      {slow === undefined ? (
        <div className="skeleton" style={{ height: HEIGHT }} aria-busy />
      ) : (
        <div className={styles.late} data-old={!fresh} aria-busy={!fresh} style={{ minHeight: HEIGHT }}>
          {rows.length === 0 ? (
            <Empty height={HEIGHT}>
              Nothing to tell: all outcomes are alike here, or no metric has been measured.
            </Empty>
          ) : (
            <Rows rows={rows} project={project} search={search} kind="correlation" most={most} />
          )}
        </div>
      )}
    </Panel>
  );
}
