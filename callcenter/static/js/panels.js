// A region is drawn or fetched, and morphed in; of two fetches only the newer one arrives.
import { morph } from "./morph.js";
import { paintTimers } from "./clock.js";

const running = new WeakMap();

function failed(target, url, request) {
  if (!target.querySelector(".panel-failed")) target.append(document.getElementById("failed").content.cloneNode(true));
  const note = target.querySelector(".panel-failed");
  note.querySelector("small").textContent = request ?? "";
  note.querySelector("button").onclick = () => {
    note.remove();
    renew(target, url);
  };
}

function put(target, html) {
  morph(target, html);
  paintTimers(target);
}

/** Show what came with a snapshot; what is still under way for this region is older and ends. */
export function draw(target, html) {
  running.get(target)?.abort();
  running.delete(target);
  target.removeAttribute("aria-busy");
  put(target, html);
}

/** Fetch `url` into `target`. Answers true once it stands there. A newer call for the same region ends the older. */
export async function renew(target, url) {
  running.get(target)?.abort();
  const run = new AbortController();
  running.set(target, run);
  target.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true", Accept: "text/html" }, signal: run.signal });
    const html = await answer.text();
    if (running.get(target) !== run) return false;
    if (!answer.ok) {
      if (answer.status >= 500) failed(target, url, answer.headers.get("X-Request-Id"));
      return false;
    }
    put(target, html);
    return true;
  } catch (error) {
    if (error.name !== "AbortError") failed(target, url, "");
    return false;
  } finally {
    if (running.get(target) === run) target.removeAttribute("aria-busy");
  }
}

function settleHtmx(event) {
  const { target, xhr, requestConfig } = event.detail;
  failed(target, requestConfig.path, xhr?.getResponseHeader("X-Request-Id"));
}
document.addEventListener("htmx:responseError", settleHtmx);
document.addEventListener("htmx:sendError", settleHtmx);
