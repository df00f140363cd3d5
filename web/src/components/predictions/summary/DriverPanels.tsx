import { Link } from "@tanstack/react-router";
import { useState, type CSSProperties, type ReactNode } from "react";
import type { Driver } from "../../../api/client";
import { formatCount } from "../../../state/format";
import { metricTarget, type PredictionsSearch } from "../../../state/predictionsSearch";
import { Empty, Panel } from "../../ui/Panel";
import { byCorrelation, byImportance, type DriverRow } from "./drivers";
import styles from "./DriverPanels.module.css";
import { formatSigned } from "../../../state/scores";

const AT_FIRST = 10;
const HEIGHT = 296;
type Side = Driver["side"];

/** Both sides of detections, which err in what they predict and in what they miss. */
const BOTH: readonly Side[] = ["prediction", "annotation"];
/** An image is classified rightly or not: there is one side. */
const ONE: readonly Side[] = ["prediction"];

interface Props {
  project: string;
  search: PredictionsSearch;
  /** Undefined until they have come. */
  drivers: readonly Driver[] | undefined;
  fresh: boolean;
  /** Whether they are of classifications. */
  ofClasses?: boolean;
  span?: 4 | 6;
}

function describe(row: DriverRow, sides: readonly Side[], of: (driver: Driver) => string): string {
  const say = (side: Side): string => {
    const driver = row[side];
    const who = sides.length > 1 ? `${side}s ` : "";
    if (driver === undefined) return `${who}lack it`;
    return `${who}${of(driver)}${driver.significant ? "" : ", not significant"}`;
  };
  return `${row.title}: ${sides.map(say).join("; ")}. Click shows performance by it.`;
}

interface RowProps {
  project: string;
  search: PredictionsSearch;
  row: DriverRow;
  sides: readonly Side[];
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
function Row({ project, search, row, sides, kind, most }: RowProps) {
  const text = kind === "importance" ? importanceText : correlationText;
  return (
    <li>
      <Link
        to="/p/$project/predictions/$part"
        params={{ project, part: "performance" }}
        search={metricTarget(search, row.metric)}
        className={styles.row}
        title={describe(row, sides, text)}
        preload={false}
      >
        <span className="truncate">{row.title}</span>
        <span className={styles.track} data-kind={kind}>
          {sides.map((side) => {
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
        {sides.map((side) => {
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
      <ul className={styles.rows} data-all={all} data-sides={rest.sides.length}>
        {(all ? rows : rows.slice(0, AT_FIRST)).map((row) => (
          <Row key={row.metric} row={row} {...rest} />
        ))}
      </ul>
      <div className={styles.legend}>
        {rest.sides.length > 1 &&
          rest.sides.map((side) => (
            <span key={side}>
              <i data-side={side} /> {side}s
            </span>
          ))}
        <span>
          <i data-side="unsure" data-sides={rest.sides.length} /> not significant
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

interface PanelProps extends Props {
  title: string;
  /** What the numbers are, and what they mean exactly. */
  aside: ReactNode;
  kind: RowProps["kind"];
  rows: readonly DriverRow[];
  measure: (driver: Driver) => number;
}

function DriverPanel({ project, search, drivers, fresh, ofClasses = false, span = 4, ...props }: PanelProps) {
  const { title, aside, kind, rows, measure } = props;
  const sides = ofClasses ? ONE : BOTH;
  const values = rows.flatMap((row) =>
    sides.map((side) => row[side]).filter((driver) => driver !== undefined),
  );
  const most = Math.max(...values.map(measure), 0.01);
  return (
    <Panel title={title} span={span} aside={aside}>
      {drivers === undefined ? (
        <div className="skeleton" style={{ height: HEIGHT }} aria-busy />
      ) : (
        <div className={styles.late} data-old={!fresh} aria-busy={!fresh} style={{ minHeight: HEIGHT }}>
          {rows.length === 0 ? (
            <Empty height={HEIGHT}>
              Nothing to tell: all outcomes are alike here, or no metric has been measured.
            </Empty>
          ) : (
            <Rows rows={rows} project={project} search={search} sides={sides} kind={kind} most={most} />
          )}
        </div>
      )}
    </Panel>
  );
}

/** How much each metric tells about TP or FP and about found or missed; of classifications, about right or wrong. */
export function ImportancePanel(props: Props) {
  return (
    <DriverPanel
      {...props}
      title="Metric importance"
      aside={
        <span title="Mutual information with the outcome, as a share of what there is to know">
          how much it tells, 0 to 1
        </span>
      }
      kind="importance"
      rows={byImportance(props.drivers ?? [])}
      measure={({ importance }) => importance ?? 0}
    />
  );
}

/** Whether higher values go with right predictions and with found annotations. */
export function CorrelationPanel(props: Props) {
  return (
    <DriverPanel
      {...props}
      title="Metric correlation"
      aside={
        <span title="Point-biserial correlation">
          with being {props.ofClasses === true ? "correct" : "TP or found"}
        </span>
      }
      kind="correlation"
      rows={byCorrelation(props.drivers ?? [])}
      measure={({ correlation }) => Math.abs(correlation ?? 0)}
    />
  );
}
