import { Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import styles from "../ui/Form.module.css";
import { GeneralError } from "../ui/Dialog";

export function DeleteDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () =>
      answer(client.DELETE("/api/projects/{project}", { params: { path: { project: name } } })),
    onSuccess: async () => {
      queries.removeQueries({ queryKey: ["project", name] });
      await queries.invalidateQueries({ queryKey: ["projects"] });
      void queries.invalidateQueries({ queryKey: ["sandboxes"] });
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Delete ${name}?`}
      size={440}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <div className={styles.form}>
        <p>
          The project with its metrics, tags and cached pictures is removed from this machine. Images that
          were left in place or linked stay where they are; those that were copied into the project go with
          it. This cannot be undone.
        </p>
        <GeneralError text={remove.error?.message ?? null} />
        <div className={styles.actions}>
          <button type="button" className="btn" data-autofocus onClick={onClose}>
            Keep it
          </button>
          <button
            type="button"
            className="btn danger"
            disabled={remove.isPending}
            onClick={() => remove.mutate()}
          >
            {remove.isPending ? "Deleting…" : "Delete project"}
          </button>
        </div>
      </div>
    </Modal>
  );
}
