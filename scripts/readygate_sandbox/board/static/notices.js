// Says what happened: refusals beside the thing they are about, changes to screen readers.

import { el, icon } from "./dom.js";
import { t } from "./words.js";

/** A refusal in the tracker's words, to be put where the action was. */
export function problem(text, dismiss = null) {
  return el("div", { class: "problem", role: "alert" }, el("span", {}, text),
    dismiss && el("button", { type: "button", class: "quiet small", "aria-label": t("Dismiss"),
      on: { click: dismiss } }, icon("close")));
}

/** Tell people who cannot see the board what moved. */
export function announce(texts) {
  if (texts.length) document.getElementById("news").textContent = texts.slice(0, 5).join(". ");
}
