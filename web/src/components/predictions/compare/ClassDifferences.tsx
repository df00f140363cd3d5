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
import { ClassLabel, DataTable, type DataColumn } from "../../ui/DataTable";
import styles from "./Compared.module.css";
import { VerdictText } from "./NumbersCompared";
import { Whisker } from "./Whisker";

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

function ofDetections(each: ClassCompared): ClassChange {
  const counts = (["tp", "fp", "fn"] as const).map((key) => ({
    name: key.toUpperCase(),
    compared: each[key],
    ofCount: true,
    isCost: isCost(key),
  }));
  return {
    row: each.class_row,
    name: each.class,
    color: each.color,
    items: each.annotations,
    main: each.ap,
    others: [{ name: "AR", compared: each.ar, ofCount: false, isCost: false }, ...counts],
  };
}

function ofClasses(each: ClassifiedClassCompared): ClassChange {
  const share = (name: string, compared: NumberCompared): OtherChange => ({
    name,
    compared,
    ofCount: false,
    isCost: false,
  });
  return {
    row: each.class_row,
    name: each.class,
    color: each.color,
    items: each.support,
    main: each.f1,
    others: [share("precision", each.precision), share("recall", each.recall)],
  };
}

function columnsOf(
  comparison: AnyComparison,
  names: { main: string; items: string },
  classes: readonly ClassChange[],
): DataColumn<ClassChange>[] {
  const { first, second, images } = comparison;
  const reach = reachOf(classes.map((each) => each.main));
  const verdict = ({ main }: ClassChange) => verdictOf(main, false, images);
  const main = (side: "first" | "second"): DataColumn<ClassChange> => ({
    key: side,
    label: `${names.main} ${comparison[side]}`,
    title: `${names.main} of ${comparison[side]}`,
    width: "9%",
    value: (row) => row.main[side],
    cell: (row) => formatScore(row.main[side]),
  });
  const others = (classes[0]?.others ?? []).map(({ name, ofCount }, at): DataColumn<ClassChange> => ({
    key: name,
    label: `Δ ${name}`,
    title: `Difference of ${name}: ${second} minus ${first}`,
    width: ofCount ? 66 : name.length > 2 ? 90 : 74,
    value: (row) => row.others[at]?.compared.difference ?? null,
    cell: (row) => {
      const other = row.others[at];
      return other && formatDifference(other.compared.difference, other.ofCount);
    },
  }));
  return [
    {
      key: "items",
      label: names.items,
      title: `Most ${names.items.toLowerCase()} first`,
      width: 110,
      value: (row) => row.items,
      cell: (row) => formatCount(row.items),
    },
    main("first"),
    main("second"),
    {
      key: "change",
      label: "Difference",
      title: "What has changed most first",
      width: 96,
      value: (row) => Math.abs(row.main.difference ?? 0),
      cell: (row) => <b className={styles.difference}>{formatDifference(row.main.difference, false)}</b>,
    },
    {
      key: "scale",
      label: <span className="sr-only">Difference on a scale</span>,
      width: "18%",
      cell: (row) => (
        <span className={styles.plot}>
          <Whisker compared={row.main} verdict={verdict(row)} reach={reach} />
        </span>
      ),
    },
    {
      key: "verdict",
      label: `${second} is`,
      width: 140,
      left: true,
      cell: (row) => <VerdictText verdict={verdict(row)} />,
    },
    ...others,
  ];
}

/** Average precision of every class in both sets, of classifications F1; what has changed most first. */
export function ClassDifferences({ comparison, height }: { comparison: AnyComparison; height: number }) {
  const [order, setOrder] = useState({ key: "change", up: false });
  const [classes, columns] = useMemo(() => {
    const detected = isOfDetections(comparison);
    const changes = detected ? comparison.per_class.map(ofDetections) : comparison.per_class.map(ofClasses);
    const names = detected ? { main: "AP", items: "Annotations" } : { main: "F1", items: "Support" };
    return [changes, columnsOf(comparison, names, changes)] as const;
  }, [comparison]);
  return (
    <DataTable
      label="Table of differences by class"
      name={{
        key: "name",
        label: "Class",
        title: "Sort by name",
        of: (row) => row.name,
        cell: (row) => <ClassLabel color={row.color} name={row.name} />,
      }}
      columns={columns}
      rows={classes}
      idOf={(row) => row.row}
      order={order.key}
      up={order.up}
      onOrder={(key, up) => setOrder({ key, up })}
      height={height}
    />
  );
}
