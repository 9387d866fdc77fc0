// Questions that need an answer before something is done: a new deal, a reason to let an item go.

import { el } from "./dom.js";
import { problem } from "./notices.js";
import { t } from "./words.js";

/** Show a form; `send(values)` may refuse, and its words are shown in the form. */
function ask({ title, fields, button, send }) {
  const before = document.activeElement;
  const said = el("div", {});
  const inputs = fields.map(([name, label, input]) => {
    input.name = name;
    return el("label", { class: "field" }, el("span", {}, label), input);
  });
  const go = el("button", { class: "primary", type: "submit" }, button);
  const form = el(
    "form",
    {
      method: "dialog",
      on: {
        submit: async (event) => {
          event.preventDefault();
          go.disabled = true;
          said.replaceChildren();
          try {
            await send(Object.fromEntries(new FormData(form)));
            dialog.close();
          } catch (error) {
            said.replaceChildren(problem(error.message));
          } finally {
            go.disabled = false;
          }
        },
      },
    },
    el("h2", { id: "question" }, title),
    inputs,
    said,
    el("div", { class: "buttons" },
      el("button", { type: "button", on: { click: () => dialog.close() } }, t("Cancel")), go),
  );
  const dialog = el("dialog", { class: "dialog", "aria-labelledby": "question" }, form);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** Ask for a new deal's title and its choices. */
export function askForDeal(pipeline, send) {
  const choices = pipeline.fields.map((field) => [
    field.id,
    field.name,
    el("select", {}, el("option", { value: "" }, `– ${t("not set")} –`),
      field.options.map((o) => el("option", { value: o }, o))),
  ]);
  ask({
    title: `${t("New deal")} · ${pipeline.name}`,
    fields: [
      ["title", t("Title"),
        el("input", { required: true, maxlength: "255", autocomplete: "off",
          placeholder: t("What is the deal about?") })],
      ...choices,
    ],
    button: t("Create"),
    send: ({ title, ...fields }) =>
      send(title, Object.fromEntries(Object.entries(fields).filter(([, value]) => value))),
  });
}

/** Ask why an item is let go. */
export function askForReason(item, way, send) {
  ask({
    title: t("Let “{title}” go", { title: item.title }),
    fields: [["reason", t("Why is it not needed?"), el("textarea", { rows: "3", required: true })]],
    button: way.name,
    send: ({ reason }) => send(reason),
  });
}
