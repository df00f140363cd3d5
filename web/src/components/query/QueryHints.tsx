import { useQuery } from "@tanstack/react-query";
import { IconInfoCircle } from "@tabler/icons-react";
import type { ItemScope } from "../../api/client";
import { parsedQuery } from "../../api/filters";
import type { EvaluatedBy } from "../../state/outcomes";
import styles from "./QueryBox.module.css";

interface Props {
  project: string;
  scope: ItemScope;
  evaluatedBy?: EvaluatedBy | undefined;
  /** The text that is applied. */
  text: string;
}

/** What the server understood of a query though it may be a slip, such as the complement of a tag that nobody has made. */
export function QueryHints({ project, scope, evaluatedBy, text }: Props) {
  const parsed = useQuery({ ...parsedQuery(project, scope, text, evaluatedBy), enabled: text !== "" });
  const hints = text === "" || parsed.error !== null ? [] : (parsed.data?.hints ?? []);
  if (hints.length === 0) return null;
  return (
    <div className={styles.hint} role="status">
      <IconInfoCircle size={15} aria-hidden />
      <span className="muted">{hints.join(" ")}</span>
    </div>
  );
}
