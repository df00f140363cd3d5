import { useMemo } from "react";
import type { ClassInfo } from "../../api/client";
import type { Listing } from "../../api/queries";
import type { Sides } from "../../state/explorerSearch";
import { judgedByOther, type EvaluatedBy } from "../../state/outcomes";
import { nameShapes, type NamedShape } from "./objects";
import { useItemOfOther, type ShownItem } from "./useShownItem";

/** The item as one evaluation sees it. */
export interface Side {
  evaluatedBy: EvaluatedBy | undefined;
  /** Null while it is on its way. */
  item: ShownItem | null;
  objects: readonly NamedShape[];
}

const NO_OBJECTS: readonly NamedShape[] = [];

function useObjects(
  item: ShownItem | null,
  metric: string | undefined,
  isEvaluated: boolean,
  classesByRow: ReadonlyMap<number, ClassInfo>,
): readonly NamedShape[] {
  return useMemo(
    () => (item === null ? NO_OBJECTS : nameShapes(item, metric, isEvaluated, classesByRow)),
    [item, metric, isEvaluated, classesByRow],
  );
}

/**
 * The item as the listing's evaluation sees it and, where that is compared with another set, as this one does.
 *
 * @returns those that are drawn, and whether there are two to choose from.
 */
export function useSides(
  { project, scope, evaluatedBy }: Listing,
  shown: ShownItem | null,
  sides: Sides | undefined,
  metric: string | undefined,
  classesByRow: ReadonlyMap<number, ClassInfo>,
): { drawn: readonly [Side] | readonly [Side, Side]; other: EvaluatedBy | null } {
  const other = useMemo(() => judgedByOther(evaluatedBy), [evaluatedBy]);
  const ofOther = useItemOfOther(project, scope, other, shown);
  const first = {
    evaluatedBy,
    item: shown,
    objects: useObjects(shown, metric, evaluatedBy !== undefined, classesByRow),
  };
  const second = {
    evaluatedBy: other ?? undefined,
    item: ofOther,
    objects: useObjects(ofOther, metric, true, classesByRow),
  };
  if (other === null || sides === undefined) return { drawn: [first], other };
  return { drawn: sides === "second" ? [second] : [first, second], other };
}
