import { useState } from "react";
import styles from "./Views.module.css";

interface Props {
  label: string;
  initial?: string;
  /** What the button says for a name. */
  action: (name: string) => string;
  /** What is to be said of a name. */
  note: (name: string) => string | null;
  onSubmit: (name: string) => void;
  onCancel?: () => void;
}

const LONGEST_NAME = 100;

/** A small form that asks for one name. */
export function NameForm({ label, initial = "", action, note, onSubmit, onCancel }: Props) {
  const [text, setText] = useState(initial);
  const name = text.trim();
  const remark = note(name);
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (name !== "") onSubmit(name);
      }}
    >
      <div className="row">
        {/* The form has just been asked for by this person's own key or click. */}
        <input
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          data-autofocus
          className={styles.name}
          aria-label={label}
          placeholder="Name"
          value={text}
          maxLength={LONGEST_NAME}
          onChange={(event) => setText(event.currentTarget.value)}
          onFocus={(event) => event.currentTarget.select()}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || onCancel === undefined) return;
            event.stopPropagation();
            onCancel();
          }}
        />
        <button type="submit" className="btn primary" disabled={name === ""}>
          {action(name)}
        </button>
      </div>
      {remark !== null && <p className="muted small">{remark}</p>}
    </form>
  );
}
