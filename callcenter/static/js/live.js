// How this page hears notices: the shared worker; without one a leading tab; without either, a question every 5 s.
import { Stream } from "./stream.js";

const PULSE = 5000;

function byWorker(url, name, after, hear, otherwise) {
  const worker = new SharedWorker(url, { type: "module", name });
  worker.onerror = () => otherwise();
  worker.port.onmessage = ({ data }) => hear(data);
  worker.port.start();
  worker.port.postMessage({ type: "hello", after });
  addEventListener("pagehide", () => worker.port.postMessage({ type: "bye" }));
  addEventListener("pageshow", (event) => event.persisted && worker.port.postMessage({ type: "hello", after }));
  return () => worker.port.postMessage({ type: "close" });
}

function byLeader(name, after, hear) {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => hear(data);
  const stream = new Stream((message) => {
    hear(message);
    channel.postMessage(message);
  });
  navigator.locks.request(`${name}-leader`, () => {
    stream.start(after);
    return new Promise(() => {});
  });
  setInterval(() => hear({ type: "ping" }), PULSE);
  return () => stream.stop();
}

function byPolling(hear) {
  hear({ type: "chip", chip: "polling" });
  const timer = setInterval(() => {
    hear({ type: "ping" });
    hear({ type: "look", kind: "poll" });
  }, PULSE);
  return () => clearInterval(timer);
}

/** Start hearing; `hear(message)` as in stream.js, and {type: "ping"} every 5 s. Answers how to stop for good. */
export function listen({ worker, fingerprint, after, hear }) {
  const name = `zhiyin-live-${fingerprint}`;
  const leaderOrPolling = () =>
    window.EventSource && window.BroadcastChannel && navigator.locks ? byLeader(name, after, hear) : byPolling(hear);
  if (!window.SharedWorker) return leaderOrPolling();
  try {
    return byWorker(worker, name, after, hear, leaderOrPolling);
  } catch {
    return leaderOrPolling();
  }
}
