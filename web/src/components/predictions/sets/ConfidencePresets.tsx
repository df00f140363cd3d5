import { useMutation, useQueryClient } from "@tanstack/react-query";
import { IconPin } from "@tabler/icons-react";
import { answer, client, type PredictionSet } from "../../../api/client";
import { operatingPointOf } from "../../../state/evaluationRequest";
import { formatThreshold, type Task } from "../../../state/predictionsSearch";
import { asThreshold } from "../../../state/scores";
import { tell } from "../../../state/undo";
import styles from "./ConfidencePresets.module.css";

interface Props {
  project: string;
  set: PredictionSet;
  task: Task;
  /** Of which confidence they are. */
  label: string;
  /** Absent: the set's operating point. */
  confidence: number | undefined;
  /** With the greatest F1 at this IoU; null where there is none. */
  best: number | null;
  /** Undefined for the operating point. */
  onChoose: (confidence: number | undefined) => void;
}

/** Confidences that one goes to at once, and a pin that keeps the present one with the set. */
export function ConfidencePresets({ project, set, task, label, confidence, best, onChoose }: Props) {
  const queries = useQueryClient();
  const own = operatingPointOf(set, task);
  const byHand = set.operating_points[task]?.by_hand === true;
  const keep = useMutation({
    mutationFn: (chosen: number | "best") =>
      answer(
        client.POST("/api/projects/{project}/predictions/operating-point", {
          params: { path: { project } },
          body: { name: set.name, confidence: chosen, task },
        }),
      ),
    onSuccess: async () => {
      onChoose(undefined);
      await queries.invalidateQueries({ queryKey: ["project", project] });
    },
    onError: (error) => tell(error.message, true),
  });
  const bestThreshold = best === null ? null : asThreshold(best);
  const ownText = formatThreshold(asThreshold(own));
  const presets = [
    { name: "All", title: "Confidence at least 0: count every prediction", to: 0, on: confidence === 0 },
    {
      name: `${byHand ? "Kept" : "Best F1"} ${ownText}`,
      title: `The set’s operating point, ${byHand ? "set by hand" : "the confidence of its greatest F1 at IoU 0.50"}: what counts where nothing else is asked`,
      to: undefined,
      on: confidence === undefined,
    },
    ...(bestThreshold === null || bestThreshold === asThreshold(own)
      ? []
      : [
          {
            name: `${byHand ? "Best F1" : "This IoU"} ${formatThreshold(bestThreshold)}`,
            title: "The confidence of the greatest F1 at this IoU, for what is evaluated here",
            to: bestThreshold,
            on: confidence === bestThreshold,
          },
        ]),
  ];
  return (
    <div className={styles.presets} role="group" aria-label={label}>
      {presets.map(({ name, title, to, on }) => (
        <button key={name} type="button" title={title} aria-pressed={on} onClick={() => onChoose(to)}>
          {name}
        </button>
      ))}
      {(confidence !== undefined || byHand) && (
        <button
          type="button"
          title={
            confidence === undefined
              ? "Let the set’s operating point be that of its greatest F1 again"
              : `Keep ${formatThreshold(confidence)} as the operating point of ${set.name}, in every page, on the command line and in Python`
          }
          aria-pressed={confidence === undefined}
          disabled={keep.isPending}
          onClick={() => keep.mutate(confidence ?? "best")}
        >
          <IconPin size={13} aria-hidden />
          {confidence === undefined ? "Back to best F1" : "Keep"}
        </button>
      )}
    </div>
  );
}
