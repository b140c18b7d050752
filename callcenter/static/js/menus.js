// Menus (`details.menu`) close by Escape, which goes back to what opened them, and by a click elsewhere.

function closeTop() {
  const open = [...document.querySelectorAll("details.menu[open]")].pop();
  if (!open) return;
  open.open = false;
  if (open.contains(document.activeElement)) open.querySelector("summary").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && event.keyCode !== 229) closeTop();
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
