import { useQuery } from "@tanstack/react-query";
import type { AnyEvaluation, ItemScope } from "../../../api/client";
import { countsQuery } from "../../../api/filters";
import { formatCount } from "../../../state/format";
import {
  FINDINGS,
  isByClassification,
  isFindingOn,
  isOutcomeOn,
  isReasonOn,
  OUTCOME_WORDS,
  OUTCOMES,
  outcomeTerm,
  REASON_WORDS,
  REASONS,
  reasonTerm,
  toggleFinding,
  toggleOutcome,
  toggleReason,
  type EvaluatedBy,
  type Outcome,
} from "../../../state/outcomes";
import { allOf, type TermText } from "../../../state/queryText";
import { SideSection } from "../../ui/SideSection";
import styles from "./VerdictFilters.module.css";
import { toldCounts } from "./told";
import section from "../../ui/SideSection.module.css";

interface Props {
  project: string;
  scope: ItemScope;
  evaluatedBy: EvaluatedBy;
  evaluation: AnyEvaluation;
  terms: readonly TermText[];
  onChange: (query: string) => void;
}

/** How many items each of some terms finds in the whole evaluation. */
function useCounts(
  { project, scope, evaluatedBy, evaluation }: Omit<Props, "terms" | "onChange">,
  all: readonly string[],
) {
  const told = toldCounts(scope, evaluation);
  const asked = all.filter((term) => !told.has(term));
  // Images are those of the evaluation's filter.
  const within = scope === "image" ? evaluatedBy.within : "";
  const counted = useQuery(
    countsQuery(
      project,
      scope,
      asked.map((term) => allOf([term, within])),
      evaluatedBy,
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

const largestOf = (count: (term: string) => number | undefined, texts: readonly string[]): number =>
  Math.max(1, ...texts.map((text) => count(text) ?? 0));

/** What a classification or label is found to be: one switch each. */
function FindingFilters(props: Props) {
  const { scope, terms, onChange } = props;
  const findings = FINDINGS[scope];
  const all = findings.map(({ term }) => term);
  const count = useCounts(props, all);
  return (
    <SideSection title="Outcome">
      <ul>
        {findings.map((finding) => (
          <VerdictSwitch
            key={finding.term}
            name={finding.name}
            meaning={finding.meaning}
            outcome={finding.outcome}
            count={count(finding.term)}
            most={largestOf(count, all)}
            on={isFindingOn(terms, finding)}
            onToggle={() => onChange(toggleFinding(terms, finding))}
          />
        ))}
      </ul>
    </SideSection>
  );
}

/** Switches for what an evaluation has found of the items, which are terms of the query. */
export function VerdictFilters(props: Props) {
  return isByClassification(props.evaluatedBy) ? (
    <FindingFilters {...props} />
  ) : (
    <OutcomeFilters {...props} />
  );
}

/** Outcomes of detections and annotations, and the reasons of wrong ones. */
function OutcomeFilters(props: Props) {
  const { scope, terms, onChange } = props;
  const count = useCounts(props, [...OUTCOMES[scope].map(outcomeTerm), ...REASONS[scope].map(reasonTerm)]);
  const ofImages = scope === "image";
  const largest = (texts: readonly string[]): number => largestOf(count, texts);
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
