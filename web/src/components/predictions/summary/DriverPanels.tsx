import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Driver } from "../../../api/client";
import { metricTarget, type PredictionsSearch } from "../../../state/predictionsSearch";
import { BarKey, BarList, type Stretch } from "../../charts/BarList";
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

type Kind = "importance" | "correlation";

const TEXTS: Record<Kind, (driver: Driver) => string> = {
  importance: ({ importance }) => (importance ?? 0).toFixed(2),
  correlation: ({ correlation }) => formatSigned(correlation),
};

/** Where a metric's bar for a side lies; of correlations, from the middle to either end. */
function stretchOf(driver: Driver | undefined, kind: Kind, most: number): Stretch | null {
  if (driver === undefined) return null;
  const share = (driver[kind] ?? 0) / most;
  const ends = kind === "importance" ? [0, share] : [0.5, 0.5 + share / 2].sort((a, b) => a - b);
  const [from = 0, to = 0] = ends;
  const thin = driver.side === "annotation";
  return { from, to, tone: thin ? "fn" : "accent", thin, faint: !driver.significant };
}

interface RowsProps {
  project: string;
  search: PredictionsSearch;
  rows: readonly DriverRow[];
  sides: readonly Side[];
  kind: Kind;
  most: number;
}

/** A row a metric: a bar for predictions, a thinner one for annotations. */
function Rows({ project, search, rows, sides, kind, most }: RowsProps) {
  const text = TEXTS[kind];
  return (
    <BarList
      atFirst={AT_FIRST}
      rowHeight={26}
      centred={kind === "correlation"}
      bars={rows.map((row) => ({
        key: row.metric,
        label: <span className="truncate">{row.title}</span>,
        stretches: sides.map((side) => stretchOf(row[side], kind, most)),
        values: sides.map((side) => {
          const driver = row[side];
          return { text: driver === undefined ? "" : text(driver), pale: driver?.significant !== true };
        }),
        link: (inside) => (
          <Link
            to="/p/$project/predictions/$part"
            params={{ project, part: "performance" }}
            search={metricTarget(search, row.metric)}
            title={describe(row, sides, text)}
            preload={false}
            {...inside}
          />
        ),
      }))}
    >
      {sides.length > 1 && (
        <>
          <BarKey tone="accent">predictions</BarKey>
          <BarKey tone="fn" thin>
            annotations
          </BarKey>
        </>
      )}
      <BarKey tone="accent" faint>
        not significant
      </BarKey>
    </BarList>
  );
}

interface PanelProps extends Props {
  title: string;
  /** What the numbers are, and what they mean exactly. */
  aside: ReactNode;
  kind: Kind;
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
