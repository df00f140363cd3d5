import { IconSearch, IconTrendingDown } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { ClassLabels } from "../../api/client";
import { formatCount, formatPercent, formatValue } from "../../state/format";
import type { ClassOrder } from "../../state/summarySearch";
import { ClassLabel, DataTable, type DataColumn } from "../ui/DataTable";
import { CountLink } from "../ui/CountLink";
import styles from "./ClassTable.module.css";

const FIND_FROM = 15;

type Column = DataColumn<ClassLabels> & { key: ClassOrder };

function columnsOf(project: string, most: number, withImages: boolean): Column[] {
  const images: Column = {
    key: "images",
    label: "Images",
    width: 84,
    value: (row) => row.images?.count ?? null,
    cell: (row) =>
      row.images !== null && (
        <CountLink
          project={project}
          items={row.images}
          what={`Images with ${row.name}`}
          className={styles.link}
        >
          {formatCount(row.images.count)}
        </CountLink>
      ),
  };
  return [
    {
      key: "annotations",
      label: "Annotations",
      left: true,
      value: (row) => row.annotations.count,
      cell: (row) => (
        <span className={styles.counted}>
          <CountLink project={project} items={row.annotations} what={row.name} className={styles.link}>
            {formatCount(row.annotations.count)}
          </CountLink>
          <span className={styles.share}>{formatPercent(row.share)}</span>
          <CountLink
            project={project}
            items={row.annotations}
            what={row.name}
            className={styles.track}
            tabIndex={-1}
          >
            {row.annotations.count > 0 && (
              <i style={{ width: `${(row.annotations.count / most) * 100}%` }} data-rare={row.rare} />
            )}
          </CountLink>
        </span>
      ),
    },
    ...(withImages ? [images] : []),
    {
      key: "median_area",
      label: "Median area, px²",
      width: 118,
      value: (row) => row.median_area,
      cell: (row) => formatValue(row.median_area, "positive", ""),
    },
  ];
}

interface Props {
  project: string;
  classes: readonly ClassLabels[];
  order: ClassOrder;
  up: boolean;
  /** Height in px that the table has at most. */
  height: number;
  onOrder: (order: ClassOrder, up: boolean) => void;
}

/** Every class with its counts and areas. */
export function ClassTable({ project, classes, order, up, height, onOrder }: Props) {
  const [find, setFind] = useState("");
  // Under a filter, images are not counted.
  const withImages = classes.some((row) => row.images !== null);
  const most = Math.max(1, ...classes.map((row) => row.annotations.count));
  const columns = columnsOf(project, most, withImages);
  const rows = useMemo(() => {
    const sought = find.trim().toLowerCase();
    return classes.filter((row) => row.name.toLowerCase().includes(sought));
  }, [classes, find]);
  return (
    <>
      {classes.length >= FIND_FROM && (
        <label className={styles.find}>
          <IconSearch size={14} aria-hidden />
          <input
            type="search"
            value={find}
            placeholder={`Find among ${formatCount(classes.length)} classes`}
            aria-label="Find a class"
            onChange={(event) => setFind(event.currentTarget.value)}
          />
        </label>
      )}
      <DataTable
        label="Table of classes"
        name={{
          key: "name",
          label: "Class",
          width: "30%",
          of: (row) => row.name,
          cell: (row) => (
            <ClassLabel color={row.color} name={row.name}>
              {row.rare && (
                <span
                  className={styles.rare}
                  title="Under-represented: far fewer annotations than other classes"
                >
                  <IconTrendingDown size={12} aria-hidden /> rare
                </span>
              )}
            </ClassLabel>
          ),
        }}
        columns={columns}
        rows={rows}
        idOf={(row) => row.class_row}
        order={order}
        up={up}
        onOrder={(key, rising) => onOrder(columns.find((each) => each.key === key)?.key ?? "name", rising)}
        height={height}
        nothing="No class is called that."
      />
    </>
  );
}
