/** The objects of an image as the large view draws and lists them. */
import type { ClassInfo } from "../../api/client";
import { appearanceOf, keyOf, type Drawn, type Focus, type ObjectKey } from "../drawing/appearance";
import { orderEvidence } from "./evidence";
import type { ShownItem } from "./useShownItem";

export type NamedShape = Drawn & { letter: "A" | "B" | null };

/** The item and the object that it is shown with: of a suspicious pair, or what an evaluation has matched it with. */
export function focusOf(
  { annotation, prediction }: ShownItem,
  metric: string | undefined,
  evaluatedBy: boolean,
): Focus {
  if (prediction !== null) {
    const { row, partner_row: partner } = prediction;
    return {
      item: keyOf({ of: "prediction", row }),
      partner: partner === null ? null : keyOf({ of: "annotation", row: partner }),
    };
  }
  if (annotation === null) return { item: null, partner: null };
  const item = keyOf({ of: "annotation", row: annotation.row });
  if (evaluatedBy) {
    const partner = annotation.partner_row;
    return { item, partner: partner === null ? null : keyOf({ of: "prediction", row: partner }) };
  }
  const evidence = orderEvidence(annotation.evidence, metric);
  const partner = evidence.find((each) => each.partner_row !== null)?.partner_row ?? null;
  return { item, partner: partner === null ? null : keyOf({ of: "annotation", row: partner }) };
}

/** Every object with its role; those of a suspicious pair have letters. */
export function nameShapes(
  item: ShownItem,
  metric: string | undefined,
  evaluatedBy: boolean,
  classesByRow: ReadonlyMap<number, ClassInfo>,
): NamedShape[] {
  const focus = focusOf(item, metric, evaluatedBy);
  const lettered = !evaluatedBy && focus.partner !== null;
  return item.image.shapes.map((shape) => {
    const drawn = appearanceOf(shape, focus, evaluatedBy, classesByRow);
    const letter = !lettered ? null : drawn.role === "strong" ? "A" : drawn.role === "partner" ? "B" : null;
    return { ...drawn, letter };
  });
}

/** The objects that are drawn, with what is written at them. */
export function labelShapes(
  objects: readonly NamedShape[],
  { hidden, lit, labels }: { hidden: ReadonlySet<ObjectKey>; lit: ObjectKey | null; labels: boolean },
): Drawn[] {
  return objects
    .filter(({ key }) => !hidden.has(key) || key === lit)
    .map((each) => {
      const isLit = each.key === lit;
      const evaluatedBy = each.line !== undefined && (each.role === "strong" || each.role === "partner");
      const kind = each.shape.of === "prediction" ? "predicted" : "annotated";
      const parts = [
        each.letter,
        evaluatedBy ? `${kind} ${each.title}` : labels || isLit ? each.title : null,
      ].filter((part) => part !== null);
      return {
        ...each,
        role: isLit ? "lit" : each.role,
        label: parts.length === 0 ? null : parts.join(" · "),
      };
    });
}
