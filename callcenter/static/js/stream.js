// One event stream with its own sense of life: a beat every 5 s, dead after 10 s of silence, reopened with jitter.
// Runs in the shared worker; in the leading page where there is no worker. It tells, it never decides.

const KINDS = ["agent", "reservation", "call", "queue", "callback", "notice", "alert", "session", "resync"];
const SILENCE = 10_000;
const POLL = 5_000;

export class Stream {
  /** `tell(message)`: {type: "look", kind, pk, event, seq} | {type: "beat", now} | {type: "chip", chip} | {type: "signed-out"} */
  constructor(tell) {
    this.tell = tell;
    this.last = 0;
    this.tries = 0;
    this.chip = "reconnecting";
    this.source = null;
  }

  start(after) {
    if (this.watch) return;
    this.last = after;
    this.watch = setInterval(() => this.check(), 1000);
    this.open();
  }

  stop() {
    clearInterval(this.watch);
    clearInterval(this.poll);
    clearTimeout(this.retry);
    this.source?.close();
    this.watch = this.poll = this.source = null;
  }

  open() {
    this.heardAt = Date.now();
    const source = new EventSource(`/live/events?after=${this.last}`);
    this.source = source;
    for (const kind of KINDS) source.addEventListener(kind, (event) => this.hear(source, kind, event));
    source.addEventListener("beat", (event) => this.beat(source, JSON.parse(event.data)));
    source.onopen = () => source === this.source && this.live();
    source.onerror = () => source === this.source && this.fail();
  }

  live() {
    this.heardAt = Date.now();
    this.tries = 0;
    clearInterval(this.poll);
    this.poll = null;
    this.say("live");
    this.tell({ type: "look", kind: "connected" });
  }

  hear(source, kind, event) {
    if (source !== this.source) return;
    this.heardAt = Date.now();
    const data = JSON.parse(event.data);
    if (event.lastEventId) this.last = kind === "resync" ? Number(event.lastEventId) : Math.max(this.last, Number(event.lastEventId));
    this.tell({ type: "look", kind, pk: data.pk, event: data.type, seq: Number(event.lastEventId) });
  }

  beat(source, { seq, now }) {
    if (source !== this.source) return;
    this.heardAt = Date.now();
    this.tell({ type: "beat", now });
    if (seq > this.last) {
      this.last = seq; // something was told that never arrived
      this.tell({ type: "look", kind: "gap" });
    }
  }

  check() {
    if (this.source && Date.now() - this.heardAt > SILENCE) this.fail();
  }

  fail() {
    this.source?.close();
    this.source = null;
    this.say("reconnecting");
    this.poll ??= setInterval(() => this.tell({ type: "look", kind: "poll" }), POLL);
    this.tries += 1;
    const most = this.tries === 1 ? 3000 : Math.min(30_000, 1000 * 2 ** this.tries);
    const least = this.tries === 1 ? 0 : 1000;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.reopen(), least + Math.random() * (most - least));
  }

  async reopen() {
    try {
      const answer = await fetch("/live/session", { headers: { Accept: "application/json" } });
      if (answer.status === 401) {
        this.stop();
        return this.tell({ type: "signed-out" });
      }
      if (this.watch) this.open();
    } catch {
      if (this.watch) this.fail();
    }
  }

  say(chip) {
    this.chip = chip;
    this.tell({ type: "chip", chip });
  }
}
