import { useMemo } from "react";
import type { ClassInfo } from "../../../api/client";
import { formatCount } from "../../../state/format";
import { allOf, isAbout, isWanted, termText, withAlso, type TermText } from "../../../state/queryText";
import { Picker } from "../../ui/Picker";
import styles from "./Controls.module.css";

interface Props {
  classes: readonly ClassInfo[];
  /** Terms of the filter, of which those about classes are shown and changed. */
  terms: readonly TermText[];
  onChange: (query: string) => void;
}

const KEY = "class";
const ALL = "";

/** Restricts the evaluation to classes: one or more, as a term of the filter. */
export function ClassPicker({ classes, terms, onChange }: Props) {
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
  return (
    <Picker
      name="Classes"
      title="Classes that are evaluated"
      noun="a class"
      width={260}
      position="bottom-start"
      buttonClass={styles.select}
      label={label}
      first={{ value: ALL, label: "All classes" }}
      value={new Set(restricted ? chosen.map((each) => each.name) : [ALL])}
      groups={[
        {
          choices: classes.map((each) => ({
            value: each.name,
            label: each.name,
            color: each.color,
            note: formatCount(each.annotations),
          })),
        },
      ]}
      onChoose={(value) =>
        onChange(
          value === ALL
            ? allOf(terms.filter((term) => !isAbout(term, KEY)).map((term) => term.text))
            : withAlso(terms, KEY, termText(KEY, value)),
        )
      }
    />
  );
}
