// Shows rich text of a tracker. Built from nodes, so nothing in it can become markup or script.

import { el } from "./dom.js";

/** Hosts whose `/browse/KEY` is a deal on this board: where we are, and what the site calls itself. */
export const ours = new Set([location.host]);

/** `{format, document}` as elements; formats other than ADF are plain text. */
export function rich(told) {
  if (!told) return null;
  if (told.format === "adf") return el("div", { class: "rich" }, blocks(told.document.content));
  return el("div", { class: "rich" }, el("p", { class: "plain" }, String(told.document)));
}

const blocks = (nodes) => (Array.isArray(nodes) ? nodes.map(block) : []);
const HEADINGS = ["h3", "h3", "h4", "h4", "h5", "h5"];
const SIMPLE = {
  paragraph: "p", bulletList: "ul", listItem: "li", blockquote: "blockquote", table: "table",
  tableRow: "tr", tableCell: "td", tableHeader: "th", panel: "section",
};

function block(node) {
  const inner = node.content;
  switch (node.type) {
    case "orderedList":
      return el("ol", { start: node.attrs?.order ?? null }, blocks(inner));
    case "taskList":
    case "decisionList":
      return el("ul", { class: "tasks" }, blocks(inner));
    case "taskItem":
      return el("li", {}, node.attrs?.state === "DONE" ? "☑ " : "☐ ", blocks(inner));
    case "decisionItem":
      return el("li", {}, blocks(inner));
    case "heading":
      return el(HEADINGS[(node.attrs?.level ?? 1) - 1] ?? "h5", {}, blocks(inner));
    case "codeBlock":
      return el("pre", {}, el("code", {}, blocks(inner)));
    case "rule":
      return el("hr");
    case "text":
      return (node.marks ?? []).reduce(marked, document.createTextNode(node.text ?? ""));
    case "hardBreak":
      return el("br");
    case "mention":
      return el("span", { class: "mention" }, node.attrs?.text || `@${node.attrs?.id ?? ""}`);
    case "emoji":
      return node.attrs?.text || node.attrs?.shortName || "";
    case "status":
      return el("span", { class: "tag" }, node.attrs?.text ?? "");
    case "date":
      return new Date(Number(node.attrs?.timestamp)).toLocaleDateString();
    case "inlineCard":
    case "blockCard":
      return link(node.attrs?.url, node.attrs?.url ?? "");
    default:
      return el(SIMPLE[node.type] ?? "div", {}, blocks(inner));
  }
}

const MARKS = { strong: "strong", em: "em", code: "code", strike: "s", underline: "u" };

function marked(inside, mark) {
  if (mark.type === "link") return link(mark.attrs?.href, inside);
  return MARKS[mark.type] ? el(MARKS[mark.type], {}, inside) : inside;
}

/** Only web addresses become links; links into this board stay in it (`data-browse`). */
function link(href, inside) {
  let address;
  try {
    address = new URL(href, location.href);
  } catch {
    return el("span", {}, inside);
  }
  if (!["http:", "https:"].includes(address.protocol)) return el("span", {}, inside);
  const key = ours.has(address.host) && /^\/browse\/([^/]+)$/.exec(address.pathname)?.[1];
  if (key) return el("a", { href: `/browse/${key}`, data: { browse: key } }, inside);
  const away = { target: "_blank", rel: "noopener noreferrer", title: address.href };
  return el("a", { href: address.href, ...away }, inside);
}
