import { IconCheck } from "@tabler/icons-react";
import { TAG_COLORS } from "./palette";
import styles from "./Tags.module.css";

interface Props {
  name: string;
  value: string | undefined;
  onChoose: (color: string) => void;
}

/** The palette of tag colours, one of which can be taken. */
export function ColorChoice({ name, value, onChoose }: Props) {
  return (
    <fieldset className={styles.palette}>
      <legend className="sr-only">Colour of {name}</legend>
      {TAG_COLORS.map(([color, label]) => {
        const chosen = color === value?.toLowerCase();
        return (
          <button
            key={color}
            type="button"
            className={styles.swatch}
            style={{ background: color }}
            aria-pressed={chosen}
            aria-label={label}
            title={label}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => onChoose(color)}
          >
            {chosen && <IconCheck size={12} stroke={3} aria-hidden />}
          </button>
        );
      })}
    </fieldset>
  );
}
