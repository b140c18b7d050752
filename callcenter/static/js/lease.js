// Who vouches for the agent: one window at a time. The browser's lock decides between tabs, the server between browsers.
import { emit, lease, on, shell, toast, text } from "./page.js";
import { explain, send } from "./commands.js";

const NAME = `zhiyin-desk-${shell.dataset.fingerprint}`;
const PATIENCE = 1000; // a reload waits so long for the lock of the page it replaces
const banner = document.getElementById("elsewhere");

let decide; // the first answer to the question whose desk this is
let held = null; // gives the browser's lock back
let reopening = false;

function show(mine) {
  lease.mine = mine;
  banner.hidden = mine;
  document.body.classList.toggle("reading-along", !mine);
  document.documentElement.dataset.lease = mine ? "mine" : "elsewhere";
  decide();
  emit("lease", mine);
}

/** Hold the browser's lock until it is given back or taken. `act` runs once we have it. */
function lock(options, act) {
  if (!navigator.locks) return act();
  const wait = navigator.locks.request(NAME, options, () => {
    act();
    return new Promise((resolve) => (held = resolve));
  });
  wait.catch((error) => error.name === "AbortError" && lost()); // another tab took it
}

function lost() {
  held = null;
  if (lease.mine) show(false);
}

async function open(url) {
  const answer = await send(url, {});
  if (answer.ok) {
    show(true);
    return true;
  }
  show(false);
  if (answer.data.code !== "lease_held") explain(answer);
  return false;
}

/** Ask to vouch: at once if no other tab does, else as soon as that tab is gone. */
export function claim() {
  let decided = false;
  lock({}, () => {
    decided = true;
    open("/console/open/");
  });
  setTimeout(() => decided || show(false), PATIENCE);
}

/** This window vouches from now on; whoever did before reads along. */
function takeOver() {
  lease.id = shell.dataset.spare;
  return new Promise((resolve) => lock({ steal: true }, () => resolve(open("/console/takeover/"))));
}

/** The server no longer knows our lease: another window took it, or this desk was out of reach too long. */
on("lease-lost", async () => {
  if (!lease.mine || reopening) return;
  reopening = true;
  try {
    const state = await (await fetch("/console/state", { headers: { Accept: "application/json" } })).json();
    if (state.console?.open) {
      held?.();
      return show(false);
    }
    if (await open("/console/open/")) toast(text("away"), "", 15);
  } catch {
    emit("look", "lease"); // no answer: the next pulse asks again
  } finally {
    reopening = false;
  }
});

lease.takeOver = takeOver;
lease.decided = new Promise((resolve) => (decide = resolve));
document.getElementById("take-over").addEventListener("click", takeOver);
