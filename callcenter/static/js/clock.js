// Timers are recomputed from the server's instants at each tick, never counted down: a throttled tab stays right.

let offset = 0; // server − this computer, milliseconds
let best = Infinity; // round trip of the sample the offset stands on

export const serverNow = () => Date.now() + offset;
export const clockOffset = () => offset;

/** Learn the server's clock; `sentAt` is when the question left, so that half the round trip can be taken off. */
export function learn(iso, sentAt = Date.now()) {
  const trip = Date.now() - sentAt;
  const sample = new Date(iso).getTime() + trip / 2 - Date.now();
  if (Number.isNaN(sample)) return;
  if (trip <= best || Math.abs(sample - offset) > 1000) [offset, best] = [sample, trip];
  best += 5; // an old good sample fades: clocks drift
}

const pad = (n) => String(n).padStart(2, "0");

/** 75 → "1:15", 3675 → "1:01:15" */
export function span(seconds) {
  const s = Math.max(0, seconds);
  const [h, m, rest] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, Math.floor(s) % 60];
  return h ? `${h}:${pad(m)}:${pad(rest)}` : `${m}:${pad(rest)}`;
}

function draw(timer, now) {
  const { since, until, most, warn } = timer.dataset;
  // Rounded down: a hidden tab draws up to a second late, and what is left must not be overstated.
  const seconds = Math.floor((until ? new Date(until) - now : now - new Date(since)) / 1000);
  const text = span(seconds);
  if (timer.textContent !== text) timer.textContent = text;
  timer.classList.toggle("over", most !== undefined && seconds > most * 60);
  timer.classList.toggle("soon", warn !== undefined && seconds <= warn);
}

export function paintTimers(root = document) {
  const now = serverNow();
  for (const timer of root.querySelectorAll(".timer[data-since], .timer[data-until]")) draw(timer, now);
}

setInterval(() => paintTimers(), 250);
document.addEventListener("visibilitychange", () => paintTimers());
document.addEventListener("htmx:afterSwap", () => paintTimers());
