// Columns and cards. Cards are kept while their deal is shown, so that focus and place survive.

import { checklist, isClosed } from "./checklist.js";
import { arrange, calm, el, icon, redraw } from "./dom.js";
import { openMenu } from "./menu.js";
import { announce, problem } from "./notices.js";
import { face } from "./people.js";
import { ago, t } from "./words.js";

const lanes = new Map();
const cards = new Map();
/** More deals than this on a board: checklists start folded. */
const MANY = 40;

export const cardOf = (ref) => cards.get(ref)?.node ?? null;

/** Forget every card: another pipeline or person is looked at. */
export function forget(root) {
  lanes.clear();
  cards.clear();
  root.replaceChildren();
}

/** Show the columns of `state.board.pipeline`. */
export function drawColumns(root, state, hands) {
  const { columns } = state.board.pipeline;
  const before = new Map([...cards].map(([ref, card]) => [ref, { column: card.column, at: card.node.getBoundingClientRect() }]));
  const all = columns.reduce((sum, column) => sum + column.total, 0);
  const current = { state, hands, columns, folded: all > MANY };
  const shown = new Set();
  arrange(root, columns.map((column) => drawLane(column, current, shown)));
  for (const ref of [...cards.keys()]) if (!shown.has(ref)) cards.delete(ref);
  tellMoves(before, columns, state);
}

function drawLane(column, current, shown) {
  let lane = lanes.get(column.id);
  if (!lane) lanes.set(column.id, (lane = newLane(column, current.hands)));
  redraw(lane.head, JSON.stringify([column.name, column.category, column.total]), () => [
    el("span", { class: `dot ${column.category}` }),
    el("h2", { id: `column-${column.id}` }, column.name),
    el("span", { class: "count", title: t("{n} deals", { n: column.total }) }, String(column.total)),
  ]);
  arrange(lane.list, column.deals.map((deal) => {
    shown.add(deal.ref);
    return drawCard(deal, column, current);
  }));
  const left = column.total - column.deals.length;
  redraw(lane.foot, JSON.stringify([left, column.total === 0, Boolean(current.state.find)]), () => {
    if (column.total === 0) {
      return el("p", { class: "empty" }, t(current.state.find ? "Nothing found" : "No deals here"));
    }
    return left > 0 && el("button",
      { type: "button", class: "more", data: { focus: `more:${column.id}` },
        on: { click: () => current.hands.more(column.id, column.deals.length) } },
      t("Show {n} more of {left}", { n: Math.min(left, 30), left }));
  });
  return lane.node;
}

function newLane(column, hands) {
  const head = el("header", { class: "lane-head" });
  const list = el("ul", { class: "cards" });
  const foot = el("div", { class: "lane-foot" });
  const node = el("section", { class: "lane", data: { column: column.id }, "aria-labelledby": `column-${column.id}` },
    head, el("div", { class: "lane-body" }, list, foot));
  node.addEventListener("dragover", (event) => {
    if (!hands.dragged()) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    node.classList.add("over");
  });
  node.addEventListener("dragleave", (event) => {
    if (!node.contains(event.relatedTarget)) node.classList.remove("over");
  });
  node.addEventListener("drop", (event) => {
    event.preventDefault();
    node.classList.remove("over");
    hands.drop(column.id);
  });
  return { node, head, list, foot };
}

// -- cards -------------------------------------------------------------------------------------

function drawCard(deal, column, current) {
  const { state, hands } = current;
  let card = cards.get(deal.ref);
  if (!card) cards.set(deal.ref, (card = newCard(deal.ref, hands)));
  card.column = column.id;
  card.deal = deal;
  card.current = current;
  const place = `deal:${deal.ref}`;
  const said = state.problems.get(place);
  const folded = state.folded.get(deal.ref) ?? (current.folded || deal.items.every(isClosed));
  const open = state.open === deal.ref;
  const busy = state.busy.has(place) || deal.items.some((i) => state.busy.has(`item:${i.ref}`));
  const since = ago(deal.arrived, state.now());
  const back = deal.back && ago(deal.back.at, state.now());
  const problems = deal.items.map((i) => state.problems.get(`item:${i.ref}`));
  card.node.classList.toggle("open", open);
  card.node.classList.toggle("busy", busy);
  card.node.classList.toggle("returned", Boolean(deal.back));
  const sign = JSON.stringify([deal, said, problems, folded, open, busy, since, back, state.board.people]);
  redraw(card.node, sign, () => [
    el("div", { class: "card-top" },
      el("span", { class: "key" }, deal.label),
      el("span", { class: "since", title: t("Activity") }, since),
      moveButton(deal, current)),
    el("h3", {}, el("button",
      { type: "button", class: "card-title", "aria-expanded": open ? "true" : "false",
        "aria-keyshortcuts": "M Shift+ArrowLeft Shift+ArrowRight",
        data: { focus: `card:${deal.ref}`, deal: deal.ref },
        on: { click: () => hands.open(deal.ref) } }, deal.title)),
    deal.back && el("p", { class: "back" }, icon("back"),
      el("span", {}, t("back from {stage}", { stage: deal.back.from }), " · ", deal.back.by, " · ", back)),
    said && problem(said, () => hands.dismiss(place)),
    deal.items.length > 0 && summary(deal, folded, hands),
    !folded && deal.items.length > 0 && checklist(deal.items, { state, hands, deal, long: false }),
    el("div", { class: "card-foot" },
      deal.comments > 0 && el("span", { class: "talk", title: t("{n} comments", { n: deal.comments }) },
        icon("talk"), el("span", { "aria-label": t("{n} comments", { n: deal.comments }), role: "img" }, String(deal.comments))),
      el("span", { class: "gap" }),
      deal.owner && face(state.people, deal.owner)),
  ]);
  return card.node;
}

function newCard(ref, hands) {
  const node = el("li", { class: "card", draggable: "true" });
  node.addEventListener("dragstart", (event) => {
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", cards.get(ref)?.deal.label ?? "");
    node.classList.add("dragging");
    hands.drag(ref);
  });
  node.addEventListener("dragend", () => {
    node.classList.remove("dragging");
    hands.drag(null);
  });
  node.addEventListener("click", (event) => {
    if (!event.target.closest("button, a, .problem")) hands.open(ref);
  });
  node.addEventListener("keydown", (event) => keys(event, cards.get(ref), hands));
  return { node, column: null, deal: null };
}

/** The checklist in one line; opens and folds it. */
function summary(deal, folded, hands) {
  const done = deal.items.filter(isClosed).length;
  const label = t("Checklist of {label}: {done} of {all}", { label: deal.label, done, all: deal.items.length });
  return el("button",
    { type: "button", class: `summary ${done === deal.items.length ? "full" : ""}`,
      "aria-expanded": folded ? "false" : "true", "aria-label": label,
      data: { focus: `fold:${deal.ref}` },
      on: { click: () => hands.fold(deal.ref, !folded) } },
    el("span", { class: "bar" }, el("span", { class: "fill", style: { width: `${(100 * done) / deal.items.length}%` } })),
    el("span", { class: "of" }, `${done} / ${deal.items.length}`),
    icon("down"));
}

/** Where a deal may go: the workflow's own offers, and the columns that it does not offer. */
export function wayEntries(deal, here, columns, hands) {
  const offered = deal.moves.map((move) => {
    const to = columns.find((c) => c.id === move.to);
    const name = move.to === here ? move.name : (to?.name ?? move.name); // a loop stays here
    return { text: name, note: move.name === name ? null : move.name, dot: to?.category,
      choose: () => hands.move(deal, { by: move.id }) };
  });
  const reached = new Set(deal.moves.map((m) => m.to));
  const rest = columns.filter((c) => c.id !== here && !reached.has(c.id)).map((c) => ({
    text: c.name, note: t("not offered to you from here"), dot: c.category, disabled: true,
  }));
  return [...offered, ...rest];
}

function moveButton(deal, current) {
  const title = t("Move {label}", { label: deal.label });
  return el("button",
    { type: "button", class: "quiet small", "aria-label": title, title, "aria-haspopup": "menu",
      "aria-expanded": "false", data: { focus: `move:${deal.ref}`, move: deal.ref },
      on: { click: (event) => {
        const card = cards.get(deal.ref);
        openMenu(event.currentTarget, t("Move to"),
          wayEntries(card.deal, card.column, card.current.columns, current.hands));
      } } },
    icon("more"));
}

/** Arrows walk between cards, M opens the way, Shift with an arrow moves by one stage. */
function keys(event, card, hands) {
  if (!event.target.classList.contains("card-title") || event.altKey || event.ctrlKey || event.metaKey) return;
  const lane = card.node.closest(".lane");
  const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  let next = null;
  if (event.key === "ArrowDown") next = card.node.nextElementSibling;
  else if (event.key === "ArrowUp") next = card.node.previousElementSibling;
  else if (event.code === "KeyM") card.node.querySelector("[data-move]").click();
  else if (sideways && event.shiftKey) {
    const { columns } = card.current;
    const to = columns[columns.findIndex((c) => c.id === card.column) + sideways];
    if (to) hands.move(card.deal, { to: to.id });
  } else if (sideways) {
    for (let l = step(lane, sideways); l && !next; l = step(l, sideways)) next = l.querySelector(".card");
  } else return;
  event.preventDefault();
  next?.querySelector(".card-title").focus();
}

const step = (node, by) => (by > 0 ? node.nextElementSibling : node.previousElementSibling);

// -- what moved --------------------------------------------------------------------------------

function tellMoves(before, columns, state) {
  if (!before.size) return;
  const names = new Map(columns.map((c) => [c.id, c.name]));
  const told = [];
  for (const [ref, card] of cards) {
    const was = before.get(ref);
    if (was && was.column !== card.column) {
      told.push(t("{label} went from {from} to {to}",
        { label: card.deal.label, from: names.get(was.column), to: names.get(card.column) }));
      fly(card.node, was.at);
    } else if (!was && !state.find && card.deal.arrived > state.now() - 10_000) {
      told.push(t("New: {label}", { label: card.deal.label }));
      card.node.classList.add("fresh");
    }
  }
  announce(told);
}

/** Let a card travel from where it was, above everything that would cut it off. */
function fly(node, from) {
  node.classList.remove("fresh");
  if (calm() || !from.width) {
    node.classList.add("fresh");
    return;
  }
  node.scrollIntoView({ block: "nearest", inline: "nearest" });
  const to = node.getBoundingClientRect();
  const ghost = node.cloneNode(true);
  ghost.classList.add("ghost");
  ghost.setAttribute("aria-hidden", "true");
  ghost.inert = true;
  for (const named of ghost.querySelectorAll("[data-focus]")) delete named.dataset.focus;
  Object.assign(ghost.style, { left: `${to.left}px`, top: `${to.top}px`, width: `${to.width}px` });
  document.body.append(ghost);
  node.classList.add("away");
  const way = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
  const trip = ghost.animate([{ transform: way }, { transform: "none" }],
    { duration: 420, easing: "cubic-bezier(.3,.8,.3,1)" });
  const arrived = () => {
    ghost.remove();
    node.classList.remove("away");
    node.classList.add("fresh");
  };
  trip.finished.then(arrived, arrived);
}
