import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconSearch, IconX } from "@tabler/icons-react";
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { ItemScope, Problem, Suggestion } from "../../api/client";
import { completionsQuery, parsedQuery, queryProblem } from "../../api/filters";
import type { EvaluatedBy } from "../../state/outcomes";
import { isCovered, isTyping } from "../../state/keys";
import { useSettled } from "../ui/useSettled";
import { complete, stillFitting } from "./completion";
import { CompletionList } from "./CompletionList";
import { inkOf } from "./ink";
import styles from "./QueryBox.module.css";
import { QueryError } from "./QueryError";
import { QueryHints } from "./QueryHints";

interface Props {
  project: string;
  scope: ItemScope;
  /** The evaluation that knows outcomes, where the query may speak of them. */
  evaluatedBy?: EvaluatedBy;
  /** What the box is called. */
  label?: string;
  /** The text that is applied. */
  value: string;
  onSubmit: (text: string) => void;
  /** What is wrong with the applied text, where it comes from a link or has ceased to work. */
  problem?: Problem | null;
  /** Whether the key "/" leads here. */
  hotkey?: boolean;
  placeholder?: string;
  /** Rejects a text that cannot be used here; absent: one that cannot be read. */
  check?: (text: string) => Promise<unknown>;
}

const NONE: readonly Suggestion[] = [];
const TYPING_MS = 120;

/** The drawn text under the input: its colours, and a wavy line where the problem is. */
function InkLayer({ text, problem }: { text: string; problem: Problem | null }) {
  const from = problem?.position ?? null;
  const to = from === null ? 0 : from + Math.max(1, problem?.length ?? 1);
  const isWrong = (start: number, length: number): boolean =>
    from !== null && start < to && start + length > from;
  const cuts = inkOf(text).flatMap(({ text: part, kind, start }) => {
    const inner = [from ?? 0, to].map((at) => at - start).filter((at) => at > 0 && at < part.length);
    return [0, ...inner].map((at, index) => ({
      kind,
      start: start + at,
      text: part.slice(at, inner[index] ?? part.length),
    }));
  });
  return (
    <>
      {cuts.map((cut) => (
        <span key={cut.start} data-kind={cut.kind} data-wrong={isWrong(cut.start, cut.text.length)}>
          {cut.text}
        </span>
      ))}
      {from !== null && from >= text.length && <span data-wrong> </span>}
    </>
  );
}

/** One line for a query: completed while it is typed, applied by Enter, its errors marked where they are. */
export function QueryBox(props: Props) {
  const { project, scope, evaluatedBy, label = "Query", value, onSubmit, problem = null } = props;
  const { hotkey, placeholder, check } = props;
  const queries = useQueryClient();
  const listId = useId();
  const errorId = useId();
  const input = useRef<HTMLInputElement>(null);
  const ink = useRef<HTMLDivElement>(null);
  const caret = useRef<number | null>(null);
  const [seen, setSeen] = useState({ value, scope });
  const [draft, setDraft] = useState(value);
  const [cursor, setCursor] = useState(value.length);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [found, setFound] = useState<{ text: string; problem: Problem } | null>(null);
  if (seen.value !== value || seen.scope !== scope) {
    setSeen({ value, scope });
    if (seen.value !== value) setDraft(value);
    setFound(null);
  }

  // Asked for once the fingers rest, not at every key.
  const place = `${cursor} ${draft}`;
  const isSettled = useSettled(place, TYPING_MS) === place;
  const completions = useQuery({
    ...completionsQuery(project, scope, draft, cursor, evaluatedBy),
    enabled: open && isSettled,
  });
  // Until the server has answered, what it said before is narrowed down to what fits.
  const fitting = useMemo(
    () => stillFitting(completions.data, completions.isPlaceholderData, draft, cursor),
    [completions.data, completions.isPlaceholderData, draft, cursor],
  );
  const suggestions = open && fitting !== null ? fitting.suggestions : NONE;
  const listed = open && suggestions.length > 0;
  const chosen = Math.min(active, suggestions.length - 1);
  const shownProblem = found?.text === draft ? found.problem : draft === value ? problem : null;

  useLayoutEffect(() => {
    if (caret.current === null) return;
    input.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const alignInk = (): void => {
    if (ink.current !== null && input.current !== null) ink.current.scrollLeft = input.current.scrollLeft;
  };
  useLayoutEffect(alignInk);

  useEffect(() => {
    if (hotkey !== true) return undefined;
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      if (isCovered()) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [hotkey]);

  const write = (text: string, at: number): void => {
    setDraft(text);
    setCursor(at);
    setActive(-1);
    setOpen(true);
  };

  const submit = async (text: string): Promise<void> => {
    const wanted = text.trim();
    setDraft(wanted);
    setOpen(false);
    if (wanted !== "") {
      try {
        await (check === undefined
          ? queries.query(parsedQuery(project, scope, wanted, evaluatedBy))
          : check(wanted));
      } catch (error) {
        const wrong = queryProblem(error);
        if (wrong === null) return; // the server is gone: the frame of the page says so
        setFound({ text: wanted, problem: wrong });
        return;
      }
    }
    setFound(null);
    onSubmit(wanted);
  };

  const accept = (suggestion: Suggestion): void => {
    if (fitting === null) return;
    const completed = complete(draft, fitting.start, fitting.end, suggestion);
    caret.current = completed.cursor;
    write(completed.text, completed.cursor);
    setOpen(!completed.finished);
    input.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (!open) setOpen(true);
      else if (suggestions.length > 0) {
        const next = chosen + step;
        setActive(next < -1 ? suggestions.length - 1 : next >= suggestions.length ? -1 : next);
      }
    } else if (event.key === "Tab" && listed && !event.shiftKey && draft !== value) {
      const suggestion = suggestions[Math.max(0, chosen)];
      event.preventDefault();
      if (suggestion !== undefined) accept(suggestion);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const suggestion = suggestions[chosen];
      if (listed && suggestion !== undefined) accept(suggestion);
      else void submit(draft);
    } else if (event.key === "Escape") {
      // It closes the list, then leaves the box; the page's own Escape comes after these.
      event.stopPropagation();
      if (listed) setOpen(false);
      else input.current?.blur();
      setActive(-1);
    }
  };

  return (
    <div className={styles.wrap}>
      <div className={`panel ${styles.box ?? ""}`} data-wrong={shownProblem !== null}>
        <IconSearch size={14} aria-hidden className={styles.icon} />
        <div className={styles.field}>
          <div className={`mono ${styles.ink ?? ""}`} ref={ink} aria-hidden>
            <InkLayer text={draft} problem={shownProblem} />
          </div>
          <input
            ref={input}
            className={`mono ${styles.input ?? ""}`}
            type="text"
            role="combobox"
            aria-label={label}
            aria-autocomplete="list"
            aria-expanded={listed}
            aria-controls={listId}
            aria-activedescendant={listed && chosen >= 0 ? `${listId}-${chosen}` : undefined}
            aria-invalid={shownProblem !== null}
            aria-describedby={shownProblem === null ? undefined : errorId}
            autoComplete="off"
            autoCapitalize="off"
            autoCorrect="off"
            spellCheck={false}
            placeholder={placeholder}
            value={draft}
            onChange={(event) =>
              write(
                event.currentTarget.value,
                event.currentTarget.selectionStart ?? event.currentTarget.value.length,
              )
            }
            onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
            onScroll={alignInk}
            onFocus={() => setOpen(draft === "")}
            onBlur={() => setOpen(false)}
            onKeyDown={onKeyDown}
          />
        </div>
        {(draft !== "" || value !== "") && (
          <button
            type="button"
            className={`btn quiet icon ${styles.clear ?? ""}`}
            aria-label={`Clear the ${label.toLowerCase()}`}
            title="Clear the query"
            onClick={() => {
              void submit("");
              input.current?.focus();
            }}
          >
            <IconX size={14} aria-hidden />
          </button>
        )}
        {draft.trim() !== value && <kbd className="kbd">Enter</kbd>}
        {draft.trim() === value && hotkey === true && <kbd className="kbd">/</kbd>}
      </div>
      <CompletionList id={listId} suggestions={suggestions} active={chosen} onAccept={accept} />
      {shownProblem === null && draft === value && (
        <QueryHints project={project} scope={scope} evaluatedBy={evaluatedBy} text={value} />
      )}
      {shownProblem !== null && (
        <QueryError
          id={errorId}
          problem={shownProblem}
          text={draft}
          applied={draft === value ? null : value}
          onMend={(text) => {
            void submit(text);
            input.current?.focus();
          }}
        />
      )}
    </div>
  );
}
