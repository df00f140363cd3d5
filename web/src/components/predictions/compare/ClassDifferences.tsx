import { useMemo, useState } from "react";
import type {
  AnyComparison,
  ClassCompared,
  ClassifiedClassCompared,
  NumberCompared,
} from "../../../api/client";
import { formatDifference, isCost, isOfDetections, reachOf, verdictOf } from "../../../state/comparison";
import { formatCount } from "../../../state/format";
import { formatScore } from "../../../state/scores";
import { Gap } from "../../ui/Gap";
import { useWindowedRows } from "../../ui/useWindowedRows";
import styles from "./Compared.module.css";
import { VerdictText } from "./NumbersCompared";
import { Whisker } from "./Whisker";

const ROW_PX = 26;
const HEAD_PX = 27;
const OWN_COLUMNS = 7;

type Order = "change" | "name" | "items";
const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** One class of two sets: the number that its change is judged by, and others of which the difference is told. */
interface ClassChange {
  row: number;
  name: string;
  color: string;
  /** How many there are of it. */
  items: number;
  main: NumberCompared;
  others: readonly OtherChange[];
}

interface OtherChange {
  name: string;
  compared: NumberCompared;
  ofCount: boolean;
  isCost: boolean;
}

const ORDERS: Record<Order, (a: ClassChange, b: ClassChange) => number> = {
  change: (a, b) => Math.abs(b.main.difference ?? 0) - Math.abs(a.main.difference ?? 0),
  name: (a, b) => names.compare(a.name, b.name),
  items: (a, b) => b.items - a.items,
};

function ofDetections(each: ClassCompared): ClassChange {
  const counts = (["tp", "fp", "fn"] as const).map((key) => ({
    ...{ name: key.toUpperCase(), compared: each[key], ofCount: true, isCost: isCost(key) },
  }));
  return {
    ...{ row: each.class_row, name: each.class, color: each.color, items: each.annotations, main: each.ap },
    others: [{ name: "AR", compared: each.ar, ofCount: false, isCost: false }, ...counts],
  };
}

function ofClasses(each: ClassifiedClassCompared): ClassChange {
  const share = (name: string, compared: NumberCompared): OtherChange => ({
    ...{ name, compared, ofCount: false, isCost: false },
  });
  return {
    ...{ row: each.class_row, name: each.class, color: each.color, items: each.support, main: each.f1 },
    others: [share("precision", each.precision), share("recall", each.recall)],
  };
}

function Row({ change, reach, images }: { change: ClassChange; reach: number; images: number }) {
  const { main } = change;
  const verdict = verdictOf(main, false, images);
  return (
    <tr>
      <th scope="row">
        <span className={styles.className}>
          <span className="dot" style={{ background: change.color }} aria-hidden />
          <span className="truncate">{change.name}</span>
        </span>
      </th>
      <td>{formatCount(change.items)}</td>
      <td>{formatScore(main.first)}</td>
      <td>{formatScore(main.second)}</td>
      <td className={styles.difference}>{formatDifference(main.difference, false)}</td>
      <td className={styles.plot}>
        <Whisker compared={main} verdict={verdict} reach={reach} />
      </td>
      <td style={{ textAlign: "left" }}>
        <VerdictText verdict={verdict} />
      </td>
      {change.others.map((other) => (
        <td key={other.name} data-cost={other.isCost}>
          {formatDifference(other.compared.difference, other.ofCount)}
        </td>
      ))}
    </tr>
  );
}

/** Average precision of every class in both sets, of classifications F1; what has changed most first. */
export function ClassDifferences({ comparison, height }: { comparison: AnyComparison; height: number }) {
  const { first, second } = comparison;
  const [classes, main, items] = useMemo(
    () =>
      isOfDetections(comparison)
        ? ([comparison.per_class.map(ofDetections), "AP", "Annotations"] as const)
        : ([comparison.per_class.map(ofClasses), "F1", "Support"] as const),
    [comparison],
  );
  const others = classes[0]?.others ?? [];
  const [order, setOrder] = useState<Order>("change");
  const rows = useMemo(() => [...classes].sort(ORDERS[order]), [classes, order]);
  const reach = useMemo(() => reachOf(classes.map((each) => each.main)), [classes]);
  const { scroller, indices, above, below } = useWindowedRows(rows.length, ROW_PX);
  const sorter = (key: Order, label: string, title: string) => (
    <button
      type="button"
      className={styles.sort}
      aria-pressed={order === key}
      title={title}
      onClick={() => setOrder(key)}
    >
      {label}
    </button>
  );
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      style={{ height: Math.min(height, HEAD_PX + ROW_PX * Math.max(2, rows.length)) }}
      role="region"
      aria-label="Table of differences by class"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by keys as well
      tabIndex={0}
    >
      <table className={styles.classes} aria-rowcount={rows.length + 1}>
        <colgroup>
          <col />
          <col style={{ width: 96 }} />
          <col span={2} style={{ width: "9%" }} />
          <col style={{ width: 88 }} />
          <col style={{ width: "18%" }} />
          <col style={{ width: 140 }} />
          {others.map(({ name, ofCount }) => (
            <col key={name} style={{ width: ofCount ? 62 : name.length > 2 ? 84 : 70 }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th scope="col">{sorter("name", "Class", "Sort by name")}</th>
            <th scope="col">{sorter("items", items, `Most ${items.toLowerCase()} first`)}</th>
            <th scope="col" className="muted small truncate" title={`${main} of ${first}`}>
              {main} {first}
            </th>
            <th scope="col" className="muted small truncate" title={`${main} of ${second}`}>
              {main} {second}
            </th>
            <th scope="col">{sorter("change", "Difference", "What has changed most first")}</th>
            <th scope="col" aria-label="Difference on a scale" />
            <th scope="col" className="muted small truncate" style={{ textAlign: "left" }}>
              {second} is
            </th>
            {others.map(({ name }) => (
              <th key={name} scope="col" className="muted small" title={`Difference of ${name}`}>
                Δ {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap columns={OWN_COLUMNS + others.length} px={above} />
          {indices.map((index) => {
            const change = rows[index];
            return (
              change && <Row key={change.row} change={change} reach={reach} images={comparison.images} />
            );
          })}
          <Gap columns={OWN_COLUMNS + others.length} px={below} />
        </tbody>
      </table>
    </div>
  );
}
