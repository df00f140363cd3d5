import { Menu } from "@mantine/core";
import { IconArrowsLeftRight, IconChevronDown } from "@tabler/icons-react";
import type { PredictionSet } from "../../../api/client";
import { formatCount } from "../../../state/format";
import { seenFrom, type PredictionsSearch } from "../../../state/predictionsSearch";
import controls from "./Controls.module.css";

interface MenuProps {
  sets: readonly PredictionSet[];
  current: PredictionSet;
  other: PredictionSet;
  search: PredictionsSearch;
  onChange: (change: Partial<PredictionsSearch>) => void;
}

/** Chooses the set that the current one is compared with, and swaps the two. */
export function OtherMenu({ sets, current, other, search, onChange }: MenuProps) {
  return (
    <>
      <button
        type="button"
        className="btn"
        aria-label={`Swap: compare ${other.name} with ${current.name}`}
        title="Swap the two sets"
        onClick={() => onChange(seenFrom("second", search, { first: current.name, second: other.name }))}
      >
        <IconArrowsLeftRight size={15} aria-hidden />
      </button>
      <Menu position="bottom-start" width={300} returnFocus>
        <Menu.Target>
          <button
            type="button"
            className={`btn ${controls.select ?? ""}`}
            aria-label={`Compared with: ${other.name}`}
            title="The set it is compared with"
          >
            <span className="truncate">{other.name}</span>
            <IconChevronDown size={14} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown mah={480} style={{ overflowY: "auto" }}>
          <Menu.RadioGroup
            value={other.name}
            onChange={(name) => onChange({ other: name, compared_confidence: undefined })}
          >
            {sets
              .filter((set) => set.name !== current.name)
              .map((set) => (
                <Menu.RadioItem
                  key={set.name}
                  value={set.name}
                  closeMenuOnClick
                  rightSection={<span className="muted small num">{formatCount(set.predictions)}</span>}
                >
                  <span className={controls.setName}>{set.name}</span>
                </Menu.RadioItem>
              ))}
          </Menu.RadioGroup>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
