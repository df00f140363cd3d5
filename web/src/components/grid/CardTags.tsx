import classes from "./Card.module.css";

const MOST_NAMED = 3;
const MOST_DOTS = 4;

/** The tags of a card: coloured squares, and their names while the card is pointed at. */
export function CardTags({ tags, colors }: { tags: readonly string[]; colors: ReadonlyMap<string, string> }) {
  const more = tags.length - MOST_NAMED;
  return (
    <>
      <span className={classes.tags} title={tags.join(", ")}>
        <span className="sr-only">Tags: {tags.join(", ")}</span>
        {tags.slice(0, MOST_DOTS).map((tag) => (
          <i key={tag} className={classes.tag} style={{ background: colors.get(tag) }} />
        ))}
      </span>
      <span className={classes.tagNames} aria-hidden>
        {tags.slice(0, MOST_NAMED).map((tag) => (
          <span key={tag}>
            <i className={classes.tag} style={{ background: colors.get(tag) }} />
            <b className="truncate">{tag}</b>
          </span>
        ))}
        {more > 0 && <span>+{more}</span>}
      </span>
    </>
  );
}
