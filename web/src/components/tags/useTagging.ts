import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { ItemScope, Scope } from "../../api/client";
import { forgetTagged } from "../../api/filters";
import { applyTag, undoTag, type TagOrder } from "../../api/tags";
import { formatCounted } from "../../state/format";
import { tell, tellUndoable } from "../../state/undo";

function message(name: string, action: TagOrder["action"], scope: Scope, changed: number): string {
  const items = formatCounted(changed, scope);
  if (action === "add") {
    return changed === 0 ? `All of them had the tag “${name}” already.` : `Tagged ${items} “${name}”.`;
  }
  return changed === 0 ? `None of them had the tag “${name}”.` : `Took the tag “${name}” from ${items}.`;
}

/** Whose tags are changed where items are tagged: those of a prediction are its image's. */
export const taggedScope = (scope: ItemScope): Scope => (scope === "prediction" ? "image" : scope);

export type ApplyTag = (order: TagOrder) => Promise<void>;

/** Puts a tag on items or takes it away, says how many have changed, and keeps the way back. */
export function useTagging(project: string): ApplyTag {
  const queries = useQueryClient();
  return useCallback(
    async (order) => {
      const scope = taggedScope(order.selection.scope);
      try {
        const { change, changed } = await applyTag(project, order);
        await forgetTagged(queries, project);
        const text = message(order.name, order.action, scope, changed);
        if (changed === 0) {
          tell(text);
          return;
        }
        tellUndoable(project, text, () => {
          undoTag(project, change)
            .then(async (undone) => {
              await forgetTagged(queries, project);
              tell(`Undone for ${formatCounted(undone.changed, scope)}.`);
            })
            .catch((error: unknown) => tell(`Could not be undone: ${String(error)}`, true));
        });
      } catch (error) {
        tell(error instanceof Error ? error.message : String(error), true);
      }
    },
    [project, queries],
  );
}
