import { IconSearch } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { isCommand, isTyping } from "../../state/keys";
import type { Command } from "../palette/entries";
import styles from "./Shell.module.css";

const load = () => import("../palette/Palette");
const Palette = lazy(() => load().then((module) => ({ default: module.Palette })));

interface Props {
  project: string | undefined;
  /** Does what an entry that is no place asks for. */
  onCommand: (command: Command) => void;
}

const MAC = /Mac OS|iPhone|iPad/.test(navigator.userAgent);

/** The command palette's button in the header; Ctrl or ⌘ with K opens it from anywhere. */
export function PaletteButton({ project, onCommand }: Props) {
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState("");
  const close = (): void => {
    setOpened(false);
    setTyped("");
  };
  useEffect(() => {
    if (!opened) return undefined;
    // Its code may still be on the way, and the focus comes last: what is typed until then is typed into it.
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.length !== 1 || isCommand(event) || event.altKey || isTyping(event.target)) return;
      event.preventDefault();
      setTyped((before) => before + event.key);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [opened]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || event.shiftKey || event.altKey) return;
      if (!(MAC ? event.metaKey : event.ctrlKey)) return;
      event.preventDefault();
      setTyped("");
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
          <Palette project={project} typed={typed} onType={setTyped} onCommand={onCommand} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
