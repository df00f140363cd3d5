import { useQueryClient } from "@tanstack/react-query";
import { IconAlertCircle, IconFilter, IconX } from "@tabler/icons-react";
import { useEffect, useId, useRef, useState } from "react";
import { ApiProblem, type Scope } from "../../api/client";
import { parsedQuery } from "../../api/filters";
import { QueryHints } from "../query/QueryHints";
import styles from "./SummaryFilter.module.css";

interface Props {
  project: string;
  scope: Scope;
  /** The query that the page shows, which may be one that cannot be read. */
  query: string;
  /** What is wrong with it. */
  error: Error | null;
  onQuery: (query: string) => void;
}

/** What is wrong with a query, with the place where it is. */
function Complaint({ id, text, error }: { id: string; text: string; error: Error }) {
  const problem = error instanceof ApiProblem ? error.problem : null;
  const position = problem?.position ?? null;
  const end = position === null ? 0 : position + Math.max(1, problem?.length ?? 1);
  return (
    <div id={id} className={styles.complaint} role="alert">
      <IconAlertCircle size={15} aria-hidden />
      <div>
        {position !== null && (
          <code className={styles.place}>
            {text.slice(0, position)}
            <mark>{text.slice(position, end) || " "}</mark>
            {text.slice(end)}
          </code>
        )}
        <span>
          {error.message} {problem?.hint}
        </span>
      </div>
    </div>
  );
}

/** Filters the whole page by a query; Enter applies it. */
export function SummaryFilter({ project, scope, query, error, onQuery }: Props) {
  const id = useId();
  const cache = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState(query);
  const [refused, setRefused] = useState<{ text: string; error: Error } | null>(null);
  const [shown, setShown] = useState(query);
  if (shown !== query) {
    // Back, or a link, has set another one.
    setShown(query);
    setDraft(query);
    setRefused(null);
  }
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const apply = async (text: string): Promise<void> => {
    if (text === "") {
      onQuery("");
      return;
    }
    try {
      onQuery((await cache.query(parsedQuery(project, scope, text))).text);
      setRefused(null);
    } catch (reason) {
      setRefused({ text, error: reason instanceof Error ? reason : new Error(String(reason)) });
    }
  };
  const complaint = refused ?? (error === null ? null : { text: query, error });
  return (
    <form
      role="search"
      className={styles.filter}
      onSubmit={(event) => {
        event.preventDefault();
        void apply(draft.trim());
      }}
    >
      <div className={styles.box} data-wrong={complaint !== null}>
        <IconFilter size={15} aria-hidden />
        <input
          ref={input}
          value={draft}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          placeholder="Filter the page: class:person brightness<0.2 not tag:done"
          aria-label="Filter"
          aria-invalid={complaint !== null}
          aria-describedby={complaint === null ? undefined : id}
          onChange={(event) => {
            setDraft(event.currentTarget.value);
            setRefused(null);
          }}
        />
        {draft !== "" && (
          <button
            type="button"
            className="btn quiet icon"
            aria-label="Clear the filter"
            title="Clear the filter"
            onClick={() => {
              setDraft("");
              void apply("");
              input.current?.focus();
            }}
          >
            <IconX size={14} aria-hidden />
          </button>
        )}
        {draft.trim() !== query ? (
          <kbd className="kbd">Enter</kbd>
        ) : (
          draft === "" && <kbd className="kbd">/</kbd>
        )}
      </div>
      {complaint !== null && <Complaint id={id} {...complaint} />}
      {complaint === null && <QueryHints project={project} scope={scope} text={query} />}
    </form>
  );
}
