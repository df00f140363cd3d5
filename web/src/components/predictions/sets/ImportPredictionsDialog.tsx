import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client } from "../../../api/client";
import { projectQuery } from "../../../api/queries";
import { placeError } from "../../../state/problems";
import { Actions, Dialog, Form, GeneralError, useStart } from "../../ui/Dialog";
import { ChoiceField, PathField, TextField, type Choice } from "../../ui/fields";
import styles from "../../ui/Form.module.css";

type Coverage = "with" | "all";

const COVERAGES: Choice<Coverage>[] = [
  {
    value: "with",
    label: "Those that it has predictions for",
    note: "an image without any was not looked at",
  },
  {
    value: "all",
    label: "All images of the project or of the chosen source",
    note: "what it found nothing in counts as missed",
  },
];

/** The sources of a project whose images predictions can be of; none to choose from where there is one. */
function useSources(project: string): Choice<number | null>[] {
  const sources = useQuery(projectQuery(project)).data?.sources ?? [];
  if (sources.length < 2) return [];
  return [
    {
      value: null,
      label: "Those that fit",
      note: "by file names, or by ids that one source only has; refused where several fit",
    },
    ...sources.map((each) => ({
      value: Number(each.source),
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
      <Form onSubmit={() => start.mutate(undefined)}>
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
          <ChoiceField
            legend="Images that the ids and file names mean"
            choices={sources}
            value={source}
            onChange={setSource}
          />
        )}
        <ChoiceField
          legend="Images that the model was run on"
          choices={COVERAGES}
          value={coverage}
          onChange={setCoverage}
        />
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
      </Form>
    </Dialog>
  );
}
