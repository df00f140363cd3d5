import { Menu } from "@mantine/core";
import { IconChevronDown, IconFileImport, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { PredictionSet } from "../../../api/client";
import { formatCount } from "../../../state/format";
import styles from "./Controls.module.css";
import { ImportPredictionsDialog } from "./ImportPredictionsDialog";
import { RemoveSetDialog, RenameSetDialog } from "./SetDialogs";

interface Props {
  project: string;
  sets: readonly PredictionSet[];
  current: PredictionSet;
  onChoose: (name: string) => void;
  /** The current set is called otherwise now, or is gone. */
  onMoved: (name: string | undefined) => void;
}

/** Chooses the prediction set, and imports, renames and removes them. */
export function SetMenu({ project, sets, current, onChoose, onMoved }: Props) {
  const [dialog, setDialog] = useState<"import" | "rename" | "remove" | null>(null);
  const close = (): void => setDialog(null);
  return (
    <>
      <Menu position="bottom-start" width={300} returnFocus>
        <Menu.Target>
          <button
            type="button"
            className={`btn ${styles.select ?? ""}`}
            aria-label={`Prediction set: ${current.name}`}
            title="Prediction set"
          >
            <span className="truncate">{current.name}</span>
            <IconChevronDown size={14} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown mah={480} style={{ overflowY: "auto" }}>
          <Menu.RadioGroup value={current.name} onChange={onChoose}>
            {sets.map((set) => (
              <Menu.RadioItem
                key={set.name}
                value={set.name}
                closeMenuOnClick
                rightSection={<span className="muted small num">{formatCount(set.predictions)}</span>}
              >
                <span className={styles.setName}>{set.name}</span>
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Divider />
          <Menu.Item
            leftSection={<IconFileImport size={14} aria-hidden />}
            onClick={() => setDialog("import")}
          >
            Import another…
          </Menu.Item>
          <Menu.Item leftSection={<IconPencil size={14} aria-hidden />} onClick={() => setDialog("rename")}>
            Rename…
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={14} aria-hidden />} onClick={() => setDialog("remove")}>
            Remove…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === "import" && <ImportPredictionsDialog project={project} onClose={close} />}
      {dialog === "rename" && (
        <RenameSetDialog project={project} set={current} onClose={close} onDone={(name) => onMoved(name)} />
      )}
      {dialog === "remove" && (
        <RemoveSetDialog project={project} set={current} onClose={close} onDone={() => onMoved(undefined)} />
      )}
    </>
  );
}
