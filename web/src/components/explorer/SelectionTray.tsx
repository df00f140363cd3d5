import { IconX } from "@tabler/icons-react";
import type { ItemScope } from "../../api/client";
import { formatCount, formatCounted } from "../../state/format";
import styles from "./SelectionTray.module.css";

interface Props {
  scope: ItemScope;
  count: number;
  /** Items of the present result. */
  total: number;
  /** Whether they all are ticked. */
  all: boolean;
  onAll: () => void;
  onTag: () => void;
  onClear: () => void;
}

const command = navigator.userAgent.includes("Mac") ? "⌘A" : "Ctrl A";

/** What is ticked and what can be done with it. */
export function SelectionTray({ scope, count, total, all, onAll, onTag, onClear }: Props) {
  return (
    <section className={styles.tray} aria-label="Selection">
      <b aria-live="polite" className="num">
        {all ? `All ${formatCounted(total, scope)} selected` : `${formatCount(count)} selected`}
      </b>
      {!all && total > 0 && (
        <button type="button" className="btn" onClick={onAll}>
          Select all {formatCount(total)} <kbd className="kbd">{command}</kbd>
        </button>
      )}
      <button
        type="button"
        className="btn"
        title={scope === "prediction" ? "Tags their images (T)" : undefined}
        onClick={onTag}
      >
        TAG <kbd className="kbd">T</kbd>
      </button>
      <button
        type="button"
        className="btn icon"
        aria-label="Clear the selection"
        title="Clear the selection (Esc)"
        onClick={onClear}
      >
        <IconX size={15} aria-hidden />
      </button>
    </section>
  );
}
