// A menu that opens at a button: arrows walk, Enter chooses, Escape closes, focus goes back.

import { el } from "./dom.js";

let open = null;

/** Close whatever menu is open; `refocus` returns to its button. */
export function closeMenu(refocus = false) {
  if (!open) return;
  const { menu, button, away } = open;
  open = null;
  removeEventListener("pointerdown", away, true);
  removeEventListener("resize", away);
  removeEventListener("scroll", away, true);
  button.setAttribute("aria-expanded", "false");
  menu.remove();
  if (refocus && button.isConnected) button.focus({ preventScroll: true });
}

/** Entries: `{text, note, dot, disabled, choose}`. */
export function openMenu(button, title, entries) {
  const again = open?.button === button;
  closeMenu();
  if (again) return;
  const items = entries.map((entry) =>
    el(
      "button",
      {
        type: "button", class: "menu-item", role: "menuitem", tabindex: "-1",
        "aria-disabled": entry.disabled ? "true" : null,
        on: {
          click: () => {
            if (entry.disabled) return;
            closeMenu(true);
            entry.choose();
          },
        },
      },
      el("span", { class: `dot ${entry.dot ?? "none"}` }),
      el("span", { class: "menu-text" }, entry.text, entry.note && el("small", {}, entry.note)),
    ),
  );
  const walk = (event) => {
    const at = items.indexOf(document.activeElement);
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
    if (event.key in steps) {
      items[(steps[event.key] + items.length) % items.length].focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      closeMenu(true);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const menu = el("div", { class: "menu", role: "menu", "aria-label": title, on: { keydown: walk } },
    el("div", { class: "menu-title", "aria-hidden": "true" }, title), items);
  const away = (event) => {
    if (event.target instanceof Node && (menu.contains(event.target) || button.contains(event.target))) return;
    closeMenu();
  };
  document.body.append(menu);
  place(menu, button);
  button.setAttribute("aria-expanded", "true");
  addEventListener("pointerdown", away, true);
  addEventListener("resize", away);
  addEventListener("scroll", away, true);
  open = { menu, button, away };
  (items.find((i) => !i.hasAttribute("aria-disabled")) ?? items[0])?.focus();
}

function place(menu, button) {
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.right - size.width, innerWidth - size.width - 8));
  const below = at.bottom + 4 + size.height < innerHeight;
  menu.style.left = `${left}px`;
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - size.height - 4)}px`;
}
