import { useState, type ReactNode } from "react";
import type { ClassInfo, ProjectInfo } from "../../api/client";
import { formatBytes, formatCount, formatCounted } from "../../state/format";
import styles from "./DatasetPanel.module.css";

const CLASSES_AT_FIRST = 14;
const KIND_NAMES: Record<string, string> = {
  box: "Boxes",
  rotated_box: "Rotated boxes",
  polygon: "Polygons",
  mask: "Masks",
  keypoints: "Keypoints",
  polyline: "Polylines",
  point: "Points",
  label: "Image labels",
};
const STATUS_NAMES: Record<string, string> = {
  missing: "Files not found",
  unreadable: "Files that cannot be read",
  unknown: "Files not yet looked at",
};

function Section({ title, count, children }: { title: string; count?: string; children: ReactNode }) {
  return (
    <section className={styles.section}>
      <div className={styles.head}>
        <h2>{title}</h2>
        <span>{count}</span>
      </div>
      {children}
    </section>
  );
}

function ClassList({ classes }: { classes: readonly ClassInfo[] }) {
  const [all, setAll] = useState(false);
  const most = Math.max(1, ...classes.map((each) => each.annotations));
  const shown = all ? classes : classes.slice(0, CLASSES_AT_FIRST);
  const hidden = classes.length - CLASSES_AT_FIRST;
  return (
    <>
      <ul>
        {shown.map((each) => (
          <li key={each.row} className={styles.bar}>
            <i style={{ width: `${(each.annotations / most) * 100}%` }} />
            <span className="dot" style={{ background: each.color }} />
            <span
              className="truncate"
              title={each.supercategory ? `${each.name} (${each.supercategory})` : each.name}
            >
              {each.name}
            </span>
            <span className={styles.count}>{formatCount(each.annotations)}</span>
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <button
          type="button"
          className={`btn quiet ${styles.more}`}
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? "Show fewer" : `${formatCount(hidden)} more…`}
        </button>
      )}
    </>
  );
}

function Fact({ name, value, warn = false }: { name: string; value: string; warn?: boolean }) {
  return (
    <div className={styles.fact}>
      <dt className={warn ? styles.warn : undefined}>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** What the dataset holds: its classes with their counts, and its facts. */
export function DatasetPanel({ info, classes }: { info: ProjectInfo; classes: readonly ClassInfo[] }) {
  const troubles = Object.entries(info.image_status).filter(
    ([status, count]) => status !== "ok" && count > 0,
  );
  return (
    <>
      <Section title="Dataset">
        <dl className={styles.facts}>
          <Fact name="Images" value={formatCount(info.images)} />
          <Fact name="Annotations" value={formatCount(info.annotations)} />
          {Object.entries(info.shapes).map(([kind, count]) => (
            <Fact key={kind} name={KIND_NAMES[kind] ?? kind} value={formatCount(count)} />
          ))}
          {Object.entries(info.splits).map(([split, count]) => (
            <Fact key={split} name={`Split ${split}`} value={formatCounted(count, "image")} />
          ))}
          {troubles.map(([status, count]) => (
            <Fact
              key={status}
              name={STATUS_NAMES[status] ?? status}
              value={formatCount(count)}
              warn={status !== "unknown"}
            />
          ))}
          <Fact name="Size on disk" value={formatBytes(info.size_bytes)} />
        </dl>
      </Section>
      <Section title="Class" count={formatCount(classes.length)}>
        {classes.length === 0 ? (
          <p className="muted">Nothing is annotated in this project.</p>
        ) : (
          <ClassList classes={classes} />
        )}
      </Section>
      {info.doctor.length > 0 && (
        <Section title="Found at import" count={formatCount(info.doctor.length)}>
          <dl className={styles.facts}>
            {info.doctor.map((finding) => (
              <div
                key={finding.code}
                className={styles.fact}
                title={
                  finding.examples.length > 0 ? `For example: ${finding.examples.join(", ")}` : undefined
                }
              >
                <dt>{finding.message}</dt>
                <dd>{formatCount(finding.count)}</dd>
              </div>
            ))}
          </dl>
        </Section>
      )}
    </>
  );
}
