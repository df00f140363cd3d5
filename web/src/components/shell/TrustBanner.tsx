import { Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { IconShieldQuestion } from "@tabler/icons-react";
import { useState } from "react";
import { approve, trustQuery, type TrustRequest } from "../../api/trust";
import { useServerGone } from "../../state/connection";
import { formatCounted } from "../../state/format";
import styles from "./Shell.module.css";

/** Says that a project asks for what nobody has approved, and asks; what is left alone stays so until then. */
export function TrustBanner({ project }: { project: string }) {
  const { data } = useQuery(trustQuery(project));
  const [left, setLeft] = useState<string | null>(null);
  const [opened, setOpened] = useState(false);
  const asked = data?.requests.filter((request) => !request.approved) ?? [];
  const mark = asked.map((request) => request.id).join();
  if (useServerGone() || asked.length === 0 || left === mark) return null;
  const first = asked[0]?.text ?? "";
  const more = asked.length === 1 ? "" : `, and ${formatCounted(asked.length - 1, "more thing")}`;
  return (
    <section className={`${styles.banner ?? ""} ${styles.asking ?? ""}`} aria-label="Approvals">
      <IconShieldQuestion size={16} aria-hidden />
      <span className="truncate" title={first}>
        This project asks to {first}
        {more}. You have not approved that.
      </span>
      <button type="button" className="btn right" onClick={() => setOpened(true)}>
        Review…
      </button>
      <button type="button" className="btn quiet" onClick={() => setLeft(mark)}>
        Leave
      </button>
      {opened && (
        <TrustDialog
          project={project}
          requests={asked}
          problem={data?.problem ?? null}
          onClose={() => setOpened(false)}
        />
      )}
    </section>
  );
}

interface DialogProps {
  project: string;
  requests: TrustRequest[];
  problem: string | null;
  onClose: () => void;
}

/** Whether a request runs no code and writes nothing, so that it may be ticked from the start. */
const onlyReads = ({ kind }: TrustRequest) => kind === "images" || kind === "file";

function TrustDialog({ project, requests, problem, onClose }: DialogProps) {
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(requests.filter(onlyReads).map((request) => request.id)),
  );
  const ids = requests.filter((request) => chosen.has(request.id)).map((request) => request.id);
  const agree = useMutation({
    mutationFn: () => approve(project, ids),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["project", project] });
      void queries.invalidateQueries({ queryKey: ["jobs"] });
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={`What ${project} asks for`}
      size={620}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <p>
        This came with the project, or is from before Assay kept approvals. Approve it only if you trust
        whoever made the project: approved code runs as you. Tables, and images inside the project, can be
        looked at without any of it.
      </p>
      <ul className={styles.requests}>
        {requests.map((request) => (
          <li key={request.id}>
            <label>
              <input
                type="checkbox"
                checked={chosen.has(request.id)}
                onChange={(event) => {
                  const next = new Set(chosen);
                  if (event.currentTarget.checked) next.add(request.id);
                  else next.delete(request.id);
                  setChosen(next);
                }}
              />
              <span>
                {request.text}
                {request.images !== null && (
                  <span className="muted"> ({formatCounted(request.images, "image")})</span>
                )}
              </span>
            </label>
            {request.detail !== null && (
              <code className={`mono ${styles.detail ?? ""}`}>{request.detail}</code>
            )}
          </li>
        ))}
      </ul>
      {problem !== null && (
        <p className="muted">
          What you approve is forgotten when Assay stops, as its key cannot be kept: {problem}
        </p>
      )}
      {agree.error !== null && (
        <p className={styles.failure} role="alert">
          {agree.error.message}
        </p>
      )}
      <div className={styles.answers}>
        <button type="button" className="btn" data-autofocus onClick={onClose}>
          Leave it alone
        </button>
        <button
          type="button"
          className="btn primary"
          disabled={agree.isPending || ids.length === 0}
          onClick={() => agree.mutate()}
        >
          {agree.isPending ? "Approving…" : `Approve ${formatCounted(ids.length, "item")}`}
        </button>
      </div>
    </Modal>
  );
}
