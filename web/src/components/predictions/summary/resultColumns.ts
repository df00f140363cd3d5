/** What the table of results by class shows, of detections and of classifications. */
import type { Classification, ClassifiedClass, ClassResult, Evaluation } from "../../../api/client";
import type { Items } from "../../../state/links";
import type { ResultOrder } from "../../../state/predictionsSearch";

/** What finds items of all classes, and what they are. */
interface FoundItems extends Pick<Items, "scope" | "query"> {
  what: string;
}

export interface Column<Row> {
  key: Exclude<ResultOrder, "name">;
  label: string;
  title?: string;
  value: (row: Row) => number | null;
  /** Px; columns without it share the rest. */
  width?: number;
  /** A share, drawn as a bar, full or pale. */
  bar?: "full" | "pale";
  /** Of a count: the items it leads to, or null where nothing finds them. */
  items?: (row: Row) => FoundItems | null;
}

type FoundBy = Evaluation["found_by"];

/** How a count's items are told, of what finds the items of all counts. */
function finder(foundBy: FoundBy): (name: string, what: string) => () => FoundItems | null {
  return (name, what) => {
    const found = foundBy[name];
    return () => (found === undefined ? null : { ...found, what });
  };
}

/** @param foundBy what finds the items behind the counts. */
export function detectionColumns(foundBy: FoundBy): Column<ClassResult>[] {
  const items = finder(foundBy);
  return [
    {
      key: "ap",
      label: "AP",
      title: "Average precision at the IoU threshold",
      value: (row) => row.ap,
      bar: "full",
    },
    {
      key: "ar",
      label: "AR",
      title: "Greatest recall at the IoU threshold",
      value: (row) => row.ar,
      bar: "pale",
    },
    {
      key: "tp",
      label: "TP",
      title: "True positives",
      width: 56,
      value: (row) => row.tp,
      items: items("tp", "Right predictions"),
    },
    {
      key: "fp",
      label: "FP",
      title: "False positives",
      width: 62,
      value: (row) => row.fp,
      items: items("fp", "Wrong predictions"),
    },
    {
      key: "fn",
      label: "FN",
      title: "False negatives",
      width: 56,
      value: (row) => row.fn,
      items: items("fn", "Missed annotations"),
    },
    { key: "f1", label: "F1", title: "At the confidence", width: 62, value: (row) => row.f1 },
    {
      key: "annotations",
      label: "Annotations",
      width: 92,
      value: (row) => row.annotations,
      items: items("annotations", "Annotations"),
    },
  ];
}

/** @param foundBy what finds the items behind the counts. */
export function classificationColumns(
  { classes, matrix }: Classification["confusion"],
  foundBy: FoundBy,
): Column<ClassifiedClass>[] {
  const items = finder(foundBy);
  const predicted = items("predicted", "Predictions");
  /** Under a filter by class, images with other labels are judged for its precision, but not listed. */
  const listed = (name: string): number => {
    const column = classes.indexOf(name);
    return matrix.reduce((sum, row) => sum + (row[column] ?? 0), 0);
  };
  return [
    {
      key: "precision",
      label: "Precision",
      title: "Share of the images predicted as it that are",
      value: (row) => row.precision,
      bar: "full",
    },
    {
      key: "recall",
      label: "Recall",
      title: "Share of its images that are predicted as it",
      value: (row) => row.recall,
      bar: "full",
    },
    {
      key: "f1",
      label: "F1",
      title: "Harmonic mean of precision and recall",
      value: (row) => row.f1,
      bar: "pale",
    },
    {
      key: "correct",
      label: "Correct",
      title: "Predicted as it, and labelled so",
      width: 72,
      value: (row) => row.correct,
      items: items("correct", "Correct predictions"),
    },
    {
      key: "predicted",
      label: "Predicted",
      title: "Judged images predicted as it",
      width: 82,
      value: (row) => row.predicted,
      items: (row) => (listed(row.class) === row.predicted ? predicted() : null),
    },
    {
      key: "support",
      label: "Support",
      title: "Judged images labelled with it",
      width: 78,
      value: (row) => row.support,
      items: items("support", "Labels"),
    },
  ];
}
