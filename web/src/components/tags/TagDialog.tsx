import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconCheck, IconMinus, IconPlus } from "@tabler/icons-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import type { ItemScope } from "../../api/client";
import { tagsQuery, tagStatesQuery } from "../../api/tags";
import { formatCount, formatCounted } from "../../state/format";
import type { EvaluatedBy } from "../../state/outcomes";
import { countSelected, toSent, type Selection } from "../../state/selection";
import { useFocusReturn } from "../ui/useFocusReturn";
import { ColorChoice } from "./ColorChoice";
import styles from "./Tags.module.css";
import { begins, findTags, markOf, stateOf, type TagState } from "./tagState";
import { useTagging } from "./useTagging";

interface Props {
  project: string;
  scope: ItemScope;
  selection: Selection;
  /** Names the set of selected predictions. */
  evaluatedBy?: EvaluatedBy;
  onClose: () => void;
}

interface Row {
  name: string;
  color: string;
  tagged: number;
  state: TagState;
}

const LONGEST_NAME = 100;
/** The tag that was put on last, of each project: Enter in the empty field puts it on again. */
const lastTag = new Map<string, string>();

function CheckMark({ state }: { state: TagState }) {
  return (
    <span className={styles.check} data-state={state} aria-hidden>
      {state === "all" && <IconCheck size={12} stroke={3} />}
      {state === "mixed" && <IconMinus size={12} stroke={3} />}
    </span>
  );
}

const CHECKED = { all: true, mixed: "mixed", none: false } as const;

/** Puts tags on the selected items: type to find one or to make one. */
export function TagDialog({ project, scope, selection, evaluatedBy, onClose }: Props) {
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [active, setActive] = useState<number | null>(null);
  const [color, setColor] = useState<string>();
  useFocusReturn();
  const apply = useTagging(project);
  const tags = useQuery(tagsQuery(project));
  const sent = toSent(selection, scope, evaluatedBy);
  const states = useQuery(tagStatesQuery(project, sent, markOf(selection)));
  const selected = countSelected(selection);
  const count = states.data?.total ?? selected;
  const ofImages = scope === "prediction";

  const name = text.trim();
  const tagged = new Map(states.data?.tags.map((each) => [each.name, each.tagged]));
  const [last] = useState(() => lastTag.get(project));
  const known = tags.data ?? [];
  const first = known.filter((tag) => name === "" && tag.name === last);
  const others = known.filter((tag) => !first.includes(tag));
  const rows = [...first, ...findTags(others, name)].map((tag): Row => {
    const marks = tagged.get(tag.name) ?? 0;
    return { name: tag.name, color: tag.color, tagged: marks, state: stateOf(marks, count) };
  });
  const isNew = name !== "" && tags.data !== undefined && !tags.data.some((tag) => tag.name === name);
  const options = rows.length + (isNew ? 1 : 0);
  // What is typed leads to the tag that begins so; where none does, it makes a new one.
  const typed = isNew && !begins(rows[0]?.name ?? "", name) ? rows.length : 0;
  const chosen = Math.min(active ?? (name === "" ? first.length - 1 : typed), options - 1);

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const toggle = async (row: Row, onlyAdd = false): Promise<void> => {
    let { state } = row;
    if (states.isPending) {
      // Enter was quicker than the server.
      const fresh = (await states.refetch({ cancelRefetch: false })).data;
      const marks = fresh?.tags.find((each) => each.name === row.name)?.tagged ?? 0;
      state = stateOf(marks, fresh?.total ?? count);
    }
    if (state === "all" && onlyAdd) return undefined;
    if (state !== "all") lastTag.set(project, row.name);
    return apply({ selection: sent, name: row.name, action: state === "all" ? "remove" : "add" });
  };
  const make = async (): Promise<void> => {
    await apply({ selection: sent, name, action: "add", color });
    lastTag.set(project, name);
    setText("");
    setColor(undefined);
  };
  const take = (at: number): Promise<void> => {
    const row = rows[at];
    // Enter alone puts the last tag on again, and never takes it away.
    return row === undefined ? make() : toggle(row, name === "" && active === null);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && options > 0) {
      event.preventDefault();
      setActive((Math.max(chosen, step > 0 ? -1 : 0) + step + options) % options);
    } else if (event.key === "Enter" && chosen < 0) {
      event.preventDefault();
      onClose(); // nothing is typed, and no tag was put on before
    } else if (event.key === "Enter") {
      event.preventDefault();
      const stays = event.shiftKey;
      void take(chosen).then(() => {
        if (stays) setText("");
        else onClose();
      });
    }
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title={
        ofImages
          ? `Tag the images of ${formatCounted(selected, scope)}`
          : `Tag ${formatCounted(count, scope)}`
      }
      size={380}
      yOffset="12vh"
      centered={false}
      overlayProps={{ backgroundOpacity: 0.3 }}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <input
        ref={field}
        className={styles.find}
        data-autofocus
        type="text"
        role="combobox"
        aria-label="Find or make a tag"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={chosen >= 0 ? `${listId}-${chosen}` : undefined}
        placeholder="Find or make a tag"
        autoComplete="off"
        spellCheck={false}
        maxLength={LONGEST_NAME}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setActive(null);
        }}
        onKeyDown={onKeyDown}
      />
      <div
        ref={list}
        id={listId}
        role="listbox"
        aria-label={`Tags of the ${ofImages ? "images of the " : ""}selected ${scope}s`}
        aria-multiselectable
        className={styles.options}
      >
        {rows.map((row, at) => (
          // Keys are the field's above, which has the focus.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={row.name}
            id={`${listId}-${at}`}
            role="option"
            aria-selected={at === chosen}
            aria-checked={CHECKED[row.state]}
            tabIndex={-1}
            className={styles.option}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => void toggle(row)}
          >
            <CheckMark state={row.state} />
            <span className={styles.dot} style={{ background: row.color }} />
            <span className="truncate">{row.name}</span>
            <span className={styles.count}>
              {row.state === "mixed"
                ? `${formatCount(row.tagged)} of ${formatCount(count)}`
                : row.state === "all" && count > 1 && "all"}
            </span>
          </div>
        ))}
        {isNew && (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            id={`${listId}-${rows.length}`}
            role="option"
            aria-selected={chosen === rows.length}
            tabIndex={-1}
            className={styles.option}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => void make()}
          >
            <IconPlus size={15} aria-hidden />
            <span className={styles.dot} style={{ background: color ?? "var(--faint)" }} />
            <span className="truncate">
              Make the tag <b>{name}</b>
            </span>
          </div>
        )}
      </div>
      {isNew && (
        <ColorChoice
          name={name}
          value={color}
          onChoose={(chosenColor) => {
            setColor(chosenColor);
            field.current?.focus();
          }}
        />
      )}
      {tags.data?.length === 0 && name === "" && (
        <p className={styles.none}>No tags yet. Type a name to make the first one.</p>
      )}
      {states.error !== null && (
        <p className={styles.failed} role="alert">
          Which tags they have could not be found out: {states.error.message}
        </p>
      )}
      <p className={styles.keys}>
        <span>
          <kbd className="kbd">Enter</kbd> apply
        </span>
        <span>
          <kbd className="kbd">⇧ Enter</kbd> apply and go on
        </span>
        <span>
          <kbd className="kbd">Esc</kbd> close
        </span>
      </p>
    </Modal>
  );
}
