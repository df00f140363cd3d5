import type { ReactNode } from "react";
import type { Classification, SlowClassification } from "../../../api/client";
import { formatCount, formatCounted } from "../../../state/format";
import type { PredictionsSearch } from "../../../state/predictionsSearch";
import { Cell, NumberStrip } from "../../ui/NumberStrip";
import { Interval, ItemCount } from "./NumberCells";
import { formatScore } from "../../../state/scores";

const MOST_LIKELY = "5";

interface Props {
  project: string;
  search: PredictionsSearch;
  evaluation: Classification;
  slow: SlowClassification | undefined;
  /** Whether the intervals are those of these numbers. */
  fresh: boolean;
}

/** What is left out of the count, and why. */
function leftOut({ ignored, unlabelled, several_labels: several }: Classification): ReactNode {
  if (ignored === 0) return null;
  const why = [
    unlabelled > 0 ? `${formatCount(unlabelled)} without a label` : "",
    several > 0 ? `${formatCount(several)} with several` : "",
  ];
  return (
    <span title={`Not evaluated: ${why.filter(Boolean).join(", ")}`}>
      {formatCounted(ignored, "image")} left out
    </span>
  );
}

/** A classifier's numbers at the confidence in one strip; those that stand for items are links to them. */
export function ClassificationNumbers({ project, search, evaluation, slow, fresh }: Props) {
  const { accuracy, macro, weighted, top_k: top, correct, misclassified } = evaluation;
  const items = (
    name: "correct" | "misclassified" | "unpredicted",
    what: string,
    tone: "tp" | "fp" | "fn",
  ): ReactNode => (
    <ItemCount
      project={project}
      search={search}
      found={evaluation.found_by[name]}
      count={evaluation[name]}
      what={what}
      tone={tone}
    />
  );
  const interval = (key: string, value: number | null, otherwise?: string): ReactNode => (
    <Interval of={slow?.intervals[key]} value={value} fresh={fresh} otherwise={otherwise} />
  );
  return (
    <NumberStrip label="Numbers">
      <Cell name="Accuracy" note={interval("accuracy", accuracy)}>
        {formatScore(accuracy)}
      </Cell>
      <Cell name="Macro F1" note={interval("macro_f1", macro.f1)}>
        {formatScore(macro.f1)}
      </Cell>
      <Cell name="Macro precision" note={interval("macro_precision", macro.precision, "mean over classes")}>
        {formatScore(macro.precision)}
      </Cell>
      <Cell name="Macro recall" note={interval("macro_recall", macro.recall, "mean over classes")}>
        {formatScore(macro.recall)}
      </Cell>
      <Cell name="Weighted F1" note={interval("weighted_f1", weighted.f1, "by support")}>
        {formatScore(weighted.f1)}
      </Cell>
      {top !== null && (
        <Cell name={`Top-${MOST_LIKELY}`} note={`in the ${MOST_LIKELY} likeliest`}>
          {formatScore(top[MOST_LIKELY])}
        </Cell>
      )}
      <Cell name="Correct" note={`of ${formatCount(correct + misclassified)} evaluated`}>
        {items("correct", "Correct predictions", "tp")}
      </Cell>
      <Cell name="Misclassified" note="as another class">
        {items("misclassified", "Misclassified", "fp")}
      </Cell>
      <Cell name="Unpredicted" note={leftOut(evaluation) ?? "no prediction"}>
        {items("unpredicted", "Unpredicted", "fn")}
      </Cell>
    </NumberStrip>
  );
}
