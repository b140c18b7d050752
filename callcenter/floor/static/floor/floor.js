// The live floor: fetched afresh every three seconds and morphed in; older than ten seconds, it greys and says so.
import { learn, paintTimers, serverNow } from "../js/clock.js";
import { morph } from "../js/morph.js";

const EVERY = 3000;
const STALE = 10_000;
const floor = document.getElementById("floor");
const board = document.getElementById("board");
const chip = document.getElementById("age");
const said = document.getElementById("stale-said");
const words = document.getElementById("words").dataset;

const drawnAt = () => new Date(document.getElementById("moment").dataset.at);
let stale = false;

function judge() {
  const age = serverNow() - drawnAt();
  const old = age > STALE;
  chip.hidden = !old;
  if (old) chip.textContent = words.age.replace("{0}", Math.floor(age / 1000));
  if (old === stale) return;
  stale = old;
  floor.classList.toggle("stale", old);
  chip.classList.toggle("chip-warn", old);
  said.textContent = old ? words.stale : words.fresh; // told once, not every tick
}

async function renew() {
  const sent = Date.now();
  const answer = await fetch(floor.dataset.url, {
    headers: { "HX-Request": "true", Accept: "text/html" },
    signal: AbortSignal.timeout(8000),
  });
  if (answer.status === 401 || answer.status === 403) return location.reload(); // signed out: the server says where to
  if (!answer.ok) return;
  const open = [...board.querySelectorAll("details[open]")].map((one) => one.id);
  morph(board, await answer.text());
  for (const id of open) document.getElementById(id)?.setAttribute("open", ""); // the server does not know what is open
  learn(document.getElementById("moment").dataset.at, sent);
  paintTimers(board);
  judge();
}

async function keep() {
  await renew().catch(() => {}); // judged by the age of what stands there, not by the error
  setTimeout(keep, EVERY);
}

learn(document.getElementById("moment").dataset.at);
setInterval(judge, 1000);
setTimeout(keep, EVERY);
addEventListener("pageshow", () => renew().catch(() => {}));
addEventListener("online", () => renew().catch(() => {}));
