import { Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode, SubmitEvent } from "react";
import type { Job } from "../../api/client";
import styles from "./Form.module.css";

interface Props {
  onClose: () => void;
}

/** Send a request that starts a job; the dialog closes when the job is there. */
export function useStart<T>(send: (body: T) => Promise<Job>, onClose: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["jobs"] });
      void queries.invalidateQueries({ queryKey: ["projects"] });
      onClose();
    },
  });
}

/** The frame of a dialog with a form. */
export function Dialog({ title, onClose, children }: Props & { title: string; children: ReactNode }) {
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={560}
      closeButtonProps={{ "aria-label": "Close" }}
      closeOnEscape={false}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      {children}
    </Modal>
  );
}

/** What a dialog asks for, its parts below one another. */
export function Form({ onSubmit, children }: { onSubmit: () => void; children: ReactNode }) {
  return (
    <form
      className={styles.form}
      onSubmit={(event: SubmitEvent) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

interface ActionsProps extends Props {
  label: string;
  busy: boolean;
  /** Whether something is missing yet. */
  disabled?: boolean;
}

export function Actions({ label, busy, disabled = false, onClose }: ActionsProps) {
  return (
    <div className={styles.actions}>
      <button type="button" className="btn" onClick={onClose}>
        Cancel
      </button>
      <button type="submit" className="btn primary" disabled={busy || disabled}>
        {busy ? "Starting…" : label}
      </button>
    </div>
  );
}

export function GeneralError({ text }: { text: string | null }) {
  return text === null ? null : (
    <p className={styles.error} role="alert">
      {text}
    </p>
  );
}
