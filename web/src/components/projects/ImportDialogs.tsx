import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answer, client, type RecognisedFormat, type Sandbox } from "../../api/client";
import { recogniseQuery, sandboxesQuery } from "../../api/queries";
import { formatBytes, formatCounted } from "../../state/format";
import { placeError } from "../../state/problems";
import { ErrorPanel } from "../ui/ErrorPanel";
import { Actions, Dialog, Form, GeneralError, useStart } from "../ui/Dialog";
import { ChoiceField, FileUseField, PathField, TextField, type FileUse } from "../ui/fields";
import form from "../ui/Form.module.css";
import { useSettled } from "../ui/useSettled";
import styles from "./Projects.module.css";

/** So long a path that is typed rests before it is looked at. */
const SETTLE_MS = 350;
const MEGABYTE = 1_000_000;

interface Props {
  onClose: () => void;
}

const orNull = (text: string): string | null => (text.trim() === "" ? null : text.trim());

/** The formats that a path may be in, or why it is not known; nothing while the path is empty. */
function Recognition({
  recognised,
  chosen,
  onChoose,
}: {
  recognised: UseQueryResult<RecognisedFormat[]>;
  chosen: RecognisedFormat | undefined;
  onChoose: (format: string) => void;
}) {
  const { data, error, isFetching } = recognised;
  if (error !== null) return null; // which stands at the path's field
  if (data === undefined) return isFetching ? <p className="muted small">Looking at it…</p> : null;
  if (data.length === 0) {
    return (
      <p className={form.error} role="alert">
        This is in none of the formats that are recognised. Name a dataset’s file or its whole folder; the
        command line imports with the format given as well.
      </p>
    );
  }
  if (data.length === 1 && chosen !== undefined) {
    return (
      <p className={form.field} role="status">
        <span>
          This is <b>{chosen.title}</b>
        </span>
        <span className="muted small">{chosen.reason}</span>
      </p>
    );
  }
  return (
    <ChoiceField
      legend="This may be one of these"
      choices={data.map(({ format, title, reason }) => ({ value: format, label: title, note: reason }))}
      value={chosen?.format ?? ""}
      onChange={onChoose}
    />
  );
}

/** Import a dataset in any format: the path is looked at, and what was seen is said before anything is done. */
export function ImportDatasetDialog({ onClose }: Props) {
  const [path, setPath] = useState("");
  const [format, setFormat] = useState<string>();
  const [images, setImages] = useState("");
  const [name, setName] = useState("");
  const [files, setFiles] = useState<FileUse>("in-place");
  const looked = useSettled(path.trim(), SETTLE_MS);
  const recognised = useQuery(recogniseQuery(looked));
  const found = looked === path.trim() ? recognised.data : undefined;
  const chosen = found?.find((each) => each.format === format) ?? found?.[0];
  const tellsImages = chosen?.images != null && chosen.options[chosen.images] != null;
  const start = useStart(() => {
    if (chosen === undefined) throw new Error("No format is recognised.");
    const ownImages =
      chosen.images !== null && images.trim() !== "" ? { [chosen.images]: images.trim() } : {};
    const body = { ...chosen.options, ...ownImages, name: orNull(name), files, add: false };
    // Every format has a route of its own; what they are asked with comes from the recognition.
    const route = `/api/projects/import/${chosen.format}` as "/api/projects/import/coco";
    return answer(client.POST(route, { body: body as never }));
  }, onClose);
  const errors = placeError(start.error ?? recognised.error, {
    path: path.trim(),
    images: images.trim(),
    name: orNull(name),
  });
  return (
    <Dialog title="Import a dataset" onClose={onClose}>
      <Form onSubmit={() => start.mutate(undefined)}>
        <PathField
          label="Dataset"
          hint="The labels’ file, or the folder of the dataset, on the machine on which Assay runs"
          choose="either"
          required
          value={path}
          onChange={setPath}
          error={errors.fields.path}
        />
        <Recognition recognised={recognised} chosen={chosen} onChoose={setFormat} />
        {chosen !== undefined && chosen.images !== null && (
          <PathField
            label="Images folder"
            hint={
              tellsImages
                ? "Left empty, it is where the labels say"
                : "Where the images are does not follow from the labels"
            }
            placeholder={tellsImages ? String(chosen.options[chosen.images]) : undefined}
            choose="folder"
            required={!tellsImages}
            value={images}
            onChange={setImages}
            error={errors.fields.images}
          />
        )}
        <TextField
          label="Project name"
          hint="Left empty, it is made from the folder's name"
          value={name}
          onChange={setName}
          error={errors.fields.name}
        />
        <FileUseField value={files} onChange={setFiles} />
        <GeneralError text={errors.general} />
        <Actions label="Import" busy={start.isPending} disabled={chosen === undefined} onClose={onClose} />
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
