import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { MetricSummary, LabelStatistics } from "../../api/client";
import type { Filtered } from "../../api/summary";
import { formatCount, formatCounted, formatPercent } from "../../state/format";
import type { SummarySearch } from "../../state/summarySearch";
import { ShareBars } from "./ShareBars";
import { CoOccurrence } from "./CoOccurrence";
import { metricsQuery } from "../../api/queries";
import { ClassTable } from "./ClassTable";
import { MetricDistribution } from "./DistributionPanel";
import { CountLink } from "../ui/CountLink";
import styles from "./MeansTable.module.css";
import { MeansTable } from "./MeansTable";
import { Empty, Loaded, Panel } from "../ui/Panel";

const TABLE_HEIGHT = 400;
const SMALL_HEIGHT = 200;
const SHOWN_SIZES = 8;

interface LabelsProps {
  project: string;
  labels: UseQueryResult<LabelStatistics>;
}

/** Every class with its counts and areas. */
export function ClassesPanel({
  project,
  labels,
  search,
  onChange,
}: LabelsProps & { search: SummarySearch; onChange: (change: Partial<SummarySearch>) => void }) {
  const whole = search.query === "";
  // Under a filter, classes that it leaves nothing of are no news.
  const classes = (labels.data?.classes ?? []).filter((each) => whole || each.annotations.count > 0);
  return (
    <Panel
      title="Classes"
      span={whole ? 7 : 12}
      aside={labels.data && formatCounted(classes.length, "class", "classes")}
    >
      <Loaded result={labels} height={whole ? TABLE_HEIGHT : 0}>
        {() =>
          classes.length === 0 ? (
            <Empty>No classes: the project has none, or nothing here is annotated with one.</Empty>
          ) : (
            <ClassTable
              project={project}
              classes={classes}
              order={search.order}
              up={search.up}
              height={TABLE_HEIGHT}
              onOrder={(order, up) => onChange({ order, up })}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}

/** Which classes share images. */
export function CooccurrencePanel({ project, labels }: LabelsProps) {
  const count = labels.data?.cooccurrence.classes.length ?? 0;
  return (
    <Panel
      title="Classes that share an image"
      span={5}
      aside={count > 1 && `the ${formatCount(count)} most frequent`}
    >
      <Loaded result={labels} height={TABLE_HEIGHT}>
        {({ cooccurrence }) =>
          cooccurrence.classes.length < 2 ? (
            <Empty>
              {cooccurrence.classes.length === 1
                ? "There is only one class here; two are needed to share an image."
                : "Nothing here is annotated with a class."}
            </Empty>
          ) : (
            <CoOccurrence project={project} data={cooccurrence} />
          )
        }
      </Loaded>
    </Panel>
  );
}

/** How many annotations images have. */
export function ObjectsPanel({ filtered, span }: { filtered: Filtered; span: 6 | 12 }) {
  const { project } = filtered;
  const metrics = useQuery(metricsQuery(project, "image"));
  return (
    <Panel title="Objects per image" span={span} aside="images by their number of annotations">
      <Loaded result={metrics} height={SMALL_HEIGHT + 40}>
        {(all) => {
          const metric = all.find((each) => each.key === "object_count");
          return metric === undefined ? (
            <Empty>The objects have not been counted yet.</Empty>
          ) : (
            <MetricDistribution
              filtered={{ ...filtered, scope: "image" }}
              metric={metric}
              scale="linear"
              height={SMALL_HEIGHT}
            />
          );
        }}
      </Loaded>
    </Panel>
  );
}

/** Widths and heights that images have. */
export function ImageSizesPanel({ project, labels, span }: LabelsProps & { span: 6 | 12 }) {
  return (
    <Panel title="Image sizes" span={span} aside="width × height, px">
      <Loaded result={labels} height={SMALL_HEIGHT + 40}>
        {({ image_sizes: sizes, other_sizes: others }) =>
          sizes.length === 0 ? (
            <Empty>No image here has a known size.</Empty>
          ) : (
            <>
              <ShareBars
                project={project}
                atFirst={SHOWN_SIZES}
                shares={sizes.map((size) => ({
                  label: `${formatCount(size.width)} × ${formatCount(size.height)}`,
                  items: size,
                  share: size.share,
                }))}
              />
              {others > 0 && (
                <p className="muted small">and {formatCounted(others, "further size")}, less frequent</p>
              )}
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

interface MeansProps {
  project: string;
  labels: LabelStatistics;
  metrics: readonly MetricSummary[];
  span: 6 | 12;
}

/** Splits side by side. */
export function SplitsPanel({ project, labels, metrics, span }: MeansProps) {
  return (
    <Panel title="Splits side by side" span={span}>
      <MeansTable
        name="Split"
        rows={["Images", "Annotations", "Classes"]}
        metrics={metrics}
        columns={labels.splits.map((split) => ({
          key: split.name ?? "",
          name: split.name ?? "no split",
          means: split.means,
          cells: [
            split.images && (
              <CountLink
                key="images"
                project={project}
                items={split.images}
                what={`Split ${split.name ?? "none"}`}
                className={styles.link}
              >
                {formatCount(split.images.count)}
              </CountLink>
            ),
            <CountLink
              key="annotations"
              project={project}
              items={split.annotations}
              what={`Split ${split.name ?? "none"}`}
              className={styles.link}
            >
              {formatCount(split.annotations.count)}
            </CountLink>,
            formatCount(split.classes),
          ],
        }))}
      />
    </Panel>
  );
}

/** Who has annotated how much, and how it differs. */
export function AnnotatorsPanel({ project, labels, metrics, span }: MeansProps) {
  return (
    <Panel title="Annotators side by side" span={span}>
      <MeansTable
        name="Annotator"
        rows={["Annotations", "Share"]}
        metrics={metrics}
        columns={labels.annotators.map((annotator) => ({
          key: annotator.name,
          name: annotator.name,
          means: annotator.means,
          cells: [
            <CountLink
              key="annotations"
              project={project}
              items={annotator.annotations}
              what={`Annotated by ${annotator.name}`}
              className={styles.link}
            >
              {formatCount(annotator.annotations.count)}
            </CountLink>,
            formatPercent(annotator.share),
          ],
        }))}
      />
    </Panel>
  );
}
