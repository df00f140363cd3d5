import { IconAlertCircle, IconLock } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { ApiProblem, isBusy, ServerGone, type Problem } from "../../api/client";
import styles from "./ErrorPanel.module.css";

const NOT_FOUND = 404;

function Facts({ problem }: { problem: Problem }) {
  const facts = [
    ["Concerns", problem.item],
    ["Expected", problem.expected],
    ["Found", problem.actual],
  ].filter((fact): fact is [string, string] => typeof fact[1] === "string");
  if (facts.length === 0) return null;
  return (
    <dl className={styles.facts}>
      {facts.map(([name, text]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What went wrong and what to do about it, in the place of what could not be shown. */
export function ErrorPanel({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const problem = error instanceof ApiProblem ? error.problem : null;
  const gone = error instanceof ServerGone;
  const busy = isBusy(error);
  const Icon = busy ? IconLock : IconAlertCircle;
  return (
    <section className={`panel ${styles.panel}`} role="alert">
      <div className={styles.title}>
        <Icon size={18} aria-hidden />
        <h2>{gone ? "This could not be loaded" : error.message}</h2>
      </div>
      {problem !== null && <Facts problem={problem} />}
      {problem?.hint && <p>{problem.hint}</p>}
      {busy && <p className="muted">The project opens by itself as soon as it is free.</p>}
      {gone && <p className="muted">It loads by itself as soon as the server answers again.</p>}
      <div className="row">
        {onRetry && (
          <button type="button" className="btn" onClick={onRetry}>
            Try again
          </button>
        )}
        {problem?.status === NOT_FOUND && (
          <Link to="/" className="btn">
            All projects
          </Link>
        )}
      </div>
    </section>
  );
}
