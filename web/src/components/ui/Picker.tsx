import { Combobox, useCombobox, type ComboboxProps } from "@mantine/core";
import { IconCheck, IconChevronDown } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { formatCount } from "../../state/format";
import { useFirstFound } from "./useFirstFound";
import styles from "./Picker.module.css";

export interface Choice {
  value: string;
  label: string;
  /** What it means, below its name. */
  hint?: string;
  /** Its colour. */
  color?: string;
  /** At the end of its line: how many there are of it. */
  note?: ReactNode;
}

export interface ChoiceGroup {
  /** Absent: the only one. */
  title?: string;
  choices: readonly Choice[];
}

interface Props {
  /** What is chosen, "Property or metric"; stands before the choice for screen readers. */
  name: string;
  title?: string;
  groups: readonly ChoiceGroup[];
  /** Before all others, while nothing is sought: "Dataset order". */
  first?: Choice;
  /** What is chosen: one, or several, which are ticked and between which the list stays open. */
  value: string | undefined | ReadonlySet<string>;
  /** What the button says; absent: the choice. */
  label?: string;
  onChoose: (value: string) => void;
  /** What is looked for, "a class". */
  noun?: string;
  width?: number;
  position?: ComboboxProps["position"];
  buttonClass?: string;
}

/** More are found by typing. */
const MOST_LISTED = 200;

function matches(choice: Choice, words: readonly string[]): boolean {
  const text = `${choice.label} ${choice.value} ${choice.hint ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function Option({ choice, on, ticked }: { choice: Choice; on: boolean; ticked: boolean }) {
  const { value, label, hint, color, note } = choice;
  return (
    <Combobox.Option value={value} active={on}>
      <div className={styles.option}>
        {ticked && <IconCheck size={14} style={{ visibility: on ? "visible" : "hidden" }} aria-hidden />}
        {color !== undefined && <span className="dot" style={{ background: color }} aria-hidden />}
        <span className="truncate">{label}</span>
        {note !== undefined && <span className={styles.note}>{note}</span>}
      </div>
      {hint !== undefined && <span className={styles.hint}>{hint}</span>}
    </Combobox.Option>
  );
}

/** A button that shows a choice, and opens a list to search for another. */
export function Picker(props: Props) {
  const { name, title = name, groups, first, value, onChoose, noun, width = 340 } = props;
  const { position = "bottom-end", buttonClass = "" } = props;
  const [search, setSearch] = useState("");
  const several = typeof value === "object";
  const isOn = (each: string): boolean => (several ? value.has(each) : value === each);
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setSearch("");
    },
    onDropdownOpen: () => {
      combobox.focusSearchInput();
      if (!several) combobox.selectActiveOption();
    },
  });
  useFirstFound(combobox, search);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = groups.map((group) => ({
    ...group,
    choices: group.choices.filter((choice) => matches(choice, words)).slice(0, MOST_LISTED),
  }));
  const all = first === undefined ? groups : [{ choices: [first] }, ...groups];
  const label =
    props.label ?? all.flatMap(({ choices }) => choices).find((choice) => isOn(choice.value))?.label;
  const option = (choice: Choice) => (
    <Option key={choice.value} choice={choice} on={isOn(choice.value)} ticked={several} />
  );
  return (
    <Combobox
      store={combobox}
      width={width}
      position={position}
      withinPortal
      onOptionSubmit={(submitted) => {
        onChoose(submitted);
        if (!several || submitted === first?.value) combobox.closeDropdown();
      }}
    >
      <Combobox.Target targetType="button">
        <button
          type="button"
          className={`btn ${styles.button ?? ""} ${buttonClass}`}
          aria-label={`${name}: ${label ?? "none"}`}
          title={title}
          onClick={() => combobox.toggleDropdown()}
        >
          <span className="truncate">{label ?? "Choose…"}</span>
          <IconChevronDown size={14} className="right" aria-hidden />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          placeholder={noun === undefined ? "Find" : `Find ${noun}`}
          aria-label={noun === undefined ? `Find: ${name}` : `Find ${noun}`}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
          }}
        />
        <Combobox.Options aria-label={name} tabIndex={0} mah={400} style={{ overflowY: "auto" }}>
          {first !== undefined && words.length === 0 && option(first)}
          {found.map(({ title: heading, choices }) =>
            heading === undefined
              ? choices.map(option)
              : choices.length > 0 && (
                  <Combobox.Group key={heading} label={heading}>
                    {choices.map(option)}
                  </Combobox.Group>
                ),
          )}
          {found.every((group) => group.choices.length === 0) && (
            <Combobox.Empty>Nothing is called that</Combobox.Empty>
          )}
          {found.some((group) => group.choices.length === MOST_LISTED) && (
            <Combobox.Footer>The first {formatCount(MOST_LISTED)}: type to find others</Combobox.Footer>
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
