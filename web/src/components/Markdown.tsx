import DOMPurify from "dompurify";
import { Marked } from "marked";
import { useMemo } from "react";
import styles from "./Markdown.module.css";

const marked = new Marked({ gfm: true });
const ALLOWED_TAGS = [
  ...["p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "code", "pre", "em", "strong", "blockquote", "br", "hr"],
  ...["table", "thead", "tbody", "tr", "th", "td", "sub", "sup"],
];

/** Formulas are written as text between dollar signs; they are shown in the code face. */
function withFormulas(text: string): string {
  return text.replace(/\$\$([^$]+)\$\$/g, "\n```\n$1\n```\n").replace(/\$([^$\n]+)\$/g, "`$1`");
}

/** Markdown as a page part. Links and pictures are left out: nothing may lead off this machine. */
export function Markdown({ text }: { text: string }) {
  const html = useMemo(
    () =>
      DOMPurify.sanitize(marked.parse(withFormulas(text), { async: false }), {
        ALLOWED_TAGS,
        ALLOWED_ATTR: [],
      }),
    [text],
  );
  // The text has been through DOMPurify with a short list of tags and no attributes.
  return <div className={styles.markdown} dangerouslySetInnerHTML={{ __html: html }} />;
}
