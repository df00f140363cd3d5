import type { ReactNode } from "react";
import type { Evaluation, SlowEvaluation } from "../../../api/client";
import { formatCount, formatCounted } from "../../../state/format";
import { formatThreshold, type PredictionsSearch } from "../../../state/predictionsSearch";
import { Cell, NumberStrip } from "../../ui/NumberStrip";
import { Interval, ItemCount } from "./NumberCells";
import styles from "./Numbers.module.css";
import { asThreshold, formatCoco, formatScore } from "../../../state/scores";

interface Props {
  project: string;
  search: PredictionsSearch;
  evaluation: Evaluation;
  slow: SlowEvaluation | undefined;
  /** Whether the intervals are those of these numbers. */
  fresh: boolean;
  onConfidence: (confidence: number) => void;
}

/** Numbers at the sliders in one strip; those that stand for items are links to them. */
export function Numbers({ project, search, evaluation, slow, fresh, onConfidence }: Props) {
  const { iou, best_confidence: best, confidence } = evaluation;
  const interval = (key: "mAP" | "mAR" | "precision" | "recall" | "f1", otherwise?: ReactNode): ReactNode => (
    <Interval of={slow?.intervals[key]} value={evaluation[key]} fresh={fresh} otherwise={otherwise} />
  );
  const items = (name: string, count: number, what: string, tone?: "tp" | "fp" | "fn"): ReactNode => (
    <ItemCount
      project={project}
      search={search}
      found={evaluation.found_by[name]}
      count={count}
      what={what}
      tone={tone}
    />
  );
  const bestConfidence = best === null ? null : asThreshold(best);
  return (
    <NumberStrip label="Numbers">
      <Cell
        name={`mAP at IoU ${formatThreshold(iou)}`}
        meaning={`Mean over classes of the average precision at IoU ${formatThreshold(iou)}, over the whole ranking: the confidence does not move it`}
        note={interval("mAP")}
      >
        {formatScore(evaluation.mAP)}
      </Cell>
      <Cell
        name={`mAR at IoU ${formatThreshold(iou)}`}
        meaning={`Mean over classes of the recall of all predictions at IoU ${formatThreshold(iou)}: the confidence does not move it`}
        note={interval("mAR")}
      >
        {formatScore(evaluation.mAR)}
      </Cell>
      <Cell name="TP" meaning="True positives: predictions that match an annotation" note="found">
        {items("tp", evaluation.tp, "Right predictions", "tp")}
      </Cell>
      <Cell name="FP" meaning="False positives: predictions that match none" note="wrong">
        {items("fp", evaluation.fp, "Wrong predictions", "fp")}
      </Cell>
      <Cell name="FN" meaning="False negatives: annotations that no prediction matches" note="missed">
        {items("fn", evaluation.fn, "Missed annotations", "fn")}
      </Cell>
      <Cell
        name="Precision"
        meaning="TP / (TP + FP), of all chosen classes together"
        note={interval("precision")}
      >
        {formatScore(evaluation.precision)}
      </Cell>
      <Cell name="Recall" meaning="TP / (TP + FN), of all chosen classes together" note={interval("recall")}>
        {formatScore(evaluation.recall)}
      </Cell>
      <Cell
        name="F1"
        meaning="Harmonic mean of precision and recall"
        note={
          bestConfidence === null ? (
            interval("f1")
          ) : bestConfidence === asThreshold(confidence) ? (
            `best at ${bestConfidence.toFixed(2)}: here`
          ) : (
            <button
              type="button"
              className={styles.best}
              title={`F1 is greatest at confidence ${bestConfidence}. Click sets the slider to it.`}
              onClick={() => onConfidence(bestConfidence)}
            >
              best at {bestConfidence.toFixed(2)}
            </button>
          )
        }
      >
        {formatScore(evaluation.f1)}
      </Cell>
      <Cell
        name="Annotations"
        meaning="Annotations that count: without crowds and what else is ignored"
        note={
          evaluation.ignored > 0
            ? `${formatCount(evaluation.ignored)} ignored`
            : `in ${formatCounted(evaluation.images, "image")}`
        }
      >
        {items("annotations", evaluation.annotations, "Annotations that count")}
      </Cell>
    </NumberStrip>
  );
}

const COCO_MEANINGS: Record<string, string> = {
  AP: "Average precision, mean over IoU .50 to .95 and classes",
  AP50: "Average precision at IoU .50",
  AP75: "Average precision at IoU .75",
  APs: "Average precision of small objects, below 32² px",
  APm: "Average precision of medium objects, 32² to 96² px",
  APl: "Average precision of large objects, above 96² px",
  AR: "Average recall, up to 20 predictions an image",
  AR1: "Average recall with 1 prediction an image and class",
  AR10: "Average recall with up to 10 predictions an image and class",
  AR100: "Average recall with up to 100 predictions an image and class",
  ARs: "Average recall of small objects, below 32² px",
  ARm: "Average recall of medium objects, 32² to 96² px",
  ARl: "Average recall of large objects, above 96² px",
};

/** "AP" and what is written lower beside it. */
function CocoName({ name }: { name: string }) {
  const [, kind = name, rest = ""] = /^(A[PR])(.*)$/.exec(name) ?? [];
  return (
    <>
      {kind}
      <sub>{rest === "" && kind === "AP" ? ".50:.95" : rest}</sub>
    </>
  );
}

/** The COCO summary: the same numbers as pycocotools, whatever the sliders. */
export function CocoTable({ evaluation }: { evaluation: Evaluation }) {
  return (
    <div
      className={`panel ${styles.coco ?? ""}`}
      role="region"
      aria-label="COCO summary"
      title="Equal to pycocotools; the sliders do not change it"
    >
      <table>
        <caption>
          <b>COCO</b>
          <span>not moved by the sliders</span>
        </caption>
        <thead>
          <tr>
            {Object.keys(evaluation.coco).map((name) => (
              <th key={name} scope="col" title={COCO_MEANINGS[name]}>
                <CocoName name={name} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            {Object.entries(evaluation.coco).map(([name, value]) => (
              <td
                key={name}
                data-name={name}
                title={value < 0 ? "Nothing annotated that counts here" : undefined}
              >
                {formatCoco(value)}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}
