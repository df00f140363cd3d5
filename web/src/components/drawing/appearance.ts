/** How the objects of an image are told apart: by what they are, and by what an evaluation found of them. */
import type { ClassInfo, Shape } from "../../api/client";
import type { Outcome } from "../../state/outcomes";
import type { DrawnShape, Role } from "./draw";

export type ObjectKind = Shape["of"];

/** Tells one object from another: rows are those of their kind. */
export type ObjectKey = `${ObjectKind} ${number}`;

export const keyOf = ({ of, row }: Pick<Shape, "of" | "row">): ObjectKey => `${of} ${row}`;

const UNKNOWN_COLOR = "#9d9b93";

/** On pictures, whatever the theme of the page. */
export const OUTCOME_COLORS: Record<Outcome, string> = {
  tp: "#22c596",
  matched: "#22c596",
  fp: "#ff6429",
  fn: "#ffc533",
  ignored: "#b9b7b0",
};

export const asOutcome = (outcome: string | null): Outcome | null =>
  outcome !== null && outcome in OUTCOME_COLORS ? (outcome as Outcome) : null;

export interface Drawn extends DrawnShape {
  key: ObjectKey;
  /** Name of the class. */
  name: string;
  /** The class with the confidence of a prediction. */
  title: string;
}

export interface Focus {
  /** The item itself, and the object that it is shown with; null: all objects are alike. */
  item: ObjectKey | null;
  partner: ObjectKey | null;
}

function roleOf(key: ObjectKey, { item, partner }: Focus): Role {
  if (item === null) return "plain";
  if (key === item) return "strong";
  return key === partner ? "partner" : "faint";
}

/** Whether a small picture leaves an object out: round an item wrong predictions would hide what there is. */
export function isClutter({ role, shape }: Drawn): boolean {
  return role === "faint" && shape.of === "prediction" && shape.outcome !== "tp";
}

/**
 * An object as it is drawn.
 *
 * Without an evaluation its colour is its class's. With one, its colour is its outcome's, predictions have a solid
 * line and annotations a dashed one, and what is wrongly predicted has a sign.
 */
export function appearanceOf(
  shape: Shape,
  focus: Focus,
  evaluatedBy: boolean,
  classesByRow: ReadonlyMap<number, ClassInfo>,
): Drawn {
  const info = shape.class_row === null ? undefined : classesByRow.get(shape.class_row);
  const name = info?.name ?? "no class";
  const key = keyOf(shape);
  const drawn: Drawn = {
    shape,
    key,
    name,
    title: name,
    label: null,
    role: roleOf(key, focus),
    color: info?.color ?? UNKNOWN_COLOR,
    skeleton: info?.skeleton ?? [],
  };
  if (!evaluatedBy) return drawn;
  const outcome = asOutcome(shape.outcome);
  return {
    ...drawn,
    title: shape.confidence === null ? name : `${name} ${shape.confidence.toFixed(2)}`,
    color: outcome === null ? UNKNOWN_COLOR : OUTCOME_COLORS[outcome],
    line: shape.of === "prediction" ? "solid" : "dashed",
    ...(outcome === "fp" ? { sign: "×" } : {}),
  };
}
