// Keys press what is on the page: an element says `data-key`, by physical key (`event.code`). While pinyin is being
// composed only the F-keys act, and nothing ever takes the focus out of the editor but the keys that go to a field.
import { isEditor, text } from "./page.js";

const ALIASES = { "Alt+KeyZ": "Alt+Digit1", "Alt+KeyX": "Alt+Digit2", "Alt+KeyC": "Alt+Digit3", "Ctrl+NumpadEnter": "Ctrl+Enter" };
const OFF = "zhiyin-keys-off";
const overlay = document.getElementById("keys");

function combination(event) {
  const parts = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", event.code].filter(Boolean);
  const name = parts.join("+");
  return ALIASES[name] ?? name;
}

const usable = (node) => !node.disabled && node.getAttribute("aria-disabled") !== "true" && node.checkVisibility();

function find(key) {
  return [...document.querySelectorAll(`[data-key="${key}"]`)].find(usable);
}

function press(node) {
  if (isEditor(node)) return node.focus();
  if (node.matches("summary")) {
    node.parentElement.open = !node.parentElement.open;
    return node.parentElement.open ? node.parentElement.querySelector("[data-first], .menu-item")?.focus() : node.focus();
  }
  node.click();
}

const steps = { "Alt+KeyJ": 1, "Alt+KeyL": -1 };

function stepTimeline(by) {
  const rows = [...document.querySelectorAll(".timeline .happening")];
  const at = rows.indexOf(document.activeElement);
  (rows[at + by] ?? rows[by > 0 ? 0 : rows.length - 1])?.focus();
}

function reveal() {
  const near = document.activeElement?.closest?.(".masked, .identity-acts")?.querySelector("[data-reveal]");
  (near ?? document.querySelector("[data-reveal]"))?.click();
}

function stepMenu(event) {
  const items = [...(event.target.closest?.("details.menu[open]")?.querySelectorAll(".menu-item:not(:disabled)") ?? [])];
  if (!items.length) return false;
  const at = items.indexOf(document.activeElement) + (event.code === "ArrowDown" ? 1 : -1);
  items[(at + items.length) % items.length].focus();
  return true;
}

/** In an open menu whose items are numbered, the number is the answer. */
function pickNumbered(event) {
  const menu = event.target.closest?.("details.menu[open]");
  const item = menu?.querySelector(`[data-number="${event.key}"]`);
  if (!item || event.ctrlKey || event.altKey || event.metaKey) return false;
  item.click();
  return true;
}

const label = (node) =>
  (node.dataset.says ?? node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent ?? node.closest("label")?.textContent ?? node.textContent)
    .replace(node.querySelector("kbd")?.textContent ?? "\u0000", "")
    .trim();
const spoken = (key) => key.replace(/Key|Digit/, "").replaceAll("+", " ");

function showOverlay() {
  const rows = new Map();
  for (const node of document.querySelectorAll("[data-key]")) if (usable(node)) rows.set(node.dataset.key, label(node));
  if (document.querySelector("[data-reveal]")) rows.set("Alt+P", text("reveal"));
  if (document.querySelector(".timeline .happening")) rows.set("Alt+J, Alt+L", text("steps"));
  const list = overlay.querySelector(".keys-list");
  list.replaceChildren(
    ...[...rows].map(([key, what]) => {
      const [row, term, detail, kbd] = ["div", "dt", "dd", "kbd"].map((tag) => document.createElement(tag));
      kbd.textContent = spoken(key);
      detail.textContent = what;
      term.append(kbd);
      row.append(term, detail);
      return row;
    }),
  );
  overlay.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.getModifierState("AltGraph") || localStorage.getItem(OFF)) return;
  const name = combination(event);
  const isFunction = /^F\d+$/.test(name);
  if ((event.isComposing || event.keyCode === 229) && !isFunction) return;
  if ((name === "ArrowDown" || name === "ArrowUp") && stepMenu(event)) return event.preventDefault();
  if (/^[1-9]$/.test(event.key) && pickNumbered(event)) return event.preventDefault();
  if (event.key === "?" && !isEditor(event.target)) return overlay.open || showOverlay();
  const act = name in steps ? () => stepTimeline(steps[name]) : name === "Alt+KeyP" ? reveal : null;
  const node = act ? null : find(name);
  if (!act && !node) return;
  event.preventDefault();
  if (event.repeat) return;
  if (act) act();
  else press(node);
});
