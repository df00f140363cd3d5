import { IconAlertTriangle, IconAlertTriangleFilled, IconInfoCircle } from "@tabler/icons-react";
import type { Evidence } from "../../api/client";
import { formatValue } from "../../state/format";
import styles from "./Expanded.module.css";
import { LineKey } from "./LineKey";

const ICONS = { severe: IconAlertTriangleFilled, moderate: IconAlertTriangle, none: IconInfoCircle };

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
