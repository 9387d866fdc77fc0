// One deal, opened: its fields, checklist, comments and moves. What is being written stays.

import { checklist, isClosed } from "./checklist.js";
import { wayEntries } from "./columns.js";
import { el, icon, redraw } from "./dom.js";
import { openMenu } from "./menu.js";
import { problem } from "./notices.js";
import { face } from "./people.js";
import { rich } from "./rich.js";
import { ago, moment, t } from "./words.js";

let parts = null;

/** Show `state.deal` in `root`, or hide it. */
export function drawPanel(root, state, hands) {
  const { deal } = state;
  root.hidden = !deal;
  document.body.classList.toggle("with-panel", Boolean(deal));
  if (!deal) {
    root.replaceChildren();
    parts = null;
    return;
  }
  if (parts?.ref !== deal.ref) parts = newPanel(root, deal, hands);
  const now = state.now();
  const said = (place) => state.problems.get(place);
  const own = `deal:${deal.ref}`;
  redraw(parts.head, JSON.stringify([deal.label, deal.title, deal.stage, deal.column, deal.moves, deal.back, said(own), state.pipelineColumns()]),
    () => head(deal, state, hands, said(own)));
  redraw(parts.about, JSON.stringify([deal.fields, deal.about, deal.mayEdit, said(`fields:${deal.ref}`)]),
    () => about(deal, state, hands));
  const busy = deal.items.filter((i) => state.busy.has(`item:${i.ref}`)).length;
  redraw(parts.items, JSON.stringify([deal.items, busy, deal.items.map((i) => said(`item:${i.ref}`)), state.board.people]),
    () => items(deal, state, hands));
  redraw(parts.said, JSON.stringify([said(`comment:${deal.ref}`), deal.mayComment]),
    () => said(`comment:${deal.ref}`) && problem(said(`comment:${deal.ref}`), () => hands.dismiss(`comment:${deal.ref}`)));
  parts.text.placeholder = t("Comment as {name}", { name: state.nameOf(state.me) });
  redraw(parts.activity, JSON.stringify([deal.activity, deal.earlier, Math.floor(now / 30_000), state.board.people]),
    () => activity(deal, state, now));
}

/** Put the reader where the deal begins. */
export const focusPanel = () => parts?.head.querySelector("h2")?.focus({ preventScroll: true });

function newPanel(root, deal, hands) {
  const sections = {
    ref: deal.ref,
    head: el("header", { class: "panel-head" }),
    about: el("section", { class: "panel-about" }),
    items: el("section", { "aria-label": t("Checklist") }),
    said: el("div", {}),
    activity: el("ol", { class: "activity", "aria-label": t("Activity") }),
  };
  sections.text = el("textarea", { rows: "1", "aria-label": t("Write a comment"), data: { focus: "comment" },
    on: { keydown: (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
    } } });
  const send = async () => {
    const text = sections.text.value.trim();
    if (text && (await hands.comment(deal, text))) sections.text.value = "";
  };
  const composer = el("form", { class: "composer", on: { submit: (event) => { event.preventDefault(); send(); } } },
    sections.text,
    el("button", { type: "submit", class: "primary" }, t("Send")));
  sections.text.title = t("Ctrl + Enter sends");
  root.setAttribute("aria-label", deal.label);
  root.replaceChildren(sections.head, el("div", { class: "panel-body" },
    sections.about, sections.items,
    el("section", {}, el("h3", { class: "heading" }, t("Activity")), sections.activity)),
    el("div", {}, sections.said, composer));
  return sections;
}

function head(deal, state, hands, said) {
  const columns = state.pipelineColumns();
  const here = columns.find((c) => c.id === deal.column);
  return [
    el("div", { class: "card-top" },
      el("span", { class: "key" }, deal.label),
      el("span", { class: "gap" }),
      el("button", { type: "button", class: "quiet", "aria-label": t("Close {label}", { label: deal.label }),
        title: t("Close"), data: { focus: "close-panel" }, on: { click: () => hands.close() } }, icon("close"))),
    el("h2", { tabindex: "-1", data: { focus: "panel" } }, deal.title),
    el("div", { class: "row" },
      el("button", { type: "button", class: "stage-button", "aria-haspopup": "menu", "aria-expanded": "false",
        data: { focus: "panel-move" },
        on: { click: (event) => openMenu(event.currentTarget, t("Move to"), wayEntries(deal, deal.column, columns, hands)) } },
        el("span", { class: `dot ${here?.category ?? "none"}` }), deal.stage, icon("down")),
      deal.back && el("span", { class: "back" }, icon("back"),
        t("back from {stage}", { stage: deal.back.from }), " · ", deal.back.by)),
    said && problem(said, () => hands.dismiss(`deal:${deal.ref}`)),
  ];
}

function about(deal, state, hands) {
  const place = `fields:${deal.ref}`;
  const said = state.problems.get(place);
  return [
    rich(deal.about),
    deal.fields.length > 0 && el("div", { class: "choices" }, deal.fields.map((field) =>
      el("label", { class: "field inline" }, el("span", {}, field.name),
        el("select", { disabled: !deal.mayEdit, data: { focus: `field:${field.id}` },
          on: { change: (event) => hands.set(deal, { [field.id]: event.target.value || null }) } },
          [null, ...field.options].map((o) =>
            el("option", { value: o ?? "", selected: o === field.value }, o ?? `– ${t("not set")} –`)))))),
    said && problem(said, () => hands.dismiss(place)),
  ];
}

function items(deal, state, hands) {
  const done = deal.items.filter(isClosed).length;
  return [
    el("h3", { class: "heading" }, t("Checklist"),
      deal.items.length > 0 && el("span", { class: done === deal.items.length ? "of full" : "of" },
        done === deal.items.length ? t("All handed over") : `${done} / ${deal.items.length}`)),
    deal.items.length
      ? checklist(deal.items, { state, hands, deal, long: true })
      : el("p", { class: "empty" }, t("No checklist yet")),
  ];
}

function activity(deal, state, now) {
  return [
    deal.activity.map((entry) => (entry.kind === "comment" ? comment(entry, state, now) : move(entry, state, now))),
    deal.earlier > 0 && el("li", { class: "hop" }, t("{earlier} earlier comments are not shown", deal)),
    el("li", { class: "hop" }, icon("plus"), el("span", {}, el("b", {}, deal.created.by), " · ", t("created the deal")),
      time(deal.created.at, now)),
  ];
}

const time = (at, now) => el("time", { datetime: new Date(at).toISOString(), title: moment(at) }, ago(at, now));

function comment(entry, state, now) {
  return el("li", { class: "comment", data: { comment: entry.ref } },
    face(state.people, entry.by, ""),
    el("div", { class: "bubble" },
      el("div", { class: "byline" }, el("b", {}, entry.name), time(entry.at, now),
        entry.edited && el("small", { title: moment(entry.edited) }, t("edited"))),
      rich(entry.body)));
}

function move(entry, state, now) {
  return el("li", { class: "hop" }, icon("move"),
    el("span", {}, el("b", {}, entry.name), " · ", t("moved {from} → {to}", entry)), time(entry.at, now));
}
