import { IconPhotoOff } from "@tabler/icons-react";
import { formatCounted } from "../../state/format";
import styles from "./FileBanner.module.css";

interface Props {
  /** How many images there are of each state of their file. */
  status: Record<string, number>;
  onShow: (query: string) => void;
}

/** Says over the grid that image files are not there or cannot be read, and leads to them. */
export function FileBanner({ status, onShow }: Props) {
  const { missing = 0, unreadable = 0 } = status;
  const troubles: [number, string, string][] = [
    [missing, missing === 1 ? "is not there" : "are not there", "status:missing"],
    [unreadable, "cannot be read", "status:unreadable"],
  ];
  if (missing + unreadable === 0) return null;
  return (
    <div className={styles.banner} role="note" aria-label="Image files">
      <IconPhotoOff size={15} aria-hidden />
      {troubles.map(
        ([count, what, query]) =>
          count > 0 && (
            <span key={query}>
              {formatCounted(count, "image file")} {what}.{" "}
              <button type="button" className={styles.link} onClick={() => onShow(query)}>
                {count === 1 ? "Show it" : "Show them"}
              </button>
            </span>
          ),
      )}
    </div>
  );
}
