/** What an evaluation found of items, with the words of what they are: an overlap, or the class of an image. */
import type { ClassInfo, Shape } from "../../api/client";
import { verdictOf, verdictOnClass, type Evaluated, type Verdict } from "../../state/verdict";
import { keyOf, type ObjectKey, type ObjectKind } from "./appearance";

type Classes = ReadonlyMap<number, ClassInfo>;

const nameOf = (shape: Shape | undefined, classesByRow: Classes): string | null =>
  shape?.class_row == null ? null : (classesByRow.get(shape.class_row)?.name ?? null);

const isClass = (shape: Shape | undefined): boolean => shape?.kind === "label";

interface Object extends Evaluated {
  of: ObjectKind;
  row: number;
  /** What it is compared with. */
  partner: ObjectKey | null;
}

/** Of an object among all of its image; null where the evaluation says nothing of it. */
export function verdictAmong(
  object: Object,
  shapes: readonly Shape[],
  classesByRow: Classes,
): { verdict: Verdict; ofClass: boolean } | null {
  const find = (key: ObjectKey | null): Shape | undefined => shapes.find((shape) => keyOf(shape) === key);
  const ofClass = isClass(find(keyOf(object)));
  const verdict = ofClass
    ? verdictOnClass(object, nameOf(find(object.partner), classesByRow))
    : verdictOf(object);
  return verdict === null ? null : { verdict, ofClass };
}

/** Of an image that is classified, by its label and its prediction; null where it is not. */
export function verdictOnImage(
  shapes: readonly Shape[],
  classesByRow: Classes,
): { verdict: Verdict; confidence: number | null } | null {
  const evaluatedBy = shapes.filter((shape) => isClass(shape) && shape.outcome !== null);
  const label = evaluatedBy.find(({ of }) => of === "annotation");
  const prediction = evaluatedBy.find(({ of }) => of === "prediction");
  const item = prediction ?? label;
  const verdict = item === undefined ? null : verdictOnClass(item, nameOf(label, classesByRow));
  if (verdict === null) return null;
  const found = { confidence: prediction?.confidence ?? null };
  const [labelled, predicted] = [nameOf(label, classesByRow), nameOf(prediction, classesByRow)];
  if (verdict.outcome !== "fp") return { ...found, verdict: { ...verdict, reason: labelled } };
  // Both names say that they differ, and leave no room for more.
  const name = `${labelled ?? "no class"} → ${predicted ?? "no class"}`;
  return { ...found, verdict: { ...verdict, name, reason: null } };
}
