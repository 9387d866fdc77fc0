// Faces for people: initials on a colour of their own.

import { el } from "./dom.js";
import { t } from "./words.js";

/** The same person has the same colour everywhere. */
function hue(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return sum;
}

const initials = (name) =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => [...word][0] ?? "")
    .join("")
    .toUpperCase();

/** A round sign with initials; `label` is read instead of them, `""` hides it. */
export function face(people, id, label = null) {
  const name = people.get(id)?.name ?? (id ? id : t("nobody"));
  const said = label ?? name;
  return el(
    "span",
    {
      class: id ? "face" : "face nobody",
      title: said || name,
      role: said ? "img" : null,
      "aria-label": said || null,
      "aria-hidden": said ? null : "true",
      style: { "--hue": String(hue(id ?? "")) },
    },
    id ? initials(name) : "–",
  );
}
