// The wrap-up: a combobox of our own (name, code, pinyin initials), and saving exactly once.
import { explain, send } from "./commands.js";
import { giveBack, noteSaved, takeNote } from "./notes.js";

const MOST = 15;
const parts = (node) => {
  const combo = node.closest(".combo");
  return { box: combo.querySelector("[role=combobox]"), list: combo.querySelector("[role=listbox]"), none: combo.querySelector(".combo-none") };
};
const options = (list) => [...list.children].filter((option) => !option.hidden);

function fits(option, words) {
  const find = option.dataset.find;
  return words.every((word) => find.includes(word));
}

function filter({ box, list, none }) {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = box.dataset.code;
  let shown = 0;
  for (const option of list.children) {
    option.hidden = shown >= MOST || !(chosen || fits(option, words));
    shown += option.hidden ? 0 : 1;
  }
  none.hidden = shown > 0;
  point({ box, list }, options(list)[0]);
}

function open(combo, yes) {
  combo.list.hidden = !yes;
  combo.box.setAttribute("aria-expanded", String(yes));
  if (!yes) combo.none.hidden = true;
  if (yes) filter(combo);
}

function point({ box, list }, option) {
  for (const other of list.children) other.setAttribute("aria-selected", String(other === option));
  box.setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

function choose(combo, option) {
  combo.box.value = option.querySelector(".combo-name").textContent;
  combo.box.dataset.code = option.dataset.code;
  if (option.dataset.doNotContact !== undefined) combo.box.form.elements.do_not_contact.checked = true;
  combo.box.form.querySelector(".wrap-error").textContent = "";
  open(combo, false);
}

function move(combo, by) {
  if (combo.list.hidden) return open(combo, true);
  const all = options(combo.list);
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  point(combo, all[(at + by + all.length) % all.length]);
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[role=combobox]")) return;
  delete target.dataset.code;
  open(parts(target), true);
});
document.addEventListener("focusin", ({ target }) => target.matches("[role=combobox]") && open(parts(target), true));
document.addEventListener("focusout", ({ target }) => target.matches("[role=combobox]") && setTimeout(() => target.isConnected && open(parts(target), false), 150));
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest?.(".combo [role=option]");
  if (!option) return;
  event.preventDefault(); // the box keeps the focus
  choose(parts(option), option);
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[role=combobox]") || event.isComposing || event.keyCode === 229) return;
  const combo = parts(event.target);
  if (event.code === "ArrowDown" || event.code === "ArrowUp") move(combo, event.code === "ArrowDown" ? 1 : -1);
  else if (event.code === "Enter" && !event.ctrlKey) pick(combo);
  else if (event.code === "Escape" && !combo.list.hidden) open(combo, false);
  else return;
  event.preventDefault();
  event.stopPropagation();
});

function pick(combo) {
  const option = combo.list.hidden ? null : combo.list.querySelector("[aria-selected=true]:not([hidden])");
  if (option) choose(combo, option);
}

/** What is typed counts when it leaves no doubt: the one option left, or the highlighted one. */
function settled(form) {
  const combo = parts(form.querySelector("[role=combobox]"));
  if (!combo.box.dataset.code && combo.box.value.trim()) {
    const found = [...combo.list.children].filter((option) => fits(option, combo.box.value.toLowerCase().split(/\s+/).filter(Boolean)));
    if (found.length === 1) choose(combo, found[0]);
  }
  return combo.box.dataset.code ?? "";
}

async function save(form, next) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const error = form.querySelector(".wrap-error");
  error.textContent = "";
  const body = { disposition: settled(form), note: takeNote(form.dataset.call), do_not_contact: form.elements.do_not_contact.checked, next };
  const answer = await send(`/console/reservations/${form.dataset.wrapUp}/complete/`, body, { key: keyOf(form, body) });
  form.removeAttribute("aria-busy");
  if (answer.ok) return noteSaved(form.dataset.call);
  giveBack(form.dataset.call);
  if (answer.status === 422) {
    error.textContent = answer.data.detail;
    if (answer.data.field === "/disposition") form.querySelector("[role=combobox]").focus();
    if (answer.data.field === "/text") document.getElementById("note")?.focus();
    return;
  }
  explain(answer);
}

/** The same wrap-up keeps its key over every retry, also after a refused server: it is saved once or not at all. */
function keyOf(form, body) {
  const said = JSON.stringify(body);
  if (form.dataset.said !== said) {
    form.dataset.said = said;
    form.dataset.key = crypto.getRandomValues(new Uint32Array(4)).join("-");
  }
  return form.dataset.key;
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-wrap-up]")) return;
  event.preventDefault();
  save(event.target, event.submitter?.value ?? "");
});
