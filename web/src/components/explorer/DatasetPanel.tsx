import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ProjectInfo } from "../../api/client";
import { formatBytes, formatCount, formatCounted } from "../../state/format";
import { termText } from "../../state/queryText";
import styles from "./DatasetPanel.module.css";
import { SideSection } from "../ui/SideSection";

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

interface Props {
  info: ProjectInfo;
  /** Let a term hold as well, or no longer. */
  onToggle: (term: string) => void;
}

function Fact({ name, value, warn = false }: { name: ReactNode; value: string; warn?: boolean }) {
  return (
    <div className={styles.fact}>
      <dt className={warn ? styles.warn : undefined}>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Facts of the dataset, and what the import doctor has found. What stands for items filters by them. */
export function DatasetPanel({ info, onToggle }: Props) {
  const troubles = Object.entries(info.image_status).filter(
    ([status, count]) => status !== "ok" && count > 0,
  );
  const filter = (text: string, key: string, value: string): ReactNode => (
    <button
      type="button"
      className={styles.link}
      title="Filter by this"
      onClick={() => onToggle(termText(key, value))}
    >
      {text}
    </button>
  );
  return (
    <>
      <SideSection title="Dataset">
        <dl className={styles.facts}>
          <Fact name="Images" value={formatCount(info.images)} />
          <Fact name="Annotations" value={formatCount(info.annotations)} />
          {Object.entries(info.shapes).map(([kind, count]) => (
            <Fact
              key={kind}
              name={filter(KIND_NAMES[kind] ?? kind, "shape", kind)}
              value={formatCount(count)}
            />
          ))}
          {Object.entries(info.splits).map(([split, count]) => (
            <Fact
              key={split}
              name={filter(`Split ${split}`, "split", split)}
              value={formatCounted(count, "image")}
            />
          ))}
          {troubles.map(([status, count]) => (
            <Fact
              key={status}
              name={filter(STATUS_NAMES[status] ?? status, "status", status)}
              value={formatCount(count)}
              warn={status !== "unknown"}
            />
          ))}
          <Fact name="Size on disk" value={formatBytes(info.size_bytes)} />
        </dl>
      </SideSection>
      {info.doctor.length > 0 && (
        <SideSection title="Found at import" action={formatCount(info.doctor.length)}>
          <dl className={styles.facts}>
            {info.doctor.map((finding) => (
              <div
                key={finding.code}
                className={styles.fact}
                title={
                  finding.examples.length > 0 ? `For example: ${finding.examples.join(", ")}` : undefined
                }
              >
                <dt>
                  {finding.items == null ? (
                    finding.message
                  ) : (
                    <Link
                      className={styles.link}
                      to="/p/$project/explorer"
                      params={{ project: info.name }}
                      search={{
                        scope: finding.items.scope === "image" ? "image" : "annotation",
                        query: finding.items.query,
                      }}
                    >
                      {finding.message}
                    </Link>
                  )}
                </dt>
                <dd>{formatCount(finding.count)}</dd>
              </div>
            ))}
          </dl>
        </SideSection>
      )}
    </>
  );
}
