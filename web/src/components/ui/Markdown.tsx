import DOMPurify from "dompurify";
import { Marked, type TokenizerAndRendererExtension } from "marked";
import { useMemo } from "react";
import { showText } from "../../jsx/hidden";
import { formulaToHtml } from "./formula";
import styles from "./Markdown.module.css";

const inlineFormula: TokenizerAndRendererExtension = {
  name: "inlineFormula",
  level: "inline",
  start: (text) => text.indexOf("$"),
  tokenizer: (text) => {
    const match = /^\$\$?([^$\n]+)\$\$?/.exec(text);
    return match ? { type: "inlineFormula", raw: match[0], formula: match[1] } : undefined;
  },
  renderer: ({ formula }) => `<span>${formulaToHtml(String(formula))}</span>`,
};

const marked = new Marked({ gfm: true, extensions: [inlineFormula] });
const ALLOWED_TAGS = [
  ...["p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "code", "pre", "em", "strong", "blockquote", "br", "hr"],
  ...["table", "thead", "tbody", "tr", "th", "td", "sub", "sup", "var", "span"],
];

/** Markdown as a page part. Links and pictures are left out: nothing may lead off this machine. */
export function Markdown({ text }: { text: string }) {
  const html = useMemo(
    () =>
      // written out last: an entity such as &#x202e; has become a character by then
      showText(
        DOMPurify.sanitize(marked.parse(text, { async: false }), {
          ALLOWED_TAGS,
          ALLOWED_ATTR: [],
        }),
      ),
    [text],
  );
  // The text has been through DOMPurify with a short list of tags and no attributes.
  return <div className={styles.markdown} dangerouslySetInnerHTML={{ __html: html }} />;
}
