// Small things every module needs: the shell's data, toasts, and the wires between modules.

export const shell = document.getElementById("shell");
export const text = (name) => shell.dataset[`text${name[0].toUpperCase()}${name.slice(1)}`] ?? "";
export const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

/** Who vouches: `lease.js` writes it, commands read it. */
export const lease = { id: shell.dataset.lease, mine: false, decided: Promise.resolve(), takeOver: async () => false };

const wires = new EventTarget();
export const on = (name, act) => wires.addEventListener(name, (event) => act(event.detail));
export const emit = (name, detail) => wires.dispatchEvent(new CustomEvent(name, { detail }));

const shown = new Set();

export function toast(sentence, small = "", seconds = 6) {
  if (shown.has(sentence)) return;
  shown.add(sentence);
  const card = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  card.querySelector(".toast-text").textContent = sentence;
  card.querySelector("small").textContent = small;
  document.getElementById("toasts").append(card);
  setTimeout(() => {
    card.remove();
    shown.delete(sentence);
  }, seconds * 1000);
}

export { isEditor } from "./editor.js";

/** For marks of the device (sound, notification, stream) that style sheets read. */
export const mark = (name, value) => (document.documentElement.dataset[name] = value);
