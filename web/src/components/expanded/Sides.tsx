import { useQuery } from "@tanstack/react-query";
import { predictionSetsQuery } from "../../api/predictions";
import type { ClassInfo } from "../../api/client";
import { operatingPointOf } from "../../state/evaluationRequest";
import type { Sides } from "../../state/explorerSearch";
import { countOutcomes } from "../../state/outcomes";
import { formatThreshold, PREDICTIONS_DEFAULTS } from "../../state/predictionsSearch";
import { asThreshold } from "../../state/scores";
import { verdictOnImage } from "../drawing/verdicts";
import { OutcomeBadge } from "../ui/OutcomeBadge";
import { OutcomeCounts } from "../ui/OutcomeCounts";
import { Switch } from "../ui/Switch";
import styles from "./Sides.module.css";
import type { Side } from "./useSides";

interface CaptionProps {
  project: string;
  side: Side;
  classesByRow: ReadonlyMap<number, ClassInfo>;
}

/** Below a picture: which set it is drawn with, from where on its predictions count, and what it has right and wrong. */
export function SideCaption({ project, side: { evaluatedBy, item }, classesByRow }: CaptionProps) {
  const sets = useQuery({ ...predictionSetsQuery(project), enabled: evaluatedBy !== undefined });
  if (evaluatedBy === undefined) return null;
  const { predictions, confidence, task } = evaluatedBy;
  const set = sets.data?.find(({ name }) => name === predictions);
  const from = confidence ?? (set && operatingPointOf(set, task ?? PREDICTIONS_DEFAULTS.task));
  const shapes = item?.image.shapes ?? [];
  const ofClass = verdictOnImage(shapes, classesByRow);
  return (
    <div className={styles.caption} data-side={predictions} aria-live="polite">
      <b className="truncate" title={predictions}>
        {predictions}
      </b>
      {from !== undefined && <span className="muted num">from {formatThreshold(asThreshold(from))}</span>}
      {item !== null &&
        (ofClass === null ? (
          <OutcomeCounts counts={countOutcomes(shapes)} />
        ) : (
          <OutcomeBadge verdict={ofClass.verdict} />
        ))}
    </div>
  );
}

interface ChooserProps {
  first: string;
  second: string;
  sides: Sides | undefined;
  onChoose: (sides: Sides | undefined) => void;
}

/** What the flip key shows next, in one picture: the other set, of both the first. */
export const flip = (sides: Sides | undefined): Sides | undefined =>
  sides === undefined ? "second" : undefined;

/** Which of two compared sets is drawn, or both. */
export function SideChooser({ first, second, sides, onChoose }: ChooserProps) {
  return (
    <div className={styles.chooser}>
      <Switch
        name="Set that is drawn"
        value={sides ?? "first"}
        choices={[
          ["first", first, `What ${first} predicts`],
          ["second", second, `What ${second} predicts`],
          ["both", "Both", "Both sets side by side (V)"],
        ]}
        onChoose={(chosen) => onChoose(chosen === "first" ? undefined : chosen)}
      />
      <button
        type="button"
        className="btn"
        title="Flip between the two sets in one picture"
        onClick={() => onChoose(flip(sides))}
      >
        Flip <span className="kbd">F</span>
      </button>
    </div>
  );
}
