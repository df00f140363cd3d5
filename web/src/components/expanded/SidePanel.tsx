import type { ReactNode } from "react";
import type { ClassInfo, ItemScope, MetricSummary, PredictionDetail } from "../../api/client";
import { formatCount, formatField, formatId, formatValue } from "../../state/format";
import type { ObjectKind } from "../drawing/appearance";
import { CopyButton } from "../ui/CopyButton";
import { EvidenceList } from "./EvidenceList";
import { orderEvidence } from "./evidence";
import styles from "./Expanded.module.css";
import { FactList } from "./FactList";
import { MetricList } from "./MetricList";
import { TagSection } from "./TagSection";
import type { ShownItem } from "./useShownItem";
import { VerdictPanel } from "./VerdictPanel";

interface Props {
  item: ShownItem;
  scope: ItemScope;
  metric: MetricSummary | undefined;
  classInfo: ClassInfo | undefined;
  classesByRow: ReadonlyMap<number, ClassInfo>;
  drawnPartner: { row: number; color: string } | null;
  onOpen: (of: ObjectKind, row: number) => void;
  objects: ReactNode;
  tagColors: ReadonlyMap<string, string>;
  selected: boolean;
  onSelect: () => void;
  onTag: () => void;
  onRemoveTag: (name: string) => void;
}

function imageFacts({ image }: ShownItem): [string, ReactNode][] {
  const facts: [string, ReactNode][] = [
    [
      "Image id",
      <span key="id" className="mono">
        {formatId(image.id)}
      </span>,
    ],
  ];
  if (image.width !== null && image.height !== null) {
    facts.push(["Size", `${image.width} × ${image.height} px`]);
    if (
      image.file_width !== null &&
      (image.file_width !== image.width || image.file_height !== image.height)
    ) {
      facts.push(["Size of the file", `${image.file_width} × ${image.file_height ?? "?"} px`]);
    }
  }
  if (image.status_detail !== null && image.status === "ok") facts.push(["Note", image.status_detail]);
  if (image.used_bits !== null) {
    facts.push([
      "Shown",
      `stretched: ${image.used_bits} of 16 bits in use; metrics are of the file's own values`,
    ]);
  }
  if (image.split !== null) facts.push(["Split", image.split]);
  if (image.sequence !== null) facts.push(["Sequence", image.sequence]);
  if (image.frame !== null) facts.push(["Frame", image.frame]);
  return [...facts, ...fields(image.meta)];
}

function fields(record: Record<string, unknown>): [string, ReactNode][] {
  return Object.entries(record)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, formatField(value)]);
}

function annotationFacts({ annotation }: ShownItem): [string, ReactNode][] {
  if (annotation === null) return [];
  const facts: [string, ReactNode][] = [
    [
      "Annotation id",
      <span key="id" className="mono">
        {formatId(annotation.id)}
      </span>,
    ],
    ["Shape", annotation.kind.replaceAll("_", " ")],
  ];
  if (annotation.crowd) facts.push(["Crowd", "yes"]);
  if (annotation.file_box !== null) {
    facts.push([
      "Box in the file",
      <span key="box" className="mono">
        {annotation.file_box.map((each) => Number(each.toFixed(2))).join(", ")}
      </span>,
    ]);
  }
  if (annotation.file_area !== null) {
    facts.push(["Area in the file", formatValue(annotation.file_area, "positive", "px²")]);
  }
  return [...facts, ...fields(annotation.attributes)];
}

function predictionFacts(prediction: PredictionDetail | null): [string, ReactNode][] {
  if (prediction === null) return [];
  return [
    ["Prediction set", prediction.prediction_set],
    ["Place in its file", formatCount(prediction.id)],
    ["Confidence", prediction.confidence.toFixed(4)],
    ["Shape", prediction.kind.replaceAll("_", " ")],
  ];
}

/** What the item is called beside its file. */
function idText({ annotation, prediction, image }: ShownItem): { id: string; kind: ItemScope; text: string } {
  if (prediction !== null) {
    const id = formatId(prediction.id);
    return { id, kind: "prediction", text: `${image.file_name} · prediction ${id}` };
  }
  const id = formatId((annotation ?? image).id);
  return annotation === null
    ? { id, kind: "image", text: `image ${id}` }
    : { id, kind: "annotation", text: `${image.file_name} · annotation ${id}` };
}

/** Everything that is known of the item: first why it stands out, then its values, then its data. */
export function SidePanel(props: Props) {
  const { item, scope, metric, classInfo, drawnPartner, onOpen, objects, selected } = props;
  const { annotation, prediction, image } = item;
  const object = annotation ?? prediction;
  const values = object === null ? image.metrics : [...object.metrics, ...image.metrics];
  const evidence = prediction === null ? orderEvidence((annotation ?? image).evidence, metric?.key) : [];
  const units = new Map(values.filter((each) => each.scope === scope).map((each) => [each.key, each]));
  const color = classInfo?.color ?? "#9d9b93";
  const { id, kind, text } = idText(item);
  return (
    <aside className={styles.side} aria-label="Details">
      <div>
        <div className={styles.title}>
          {object !== null && <span className="dot" style={{ background: color }} />}
          <h1>{object === null ? image.file_name : (object.class_name ?? "No class")}</h1>
          <span className={styles.titleActions}>
            <button
              type="button"
              className={`btn ${styles.selected ?? ""}`}
              aria-pressed={selected}
              onClick={props.onSelect}
            >
              {selected ? "Selected" : "Select"} <kbd className="kbd">X</kbd>
            </button>
            <button
              type="button"
              className="btn"
              title={prediction === null ? undefined : "Tags its image"}
              onClick={props.onTag}
            >
              TAG <kbd className="kbd">T</kbd>
            </button>
          </span>
        </div>
        <div className={`mono ${styles.ids}`}>
          <span className="truncate">{text}</span>
          <CopyButton text={id} what={`${kind} id`} />
        </div>
      </div>
      <VerdictPanel item={item} classesByRow={props.classesByRow} onOpen={onOpen} />
      {evidence.length > 0 && (
        <EvidenceList
          evidence={evidence}
          units={units}
          color={color}
          drawnPartner={drawnPartner}
          onOpenPartner={scope === "annotation" ? (row) => onOpen("annotation", row) : null}
        />
      )}
      <TagSection
        scope={annotation === null ? "image" : "annotation"}
        tags={(annotation ?? image).tags}
        imageTags={annotation === null ? [] : image.tags}
        colors={props.tagColors}
        onAdd={props.onTag}
        onRemove={props.onRemoveTag}
      />
      <MetricList metrics={values} scope={scope} chosen={metric?.key} />
      {objects}
      <FactList title="Annotation" facts={annotationFacts(item)} />
      <FactList title="Prediction" facts={predictionFacts(prediction)} />
      <FactList title="Image" facts={imageFacts(item)} />
      <section>
        <div className={styles.head}>
          <h2>File</h2>
        </div>
        <div className={styles.ids}>
          <span className="mono" style={{ overflowWrap: "anywhere" }}>
            {image.path}
          </span>
          <CopyButton text={image.path} what="file path" />
        </div>
      </section>
    </aside>
  );
}
