// Notes are saved as they are typed, at most 2 s behind. What the server has not confirmed rests encrypted in this
// tab's storage, under a key that dies with the login session.
import { send } from "./commands.js";
import { on, shell, text } from "./page.js";

const QUIET = 700; // milliseconds without a key before saving
const LATEST = 1800; // but never later than this after the first unsaved key
const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
const secret = crypto.subtle?.importKey("raw", bytes(shell.dataset.draftKey), "AES-GCM", false, ["encrypt", "decrypt"]);
const place = (call) => `zhiyin-note-${call}`;
const states = new WeakMap(); // of a note's field: `since` its first unsaved key, `timer` of the next saving, whether one `runs`
const stateOf = (note) => states.get(note) ?? states.set(note, { since: 0, timer: null, runs: false }).get(note);

async function keep(call, note) {
  if (!secret) return;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = new TextEncoder().encode(JSON.stringify(note));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await secret, data);
  sessionStorage.setItem(place(call), `${base64(iv)}.${base64(sealed)}`);
}

async function kept(call) {
  const stored = sessionStorage.getItem(place(call));
  if (!stored || !secret) return null;
  try {
    const [iv, sealed] = stored.split(".").map(bytes);
    const data = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await secret, sealed);
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    forget(call); // of an earlier login: unreadable, and rightly so
    return null;
  }
}

const forget = (call) => sessionStorage.removeItem(place(call));
const field = () => document.getElementById("note");
const say = (note, word) => note.isConnected && (document.getElementById("note-state").textContent = word);

function typed(note) {
  keep(note.dataset.call, { text: note.value, version: Number(note.dataset.version) });
  const state = stateOf(note);
  state.since ||= Date.now();
  soon(note, Math.max(0, Math.min(QUIET, state.since + LATEST - Date.now())));
  say(note, "");
}

function soon(note, wait) {
  const state = stateOf(note);
  clearTimeout(state.timer);
  state.timer = setTimeout(save, wait, note);
}

/** A note that has left the page, because another conversation came, is saved to its last letter all the same. */
async function save(note) {
  if (!note || stateOf(note).runs) return;
  const state = Object.assign(stateOf(note), { since: 0, runs: true });
  const { call, version } = note.dataset;
  const sent = note.value;
  say(note, text("saving"));
  const answer = await send(`/console/calls/${call}/note/`, { text: sent, base_version: Number(version) }, { tries: 1 });
  state.runs = false;
  if (answer.ok) {
    note.dataset.version = answer.data.version;
    say(note, text("saved"));
    if (note.value === sent) forget(call);
    else if (note.isConnected) typed(note);
    else save(note);
  } else if (!note.isConnected) {
    // What could not be saved rests in this tab until the conversation is on the desk again.
  } else if (answer.status === 409 && answer.data.code === "version_conflict") {
    conflict(note, answer.data);
  } else {
    say(note, answer.data.detail ?? text("unsaved"));
    if (answer.status === 0 || answer.status >= 500) soon(note, 3000);
  }
}

document.addEventListener("region-leaves", ({ target }) => {
  const note = field();
  if (!target.contains(note) || !stateOf(note).since) return;
  clearTimeout(stateOf(note).timer);
  save(note);
});

function conflict(note, { theirs, version }) {
  const panel = document.getElementById("note-conflict");
  panel.hidden = false;
  panel.querySelector("q").textContent = theirs;
  panel.onclick = ({ target }) => {
    const choice = target.dataset?.keep;
    if (!choice) return;
    note.dataset.version = version;
    if (choice === "theirs") note.value = theirs;
    panel.hidden = true;
    typed(note);
  };
}

/** A call is on the desk: bring back what this tab had typed and the server never got. */
on("serving", async () => {
  const note = field();
  if (!note) return;
  const unsent = await kept(note.dataset.call);
  if (!note.isConnected) return;
  if (!unsent || unsent.text === note.value) return forget(note.dataset.call);
  if (unsent.version === Number(note.dataset.version)) {
    note.value = unsent.text;
    typed(note);
  } else {
    conflict(note, { theirs: note.value, version: Number(note.dataset.version) });
    note.value = unsent.text;
  }
});

const noteOf = (call) => (field()?.dataset.call === call ? field() : null);

/** The wrap-up of a call takes its note as it stands, and saves it. Undefined where the note is not on the page, or nothing
    was typed here: then what was saved counts, in another tab perhaps. */
export function takeNote(call) {
  const note = noteOf(call);
  if (!note) return undefined;
  clearTimeout(stateOf(note).timer);
  stateOf(note).since = 0;
  return note.value === note.defaultValue ? undefined : note.value;
}
/** The wrap-up was refused: the note saves itself again. */
export function giveBack(call) {
  const note = noteOf(call);
  if (note && note.value !== note.defaultValue) typed(note);
}
/** Afterwards nothing of it stays here. */
export const noteSaved = forget;

document.addEventListener("input", ({ target }) => target.id === "note" && typed(target));
document.addEventListener("submit", ({ target }) => {
  if (target.matches("[data-signs-out]")) Object.keys(sessionStorage).filter((k) => k.startsWith("zhiyin-note-")).forEach((k) => sessionStorage.removeItem(k));
});
addEventListener("online", () => save(field()));
