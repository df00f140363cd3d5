import { IconAlertTriangle, IconAlertTriangleFilled, IconInfoCircle } from "@tabler/icons-react";
import type { Evidence } from "../../api/client";
import { formatValue } from "../../state/format";
import styles from "./Expanded.module.css";

const ICONS = { severe: IconAlertTriangleFilled, moderate: IconAlertTriangle, none: IconInfoCircle };

function LineKey({ dashed, color, text }: { dashed: boolean; color: string; text: string }) {
  return (
    <span>
      <svg width="26" height="8" aria-hidden>
        <line
          x1="1"
          x2="25"
          y1="4"
          y2="4"
          stroke={color}
          strokeWidth="2.5"
          strokeDasharray={dashed ? "6 4" : undefined}
        />
      </svg>
      {text}
    </span>
  );
}

interface Props {
  evidence: readonly Evidence[];
  /** Kind and unit by metric key. */
  units: ReadonlyMap<string, { kind: string; unit: string }>;
  color: string;
  /** The partner that the picture shows as B; other pieces of evidence may have other partners. */
  drawnPartner: { row: number; color: string } | null;
  onOpenPartner: ((row: number) => void) | null;
}

/** Why the item is suspicious; the first thing to read. */
export function EvidenceList({ evidence, units, color, drawnPartner, onOpenPartner }: Props) {
  return (
    <section aria-label="Why this item stands out">
      {evidence.map((each) => {
        const Icon = ICONS[each.severity];
        const unit = units.get(each.metric);
        const partner = each.partner_row;
        return (
          <div key={each.metric} className={`panel ${styles.evidence}`} data-severity={each.severity}>
            <div className={styles.evidenceTitle} data-severity={each.severity}>
              <Icon
                size={15}
                aria-label={each.severity === "none" ? undefined : `${each.severity} outlier`}
              />
              {each.title}
              <span className={styles.right}>
                {formatValue(each.value, unit?.kind ?? "", unit?.unit ?? "")}
              </span>
            </div>
            <p className="muted">{each.message}</p>
            {partner !== null && (
              <div className={styles.key}>
                {partner === drawnPartner?.row && (
                  <>
                    <LineKey dashed={false} color={color} text="A: this one" />
                    <LineKey dashed color={drawnPartner.color} text="B: its partner" />
                  </>
                )}
                {onOpenPartner && (
                  <button type="button" className="btn" onClick={() => onOpenPartner(partner)}>
                    {partner === drawnPartner?.row ? "Go to B" : "Go to its partner"}
                  </button>
                )}
              </div>
            )}
          </div>
        );
      })}
    </section>
  );
}
