import { useQuery } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { answer, client } from "../../api/client";
import { projectQuery } from "../../api/queries";
import { placeError } from "../../state/problems";
import { Actions, Dialog, GeneralError, useStart } from "../projects/Dialog";
import { PathField, TextField } from "../projects/fields";
import styles from "../projects/Projects.module.css";

type Coverage = "with" | "all";

const COVERAGES: [Coverage, string, string][] = [
  ["with", "Those that it has predictions for", "an image without any was not looked at"],
  ["all", "All images of the project or of the chosen source", "what it found nothing in counts as missed"],
];

interface SourceChoice {
  number: number | null;
  label: string;
  note: string;
}

/** The sources of a project whose images predictions can be of; none to choose from where there is one. */
function useSources(project: string): SourceChoice[] {
  const sources = useQuery(projectQuery(project)).data?.sources ?? [];
  if (sources.length < 2) return [];
  return [
    {
      number: null,
      label: "Those that fit",
      note: "by file names, or by ids that one source only has; refused where several fit",
    },
    ...sources.map((each) => ({
      number: Number(each.source),
      label: String(each.path).split(/[\\/]/).slice(-2).join("/"),
      note: typeof each.split === "string" ? `split ${each.split}` : `source ${String(each.source)}`,
    })),
  ];
}

/** Imports a COCO results file, or a table of classifications, of the machine that serves the project. */
export function ImportPredictionsDialog({ project, onClose }: { project: string; onClose: () => void }) {
  const [path, setPath] = useState("");
  const [name, setName] = useState("");
  const [coverage, setCoverage] = useState<Coverage>("with");
  const [skipInvalid, setSkipInvalid] = useState(false);
  const [source, setSource] = useState<number | null>(null);
  const sources = useSources(project);
  const start = useStart(
    () =>
      answer(
        client.POST("/api/projects/{project}/predictions/import", {
          params: { path: { project } },
          body: {
            path: path.trim(),
            name: name.trim(),
            format: path.trim().toLowerCase().endsWith(".csv") ? "csv" : "coco",
            coverage,
            skip_invalid: skipInvalid,
            source,
          },
        }),
      ),
    onClose,
  );
  const errors = placeError(start.error, { path: path.trim(), name: name.trim() });
  return (
    <Dialog title="Import predictions" onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault();
          start.mutate(undefined);
        }}
      >
        <PathField
          label="Results file"
          hint="COCO results (JSON): detections with image_id, category_id, bbox and score. Or a table (CSV): classifications with image_id or file_name, label, confidence and p:CLASS"
          choose="file"
          endings={[".json", ".csv"]}
          required
          value={path}
          onChange={(chosen) => {
            setPath(chosen);
            // A file's own name is as good a name as any to begin with.
            const stem = /([^\\/]+)\.(?:json|csv)$/i.exec(chosen)?.[1];
            if (name === "" && stem !== undefined) setName(stem);
          }}
          error={errors.fields.path}
        />
        <TextField
          label="Name of the set"
          hint="What the model is called on these pages"
          required
          value={name}
          onChange={setName}
          error={errors.fields.name}
        />
        {sources.length > 0 && (
          <fieldset className={styles.field}>
            <legend>Images that the ids and file names mean</legend>
            <div className={styles.choices}>
              {sources.map(({ number, label, note }) => (
                <label key={number ?? "any"}>
                  <input
                    type="radio"
                    name="source"
                    checked={source === number}
                    onChange={() => setSource(number)}
                  />
                  <span>
                    {label} <span className="muted">({note})</span>
                  </span>
                </label>
              ))}
            </div>
          </fieldset>
        )}
        <fieldset className={styles.field}>
          <legend>Images that the model was run on</legend>
          <div className={styles.choices}>
            {COVERAGES.map(([value, label, note]) => (
              <label key={value}>
                <input
                  type="radio"
                  name="coverage"
                  checked={coverage === value}
                  onChange={() => setCoverage(value)}
                />
                <span>
                  {label} <span className="muted">({note})</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        <div className={styles.choices}>
          <label>
            <input
              type="checkbox"
              checked={skipInvalid}
              onChange={(event) => setSkipInvalid(event.currentTarget.checked)}
            />
            <span>
              Leave out records that cannot be used{" "}
              <span className="muted">(otherwise one refuses the file)</span>
            </span>
          </label>
        </div>
        <GeneralError text={errors.general} />
        <Actions label="Import" busy={start.isPending} onClose={onClose} />
      </form>
    </Dialog>
  );
}
