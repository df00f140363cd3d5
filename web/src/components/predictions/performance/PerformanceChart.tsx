import { formatCount } from "../../../state/format";
import type { Binning, PredictionsSearch } from "../../../state/predictionsSearch";
import { CountLink } from "../../ui/CountLink";
import { bandPath, binTicks, classPath, ratePath, RATE_WORDS, stretches, type Rate } from "./performance";
import styles from "./PerformanceChart.module.css";
import { formatScore } from "../../../state/scores";
import { Drawing, PlotFrame, UNIT_TICKS } from "../../charts/PlotFrame";

/** More lines than these cannot be told apart. */
const MOST_CLASSES = 8;
/** A rate of fewer items says little: its point is pale. */
const FEW = 10;

interface Props {
  project: string;
  search: PredictionsSearch;
  rate: Rate;
  binning: Binning;
  label: string;
  height: number;
  /** Whether counts differ from bin to bin, so that their spread tells something. */
  spread: boolean;
  caption: string;
  active: number | null;
  onActive: (bin: number | null) => void;
}

/** A rate by a metric's value: its line, its interval as a band, the overall value dashed, the counts faintly. */
export function PerformanceChart(props: Props) {
  const { project, search, rate, binning, label, height, spread, caption, active } = props;
  const { onActive } = props;
  const { kind, bins, overall } = rate;
  const most = Math.max(1, ...bins.map((bin) => bin.count ?? 0));
  const classes = rate.classes.slice(0, MOST_CLASSES);
  const parts = stretches(bins);
  const points = parts.flat();
  // The overall value is named at the end where the line keeps away from it.
  const away = (point: { value: number } | undefined): number =>
    Math.abs((point?.value ?? 0) / 100 - (overall ?? 0));
  const named = away(points[0]) > away(points.at(-1)) ? "left" : "right";
  return (
    <PlotFrame
      label={label}
      height={height}
      yTicks={UNIT_TICKS}
      yName={RATE_WORDS[kind].title.toLowerCase()}
      xTicks={binTicks(bins, binning)}
      caption={
        classes.length === 0 || active !== null ? (
          caption
        ) : (
          <span className={styles.legend}>
            {classes.map((each) => (
              <span key={each.name}>
                <i style={{ background: each.color }} aria-hidden />
                {each.name}
              </span>
            ))}
            {rate.classes.length > classes.length &&
              `the ${MOST_CLASSES} most frequent of ${formatCount(rate.classes.length)} classes`}
          </span>
        )
      }
      onPoint={(place) =>
        onActive(place === null ? null : Math.min(bins.length - 1, Math.floor(place.x * bins.length)))
      }
    >
      <div className={styles.bins}>
        {bins.map((bin, at) => (
          // The table below holds the same links for keys.
          <CountLink
            key={at}
            project={project}
            search={search}
            items={bin.items}
            what={label}
            active={active === at}
            tabIndex={-1}
            className={styles.bin}
          >
            {spread && <i style={{ height: `${((bin.count ?? 0) / most) * 100}%` }} />}
          </CountLink>
        ))}
      </div>
      <Drawing>
        {classes.map((each) => (
          <path
            key={each.name}
            className={styles.ofClass}
            style={{ stroke: each.color }}
            d={classPath(each.values)}
          />
        ))}
        {parts.map((stretch) => (
          <g key={stretch[0]?.x} data-kind={kind} className={styles.rate}>
            <path className={styles.band} d={bandPath(stretch, bins.length)} />
            <path className={styles.line} d={ratePath(stretch)} />
          </g>
        ))}
        {overall !== null && (
          <line
            className={styles.overall}
            x1="0"
            x2="100"
            y1={100 - overall * 100}
            y2={100 - overall * 100}
          />
        )}
      </Drawing>
      {points.map((point) => (
        <i
          key={point.x}
          className={styles.point}
          data-few={spread && (bins[Math.floor((point.x / 100) * bins.length)]?.count ?? 0) < FEW}
          data-kind={kind}
          data-on={active !== null && Math.floor((point.x / 100) * bins.length) === active}
          style={{ left: `${point.x}%`, bottom: `${point.value}%` }}
        />
      ))}
      {overall !== null && (
        <span
          className={styles.overallLabel}
          data-below={overall > 0.9}
          data-end={named}
          style={{ bottom: `${overall * 100}%` }}
        >
          overall {formatScore(overall)}
        </span>
      )}
    </PlotFrame>
  );
}
