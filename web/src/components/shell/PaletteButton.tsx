import { IconSearch } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useState } from "react";
import styles from "./Shell.module.css";

const load = () => import("../palette/Palette");
const Palette = lazy(() => load().then((module) => ({ default: module.Palette })));

const MAC = /Mac OS|iPhone|iPad/.test(navigator.userAgent);

/** The command palette's button in the header; Ctrl or ⌘ with K opens it from anywhere. */
export function PaletteButton({ project }: { project: string | undefined }) {
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || event.shiftKey || event.altKey) return;
      if (!(MAC ? event.metaKey : event.ctrlKey)) return;
      event.preventDefault();
      setOpened((before) => !before);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <button
        type="button"
        className={`btn quiet ${styles.palette ?? ""}`}
        onClick={() => setOpened(true)}
        onPointerEnter={() => void load()}
      >
        <IconSearch size={15} aria-hidden />
        Search or jump to…
        <kbd className="kbd">{MAC ? "⌘ K" : "Ctrl K"}</kbd>
      </button>
      {opened && (
        <Suspense>
          <Palette project={project} opened onClose={() => setOpened(false)} />
        </Suspense>
      )}
    </>
  );
}
