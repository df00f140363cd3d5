import { Combobox, useCombobox } from "@mantine/core";
import { IconCheck, IconChevronDown } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { ClassInfo } from "../../../api/client";
import { formatCount } from "../../../state/format";
import { isAbout, isWanted, termText, withAlso, type TermText, allOf } from "../../../state/queryText";
import { useFirstFound } from "../../ui/useFirstFound";
import styles from "./Controls.module.css";

interface Props {
  classes: readonly ClassInfo[];
  /** Terms of the filter, of which those about classes are shown and changed. */
  terms: readonly TermText[];
  onChange: (query: string) => void;
}

const KEY = "class";
const ALL = "";
/** More are found by typing. */
const MOST_LISTED = 200;

/** Restricts the evaluation to classes: one or more, as a term of the filter. */
export function ClassPicker({ classes, terms, onChange }: Props) {
  const [search, setSearch] = useState("");
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setSearch("");
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const chosen = useMemo(
    () => classes.filter((each) => isWanted(terms, KEY, termText(KEY, each.name))),
    [classes, terms],
  );
  const restricted = terms.some((term) => isAbout(term, KEY));
  const label = !restricted
    ? classes.length === 0 // they are on their way
      ? "All classes"
      : `All ${formatCount(classes.length)} classes`
    : chosen.length === 1
      ? (chosen[0]?.name ?? "")
      : `${formatCount(chosen.length)} classes`;
  const sought = search.trim().toLowerCase();
  useFirstFound(combobox, search);
  const found = classes.filter((each) => each.name.toLowerCase().includes(sought)).slice(0, MOST_LISTED);
  return (
    <Combobox
      store={combobox}
      width={260}
      position="bottom-start"
      withinPortal
      onOptionSubmit={(value) => {
        if (value === ALL) {
          onChange(allOf(terms.filter((term) => !isAbout(term, KEY)).map((term) => term.text)));
          combobox.closeDropdown();
        } else onChange(withAlso(terms, KEY, termText(KEY, value)));
      }}
    >
      <Combobox.Target targetType="button">
        <button
          type="button"
          className={`btn ${styles.select ?? ""}`}
          aria-label={`Classes: ${label}`}
          title="Classes that are evaluated"
          onClick={() => combobox.toggleDropdown()}
        >
          <span className="truncate">{label}</span>
          <IconChevronDown size={14} aria-hidden />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          placeholder="Find a class"
          aria-label="Find a class"
          onChange={(event) => {
            setSearch(event.currentTarget.value);
          }}
        />
        <Combobox.Options aria-label="Classes" tabIndex={0} mah={360} style={{ overflowY: "auto" }}>
          {sought === "" && (
            <Combobox.Option value={ALL} active={!restricted}>
              <span className={styles.option}>
                <IconCheck size={14} style={{ visibility: restricted ? "hidden" : "visible" }} aria-hidden />
                All classes
              </span>
            </Combobox.Option>
          )}
          {found.map((each) => {
            const on = chosen.includes(each);
            return (
              <Combobox.Option key={each.row} value={each.name} active={on}>
                <span className={styles.option}>
                  <IconCheck size={14} style={{ visibility: on ? "visible" : "hidden" }} aria-hidden />
                  <span className="dot" style={{ background: each.color }} aria-hidden />
                  <span className="truncate">{each.name}</span>
                  <span className={styles.optionNote}>{formatCount(each.annotations)}</span>
                </span>
              </Combobox.Option>
            );
          })}
          {found.length === 0 && <Combobox.Empty>No class is called that</Combobox.Empty>}
          {found.length === MOST_LISTED && <Combobox.Footer>Type to find others</Combobox.Footer>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
