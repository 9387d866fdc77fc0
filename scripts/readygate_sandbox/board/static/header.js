// The top of the page: which pipeline, whom to find, who I am, and whether the sandbox answers.

import { el, icon, redraw } from "./dom.js";
import { face } from "./people.js";
import { t } from "./words.js";

const KINDS = { jira: "Jira", airtable: "Airtable" };
let parts = null;

export function drawHeader(root, state, hands) {
  parts ??= build(root, hands);
  document.title = state.board.title;
  document.getElementById("title").textContent = state.board.title;
  const pipelines = state.board.trackers.flatMap((tracker) => tracker.pipelines);
  const current = state.board.pipeline?.id;
  const groups = state.board.trackers.filter((tracker) => tracker.pipelines.length);
  const option = (p) => el("option", { value: p.id, selected: p.id === current }, p.name);
  const named = (p, kind) => option({ ...p, name: `${p.name} · ${kind}` });
  redraw(parts.pipeline, JSON.stringify([groups, current]), () => (groups.length < 2
    ? pipelines.map(option)
    : groups.map((g) => el("optgroup", { label: `${KINDS[g.kind] ?? g.kind} · ${g.name}` },
      g.pipelines.map((p) => named(p, KINDS[g.kind] ?? g.kind))))));
  parts.pipelineField.hidden = pipelines.length < 2;
  const people = state.board.people.filter((p) => p.active);
  redraw(parts.me, JSON.stringify([people, state.me]), () =>
    people.map((p) => el("option", { value: p.id, selected: p.id === state.me }, p.name)));
  redraw(parts.face, JSON.stringify([state.me, people]), () => face(state.people, state.me, ""));
  parts.create.disabled = !state.board.pipeline?.mayCreate;
  drawLink(state.online);
}

/** Say whether the sandbox answers. */
export function drawLink(online) {
  if (!parts) return;
  redraw(parts.link, String(online), () => [
    el("span", { class: "beat" }),
    online ? t("Live") : [el("b", {}, t("No connection")), " ", t("Trying again…")],
  ]);
  parts.link.classList.toggle("lost", !online);
}

function build(root, hands) {
  const pipeline = el("select", { on: { change: (event) => hands.pipeline(event.target.value) }, data: { focus: "pipeline" } });
  const pipelineField = el("label", { class: "pick" }, el("span", {}, t("Pipeline")), pipeline);
  const me = el("select", { id: "me", on: { change: (event) => hands.become(event.target.value) }, data: { focus: "me" } });
  const sign = el("span", {});
  const find = el("input", { type: "search", placeholder: t("Find a deal"), "aria-label": t("Find a deal"),
    on: { input: (event) => hands.find(event.target.value) }, data: { focus: "find" } });
  const create = el("button", { type: "button", class: "primary", id: "create", data: { focus: "create" },
    on: { click: () => hands.askForDeal() } }, icon("plus"), t("New deal"));
  const link = el("span", { class: "link", role: "status" });
  root.append(pipelineField,
    el("label", { class: "find" }, icon("find"), find),
    link, el("span", { class: "gap" }),
    el("label", { class: "pick me" }, el("span", {}, t("I am")), sign, me),
    create);
  return { pipeline, pipelineField, me, face: sign, find, create, link };
}
