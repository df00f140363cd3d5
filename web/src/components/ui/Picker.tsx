import { Combobox, useCombobox } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import { useFirstFound } from "./useFirstFound";
import styles from "./Picker.module.css";

export interface Choice {
  value: string;
  label: string;
  hint?: string;
}

export interface ChoiceGroup {
  title: string;
  choices: readonly Choice[];
}

interface Props {
  /** What is chosen, "Property or metric"; stands before the choice for screen readers. */
  name: string;
  groups: readonly ChoiceGroup[];
  value: string | undefined;
  onChoose: (value: string) => void;
}

function matches(choice: Choice, words: readonly string[]): boolean {
  const text = `${choice.label} ${choice.value} ${choice.hint ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** A button that shows a choice, and opens a list to search for another. */
export function Picker({ name, groups, value, onChoose }: Props) {
  const [search, setSearch] = useState("");
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setSearch("");
    },
    onDropdownOpen: () => {
      combobox.focusSearchInput();
      combobox.selectActiveOption();
    },
  });
  useFirstFound(combobox, search);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = groups.map((group) => ({
    ...group,
    choices: group.choices.filter((choice) => matches(choice, words)),
  }));
  const chosen = groups.flatMap((group) => group.choices).find((choice) => choice.value === value);
  return (
    <Combobox
      store={combobox}
      width={340}
      position="bottom-end"
      withinPortal
      onOptionSubmit={(submitted) => {
        onChoose(submitted);
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target targetType="button">
        <button
          type="button"
          className={`btn ${styles.button ?? ""}`}
          aria-label={`${name}: ${chosen?.label ?? "none"}`}
          title={name}
          onClick={() => combobox.toggleDropdown()}
        >
          <span className="truncate">{chosen?.label ?? "Choose…"}</span>
          <IconChevronDown size={14} aria-hidden />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          placeholder="Find"
          aria-label={`Find: ${name}`}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
          }}
        />
        <Combobox.Options aria-label={name} tabIndex={0} mah={380} style={{ overflowY: "auto" }}>
          {found.map(
            (group) =>
              group.choices.length > 0 && (
                <Combobox.Group key={group.title} label={group.title}>
                  {group.choices.map((choice) => (
                    <Combobox.Option key={choice.value} value={choice.value} active={choice.value === value}>
                      <div className={styles.option}>
                        <span>{choice.label}</span>
                        {choice.hint !== undefined && <span className={styles.hint}>{choice.hint}</span>}
                      </div>
                    </Combobox.Option>
                  ))}
                </Combobox.Group>
              ),
          )}
          {found.every((group) => group.choices.length === 0) && (
            <Combobox.Empty>Nothing is called that</Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

interface LogSwitchProps {
  /** Which axis, "Log axis across"; begins with what the switch shows. */
  name: string;
  on: boolean;
  onChange: (on: boolean) => void;
}

/** A switch of an axis between linear and logarithmic. */
export function LogSwitch({ name, on, onChange }: LogSwitchProps) {
  return (
    <button
      type="button"
      className={`btn ${styles.log ?? ""}`}
      aria-pressed={on}
      aria-label={name}
      title={`${name}: ${on ? "on" : "off"}`}
      onClick={() => onChange(!on)}
    >
      log
    </button>
  );
}
