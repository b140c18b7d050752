// The desk: one snapshot, drawn. Notices, resumes and answers all end in "look again"; older snapshots are dropped.
import { claim } from "./lease.js";
import { send } from "./commands.js";
import { learn, paintTimers } from "./clock.js";
import { emit, isEditor, lease, mark, on, shell, text, toast } from "./page.js";
import { listen } from "./live.js";
import { draw, renew } from "./panels.js";
import { foresee, ring, unlock } from "./ring.js";
import "./colleagues.js";
import "./keys.js";
import "./notes.js";
import "./reveal.js";
import "./wrapup.js";

const WRITTEN_EVERY = 5000; // what is written is no event: whose turn it is, is asked for
const QUEUES_AT_MOST = 1500; // milliseconds between two looks because of queues alone
const chip = document.getElementById("chip");
const desk = document.getElementById("desk");
const shown = { version: -1, slices: {} };
let looking = false;
let again = false;
let queueTimer = null;
let writes = false; // a conversation in writing is open

async function look() {
  if (looking) return void (again = true);
  looking = true;
  const sentAt = Date.now();
  try {
    const answer = await fetch("/console/state", { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(5000) });
    if (answer.status === 401) emit("signed-out");
    if (answer.ok) apply(await answer.json(), sentAt);
  } catch {
    // The chip tells that the server is away; the next look comes by itself.
  } finally {
    looking = false;
    if (again) {
      again = false;
      look();
    }
  }
}

/** Draw what differs from what is shown. A snapshot older than the shown one changes nothing. */
function apply(state, sentAt) {
  learn(state.now, sentAt);
  if (state.version < shown.version) return;
  shown.version = state.version;
  const changed = new Set();
  for (const slice of ["agent", "work", "others", "queues", "today", "callbacks"]) {
    const value = JSON.stringify(state[slice]);
    if (shown.slices[slice] !== value) changed.add(slice);
    shown.slices[slice] = value;
  }
  document.documentElement.dataset.deskVersion = state.version;
  document.documentElement.dataset.stage = state.work?.stage ?? "idle";
  tellWhere(state.console);
  for (const part of document.querySelectorAll("[data-part]")) {
    if (part.dataset.on.split(" ").some((slice) => changed.has(slice))) draw(part, state.drawn[part.dataset.part]);
  }
  const front = atHand(state);
  if (changed.has("work") || changed.has("others")) serve(front);
  writes = [state.work, ...state.others].some((work) => work?.written);
  if (desk && !serving(front) && ["agent", "today", "work", "callbacks"].some((slice) => changed.has(slice))) idle(state.drawn.idle);
  ring(state.work, state.seq);
  paintTimers();
}

const serving = (work) => Boolean(work) && work.stage !== "ringing";
/** While something rings, or several do, the conversation beside which they ring stays on the screen. */
const atHand = ({ work, others }) => [work, ...others].find(serving) ?? work;
const panel = (id) => document.getElementById(id);

function idle(html) {
  panel("work").dataset.showing = "idle";
  draw(panel("work"), html);
}

/** The served call: centre and right column once per customer, the dock when talk is over. Where another conversation
    comes while a part is fetched, `showing` names that one, and what was begun for the first ends. */
async function serve(work) {
  if (!desk) return;
  const dock = panel("dock");
  const wrapping = work?.stage === "wrapping";
  if (wrapping) {
    const key = `${work.reservation} ${work.deadline}`;
    if (dock.dataset.showing !== key) {
      if (!dock.dataset.showing?.startsWith(work.reservation)) draw(dock, ""); // another's is not to be saved meanwhile
      dock.dataset.showing = key;
      await renew(dock, `/console/reservations/${work.reservation}/wrap-up/`);
      if (dock.dataset.showing !== key) return;
    }
  } else {
    delete dock.dataset.showing;
    draw(dock, "");
  }
  dock.hidden = !wrapping;
  if (!serving(work)) return;
  const key = `${work.reservation} ${work.customer} ${work.role}`;
  if (panel("work").dataset.showing === key) return;
  panel("work").dataset.showing = key;
  const drawn = await renew(panel("work"), `/console/reservations/${work.reservation}/identity/`);
  if (panel("work").dataset.showing !== key) return;
  if (!drawn) {
    panel("work").dataset.showing = "";
    if (!panel(`conversation-${work.reservation}`)) clearBeside(panel("work"), ".panel-failed");
    return;
  }
  emit("serving", work);
  if (!isEditor(document.activeElement)) panel("work").querySelector(".identity")?.focus({ preventScroll: true });
}

/** Nobody else's customer stands beside a call whose own could not be fetched. */
function clearBeside(region, kept) {
  for (const part of [...region.children]) if (!part.matches(kept)) part.remove();
}

function tellWhere(console) {
  const where = document.querySelector("#elsewhere .elsewhere-where");
  const since = console.opened_at ? new Date(console.opened_at).toLocaleTimeString(document.documentElement.lang) : "";
  where.textContent = [console.browser, since].filter(Boolean).join(" · ");
}

function hear(message) {
  if (message.type === "chip") return showChip(message.chip);
  if (message.type === "beat") return learn(message.now);
  if (message.type === "ping") return vouch();
  if (message.type === "signed-out") return emit("signed-out");
  if (message.kind === "session") vouch();
  if (message.event === "reservation.created") foresee(message.pk, message.seq);
  if (message.kind !== "queue") return look();
  queueTimer ??= setTimeout(() => {
    queueTimer = null;
    look();
  }, QUEUES_AT_MOST);
}

function showChip(name) {
  mark("stream", name);
  chip.hidden = name === "live";
  chip.className = "chip chip-warn";
  chip.textContent = name === "live" ? "" : text(navigator.onLine ? name : "offline");
}

/** The page lives and hears: only then is its agent offered calls. */
async function vouch() {
  if (!lease.mine) return;
  const answer = await send("/console/pulse/", {}, { tries: 1 });
  if (answer.ok && answer.data.version > shown.version) look();
}

on("state", ({ state, sentAt }) => apply(state, sentAt));
on("look", look);
on("signed-out", () => {
  toast(text("signedOut"), "", 3600);
  document.body.classList.add("signed-out");
});
on("lease", (mine) => mine && look());
setInterval(() => writes && look(), WRITTEN_EVERY);
addEventListener("online", look);
addEventListener("pageshow", (event) => event.persisted && look());
document.addEventListener("resume", look);
document.addEventListener("visibilitychange", () => document.hidden || look());
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, unlock, { capture: true, passive: true });

const stop = listen({
  worker: shell.dataset.worker,
  fingerprint: shell.dataset.fingerprint,
  after: Number(shell.dataset.seq ?? 0),
  hear,
});
document.addEventListener("submit", (event) => event.target.matches("[data-signs-out]") && stop());
claim();
look();
