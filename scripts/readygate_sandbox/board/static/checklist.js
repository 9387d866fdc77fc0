// The items of a deal: tick, un-tick, let go; who owes each.

import { el, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { problem } from "./notices.js";
import { face } from "./people.js";
import { rich } from "./rich.js";
import { day, t } from "./words.js";

export const isClosed = (item) => item.state !== "open";
export const isTicked = (item) => item.state === "ticked";

/** One row per item. `long` adds due dates, notes and the ways to let an item go. */
export function checklist(items, { state, hands, deal, long }) {
  const label = t("Checklist of {label}: {done} of {all}", {
    label: deal.label, done: items.filter(isClosed).length, all: items.length,
  });
  return el("ul", { class: long ? "items long" : "items", "aria-label": label },
    items.map((item) => row(item, deal, { state, hands, long })));
}

function row(item, deal, { state, hands, long }) {
  const place = `item:${item.ref}`;
  const said = state.problems.get(place);
  return el("li", { class: `item ${item.state}` },
    el("div", { class: "item-row" },
      box(item, deal, { state, hands, long }),
      el("span", { class: "item-title" }, el("span", { class: "item-words" }, item.title),
        item.state === "waived" && el("span", { class: "tag" }, item.stage)),
      long && item.due && !isClosed(item) && el("span", { class: "due" }, t("due {day}", { day: day(item.due) })),
      face(state.people, item.owner, t("owed by {name}", { name: state.nameOf(item.owner) })),
      long && ways(item, deal, hands)),
    long && item.about && el("details", { class: "item-about" }, el("summary", {}, t("What this is")), rich(item.about)),
    long && item.note && el("div", { class: "item-note" }, el("b", {}, item.note.name, ": "), rich(item.note.body)),
    said && problem(said, () => hands.dismiss(place)));
}

function box(item, deal, { state, hands, long }) {
  const verb = { open: "Tick {title}", ticked: "Un-tick {title}", waived: "Re-open {title}" };
  const where = long ? "long" : "card";
  return el("button",
    {
      type: "button", class: "box", role: "checkbox",
      "aria-checked": { open: "false", ticked: "true", waived: "mixed" }[item.state],
      "aria-label": item.title, title: t(verb[item.state], { title: item.title }),
      "aria-busy": state.busy.has(`item:${item.ref}`) ? "true" : null,
      data: { focus: `box:${where}:${item.ref}`, item: item.ref },
      on: { click: () => hands.tick(item, deal) },
    },
    item.state === "ticked" && icon("tick"),
    item.state === "waived" && icon("minus"));
}

function ways(item, deal, hands) {
  const entries = item.waive.map((way) => ({
    text: t("Close as “{stage}”…", { stage: way.name }), dot: "done",
    choose: () => hands.waive(item, way),
  }));
  if (isClosed(item)) {
    entries.unshift({ text: t("Re-open"), dot: "new", choose: () => hands.tick(item, deal) });
  }
  if (!entries.length) return null;
  const title = t("More for {title}", { title: item.title });
  return el("button",
    { type: "button", class: "quiet small", "aria-label": title, title, "aria-haspopup": "menu",
      "aria-expanded": "false", data: { focus: `ways:${item.ref}` },
      on: { click: (event) => openMenu(event.currentTarget, item.title, entries) } },
    icon("more"));
}
