import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answer, client, type Sandbox } from "../../api/client";
import { sandboxesQuery } from "../../api/queries";
import { formatBytes, formatCounted } from "../../state/format";
import { placeError } from "../../state/problems";
import { ErrorPanel } from "../ui/ErrorPanel";
import { Actions, Dialog, Form, GeneralError, useStart } from "../ui/Dialog";
import { FileUseField, PathField, TextField, type FileUse } from "../ui/fields";
import form from "../ui/Form.module.css";
import styles from "./Projects.module.css";

const MEGABYTE = 1_000_000;

interface Props {
  onClose: () => void;
}

const orNull = (text: string): string | null => (text.trim() === "" ? null : text.trim());

export function ImportCocoDialog({ onClose }: Props) {
  const [images, setImages] = useState("");
  const [annotations, setAnnotations] = useState("");
  const [name, setName] = useState("");
  const [files, setFiles] = useState<FileUse>("in-place");
  const start = useStart(
    () =>
      answer(
        client.POST("/api/projects/import/coco", {
          body: {
            images: images.trim(),
            annotations: annotations.trim(),
            name: orNull(name),
            files,
            add: false,
          },
        }),
      ),
    onClose,
  );
  const errors = placeError(start.error, {
    images: images.trim(),
    annotations: annotations.trim(),
    name: orNull(name),
  });
  return (
    <Dialog title="Import COCO" onClose={onClose}>
      <Form onSubmit={() => start.mutate(undefined)}>
        <PathField
          label="Images folder"
          hint="On the machine on which Assay runs"
          choose="folder"
          required
          value={images}
          onChange={setImages}
          error={errors.fields.images}
        />
        <PathField
          label="Annotation file"
          hint="A COCO file: instances, keypoints or boxes"
          choose="file"
          endings={[".json"]}
          required
          value={annotations}
          onChange={setAnnotations}
          error={errors.fields.annotations}
        />
        <TextField
          label="Project name"
          hint="Left empty, it is made from the folder's name"
          value={name}
          onChange={setName}
          error={errors.fields.name}
        />
        <FileUseField value={files} onChange={setFiles} />
        <GeneralError text={errors.general} />
        <Actions label="Import" busy={start.isPending} onClose={onClose} />
      </Form>
    </Dialog>
  );
}

export function ImagesFolderDialog({ onClose }: Props) {
  const [root, setRoot] = useState("");
  const [name, setName] = useState("");
  const [files, setFiles] = useState<FileUse>("in-place");
  const start = useStart(
    () =>
      answer(
        client.POST("/api/projects/init", {
          body: { root: root.trim(), name: orNull(name), files, patterns: [], metrics: true },
        }),
      ),
    onClose,
  );
  const errors = placeError(start.error, { root: root.trim(), name: orNull(name) });
  return (
    <Dialog title="Images folder" onClose={onClose}>
      <Form onSubmit={() => start.mutate(undefined)}>
        <PathField
          label="Folder"
          hint="All images in it and in its folders, without annotations"
          choose="folder"
          required
          value={root}
          onChange={setRoot}
          error={errors.fields.root}
        />
        <TextField
          label="Project name"
          hint="Left empty, it is made from the folder's name"
          value={name}
          onChange={setName}
          error={errors.fields.name}
        />
        <FileUseField value={files} onChange={setFiles} />
        <GeneralError text={errors.general} />
        <Actions label="Create project" busy={start.isPending} onClose={onClose} />
      </Form>
    </Dialog>
  );
}

function SandboxRow({ sandbox, busy, onGet }: { sandbox: Sandbox; busy: boolean; onGet: () => void }) {
  const facts = [
    formatCounted(sandbox.images, "image"),
    formatCounted(sandbox.classes, "class", "classes"),
    formatBytes(sandbox.size_mb * MEGABYTE),
  ];
  return (
    <li className={`panel ${styles.sandbox ?? ""}`}>
      <div className={styles.sandboxTitle}>
        <b>{sandbox.title}</b>
        {sandbox.needs_network && <span className="chip">needs a network</span>}
      </div>
      {sandbox.present ? (
        <Link to="/p/$project/summary" params={{ project: sandbox.name }} className="btn">
          Open
        </Link>
      ) : (
        <button
          type="button"
          className="btn"
          disabled={busy}
          onClick={onGet}
          aria-label={`Get ${sandbox.title}`}
        >
          Get
        </button>
      )}
      <span>{sandbox.teaches}</span>
      <span className="muted small" title={`${sandbox.licence}; ${sandbox.source}`}>
        {facts.join(" · ")}
      </span>
    </li>
  );
}

export function SandboxDialog({ onClose }: Props) {
  const { data, error, refetch } = useQuery(sandboxesQuery);
  const start = useStart(
    (name: string) => answer(client.POST("/api/sandboxes/{name}", { params: { path: { name } }, body: {} })),
    onClose,
  );
  return (
    <Dialog title="Get a sandbox" onClose={onClose}>
      <div className={form.form}>
        <p className="muted">
          A ready-made project to look round in before you import your own data. Pictures and label errors are
          synthetic unless it says that it needs a network.
        </p>
        {error !== null && <ErrorPanel error={error} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <div className="skeleton" style={{ height: 160 }} />}
        <ul className={styles.sandboxes}>
          {data?.map((sandbox) => (
            <SandboxRow
              key={sandbox.name}
              sandbox={sandbox}
              busy={start.isPending}
              onGet={() => start.mutate(sandbox.name)}
            />
          ))}
        </ul>
        {data?.length === 0 && <p>No sandbox comes with this version.</p>}
        <GeneralError text={start.error?.message ?? null} />
      </div>
    </Dialog>
  );
}
