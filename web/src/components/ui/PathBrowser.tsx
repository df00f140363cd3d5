import { useQuery } from "@tanstack/react-query";
import { IconArrowUp, IconFile, IconFolder } from "@tabler/icons-react";
import { useState } from "react";
import { filesQuery } from "../../api/queries";
import { formatBytes, formatCount, formatCounted } from "../../state/format";
import form from "./Form.module.css";
import styles from "./PathBrowser.module.css";

const IMAGES_COUNTED = 1_000;

export type PathKind = "folder" | "file" | "either";

const HINTS: Record<PathKind, string> = {
  folder: "Open the folder, then choose it.",
  file: "Click the file.",
  either: "Click a file, or open a folder and choose it.",
};

interface Props {
  choose: PathKind;
  /** How names of files that can be chosen end; absent: any. */
  endings?: readonly string[];
  onChoose: (path: string) => void;
  onCancel: () => void;
  start: string;
}

function imagesText(images: number): string {
  return images >= IMAGES_COUNTED
    ? `${formatCount(IMAGES_COUNTED)} or more images`
    : formatCounted(images, "image");
}

/** Folders and files of the machine on which Assay runs, within what the server allows. */
export function PathBrowser({ choose, endings, onChoose, onCancel, start }: Props) {
  const [path, setPath] = useState<string | null>(start === "" ? null : start);
  const { data, error, isPending } = useQuery(filesQuery(path));
  const parent = data?.parent;
  const entries = data?.entries ?? [];
  const here = entries.length;
  const places = data !== undefined && data.roots.length > 1 ? data.roots : [];
  return (
    // Esc closes the innermost of what is open.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className={styles.browser}
      role="group"
      aria-label="Choose on the server"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <div className={styles.path}>
        <button
          type="button"
          className="btn quiet icon"
          aria-label="Parent folder"
          title="Parent folder"
          disabled={typeof parent !== "string"}
          onClick={() => setPath(parent ?? null)}
        >
          <IconArrowUp size={15} aria-hidden />
        </button>
        <span className="mono truncate" title={data?.path}>
          <bdi>{data?.path ?? "…"}</bdi>
        </span>
      </div>
      {places.length > 0 && (
        <div className={styles.places}>
          <span className="muted small">Places</span>
          {places.map((place) => (
            <button key={place} type="button" className="btn quiet mono" onClick={() => setPath(place)}>
              <span className="truncate">{place}</span>
            </button>
          ))}
        </div>
      )}
      <div className={styles.entries} aria-busy={isPending}>
        {error !== null && (
          <p className={form.error} role="alert">
            {error.message}{" "}
            <button type="button" className="btn" onClick={() => setPath(null)}>
              Start again
            </button>
          </p>
        )}
        {entries.map((entry) => {
          const folder = entry.kind === "folder";
          const fits =
            choose !== "folder" &&
            (endings?.some((ending) => entry.name.toLowerCase().endsWith(ending)) ?? true);
          return (
            <button
              key={entry.path}
              type="button"
              className={styles.entry}
              disabled={!folder && !fits}
              onClick={() => (folder ? setPath(entry.path) : onChoose(entry.path))}
            >
              {folder ? <IconFolder size={15} aria-hidden /> : <IconFile size={15} aria-hidden />}
              <span className="truncate">{entry.name}</span>
              <span className="muted small right">
                {folder
                  ? entry.images !== null && entry.images > 0 && imagesText(entry.images)
                  : entry.size_bytes !== null && formatBytes(entry.size_bytes)}
              </span>
            </button>
          );
        })}
        {data !== undefined && here === 0 && <p className="muted">This folder is empty.</p>}
      </div>
      <div className={styles.foot}>
        <span className="muted small">{HINTS[choose]}</span>
        <button type="button" className="btn right" onClick={onCancel}>
          Close
        </button>
        {choose !== "file" && (
          <button
            type="button"
            className="btn primary"
            disabled={data === undefined}
            onClick={() => data && onChoose(data.path)}
          >
            Choose this folder
          </button>
        )}
      </div>
    </div>
  );
}
