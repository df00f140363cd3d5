import { useQuery } from "@tanstack/react-query";
import type { Evaluation, ItemScope } from "../../api/client";
import { countsQuery } from "../../api/filters";
import { formatCount } from "../../state/format";
import {
  isOutcomeOn,
  isReasonOn,
  OUTCOME_WORDS,
  OUTCOMES,
  outcomeTerm,
  REASON_WORDS,
  REASONS,
  reasonTerm,
  toggleOutcome,
  toggleReason,
  type Judged,
  type Outcome,
} from "../../state/judged";
import { allOf, type TermText } from "../../state/queryText";
import { SideSection } from "../explorer/SideSection";
import styles from "./VerdictFilters.module.css";
import section from "../explorer/SideSection.module.css";

interface Props {
  project: string;
  scope: ItemScope;
  judged: Judged;
  evaluation: Evaluation;
  terms: readonly TermText[];
  onChange: (query: string) => void;
}

/** The numbers that the evaluation tells by itself, by the term that finds their items. */
function toldCounts(scope: ItemScope, evaluation: Evaluation): Map<string, number> {
  const { tp, fp, fn, annotations, ignored, errors } = evaluation;
  if (scope === "image") return new Map();
  if (scope === "annotation") {
    return new Map([
      [outcomeTerm("fn"), fn],
      [outcomeTerm("matched"), annotations - fn],
      [outcomeTerm("ignored"), ignored],
      [reasonTerm("missed"), errors.missed?.count ?? 0],
    ]);
  }
  return new Map([
    [outcomeTerm("tp"), tp],
    [outcomeTerm("fp"), fp],
    ...REASONS[scope].map((reason) => [reasonTerm(reason), errors[reason]?.count ?? 0] as const),
  ]);
}

/** How many items each outcome and reason has in the whole evaluation. */
function useCounts({ project, scope, judged, evaluation }: Omit<Props, "terms" | "onChange">) {
  const told = toldCounts(scope, evaluation);
  const all = [...OUTCOMES[scope].map(outcomeTerm), ...REASONS[scope].map(reasonTerm)];
  const asked = all.filter((term) => !told.has(term));
  // Images are those of the evaluation's filter.
  const within = scope === "image" ? judged.within : "";
  const counted = useQuery(
    countsQuery(
      project,
      scope,
      asked.map((term) => allOf([term, within])),
      judged,
    ),
  );
  return (term: string): number | undefined => told.get(term) ?? counted.data?.[asked.indexOf(term)];
}

interface SwitchProps {
  name: string;
  meaning: string;
  outcome?: Outcome;
  count: number | undefined;
  most: number;
  on: boolean;
  onToggle: () => void;
}

function VerdictSwitch({ name, meaning, outcome, count, most, on, onToggle }: SwitchProps) {
  return (
    <li>
      <button type="button" className={section.item} aria-pressed={on} title={meaning} onClick={onToggle}>
        {count !== undefined && count > 0 && <i style={{ width: `${(count / most) * 100}%` }} />}
        {outcome !== undefined && <span className={styles.mark} data-outcome={outcome} aria-hidden />}
        <span className="truncate">{name}</span>
        <span className={section.count}>{count === undefined ? "…" : formatCount(count)}</span>
      </button>
    </li>
  );
}

const OF_IMAGES: Record<string, string> = {
  fn: "Images with missed annotations",
  fp: "Images with wrong predictions",
  tp: "Images with right predictions",
};
const IMAGE_NAMES: Record<string, string> = { fn: "With FN", fp: "With FP", tp: "With TP" };

/** Switches for outcomes and reasons, which are terms of the query. */
export function VerdictFilters(props: Props) {
  const { scope, terms, onChange } = props;
  const count = useCounts(props);
  const ofImages = scope === "image";
  const largest = (texts: readonly string[]): number => Math.max(1, ...texts.map((text) => count(text) ?? 0));
  const mostOutcomes = largest(OUTCOMES[scope].map(outcomeTerm));
  const mostReasons = largest(REASONS[scope].map(reasonTerm));
  return (
    <>
      <SideSection title="Outcome">
        <ul>
          {OUTCOMES[scope].map((outcome) => (
            <VerdictSwitch
              key={outcome}
              name={(ofImages ? IMAGE_NAMES[outcome] : undefined) ?? OUTCOME_WORDS[outcome].name}
              meaning={(ofImages ? OF_IMAGES[outcome] : undefined) ?? OUTCOME_WORDS[outcome].meaning}
              outcome={outcome}
              count={count(outcomeTerm(outcome))}
              most={mostOutcomes}
              on={isOutcomeOn(terms, outcome)}
              onToggle={() => onChange(toggleOutcome(terms, scope, outcome))}
            />
          ))}
        </ul>
        <p className={styles.legend}>
          <i /> predicted <i data-dashed /> annotated
        </p>
      </SideSection>
      <SideSection title={scope === "annotation" ? "Why missed" : "Why wrong"}>
        <ul>
          {REASONS[scope].map((reason) => (
            <VerdictSwitch
              key={reason}
              name={REASON_WORDS[reason]?.name ?? reason}
              meaning={REASON_WORDS[reason]?.meaning ?? reason}
              count={count(reasonTerm(reason))}
              most={mostReasons}
              on={isReasonOn(terms, reason)}
              onToggle={() => onChange(toggleReason(terms, scope, reason))}
            />
          ))}
        </ul>
      </SideSection>
    </>
  );
}
