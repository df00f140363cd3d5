import { useId, useState, type ReactNode } from "react";
import { PathBrowser, type PathKind } from "./PathBrowser";
import styles from "./Form.module.css";

interface FieldProps {
  label: string;
  hint?: string;
  error: string | undefined;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  required?: boolean;
  beside?: ReactNode;
  below?: ReactNode;
}

/** A line of text with its label, its hint and the server's objection. */
export function TextField({
  label,
  hint,
  error,
  value,
  onChange,
  placeholder,
  required,
  beside,
  below,
}: FieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <div className="row">
        <input
          id={id}
          className={styles.input}
          value={value}
          placeholder={placeholder}
          required={required}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-note`}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
        {beside}
      </div>
      <span id={`${id}-note`} className={error === undefined ? "muted small" : styles.error}>
        {error ?? hint}
      </span>
      {below}
    </div>
  );
}

interface PathFieldProps extends Omit<FieldProps, "beside" | "below"> {
  choose: PathKind;
  endings?: readonly string[];
}

/** A path of the server's machine, typed or chosen by looking round. */
export function PathField({ choose, endings, ...field }: PathFieldProps) {
  const [open, setOpen] = useState(false);
  const start = choose === "file" ? field.value.replace(/[\\/][^\\/]*$/, "") : field.value;
  return (
    <TextField
      {...field}
      beside={
        <button type="button" className="btn" aria-expanded={open} onClick={() => setOpen(!open)}>
          Browse…
        </button>
      }
      below={
        open && (
          <PathBrowser
            choose={choose}
            endings={endings}
            start={start}
            onCancel={() => setOpen(false)}
            onChoose={(path) => {
              field.onChange(path);
              setOpen(false);
            }}
          />
        )
      }
    />
  );
}

/** One of a longer list, in a menu of the system's. */
export function SelectField({
  label,
  hint,
  value,
  choices,
  onChange,
}: {
  label: string;
  hint?: string;
  value: string;
  choices: readonly (readonly [value: string, name: string])[];
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className={styles.input}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {choices.map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
      {hint !== undefined && <span className="muted small">{hint}</span>}
    </div>
  );
}

export interface Choice<Value> {
  value: Value;
  label: string;
  note: string;
}

/** Radio buttons, each with a note. */
export function ChoiceField<Value extends string | number | null>({
  legend,
  choices,
  value: chosen,
  onChange,
}: {
  legend: string;
  choices: readonly Choice<Value>[];
  value: Value;
  onChange: (value: Value) => void;
}) {
  const name = useId();
  return (
    <fieldset className={styles.field}>
      <legend>{legend}</legend>
      <div className={styles.choices}>
        {choices.map(({ value, label, note }) => (
          <label key={value}>
            <input type="radio" name={name} checked={value === chosen} onChange={() => onChange(value)} />
            <span>
              {label} <span className="muted">({note})</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export type FileUse = "in-place" | "copy" | "symlinks";

const USES: Choice<FileUse>[] = [
  {
    value: "in-place",
    label: "Leave them where they are",
    note: "nothing is copied; the project points at them",
  },
  { value: "copy", label: "Copy them into the project", note: "the project can be moved as a whole" },
  { value: "symlinks", label: "Symbolic links", note: "the project holds links to them" },
];

export function FileUseField({ value, onChange }: { value: FileUse; onChange: (value: FileUse) => void }) {
  return <ChoiceField legend="Image files" choices={USES} value={value} onChange={onChange} />;
}
