import { useState } from "react";
import type { ReliabilityDiagram } from "../../../api/client";
import { formatCounted } from "../../../state/format";
import type { PredictionsSearch } from "../../../state/predictionsSearch";
import { Empty } from "../../ui/Panel";
import styles from "./CalibrationPanel.module.css";
import { CountLink } from "../../ui/CountLink";
import { formatScore } from "../../../state/scores";
import { Drawing, PlotFrame, ticksAlong, UNIT_TICKS } from "../../charts/PlotFrame";

const TICKS = ticksAlong("linear", 0, 1, 5);

interface Props {
  project: string;
  search: PredictionsSearch;
  diagram: ReliabilityDiagram;
  height: number;
  /** What the share of right predictions is called. */
  rate?: "precision" | "accuracy";
}

/** How often predictions of a confidence are right: on the diagonal, the confidence is the share of right ones. */
export function Calibration({ project, search, diagram, height, rate = "precision" }: Props) {
  const [active, setActive] = useState<number | null>(null);
  const { edges, count, score, precision, error } = diagram;
  const total = count.reduce((sum, each) => sum + each, 0);
  if (total === 0) return <Empty height={height}>No prediction counts here.</Empty>;
  const range = (at: number): string =>
    `Confidence ${(edges[at] ?? 0).toFixed(2)}–${(edges[at + 1] ?? 0).toFixed(2)}`;
  const shares = (at: number): string =>
    `${formatScore(precision[at])} right, ${formatScore(score[at])} claimed`;
  const say = (at: number): string =>
    count[at] === 0
      ? `${range(at)}: no predictions`
      : `${range(at)}: ${formatCounted(count[at] ?? 0, "prediction")}, of which ${shares(at)}`;
  return (
    <>
      <PlotFrame
        label="Reliability diagram"
        height={height}
        yTicks={UNIT_TICKS}
        yName={rate}
        xTicks={TICKS}
        caption={
          active === null
            ? `confidence · ECE ${formatScore(error)} · ${formatCounted(total, "prediction")}`
            : say(active)
        }
        onPoint={(place) =>
          setActive(place === null ? null : Math.min(count.length - 1, Math.floor(place.x * count.length)))
        }
      >
        <div className={styles.bins}>
          {count.map((_, at) => {
            const [right, claimed] = [precision[at] ?? null, score[at] ?? null];
            return (
              <CountLink
                key={edges[at]}
                project={project}
                search={search}
                items={{ count: count[at] ?? 0, scope: "prediction", query: diagram.queries[at] ?? "" }}
                what={`${range(at)}, ${shares(at)}`}
                active={active === at}
                className={styles.bin}
              >
                {right !== null && claimed !== null && (
                  <>
                    <i className={styles.right} style={{ height: `${right * 100}%` }} />
                    <i
                      className={styles.gap}
                      style={{
                        bottom: `${Math.min(right, claimed) * 100}%`,
                        height: `${Math.abs(right - claimed) * 100}%`,
                      }}
                    />
                  </>
                )}
              </CountLink>
            );
          })}
        </div>
        <Drawing>
          <line className={styles.diagonal} x1="0" y1="100" x2="100" y2="0" />
        </Drawing>
      </PlotFrame>
      <div className={styles.legend}>
        <span>
          <i data-kind="right" /> right
        </span>
        <span>
          <i data-kind="gap" /> gap to the confidence
        </span>
        <span>
          <i data-kind="diagonal" /> perfect
        </span>
      </div>
    </>
  );
}
