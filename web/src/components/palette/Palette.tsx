import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconSearch } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { classesQuery, metricsQuery, projectsQuery } from "../../api/queries";
import { predictionSetsQuery } from "../../api/predictions";
import { tagsQuery, viewsQuery } from "../../api/tags";
import { findEntries, makeEntries, type Command, type Destination, type Found } from "./entries";
import { pathTo } from "../../state/pages";
import styles from "./Palette.module.css";
import { tellsApart } from "../../state/metrics";

function Marked({ text, positions }: { text: string; positions: readonly number[] }) {
  const marked = new Set(positions);
  return (
    <span className="truncate">
      {Array.from(text, (letter, at) => (marked.has(at) ? <b key={at}>{letter}</b> : letter))}
    </span>
  );
}

function useEntries(project: string | undefined) {
  const enabled = project !== undefined;
  const name = project ?? "";
  const projects = useQuery(projectsQuery);
  const images = useQuery({ ...metricsQuery(name, "image"), enabled });
  const annotations = useQuery({ ...metricsQuery(name, "annotation"), enabled });
  const classes = useQuery({ ...classesQuery(name), enabled });
  const tags = useQuery({ ...tagsQuery(name), enabled });
  const views = useQuery({ ...viewsQuery(name), enabled });
  const sets = useQuery({ ...predictionSetsQuery(name), enabled });
  return useMemo(
    () =>
      makeEntries({
        project,
        projects: projects.data?.projects ?? [],
        metrics: [...(images.data ?? []), ...(annotations.data ?? [])].filter(tellsApart),
        classes: classes.data ?? [],
        tags: tags.data ?? [],
        views: views.data ?? [],
        sets: sets.data ?? [],
      }),
    [project, projects.data, images.data, annotations.data, classes.data, tags.data, views.data, sets.data],
  );
}

interface Props {
  project: string | undefined;
  typed: string;
  onType: (text: string) => void;
  onCommand: (command: Command) => void;
  onClose: () => void;
}

function Search({ project, typed, onType, onCommand, onClose }: Props) {
  const navigate = useNavigate();
  const entries = useEntries(project);
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const groups = useMemo(() => findEntries(entries, typed), [entries, typed]);
  const flat = groups.flatMap(([, found]) => found);
  const at = Math.min(active, flat.length - 1);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at, groups]);

  const go = (destination: Destination): void => {
    onClose();
    if (destination.page === "command") onCommand(destination.command);
    else if (destination.page === "projects") void navigate({ to: "/" });
    else {
      const { project: name, page, part, search } = destination;
      void navigate({ to: pathTo(name, page, part), search: { ...search } });
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = {
      ArrowDown: at + 1 < flat.length ? at + 1 : 0,
      ArrowUp: at > 0 ? at - 1 : flat.length - 1,
      PageDown: Math.min(flat.length - 1, at + 8),
      PageUp: Math.max(0, at - 8),
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setActive(Math.max(0, step));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = flat[at];
      if (chosen !== undefined) go(chosen.entry.destination);
    }
  };
  const option = ({ entry, positions }: Found, index: number) => (
    // The input has the focus and the keys; a click is the pointer's way to the same.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      key={entry.id}
      id={`palette-${index}`}
      role="option"
      aria-selected={index === at}
      className={styles.option}
      onPointerMove={() => setActive(index)}
      onClick={() => go(entry.destination)}
    >
      {entry.color !== undefined && <span className="dot" style={{ background: entry.color }} aria-hidden />}
      <Marked text={entry.label} positions={positions} />
      <span className={styles.hint}>{entry.hint}</span>
    </div>
  );
  return (
    <>
      <div className={styles.head}>
        <IconSearch size={16} aria-hidden />
        <input
          data-autofocus
          value={typed}
          role="combobox"
          aria-label="Search or jump to"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={flat.length > 0 ? `palette-${at}` : undefined}
          aria-autocomplete="list"
          placeholder={
            project === undefined
              ? "Page, project or setting"
              : "Page, metric, class, tag, view, prediction set, project or setting"
          }
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            onType(event.currentTarget.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd className="kbd">Esc</kbd>
      </div>
      <div ref={list} id="palette-list" role="listbox" aria-label="Results" className={styles.list}>
        {groups.map(([group, found]) => {
          const start = flat.indexOf(found[0] as Found);
          return (
            <div key={group} role="group" aria-labelledby={`palette-group-${group}`}>
              <div id={`palette-group-${group}`} className={styles.group}>
                {group}
              </div>
              {found.map((each, index) => option(each, start + index))}
            </div>
          );
        })}
      </div>
      {flat.length === 0 && <p className={styles.nothing}>Nothing is called “{typed.trim()}”.</p>}
      <div className={styles.foot} aria-hidden>
        <span>
          <kbd className="kbd">↑</kbd> <kbd className="kbd">↓</kbd> choose
        </span>
        <span>
          <kbd className="kbd">Enter</kbd> open
        </span>
      </div>
    </>
  );
}

/** Reaches any page, project, metric, class, tag or view by a few letters of its name. */
export function Palette(props: Props) {
  return (
    <Modal
      opened
      onClose={props.onClose}
      withCloseButton={false}
      centered={false}
      yOffset="12vh"
      size={580}
      overlayProps={{ backgroundOpacity: 0.3 }}
      classNames={{ body: styles.body, content: styles.content }}
      // It has no title that it could be named by.
      attributes={{ content: { "aria-label": "Search or jump to", "aria-labelledby": undefined } }}
    >
      <Search {...props} />
    </Modal>
  );
}
