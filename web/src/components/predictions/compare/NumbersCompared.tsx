import type { AnyComparison, NumberCompared } from "../../../api/client";
import {
  ends,
  formatDifference,
  isCost,
  reachOf,
  VERDICT_WORDS,
  verdictOf,
  type Verdict,
} from "../../../state/comparison";
import { formatCount } from "../../../state/format";
import type { Items } from "../../../state/links";
import { seenFrom, type PredictionsSearch } from "../../../state/predictionsSearch";
import { CountLink } from "../../ui/CountLink";
import { formatScore } from "../../../state/scores";
import styles from "./Compared.module.css";
import { Whisker } from "./Whisker";

const NAMES: Record<string, string> = {
  mAP: "mAP",
  mAR: "mAR",
  precision: "Precision",
  recall: "Recall",
  f1: "F1",
  tp: "TP",
  fp: "FP",
  fn: "FN",
  accuracy: "Accuracy",
  macro_f1: "Macro F1",
  macro_precision: "Macro precision",
  macro_recall: "Macro recall",
  weighted_f1: "Weighted F1",
  correct: "Correct",
  misclassified: "Misclassified",
};
const COUNTS = new Set(["tp", "fp", "fn", "correct", "misclassified"]);
/** With them the counts begin, which have a scale of their own. */
const FIRST_COUNTS = new Set(["tp", "correct"]);

export function formatNumber(value: number | null, ofCounts: boolean): string {
  if (value === null) return "—";
  return ofCounts ? formatCount(value) : formatScore(value);
}

/** "better", in the colour that says so, too. */
export function VerdictText({ verdict }: { verdict: Verdict }) {
  return (
    <span className={styles.verdict} data-verdict={verdict}>
      {VERDICT_WORDS[verdict]}
    </span>
  );
}

function describe(compared: NumberCompared, ofCounts: boolean): string {
  const interval = ends(compared);
  if (interval === null) return "—";
  return `${formatDifference(interval[0], ofCounts)} to ${formatDifference(interval[1], ofCounts)}`;
}

/** What finds the items of a count, beside the set. */
export type Found = Pick<Items, "scope" | "query">;

/** The names of two sets. */
type Sets = Pick<AnyComparison, "first" | "second">;

/** Where numbers lead: the Explorer of predictions for one set or the other. */
export interface Place {
  project: string;
  search: PredictionsSearch;
}

interface NumberProps extends Place {
  comparison: Sets;
  side: "first" | "second";
  value: number | null;
  name: string;
  ofCounts: boolean;
  found: Found | undefined;
}

/** A number of one of the sets; a count is a link to its items. */
function OneNumber({ project, search, comparison, side, value, name, ofCounts, found }: NumberProps) {
  const text = formatNumber(value, ofCounts);
  if (found === undefined || value === null) return text;
  return (
    <CountLink
      project={project}
      search={seenFrom(side, search, comparison)}
      items={{ ...found, count: value }}
      what={`${name} of ${comparison[side]}`}
    >
      {text}
    </CountLink>
  );
}

interface RowProps extends Place {
  comparison: AnyComparison;
  name: string;
  compared: NumberCompared;
  reach: number;
}

function Row({ comparison, name, compared, reach, ...place }: RowProps) {
  const ofCounts = COUNTS.has(name);
  const verdict = verdictOf(compared, isCost(name), comparison.images, ofCounts);
  const title = NAMES[name] ?? name;
  const number = (side: "first" | "second", at: 0 | 1) => (
    <OneNumber
      {...place}
      comparison={comparison}
      side={side}
      value={compared[side]}
      name={title}
      ofCounts={ofCounts}
      found={comparison.found_by[name]?.[at]}
    />
  );
  return (
    <tr data-name={name} data-first={FIRST_COUNTS.has(name)}>
      <th scope="row">{title}</th>
      <td>{number("first", 0)}</td>
      <td>{number("second", 1)}</td>
      <td className={styles.difference}>{formatDifference(compared.difference, ofCounts)}</td>
      <td className={styles.plot}>
        <Whisker compared={compared} verdict={verdict} reach={reach} />
      </td>
      <td className={styles.interval}>{describe(compared, ofCounts)}</td>
      <td>
        <VerdictText verdict={verdict} />
      </td>
    </tr>
  );
}

/** What no confidence changes: all scores are looked at. */
const OF_ALL_SCORES = new Set(["mAP", "mAR"]);

interface TableProps extends Place {
  comparison: AnyComparison;
  /** Whether of all scores, or of what counts at the confidences. */
  ofAllScores: boolean;
}

/** Numbers of both sets, with the difference and where it lies with 95 % confidence. */
export function NumbersCompared({ comparison, ofAllScores, ...place }: TableProps) {
  const { first, second, numbers } = comparison;
  const named = Object.keys(NAMES).flatMap((name): [string, NumberCompared][] => {
    const found = OF_ALL_SCORES.has(name) === ofAllScores ? numbers[name] : undefined;
    return found === undefined ? [] : [[name, found]];
  });
  const reach = (ofCounts: boolean): number =>
    reachOf(named.filter(([name]) => COUNTS.has(name) === ofCounts).map(([, each]) => each));
  const [ofRates, ofCounts] = [reach(false), reach(true)];
  return (
    <table className={styles.numbers}>
      <colgroup>
        <col style={{ width: 124 }} />
        <col span={2} style={{ width: "14%" }} />
        <col style={{ width: 88 }} />
        <col />
        <col style={{ width: 150 }} />
        <col style={{ width: 150 }} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">Number</th>
          <th scope="col" className="truncate" title={first}>
            {first}
          </th>
          <th scope="col" className="truncate" title={second}>
            {second}
          </th>
          <th scope="col">Difference</th>
          <th scope="col" className={styles.plot} aria-label="Difference on a scale" />
          <th scope="col">95 % interval</th>
          <th scope="col" className={styles.said}>
            {second} is
          </th>
        </tr>
      </thead>
      <tbody>
        {named.map(([name, compared]) => (
          <Row
            key={name}
            {...place}
            comparison={comparison}
            name={name}
            compared={compared}
            reach={COUNTS.has(name) ? ofCounts : ofRates}
          />
        ))}
      </tbody>
    </table>
  );
}

export interface PlainRow {
  name: string;
  compared: NumberCompared;
  found?: Found;
}

interface PlainProps extends Place {
  label: string;
  first: string;
  second: string;
  rows: readonly PlainRow[];
  ofCounts: boolean;
}

/** Numbers of both sets with plain differences: no interval is made of them. */
export function PlainCompared({ label, first, second, rows, ofCounts, ...place }: PlainProps) {
  const sets = [
    [first, "first"],
    [second, "second"],
  ] as const;
  return (
    <table className={styles.plain} aria-label={label}>
      <thead>
        <tr>
          <th scope="col" aria-label="Set" />
          {rows.map(({ name }) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {sets.map(([set, side]) => (
          <tr key={side}>
            <th scope="row" className="truncate" title={set}>
              {set}
            </th>
            {rows.map(({ name, compared, found }) => (
              <td key={name}>
                <OneNumber
                  {...place}
                  comparison={{ first, second }}
                  side={side}
                  value={compared[side]}
                  name={name}
                  ofCounts={ofCounts}
                  found={found}
                />
              </td>
            ))}
          </tr>
        ))}
        <tr className={styles.difference}>
          <th scope="row">Difference</th>
          {rows.map(({ name, compared }) => (
            <td key={name} data-name={name}>
              {formatDifference(compared.difference, ofCounts)}
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}
