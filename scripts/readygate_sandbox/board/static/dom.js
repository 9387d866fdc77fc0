// Small tools to build and keep elements. Text only ever becomes text nodes, never markup.

/** An element. `attrs`: `class`, `on` (listeners), `data` (dataset), `style` (properties), other
 *  names are attributes; null and false leave one out. Children: nodes, texts, null. */
export function el(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "style") {
      for (const [property, told] of Object.entries(value)) node.style.setProperty(property, told);
    } else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  add(node, children);
  return node;
}

export function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child);
  }
}

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = {
  close: "M5 5l10 10M15 5 5 15",
  more: "M4 10h.01M10 10h.01M16 10h.01",
  move: "M4 10h11m-4-4 4 4-4 4",
  back: "M8 5 4 9l4 4M4 9h8a4 4 0 0 1 0 8h-1",
  talk: "M4 5h12v8H9l-3 3v-3H4z",
  down: "m5 8 5 5 5-5",
  tick: "m4.5 10.5 3.5 3.5 7.5-8",
  minus: "M5 10h10",
  plus: "M10 4v12M4 10h12",
  clock: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm0 3.5V10l2.5 1.5",
  find: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l4 4",
};

/** A line drawing; says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** Give `node` new children only when what they show (`sign`) is new. */
export function redraw(node, sign, build) {
  if (node.dataset.sign === sign) return false;
  node.dataset.sign = sign;
  node.replaceChildren();
  add(node, [build()]);
  return true;
}

/** Change the page and leave the focus on the thing of the same name (`data-focus`). */
export function keepFocus(change) {
  const before = document.activeElement?.closest("[data-focus]");
  const name = before?.dataset.focus;
  change();
  if (!name || document.activeElement === before) return;
  if (document.activeElement && document.activeElement !== document.body) return;
  document.querySelector(`[data-focus="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
}

/** Put `nodes` into `parent` in this order, touching only what is out of place. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, at) => {
    if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null);
  });
}

/** No movement for people who asked for none. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
