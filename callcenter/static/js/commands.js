// Commands: an ordinary POST with an idempotency key and the lease. A repeat after a lost answer has no second effect.
import { csrf, emit, lease, text, toast } from "./page.js";

const WAITS = [400, 1500, 4000]; // between tries, milliseconds
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function once(url, body, key) {
  const sentAt = Date.now();
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf(), "Idempotency-Key": key };
  if (lease.id) headers["X-Lease"] = lease.id;
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(8000) });
  const isJson = answer.headers.get("Content-Type")?.includes("json");
  return { status: answer.status, ok: answer.ok, data: isJson ? await answer.json() : {}, sentAt };
}

/** Send, trying again with the same key while the server is out of reach. Answers {ok, status, data}; never throws. */
export async function send(url, body = {}, { tries = WAITS.length + 1, key = newKey() } = {}) {
  let last = { ok: false, status: 0, data: {} };
  for (let n = 0; n < tries; n += 1) {
    if (n) await sleep(WAITS[n - 1]);
    try {
      last = await once(url, body, key);
    } catch {
      last = { ok: false, status: 0, data: {} };
    }
    if (last.status !== 0 && last.status < 500) break;
  }
  if (last.status === 401) emit("signed-out");
  if (last.data.code === "lease_lost") emit("lease-lost");
  if (last.ok && last.data.state) emit("state", { state: last.data.state, sentAt: last.sentAt });
  return last;
}

/** Say in the page why a command was not done, and look at how things are. */
export function explain({ status, data }) {
  toast(data.detail || text("failed"), data.request ? `${text("request")} ${data.request}` : "");
  if (status !== 0) emit("look", "refused");
}

/** What the field beside the button holds, by its name. */
const written = (button, name) => (name ? { [name]: button.closest(".menu-body").querySelector(`[name=${name}]`).value } : {});

async function press(button) {
  if (button.getAttribute("aria-busy") === "true") return;
  const { command, body, reads, takesOver, writes, settles, renews } = button.dataset;
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    // a first press may come before the server has answered whose desk this is
    if (writes !== undefined || takesOver !== undefined) await lease.decided;
    if (!lease.mine && takesOver !== undefined && !(await lease.takeOver())) return;
    if (!lease.mine && writes !== undefined) return toast(document.querySelector("#elsewhere span").textContent);
    const script = renews && document.querySelector(".script"); // by the answer another conversation's may stand there
    const answer = await send(command, { ...JSON.parse(body ?? "{}"), ...written(button, reads) });
    if (!answer.ok) return explain(answer);
    button.closest("details.menu")?.removeAttribute("open");
    if (answer.data.result?.said) toast(answer.data.result.said);
    if (settles !== undefined) settle(button);
    if (script?.isConnected) window.htmx.ajax("GET", renews, { target: script, swap: "morph" });
  } finally {
    button.removeAttribute("aria-busy");
    button.disabled = Boolean(button.closest(".offer-done"));
  }
}

/** An offer card is decided: it says how and stays where it is. */
function settle(button) {
  const card = button.closest(".offer");
  card.classList.add("offer-done");
  const word = button.firstChild.textContent.trim();
  card.querySelector(".offer-outcome").textContent = word;
  for (const other of card.querySelectorAll("button, summary")) other.setAttribute("aria-disabled", "true");
  for (const other of card.querySelectorAll("button")) other.disabled = true;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches?.("[data-submits]")) return;
  event.preventDefault();
  event.target.closest(".menu-body").querySelector(`[data-reads="${event.target.name}"]`).click();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-command]");
  if (button && !button.disabled) press(button);
});
