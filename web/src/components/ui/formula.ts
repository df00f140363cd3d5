/** Formulas of metric descriptions: the little of LaTeX that they use, as HTML. */

const SYMBOLS: Record<string, string> = {
  cdot: "·",
  times: "×",
  le: "≤",
  leq: "≤",
  ge: "≥",
  geq: "≥",
  ne: "≠",
  approx: "≈",
  in: "∈",
  cap: "∩",
  cup: "∪",
  bigcup: "⋃",
  bigcap: "⋂",
  sum: "∑",
  prod: "∏",
  sqrt: "√",
  dots: "…",
  ldots: "…",
  infty: "∞",
  pm: "±",
  to: "→",
  lfloor: "⌊",
  rfloor: "⌋",
  sigma: "σ",
  mu: "μ",
  pi: "π",
  alpha: "α",
  theta: "θ",
};

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const TOKEN = /\\([A-Za-z]+)\s*|\\(.)|([_^])|([{}])|([A-Za-z]+)|([^\\_^{}A-Za-z])/gy;

interface Reader {
  tokens: RegExpMatchArray[];
  at: number;
}

/** Read one token or one group in braces. */
function readPart(reader: Reader, roman: boolean): string {
  const token = reader.tokens[reader.at];
  if (token === undefined) return "";
  reader.at += 1;
  const [, command, escaped, script, brace, letters, rest] = token;
  if (brace === "{") return readUntilBrace(reader, roman);
  if (script !== undefined) {
    const tag = script === "_" ? "sub" : "sup";
    return `<${tag}>${readPart(reader, roman)}</${tag}>`;
  }
  if (command === "frac") return `(${readPart(reader, roman)}) / (${readPart(reader, roman)})`;
  if (command === "sqrt") return `√(${readPart(reader, roman)})`;
  if (command === "left" || command === "right") return "";
  if (command !== undefined && /^(mathrm|text|operatorname|mathbf)$/.test(command))
    return readPart(reader, true);
  if (command !== undefined) return readCommand(command);
  if (escaped !== undefined) return /[,;: ]/.test(escaped) ? " " : escape(escaped);
  if (letters !== undefined) return roman || letters.length > 2 ? letters : `<var>${letters}</var>`;
  return escape((rest ?? "").replaceAll("-", "−"));
}

function readCommand(name: string): string {
  const symbol = SYMBOLS[name];
  // Named functions (max, log, ln) are written as they are called.
  return symbol === undefined ? name : /[A-Za-zα-ω…∞⌊⌋]/.test(symbol) ? symbol : ` ${symbol} `;
}

function readUntilBrace(reader: Reader, roman: boolean): string {
  let html = "";
  while (reader.at < reader.tokens.length) {
    if (reader.tokens[reader.at]?.[4] === "}") {
      reader.at += 1;
      break;
    }
    html += readPart(reader, roman);
  }
  return html;
}

/** Turn a formula into HTML of var, sub and sup. */
export function formulaToHtml(formula: string): string {
  const reader: Reader = { tokens: [...formula.matchAll(TOKEN)], at: 0 };
  let html = "";
  while (reader.at < reader.tokens.length) html += readPart(reader, false);
  return html.replaceAll(/\s+/g, " ").trim();
}
