import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client, type ImportPredictions } from "../../../api/client";
import { formatsQuery, projectQuery } from "../../../api/queries";
import { placeError } from "../../../state/problems";
import { Actions, Dialog, Form, GeneralError, useStart } from "../../ui/Dialog";
import { ChoiceField, PathField, SelectField, TextField, type Choice } from "../../ui/fields";
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

type PredictionFormat = NonNullable<ImportPredictions["format"]>;

/** The format that a file's ending tells; of a folder it is to be chosen. */
function formatOf(path: string): PredictionFormat {
  return path.trim().toLowerCase().endsWith(".csv") ? "csv" : "coco";
}

/** "COCO dataset" of "a COCO dataset". */
const nameOf = (title: string): string => title.replace(/^an? /, "");

/** Imports what a model has predicted, in any format that is read, from the machine that serves the project. */
export function ImportPredictionsDialog({ project, onClose }: { project: string; onClose: () => void }) {
  const [path, setPath] = useState("");
  const [name, setName] = useState("");
  const [coverage, setCoverage] = useState<Coverage>("with");
  const [skipInvalid, setSkipInvalid] = useState(false);
  const [source, setSource] = useState<number | null>(null);
  const [chosen, setChosen] = useState<string>("");
  const sources = useSources(project);
  const readers = (useQuery(formatsQuery).data ?? []).filter((each) => each.reads_predictions !== null);
  const read = readers.find(({ format }) => format === (chosen === "" ? formatOf(path) : chosen));
  const start = useStart(
    () =>
      answer(
        client.POST("/api/projects/{project}/predictions/import", {
          params: { path: { project } },
          body: {
            path: path.trim(),
            name: name.trim(),
            format: chosen === "" ? formatOf(path) : (chosen as PredictionFormat),
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
          hint="A file, or a folder of files, on the machine on which Assay runs"
          choose="either"
          required
          value={path}
          onChange={(named) => {
            setPath(named);
            // A file's own name is as good a name as any to begin with.
            const stem = /([^\\/]+)\.(?:json|csv|xml|txt)$/i.exec(named)?.[1];
            if (name === "" && stem !== undefined) setName(stem);
          }}
          error={errors.fields.path}
        />
        <SelectField
          label="Format"
          hint={read === undefined ? undefined : `Read as ${read.reads_predictions ?? ""}`}
          value={chosen}
          choices={[
            ["", "By the file's ending: JSON is COCO, CSV a table"],
            ...readers.map(({ format, title }) => [format, nameOf(title)] as const),
          ]}
          onChange={setChosen}
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
