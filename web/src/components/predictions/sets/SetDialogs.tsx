import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client, type PredictionSet } from "../../../api/client";
import { formatCounted } from "../../../state/format";
import { placeError } from "../../../state/problems";
import { Dialog, Form, GeneralError } from "../../ui/Dialog";
import { TextField } from "../../ui/fields";
import styles from "../../ui/Form.module.css";

interface Props {
  project: string;
  set: PredictionSet;
  onClose: () => void;
  onDone: (name: string) => void;
}

/** Send a change of a set; what the page knows of sets is asked for again before it goes on. */
function useChange(send: () => Promise<PredictionSet>, { project, onClose, onDone }: Omit<Props, "set">) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: async ({ name }) => {
      await queries.invalidateQueries({ queryKey: ["project", project, "prediction-sets"] });
      void queries.invalidateQueries({ queryKey: ["projects"] });
      onClose();
      onDone(name);
    },
  });
}

export function RenameSetDialog(props: Props) {
  const { project, set, onClose } = props;
  const [name, setName] = useState(set.name);
  const wanted = name.trim();
  const change = useChange(
    () =>
      answer(
        client.POST("/api/projects/{project}/predictions/rename", {
          params: { path: { project } },
          body: { name: set.name, new_name: wanted },
        }),
      ),
    props,
  );
  const errors = placeError(change.error, { name: wanted });
  return (
    <Dialog title={`Rename ${set.name}`} onClose={onClose}>
      <Form onSubmit={() => (wanted === set.name ? onClose() : change.mutate())}>
        <TextField label="Name" required value={name} onChange={setName} error={errors.fields.name} />
        <GeneralError text={errors.general} />
        <div className={styles.actions}>
          <button type="button" className="btn" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="btn primary" disabled={change.isPending || wanted === ""}>
            Rename
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

export function RemoveSetDialog(props: Props) {
  const { project, set, onClose } = props;
  const change = useChange(
    () =>
      answer(
        client.POST("/api/projects/{project}/predictions/remove", {
          params: { path: { project } },
          body: { name: set.name },
        }),
      ),
    props,
  );
  return (
    <Dialog title={`Remove ${set.name}?`} onClose={onClose}>
      <div className={styles.form}>
        <p>
          Its {formatCounted(set.predictions, "prediction")} are taken out of the project. The file that they
          came from stays where it is, and can be imported again. Annotations, tags and other sets are not
          touched.
        </p>
        <GeneralError text={change.error?.message ?? null} />
        <div className={styles.actions}>
          <button type="button" className="btn" data-autofocus onClick={onClose}>
            Keep it
          </button>
          <button
            type="button"
            className="btn danger"
            disabled={change.isPending}
            onClick={() => change.mutate()}
          >
            {change.isPending ? "Removing…" : "Remove set"}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
