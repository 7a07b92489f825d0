// The gateway's event stream: what has come of it, and how long nothing has. A stream that is dead in silence is opened
// anew, and so is one that was refused: an EventSource gives up then.

/** So long without a snapshot, in milliseconds, is worth a word; there is one each second. */
const QUIET = 3000;
const ANEW = 10000;
const RETRY = 3000;

export class Contact {
  /** `take(name, data)` gets each event; `tell(state, silence)` each change, and each second while there is no contact. */
  constructor({ take, tell }) {
    Object.assign(this, { take, tell, heard: performance.now(), opened: 0, state: "connecting" });
    this.open();
    setInterval(() => this.look(), 1000);
    document.addEventListener("visibilitychange", () => this.look());
  }

  /** How long nothing has come, in milliseconds. */
  get silence() { return performance.now() - this.heard; }

  open() {
    this.source?.close();
    this.opened = performance.now();
    this.source = new EventSource("/dashboard/events");
    for (const name of ["plots", "past", "notices", "now"]) {
      this.source.addEventListener(name, (event) => this.receive(name, JSON.parse(event.data)));
    }
    this.source.addEventListener("end", () => this.lose("stopped"));
    this.source.addEventListener("error", () => this.fail());
  }

  receive(name, data) {
    this.heard = performance.now();
    this.take(name, data);
    if (name === "now" && this.state !== "live") this.become("live");
  }

  /** The gateway has said that it goes down: nothing is strange about what follows. */
  lose(state) {
    this.source.close();
    this.become(state);
  }

  /** A status can't be read from an EventSource. */
  async fail() {
    if (this.source.readyState !== EventSource.CLOSED) return;
    try {
      const answer = await fetch("/dashboard/events", { method: "HEAD" });
      if (answer.status === 503) this.become("full");
    } catch { /* Nobody is there. */ }
  }

  look() {
    if (this.state === "live" && this.silence < QUIET) return;
    if (this.state === "live") this.become("lost");
    const isOver = this.source.readyState === EventSource.CLOSED;
    if (performance.now() - this.opened > (isOver ? RETRY : ANEW)) this.open();
    this.tell(this.state, this.silence);
  }

  become(state) {
    this.state = state;
    this.tell(state, this.silence);
  }
}
