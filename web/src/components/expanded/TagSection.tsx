import { IconPlus, IconX } from "@tabler/icons-react";
import type { Scope } from "../../api/client";
import { TagDot } from "../tags/TagDot";
import styles from "./Expanded.module.css";

interface Props {
  scope: Scope;
  /** Tags of the item itself, which can be changed here. */
  tags: readonly string[];
  /** In the view of an annotation: tags of its image. */
  imageTags: readonly string[];
  colors: ReadonlyMap<string, string>;
  onAdd: () => void;
  onRemove: (name: string) => void;
}

/** The tags of the item, each of which can be taken away, and room for more. */
export function TagSection({ scope, tags, imageTags, colors, onAdd, onRemove }: Props) {
  return (
    <section aria-label="Tags">
      <div className={styles.head}>
        <h2>Tags</h2>
        <span>of this {scope}</span>
      </div>
      <ul className={styles.tags}>
        {tags.map((name) => (
          <li key={name} className={`chip ${styles.tag ?? ""}`}>
            <TagDot color={colors.get(name)} />
            <span className="truncate">{name}</span>
            <button
              type="button"
              aria-label={`Take the tag ${name} away`}
              title="Take this tag away"
              onClick={() => onRemove(name)}
            >
              <IconX size={12} aria-hidden />
            </button>
          </li>
        ))}
        <li>
          <button type="button" className={`btn quiet ${styles.addTag ?? ""}`} onClick={onAdd}>
            <IconPlus size={13} aria-hidden /> add <kbd className="kbd">T</kbd>
          </button>
        </li>
      </ul>
      {imageTags.length > 0 && (
        <p className={`muted small ${styles.imageTags ?? ""}`}>
          Its image is tagged{" "}
          {imageTags.map((name) => (
            <span key={name}>
              <TagDot color={colors.get(name)} /> {name}
            </span>
          ))}
        </p>
      )}
    </section>
  );
}
