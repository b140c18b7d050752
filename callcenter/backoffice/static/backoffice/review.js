// Pairs by keyboard. The arrows go from pair to pair; a letter presses the button of the pair at hand that shows it. Letters are keys
// only while a pair has the focus and nothing is being written: never in a field, with a modifier, or while pinyin is composed.
import { isEditor } from "../js/editor.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1 };
const caseOf = (node) => node.closest?.("[data-case]");

function step(from, by) {
  const all = [...document.querySelectorAll("[data-case]")];
  const next = all[all.indexOf(from) + by] ?? (from ? null : all[0]);
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

/** The button that bears this letter: of the pair at hand, else the one of the page, once a pair has the focus. */
function lettered(pair, letter) {
  const named = `[data-letter="${CSS.escape(letter)}"]`;
  return pair && (pair.querySelector(named) ?? document.querySelector(`${named}:not([data-case] *)`));
}

function press(node) {
  if (isEditor(node)) node.focus();
  else node.click();
}

/** Out of the field, so that letters are keys again. Enter would otherwise be taken for the first button: a merge. */
function leave(event, pair) {
  if (!pair || !["Enter", "Escape"].includes(event.key)) return;
  event.preventDefault();
  pair.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  const pair = caseOf(event.target);
  if (isEditor(event.target)) return leave(event, pair);
  if (event.key in STEPS && (pair || event.target === document.body) && step(pair, STEPS[event.key])) return event.preventDefault();
  const button = event.key.length === 1 && !event.repeat && lettered(pair, event.key.toLowerCase());
  if (!button) return;
  event.preventDefault();
  press(button);
});
