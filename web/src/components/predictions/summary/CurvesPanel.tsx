import { useMemo, useState } from "react";
import type { Evaluation } from "../../../api/client";
import { formatCounted } from "../../../state/format";
import { nearestCurve, pathOf, trimmed } from "./curves";
import styles from "./CurvesPanel.module.css";
import { formatScore } from "../../../state/scores";
import { Drawing, PlotFrame, UNIT_TICKS } from "../../charts/PlotFrame";

/** Beyond as many, faint curves are one grey area: the first ones, of which most is annotated, stand for all. */
const MOST_DRAWN = 300;

interface Props {
  evaluation: Evaluation;
  height: number;
  isolated: string | null;
  onIsolate: (name: string | null) => void;
}

/** Precision against recall of every class, faintly, and their mean; one class alone while it is pointed at. */
export function Curves({ evaluation, height, isolated, onIsolate }: Props) {
  const { per_class: classes, curve } = evaluation;
  const [recall, setRecall] = useState<number | null>(null);
  const drawn = useMemo(() => classes.filter((each) => each.ap !== null).slice(0, MOST_DRAWN), [classes]);
  const faint = useMemo(() => drawn.map((each) => pathOf(trimmed(each.curve))).join(""), [drawn]);
  const mean = useMemo(() => pathOf(curve), [curve]);
  const alone = isolated === null ? undefined : classes.find((each) => each.class === isolated);
  const at = recall === null ? null : Math.round(recall * (curve.length - 1));
  const shown = alone?.curve ?? curve;
  const name = alone === undefined ? "Mean" : alone.class;
  const score = alone === undefined ? `mAP ${formatScore(evaluation.mAP)}` : `AP ${formatScore(alone.ap)}`;
  const here = at === null ? "" : ` · precision ${formatScore(shown[at])} at recall ${(at / 100).toFixed(2)}`;
  return (
    <PlotFrame
      label="Precision–recall curves"
      height={height}
      yTicks={UNIT_TICKS}
      yName="precision"
      xTicks={UNIT_TICKS}
      caption={
        alone === undefined && at === null
          ? drawn.length > 1
            ? `recall · the mean, and ${formatCounted(drawn.length, "class", "classes")} faintly`
            : "recall"
          : `${name} · ${score}${here}`
      }
      onPoint={(place) => {
        setRecall(place?.x ?? null);
        onIsolate(place === null ? null : (nearestCurve(drawn, place.x, place.y)?.class ?? null));
      }}
    >
      <Drawing>
        <path className={styles.faint} d={faint} data-many={drawn.length > 12} />
        <path className={styles.mean} d={mean} data-behind={alone !== undefined} />
        {alone !== undefined && <path className={styles.alone} d={pathOf(trimmed(alone.curve))} />}
      </Drawing>
      {at !== null && shown[at] !== null && shown[at] !== undefined && (
        <i className={styles.dot} style={{ left: `${at}%`, bottom: `${shown[at] * 100}%` }} />
      )}
    </PlotFrame>
  );
}
