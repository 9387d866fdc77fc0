// Holds what is looked at, asks the sandbox about once a second, and lets the person act.

import { act, look } from "./api.js";
import { isClosed } from "./checklist.js";
import { cardOf, drawColumns, forget } from "./columns.js";
import { askForDeal, askForReason } from "./dialogs.js";
import { keepFocus } from "./dom.js";
import { drawHeader, drawLink } from "./header.js";
import { closeMenu } from "./menu.js";
import { drawPanel, focusPanel } from "./panel.js";
import { ours } from "./rich.js";
import { language, t } from "./words.js";

const EVERY_MS = 1000;
const STEP = 30;
const root = document.getElementById("board");
const panel = document.getElementById("panel");

const state = {
  board: null,
  deal: null,
  people: new Map(),
  me: localStorage.getItem("me") ?? "",
  pipeline: new URLSearchParams(location.search).get("pipeline") ?? "",
  find: "",
  shown: new Map(),
  open: /^\/browse\/([^/]+)$/.exec(location.pathname)?.[1] ?? null,
  folded: new Map(),
  problems: new Map(),
  busy: new Set(),
  dragged: null,
  online: true,
  skew: 0,
  now: () => Date.now() + state.skew,
  nameOf: (id) => state.people.get(id)?.name ?? t("nobody"),
  pipelineColumns: () => state.board?.pipeline?.columns ?? [],
};

// -- looking -----------------------------------------------------------------------------------

function boardPath() {
  const query = new URLSearchParams({ as: state.me, pipeline: state.pipeline, find: state.find });
  for (const [column, number] of state.shown) query.append("show", `${column}:${number}`);
  return `/board/api/board?${query}`;
}

let looking = null;
let again = false;

/** Look now; while a look is under way, look once more after it. */
function refresh(fresh = false) {
  if (looking) {
    again = true;
    return looking;
  }
  looking = (async () => {
    do {
      again = false;
      await lookOnce(fresh);
    } while (again);
  })().finally(() => {
    looking = null;
  });
  return looking;
}

async function lookOnce(fresh) {
  try {
    const board = await look("board", boardPath(), fresh);
    if (board) taken(board);
    await lookAtDeal(fresh);
    setOnline(true);
    if (board) draw();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    setOnline(false);
  }
}

function taken(board) {
  state.board = board;
  state.skew = board.now - Date.now();
  state.people = new Map(board.people.map((person) => [person.id, person]));
  state.me = board.me;
  if (!state.pipeline && board.pipeline) state.pipeline = board.pipeline.id;
  for (const tracker of board.trackers) if (tracker.host) ours.add(tracker.host);
}

async function lookAtDeal(fresh) {
  const ref = state.open;
  if (!ref) return;
  try {
    const deal = await look("deal", `/board/api/deals/${encodeURIComponent(ref)}?as=${encodeURIComponent(state.me)}`, fresh);
    if (!deal || state.open !== ref) return;
    state.deal = deal;
    state.open = deal.ref;
    if (deal.pipeline !== state.pipeline) {
      state.pipeline = deal.pipeline;
      again = true;
    }
    draw();
  } catch (error) {
    if (error instanceof TypeError) throw error;
    shut();
  }
}

function setOnline(online) {
  state.online = online;
  drawLink(online);
}

function draw() {
  if (!state.board) return;
  keepFocus(() => {
    drawHeader(document.getElementById("top"), state, hands);
    if (state.board.pipeline) drawColumns(root, state, hands);
    drawPanel(panel, state, hands);
  });
}

// -- acting ------------------------------------------------------------------------------------

/** Act as the person; a refusal is kept at `place` and shown there. True when it was done. */
async function perform(place, told) {
  state.problems.delete(place);
  state.busy.add(place);
  draw();
  try {
    await act({ as: state.me, ...told });
    return true;
  } catch (error) {
    state.problems.set(place, error instanceof TypeError ? t("The sandbox does not answer.") : error.message);
    return false;
  } finally {
    state.busy.delete(place);
    await refresh();
    draw();
  }
}

function shut() {
  const ref = state.open;
  state.open = state.deal = null;
  if (location.pathname !== "/") history.replaceState(null, "", "/");
  closeMenu();
  draw();
  if (ref) cardOf(ref)?.querySelector(".card-title")?.focus({ preventScroll: true });
}

async function open(ref) {
  if (state.open === ref && state.deal) return shut();
  state.open = ref;
  state.deal = null;
  await refresh(true);
  if (state.deal) {
    history.replaceState(null, "", `/browse/${encodeURIComponent(state.deal.label)}`);
    focusPanel();
  }
  return undefined;
}

let typing = 0;

const hands = {
  open,
  close: shut,
  fold: (ref, folded) => {
    state.folded.set(ref, folded);
    draw();
  },
  dismiss: (place) => {
    state.problems.delete(place);
    draw();
  },
  more: (column, have) => {
    state.shown.set(column, have + STEP);
    refresh();
  },
  drag: (ref) => {
    state.dragged = ref;
    document.body.classList.toggle("dragging-now", Boolean(ref));
  },
  dragged: () => state.dragged,
  drop: (column) => {
    const deal = state.pipelineColumns().flatMap((c) => c.deals.map((d) => ({ ...d, column: c.id })))
      .find((d) => d.ref === state.dragged);
    hands.drag(null);
    if (deal && deal.column !== column) hands.move(deal, { to: column });
  },
  move: (deal, way) => perform(`deal:${deal.ref}`, { do: "move", deal: deal.ref, ...way }),
  tick: (item, deal) => {
    state.folded.set(deal.ref, state.folded.get(deal.ref) ?? false); // the last tick folds nothing away
    return perform(`item:${item.ref}`, { do: isClosed(item) ? "untick" : "tick", item: item.ref });
  },
  waive: (item, way) => askForReason(item, way, async (reason) => {
    await act({ as: state.me, do: "waive", item: item.ref, by: way.id, reason });
    await refresh();
  }),
  comment: (deal, text) => perform(`comment:${deal.ref}`, { do: "comment", deal: deal.ref, text }),
  set: (deal, fields) => perform(`fields:${deal.ref}`, { do: "set", deal: deal.ref, fields }),
  askForDeal: () => askForDeal(state.board.pipeline, async (title, fields) => {
    await act({ as: state.me, do: "create", pipeline: state.board.pipeline.id, title, fields });
    await refresh();
  }),
  become: (person) => {
    state.me = person;
    localStorage.setItem("me", person);
    state.problems.clear();
    refresh(true);
  },
  pipeline: (id) => {
    state.pipeline = id;
    state.shown.clear();
    state.open = state.deal = null;
    forget(root);
    refresh(true);
  },
  find: (text) => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      state.find = text.trim();
      refresh(true);
    }, 150);
  },
};

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.open && !document.querySelector("dialog[open]")) shut();
});
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-browse]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (state.deal?.label !== link.dataset.browse) open(link.dataset.browse);
});

// -- the clock ---------------------------------------------------------------------------------

let ticks = 0;

async function beat() {
  if (!document.hidden) {
    ticks += 1;
    await refresh();
    if (ticks % 30 === 0) draw();
  }
  setTimeout(beat, EVERY_MS);
}

document.documentElement.lang = language;
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});
beat();
