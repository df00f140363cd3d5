import { IconAlertCircle, IconX } from "@tabler/icons-react";
import { dismiss, useToasts } from "../../state/undo";
import styles from "./Toasts.module.css";

/** What has just been done, with the way back. */
export function Toasts() {
  const toasts = useToasts();
  return (
    <div className={styles.stack} role="status" aria-live="polite" aria-label="Messages">
      {toasts.map((toast) => (
        <div key={toast.id} className={styles.toast} data-failed={toast.failed}>
          {toast.failed && <IconAlertCircle size={15} aria-hidden />}
          <span>{toast.text}</span>
          {toast.undo !== null && (
            <button type="button" className="btn" onClick={toast.undo}>
              Undo
            </button>
          )}
          <button
            type="button"
            className={`btn quiet icon ${styles.close ?? ""}`}
            aria-label="Dismiss"
            onClick={() => dismiss(toast.id)}
          >
            <IconX size={14} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  );
}
