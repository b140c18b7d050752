// A menu with a search: it asks for colleagues when it opens and while a name is typed; Enter takes the first one.
import { renew } from "./panels.js";

const PAUSE = 180; // milliseconds after the last letter
let typing = null;

function look(menu) {
  const words = menu.querySelector("input[type=search]").value;
  renew(menu.querySelector("[data-found]"), `${menu.dataset.find}?q=${encodeURIComponent(words)}`);
}

const menuOf = (node) => (node.matches?.("input[type=search]") ? node.closest("details[data-find]") : null);

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.open && target.matches("details[data-find]")) look(target);
  },
  true,
);
document.addEventListener("input", ({ target }) => {
  const menu = menuOf(target);
  if (!menu) return;
  clearTimeout(typing);
  typing = setTimeout(look, PAUSE, menu);
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Enter" && !event.isComposing && menuOf(event.target);
  if (!menu) return;
  event.preventDefault();
  menu.querySelector("[data-found] .menu-item:not(:disabled)")?.click();
});
