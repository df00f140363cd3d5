import { useQuery } from "@tanstack/react-query";
import type { AnyComparison, Comparison, NumberCompared } from "../../../api/client";
import { comparisonQuery } from "../../../api/predictions";
import { formatCounted, formatPercent } from "../../../state/format";
import { reasonTerm, REASON_WORDS } from "../../../state/outcomes";
import { isOfDetections } from "../../../state/comparison";
import { formatThreshold, type PredictionsSearch } from "../../../state/predictionsSearch";
import { asThreshold } from "../../../state/scores";
import { sameComparison, sameFilter, type ComparisonRequest } from "../../../state/evaluationRequest";
import { ErrorPanel } from "../../ui/ErrorPanel";
import { Banner } from "../../ui/Banner";
import { useRested } from "../sets/useEvaluation";
import { Panel, Panels, Wide } from "../../ui/Panel";
import { ChangedPanel, ChangeStrip } from "./ChangedImages";
import { ClassDifferences } from "./ClassDifferences";
import { NumbersCompared, PlainCompared, type Place, type PlainRow } from "./NumbersCompared";

const TABLE_HEIGHT = 420;
/** From this coverage of both on, a chip is enough to say what is missing. */
const NEARLY_ALL = 0.95;

function Coverage({ comparison }: { comparison: AnyComparison }) {
  const { coverage, first, second } = comparison;
  const partial = [first, second].flatMap((name, at) => {
    const share = coverage[at] ?? 1;
    return share < 1 ? [`${name} was run on ${formatPercent(share)} of the images`] : [];
  });
  if (partial.length === 0) return null;
  if (coverage.every((share) => share >= NEARLY_ALL)) {
    return (
      <Wide>
        <div>
          <span className="chip">{partial.join(", ")}</span>
        </div>
      </Wide>
    );
  }
  return (
    <Wide>
      <Banner>
        {partial.join(", ")}.{" "}
        {isOfDetections(comparison)
          ? "What is annotated in the others counts as missed"
          : "The others count as wrong"}
        ; “Only covered images” leaves the images that both have seen.
      </Banner>
    </Wide>
  );
}

const plain = ([name, compared]: [string, NumberCompared]): PlainRow => ({ name, compared });

const ofReason = ([reason, compared]: [string, NumberCompared]): PlainRow => ({
  name: REASON_WORDS[reason]?.name ?? reason,
  compared,
  found: { scope: reason === "missed" ? "annotation" : "prediction", query: reasonTerm(reason) },
});

/** What only detections have: the COCO summary and the reasons of errors. */
function DetectionsCompared({ comparison, ...place }: { comparison: Comparison } & Place) {
  const { first, second } = comparison;
  return (
    <>
      <Panel title="COCO" span={12} aside="not moved by the sliders">
        <PlainCompared
          label="COCO summary of both sets"
          first={first}
          second={second}
          {...place}
          rows={Object.entries(comparison.coco).map(plain)}
          ofCounts={false}
        />
      </Panel>
      <Panel title="Errors by reason" span={12} aside="at the sliders">
        <PlainCompared
          label="Errors of both sets by reason"
          first={first}
          second={second}
          {...place}
          rows={Object.entries(comparison.errors).map(ofReason)}
          ofCounts
        />
      </Panel>
    </>
  );
}

interface Props {
  project: string;
  request: ComparisonRequest;
  search: PredictionsSearch;
}

/** Two prediction sets side by side: what has changed, how surely, and in which images. */
export function ComparePart({ project, request, search }: Props) {
  const settled = useRested(request, sameComparison);
  // Sliders rest before it is asked, sets do not: the one of a moment ago may now be the other one.
  const isOfSame = settled.predictions === request.predictions && settled.other === request.other;
  const rested = isOfSame ? settled : request;
  const result = useQuery(comparisonQuery(project, rested));
  const { data: comparison, error } = result;
  if (error !== null) return <ErrorPanel error={error} onRetry={() => void result.refetch()} />;
  if (comparison === undefined) {
    return (
      <Panels busy label="Comparing">
        <div className="skeleton" style={{ gridColumn: "1 / -1", height: 88 }} />
        <div className="skeleton" style={{ gridColumn: "1 / -1", height: 320 }} />
        <div className="skeleton" style={{ gridColumn: "1 / -1", height: 380 }} />
      </Panels>
    );
  }
  const { first, second } = comparison;
  const detected = isOfDetections(comparison) ? comparison : null;
  const asked = { ...comparison, predictions: first };
  const old = result.isPlaceholderData || second !== request.other || !sameFilter(asked, request);
  const moving =
    request.iou !== detected?.iou ||
    [request.confidence, request.compared_confidence].some(
      (asked, at) => asked !== undefined && asked !== comparison.confidences[at],
    );
  const shownConfidence = (at: 0 | 1): string =>
    formatThreshold(asThreshold(comparison.confidences[at] ?? comparison.confidence));
  return (
    <Panels old={old || moving}>
      <Coverage comparison={comparison} />
      <Wide>
        <ChangeStrip project={project} comparison={comparison} search={search} />
      </Wide>
      {detected !== null && (
        <Panel
          title={`mAP and mAR at IoU ${formatThreshold(detected.iou)}`}
          span={12}
          aside={`${second} minus ${first}, on the same ${formatCounted(comparison.images, "image")}; of all scores, whatever the confidence; intervals by halves of the images`}
        >
          <NumbersCompared comparison={comparison} ofAllScores project={project} search={search} />
        </Panel>
      )}
      <Panel
        title={detected === null ? "Numbers at the confidence" : "Numbers at the sliders"}
        span={12}
        aside={`${first} from confidence ${shownConfidence(0)} on, ${second} from ${shownConfidence(1)}, on the same ${formatCounted(comparison.images, "image")}`}
      >
        <NumbersCompared comparison={comparison} ofAllScores={false} project={project} search={search} />
      </Panel>
      <ChangedPanel
        change="fixed"
        project={project}
        comparison={comparison}
        request={rested}
        search={search}
      />
      <ChangedPanel
        change="broken"
        project={project}
        comparison={comparison}
        request={rested}
        search={search}
      />
      <Panel
        title={detected === null ? "F1 by class" : "Average precision by class"}
        span={12}
        aside={formatCounted(comparison.per_class.length, "class", "classes")}
      >
        <ClassDifferences comparison={comparison} height={TABLE_HEIGHT} />
      </Panel>
      {detected !== null && <DetectionsCompared comparison={detected} project={project} search={search} />}
    </Panels>
  );
}
