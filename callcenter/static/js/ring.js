// A call rings: card, tone, title, favicon and notification, in a hidden tab too. The tone starts from the message.
import { paintTimers } from "./clock.js";
import { send } from "./commands.js";
import { emit, mark, text } from "./page.js";

const GONE = 3000; // how long the sentence stands after a withdrawn call
const RINGS = 45; // seconds of tone laid out in advance: a hidden tab's timers are throttled, its sound is not
const card = document.getElementById("ring");
const icon = document.querySelector("link[rel=icon]");
const calm = { title: document.title, icon: icon.href };
let sounding = null;
let context = null;
let notification = null;
let current = "";
let leaving = null;
let toldAt = 0; // the feed's number of the notice that announced the present ring

/** Sound is allowed from the first click or key in this tab. */
export function unlock() {
  if (context?.state === "running") return;
  context ??= new AudioContext();
  context.resume().then(() => mark("sound", "yes"));
}

function pulse(at, volume, out) {
  for (const [frequency, start] of [[660, 0], [880, 0.18]]) {
    const [tone, gain] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(0, at + start);
    gain.gain.linearRampToValueAtTime(volume, at + start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, at + start + 0.5);
    tone.connect(gain).connect(out);
    tone.start(at + start);
    tone.stop(at + start + 0.55);
  }
}

/** Two soft notes every two seconds. */
export function startTone(seconds = RINGS) {
  if (!context || sounding) return;
  sounding = context.createGain();
  sounding.connect(context.destination);
  for (let at = 0; at < seconds; at += 2) pulse(context.currentTime + at, 0.25, sounding);
}

export function stopTone() {
  sounding?.disconnect();
  sounding = null;
}

function notify() {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  if (!document.hidden && document.hasFocus()) return;
  notification = new Notification(text("ringing"), { tag: "zhiyin-ring", requireInteraction: true, icon: icon.dataset.ringing });
  notification.onclick = () => window.focus();
}

function raise() {
  startTone();
  document.title = `(1) ${text("incoming")} · ${calm.title}`;
  icon.href = icon.dataset.ringing;
  notify();
}

function lower() {
  stopTone();
  document.title = calm.title;
  icon.href = calm.icon;
  notification?.close();
  notification = null;
}

async function fetchCard(reservation) {
  const answer = await fetch(`/console/reservations/${reservation}/`, { headers: { "HX-Request": "true" } });
  return answer.ok ? answer.text() : "";
}

async function show(reservation) {
  current = reservation;
  clearTimeout(leaving);
  raise();
  const html = await fetchCard(reservation).catch(() => "");
  if (current !== reservation) return;
  if (!html) {
    current = ""; // the next look tries again
    lower();
    return;
  }
  card.innerHTML = html;
  if (card.querySelector("[data-gone]")) return leave(); // it was over before it could be shown
  paintTimers(card);
  if (!card.matches(":popover-open")) card.showPopover();
  performance.mark("ring-in-page", { detail: reservation });
  requestAnimationFrame(() => setTimeout(() => performance.mark("ring-painted", { detail: reservation })));
  document.getElementById("announce").textContent = text("ringing");
  emit("ringing", reservation);
  send(`/console/reservations/${reservation}/seen/`, {}, { tries: 1 });
}

/** The call left this desk: say where it went, for a moment. */
async function withdraw(reservation) {
  lower();
  const html = await fetchCard(reservation).catch(() => "");
  if (current) return;
  card.innerHTML = html;
  leaving = setTimeout(close, html ? GONE : 0);
}

function leave() {
  current = "";
  lower();
  close();
}

function close() {
  if (card.matches(":popover-open")) card.hidePopover();
  card.replaceChildren();
  document.getElementById("announce").textContent = "";
}

/** A notice says that a call is reserved here: show it at once, the snapshot follows. */
export function foresee(reservation, seq) {
  if (current) return;
  toldAt = seq;
  show(reservation);
}

/** Bring the ring in line with the snapshot's work; `seq` is how far in the feed the snapshot reaches. */
export function ring(work, seq) {
  const rings = work?.stage === "ringing" ? work.reservation : "";
  if (rings === current || (!rings && seq < toldAt)) return;
  const before = current;
  if (rings) return show(rings);
  current = "";
  if (work?.reservation === before) {
    leave(); // answered here
  } else {
    withdraw(before);
  }
}

mark("sound", navigator.userActivation?.hasBeenActive ? "yes" : "no");
mark("notification", "Notification" in window && Notification.permission === "granted" ? "yes" : "no");
