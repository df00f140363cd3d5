import type { Slice } from "../../../api/client";
import { formatCount, formatPercent } from "../../../state/format";
import type { PredictionsSearch } from "../../../state/predictionsSearch";
import { Empty, Panel } from "../../ui/Panel";
import { CountLink } from "../../ui/CountLink";
import { describeEffect, describeSlice } from "./slices";
import styles from "./SlicesPanel.module.css";

const TITLES = {
  precision: "Weak slices: where predictions are wrong more often",
  recall: "Weak slices: where annotations are missed more often",
  accuracy: "Weak slices: where images are misclassified more often",
} as const;
/** What a slice holds, and what of it a click shows. */
const NAMES = {
  precision: ["Predictions", "False positives"],
  recall: ["Annotations", "Missed annotations"],
  accuracy: ["Images", "Misclassified images"],
} as const;
const HEIGHT = 250;
/** Of a wide panel with nothing to show: it has no neighbour to be as high as. */
const EMPTY_HEIGHT = 56;

interface RowProps {
  project: string;
  search: PredictionsSearch;
  slice: Slice;
}

function Row({ project, search, slice }: RowProps) {
  const words = describeSlice(slice);
  const where = words.join(", ");
  const [all, wrong] = NAMES[slice.side];
  return (
    <tr>
      <th scope="row">
        <CountLink
          project={project}
          search={search}
          items={{ count: slice.errors, scope: slice.scope, query: slice.errors_query }}
          what={`${wrong}, ${where}`}
          className={styles.where}
        >
          {words.map((word) => (
            <span key={word} className={styles.word}>
              {word}
            </span>
          ))}
        </CountLink>
      </th>
      <td>
        <CountLink
          project={project}
          search={search}
          items={{ count: slice.size, scope: slice.scope, query: slice.query }}
          what={`${all}, ${where}`}
        >
          {formatCount(slice.size)}
        </CountLink>
      </td>
      <td className={styles.shares}>
        <span className={styles.track} aria-hidden>
          <i data-side={slice.side} style={{ width: `${slice.rate * 100}%` }} />
          <b style={{ left: `${slice.rest_rate * 100}%` }} />
        </span>
      </td>
      <td title={describeEffect(slice)}>{formatPercent(slice.rate)}</td>
      <td className="muted">{formatPercent(slice.rest_rate)}</td>
    </tr>
  );
}

interface Props {
  project: string;
  search: PredictionsSearch;
  side: Slice["side"];
  /** Of all sides; undefined until they have come. */
  slices: readonly Slice[] | undefined;
  /** How many of the page's twelve columns the panel takes. */
  span?: 6 | 12;
  /** Whether the slices are those of the numbers shown. */
  fresh: boolean;
}

/** Classes and ranges of metrics in which errors are more frequent than elsewhere, surely so; the worst first. */
export function SlicesPanel({ project, search, side, slices: all, span = 6, fresh }: Props) {
  const slices = all?.filter((slice) => slice.side === side);
  return (
    <Panel
      title={TITLES[side]}
      span={span}
      aside={slices === undefined ? "…" : "line: share of errors elsewhere"}
    >
      {slices === undefined ? (
        <div className="skeleton" style={{ height: HEIGHT }} aria-busy />
      ) : slices.length === 0 ? (
        <Empty height={span === 12 ? EMPTY_HEIGHT : HEIGHT}>
          Nowhere are errors more frequent than chance would have it.
        </Empty>
      ) : (
        <div
          className={styles.scroller}
          style={{ maxHeight: HEIGHT }}
          data-old={!fresh}
          role="region"
          aria-label={TITLES[side]}
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by keys as well
          tabIndex={0}
        >
          <table className={styles.table}>
            <colgroup>
              <col />
              <col style={{ width: 66 }} />
              <col style={{ width: "21%" }} />
              <col style={{ width: 54 }} />
              <col style={{ width: 72 }} />
            </colgroup>
            <thead>
              <tr>
                <th scope="col">Where</th>
                <th scope="col">Size</th>
                <th scope="col" className={styles.shares} aria-label="Share of errors as a bar" />
                <th scope="col">{side === "recall" ? "Missed" : "Wrong"}</th>
                <th scope="col">elsewhere</th>
              </tr>
            </thead>
            <tbody>
              {slices.map((slice) => (
                <Row key={slice.query} project={project} search={search} slice={slice} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
