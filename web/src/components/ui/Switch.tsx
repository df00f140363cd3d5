import styles from "./Switch.module.css";

interface SwitchProps<T> {
  name: string;
  value: T;
  choices: readonly (readonly [T, string, string?])[];
  onChoose: (value: T) => void;
}

/** A few choices side by side, one of which is pressed. */
export function Switch<T extends string | number | boolean>({
  name,
  value,
  choices,
  onChoose,
}: SwitchProps<T>) {
  return (
    <div className={styles.switch} role="group" aria-label={name}>
      {choices.map(([choice, label, title]) => (
        <button
          key={String(choice)}
          type="button"
          aria-pressed={choice === value}
          title={title}
          onClick={() => onChoose(choice)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
