import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { AnyComparison, Card, ClassInfo } from "../../../api/client";
import { cardsQuery, classesQuery, type Listing } from "../../../api/queries";
import { isOfDetections } from "../../../state/comparison";
import { formatCount, formatCounted } from "../../../state/format";
import {
  evaluatedByRequest,
  countOutcomes,
  judgedByOther,
  type EvaluatedBy,
  type OutcomeCounts,
} from "../../../state/outcomes";
import { seenFrom, type PredictionsSearch } from "../../../state/predictionsSearch";
import type { ComparisonRequest } from "../../../state/evaluationRequest";
import { verdictOnImage } from "../../drawing/verdicts";
import { CardPicture } from "../../grid/CardPicture";
import { OutcomeBadge } from "../../ui/OutcomeBadge";
import { Cell, NumberStrip } from "../../ui/NumberStrip";
import strip from "../../ui/NumberStrip.module.css";
import { Empty, Loaded, Panel } from "../../ui/Panel";
import styles from "./ChangedImages.module.css";

export type Change = "fixed" | "broken" | "wrong" | "right";

/** What each kind of image is, by the names of the sets. */
function notesOf(comparison: AnyComparison): Record<Change, string> {
  const { first, second } = comparison;
  return isOfDetections(comparison)
    ? {
        fixed: `wrong by ${first}, all right by ${second}`,
        broken: `all right by ${first}, wrong by ${second}`,
        wrong: "with an FP or FN in both",
        right: "no FP and no FN in either",
      }
    : {
        fixed: `wrong by ${first}, correct by ${second}`,
        broken: `correct by ${first}, wrong by ${second}`,
        wrong: "misclassified or unpredicted",
        right: "both predict the label",
      };
}

const TITLES: Record<Change, string> = {
  fixed: "Fixed images",
  broken: "Broken images",
  wrong: "Wrong in both",
  right: "Right in both",
};
/** The same images as the second set sees them. */
const MIRRORED = { fixed: "broken", broken: "fixed" } as const;
const PAIRS = 6;
const PICTURE = { width: 160, height: 112 };
const OVERLAY = { mode: "boxes", labels: false, opacity: 1 } as const;

interface Props {
  project: string;
  comparison: AnyComparison;
  request: ComparisonRequest;
  search: PredictionsSearch;
}

/** The Explorer of predictions with exactly the images that changed so. */
export function changeTarget(
  search: PredictionsSearch,
  comparison: AnyComparison,
  change: Change,
  item?: number,
): PredictionsSearch {
  const find = comparison.changed[change]?.query ?? "";
  return { ...seenFrom("first", search, comparison), show: "images", find, item, sides: "both" };
}

/** How many images the second set gets right, or wrong, that the first does not; each number leads to them. */
export function ChangeStrip({ project, comparison, search }: Omit<Props, "request">) {
  const notes = notesOf(comparison);
  return (
    <NumberStrip label="Images">
      {(Object.keys(notes) as Change[]).map((change) => {
        const count = comparison.changed[change]?.count ?? 0;
        const figure = <span data-change={change}>{formatCount(count)}</span>;
        return (
          <Cell key={change} name={TITLES[change]} note={notes[change]}>
            {count === 0 ? (
              figure
            ) : (
              <Link
                to="/p/$project/predictions/$part"
                params={{ project, part: "explorer" }}
                search={changeTarget(search, comparison, change)}
                className={strip.number}
                title={`${TITLES[change]}: ${formatCounted(count, "image")}. Click shows ${count === 1 ? "it" : "them"} in the Explorer.`}
                preload={false}
              >
                {figure}
              </Link>
            )}
          </Cell>
        );
      })}
    </NumberStrip>
  );
}

interface PictureProps {
  listing: Listing;
  card: Card;
  classesByRow: ReadonlyMap<number, ClassInfo>;
  name: string;
}

/** "2 FP, 1 FN". */
function wrongText({ fp, fn }: OutcomeCounts): string {
  const wrong = [fp > 0 && `${formatCount(fp)} FP`, fn > 0 && `${formatCount(fn)} FN`].filter(Boolean);
  return wrong.length === 0 ? "all right" : wrong.join(", ");
}

function Picture({ listing, card, classesByRow, name }: PictureProps) {
  const found = verdictOnImage(card.shapes, classesByRow);
  return (
    <span className={styles.picture} style={PICTURE}>
      <CardPicture
        listing={listing}
        card={card}
        size={PICTURE}
        overlay={OVERLAY}
        classesByRow={classesByRow}
      />
      <span className={styles.told}>
        <span className={`${styles.name ?? ""} truncate`}>{name}</span>
        {found === null ? (
          <span className={styles.name}>{wrongText(countOutcomes(card.shapes))}</span>
        ) : (
          <OutcomeBadge verdict={found.verdict} />
        )}
      </span>
    </span>
  );
}

function byRow(cards: readonly Card[] | undefined): ReadonlyMap<number, Card> {
  return new Map((cards ?? []).map((card) => [card.row, card]));
}

/** The first images that changed in one way, each as both sets see it. */
export function ChangedPanel({ change, ...props }: Props & { change: "fixed" | "broken" }) {
  const { project, comparison, request, search } = props;
  const { first, second } = comparison;
  const count = comparison.changed[change]?.count ?? 0;
  const listings = useMemo(() => {
    const evaluatedBy = evaluatedByRequest(request);
    const listing = (by: EvaluatedBy, query: string): Listing => ({
      project,
      scope: "image",
      query,
      metric: null,
      sort: null,
      evaluatedBy: by,
    });
    return {
      before: listing(evaluatedBy, `compared:${change}`),
      after: listing(judgedByOther(evaluatedBy) ?? evaluatedBy, `compared:${MIRRORED[change]}`),
    };
  }, [project, request, change]);
  const before = useQuery({ ...cardsQuery(listings.before, 0), enabled: count > 0 });
  const after = useQuery({ ...cardsQuery(listings.after, 0), enabled: count > 0 });
  const classes = useQuery(classesQuery(project));
  const classesByRow = useMemo(
    () => new Map((classes.data ?? []).map((each) => [each.row, each])),
    [classes.data],
  );
  const later = useMemo(() => byRow(after.data?.cards), [after.data]);
  return (
    <Panel
      title={TITLES[change]}
      span={6}
      aside={count > PAIRS ? `the first ${PAIRS} of ${formatCount(count)}` : formatCounted(count, "image")}
    >
      {count === 0 ? (
        <Empty height={PICTURE.height}>
          {change === "fixed"
            ? `${second} puts no image right that ${first} has wrong.`
            : `${second} puts no image wrong that ${first} has right.`}
        </Empty>
      ) : (
        <Loaded result={before} height={PICTURE.height}>
          {({ cards }) => (
            <ul className={styles.pairs}>
              {cards.slice(0, PAIRS).map((card) => {
                const now = later.get(card.row);
                return (
                  <li key={card.row}>
                    <Link
                      to="/p/$project/predictions/$part"
                      params={{ project, part: "explorer" }}
                      search={changeTarget(search, comparison, change, card.row)}
                      className={styles.pair}
                      title={`${card.file_name}: click opens it`}
                      preload={false}
                    >
                      <Picture
                        listing={listings.before}
                        card={card}
                        classesByRow={classesByRow}
                        name={first}
                      />
                      {now === undefined ? (
                        <span className={`${styles.picture ?? ""} skeleton`} style={PICTURE} />
                      ) : (
                        <Picture
                          listing={listings.after}
                          card={now}
                          classesByRow={classesByRow}
                          name={second}
                        />
                      )}
                    </Link>
                  </li>
                );
              })}
            </ul>
          )}
        </Loaded>
      )}
    </Panel>
  );
}
