// The browser's side of Sluice: a stream of server-sent events that stays signed in, resumes over page loads, and is
// one for all tabs of an origin. It is optional: a plain `new EventSource(…)` works too.
//
// A Trunk holds the one EventSource. A Sluice is what a page sees of it. Between them is a link: within the tab, from
// tab to tab (the trunk is in the tab that holds a Web Lock), or to a SharedWorker that runs this same file.
// Tokens never leave the tab that got them: a trunk that needs a session asks a tab to sign in.

/** Part of all names that tabs share, so that tabs which loaded another version keep to themselves. */
const protocol = "sluice/1";
/** Waiting between attempts: a random part of what doubles each time, up to this, in milliseconds. */
const longestWait = 30_000;
/** A stream that lived for so long was a success: what fails after it fails for the first time. */
const settled = 10_000;
/** Rejections in a row after which another token won't help either. */
const enoughRejections = 5;
const inWorker = typeof SharedWorkerGlobalScope !== "undefined" && self instanceof SharedWorkerGlobalScope;

// ---------------------------------------------------------------------------------------------- Ids: EPOCH-SEQUENCE

/** @param {string} id */
function place(id) {
  const dash = id.lastIndexOf("-");
  return { epoch: id.slice(0, dash), sequence: Number(id.slice(dash + 1)) };
}

/** Whether an event is not yet known to who has seen `last`. @param {string} id @param {string} last */
function isNews(id, last) {
  const [one, other] = [place(id), place(last)];
  return one.epoch !== other.epoch || !(one.sequence <= other.sequence);
}

// -------------------------------------------------------------------------------------------------------- The trunk

/**
 * Holds the one EventSource, opens it again when it has ended for good, and has its session renewed.
 *
 * It hears messages of tabs (their member `do`) and says messages to all of them (member `say`).
 */
class Trunk {
  #url; #topics; #say; #signIn;
  /** @type {EventSource | undefined} */
  #source;
  #names = new Set(["message"]);
  #state; #last = ""; #user; #endsAt = 0; #dueAt = 0;
  #isStarted = false; #isStopped = false; #isRefused = false; #isSigningIn = false;
  #liveSince = 0; #failures = 0; #rejections = 0; #retry; #renewal;

  /**
   * @param {{url: string, topics: string[]}} target
   * @param {(message: object) => void} say
   * @param {() => Promise<object>} signIn gives `{user, expiresIn}`, `{none: true}` or `{code, detail, retryable}`
   * @param {{state: string, session?: object}} before what the tab that starts it knows from the trunk before
   * @param {Iterable<string>} [names] the names of events that tabs are known to want
   */
  constructor({ url, topics }, say, signIn, { state, session }, names = []) {
    [this.#url, this.#topics, this.#say, this.#signIn, this.#state] = [url, topics, say, signIn, state];
    this.#isStarted = this.#isStopped = state === "signed-out" || state === "closed";
    for (const name of names) this.#names.add(name);
    if (session) this.#keep(session);
  }

  hear(message) {
    switch (message.do) {
      case "join": return this.#join(message);
      case "names": return message.names.forEach((name) => this.#listen(name));
      case "session": return this.#restart(message.session);
      case "signed-out": return this.stop("signed-out");
      case "wake": return this.#wake();
    }
  }

  /** Ends the stream until someone signs in. */
  stop(state) {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#renewal);
    this.#hangUp();
    this.#turn(state);
  }

  /** A tab that has seen less than has passed here gets it again; the others know what they have seen. */
  #join({ tab, id, user, names }) {
    const unheard = names.filter((name) => !this.#names.has(name));
    const isBefore = !this.#last || isNews(this.#last, id);
    const isLate = id && (isBefore || unheard.length > 0) && (this.#user ?? user) === user;
    if (isLate && isBefore) this.#last = id;
    unheard.forEach((name) => this.#listen(name));
    this.#user ??= user;
    const session = this.#endsAt ? { user: this.#user, endsAt: this.#endsAt } : undefined;
    this.#say({ say: "welcome", tab, state: this.#state, id: this.#last, session, names: [...this.#names] });
    if (!this.#isStarted) this.#start();
    else if (isLate && this.#source) this.#open();
  }

  #start() {
    this.#isStarted = true;
    if (this.#endsAt > Date.now()) this.#open();
    else this.#renew();
  }

  /** A tab has signed in without being asked, also when the trunk had been stopped. */
  #restart(session) {
    [this.#isStarted, this.#isStopped, this.#isRefused] = [true, false, false];
    this.#signedIn(session);
  }

  #open() {
    clearTimeout(this.#retry);
    this.#hangUp();
    if (this.#isStopped) return;
    const address = new URL(this.#url + "/v1/stream?refusals=event");
    for (const topic of this.#topics) address.searchParams.append("topic", topic);
    if (this.#last) address.searchParams.set("lastEventId", this.#last);
    const source = new EventSource(address, { withCredentials: true });
    this.#source = source;
    // An event may be named "open" or "error" too: it has data.
    source.addEventListener("open", (event) => "data" in event || this.#opened());
    source.addEventListener("error", (event) => "data" in event || this.#failed());
    source.addEventListener("sluice.expiring", ({ data }) => this.#expiring(JSON.parse(data)));
    source.addEventListener("sluice.rejected", ({ data }) => this.#rejected(JSON.parse(data)));
    source.addEventListener("sluice.gap", ({ data, lastEventId }) =>
      this.#pass({ say: "gap", id: lastEventId, detail: JSON.parse(data) }));
    for (const name of this.#names) this.#forward(name);
  }

  #hangUp() {
    this.#source?.close();
    this.#source = undefined;
  }

  #listen(name) {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.#forward(name);
  }

  #forward(name) {
    this.#source?.addEventListener(name, (event) => {
      if ("data" in event) this.#pass({ say: "event", name, data: event.data, id: event.lastEventId });
    });
  }

  #pass(message) {
    this.#last = message.id || this.#last;
    this.#say(message);
  }

  #turn(state) {
    this.#state = state;
    this.#say({ say: "state", state });
  }

  #opened() {
    this.#liveSince = Date.now();
    this.#turn("live");
  }

  /** The browser connects again by itself after what the gateway's `retry:` says, unless it has given up. */
  #failed() {
    this.#countFailure();
    this.#turn("reconnecting");
    if (this.#source?.readyState !== EventSource.CLOSED) return;
    this.#hangUp();
    this.#later(() => this.#open());
  }

  #expiring(detail) {
    this.#say({ say: "expiring", detail });
    this.#renew();
  }

  #rejected(detail) {
    this.#say({ say: "rejected", detail });
    if (detail.code === "signed-out") return this.stop("signed-out");
    if (detail.retryable) return;
    this.#hangUp();
    if (!detail.code.startsWith("token-")) return this.stop("closed");
    this.#countFailure();
    this.#isRefused = true;
    this.#turn("reconnecting");
    this.#signInAgain();
  }

  /** At once the first time, later when that did not help, and not for ever. */
  #signInAgain() {
    this.#rejections += 1;
    if (this.#rejections > enoughRejections) this.stop("signed-out");
    else if (this.#rejections > 1) this.#later(() => this.#renew());
    else this.#renew();
  }

  #countFailure() {
    if (this.#liveSince && Date.now() - this.#liveSince > settled) this.#failures = this.#rejections = 0;
    this.#failures += 1;
    this.#liveSince = 0;
  }

  #later(step) {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(step, Math.random() * Math.min(longestWait, 500 * 2 ** this.#failures));
  }

  async #renew() {
    if (this.#isSigningIn || this.#isStopped) return;
    this.#isSigningIn = true;
    const result = await this.#signIn();
    this.#isSigningIn = false;
    if (!this.#isStopped) this.#signedIn(result);
  }

  #signedIn(result) {
    if (result.expiresIn !== undefined) {
      this.#isRefused = false;
      if (result.user !== this.#user && this.#user !== undefined) this.#changeUser();
      this.#keep({ user: result.user, endsAt: Date.now() + result.expiresIn * 1000 });
      this.#say({ say: "session", user: this.#user, endsAt: this.#endsAt });
      if (!this.#source) this.#open();
    } else if (result.none) {
      // No tab can sign in: the page does so itself.
      if (this.#isRefused) this.stop("signed-out");
      else if (!this.#source) this.#open();
    } else {
      this.#signInFailed(result);
    }
  }

  #signInFailed({ code, detail, retryable }) {
    if (!retryable) this.#say({ say: "rejected", detail: { code, detail, retryable } });
    // While a stream is open it tells when its end has come.
    if (!retryable && this.#source) return;
    this.#failures += 1;
    if (retryable) this.#later(() => this.#renew());
    else if (code === "token-missing") this.stop("signed-out");
    else this.#signInAgain();
  }

  /** The events of one user's stream are not those of another's. */
  #changeUser() {
    this.#hangUp();
    this.#last = "";
  }

  /** Keeps when the session ends, and has it renewed ahead of that if the gateway's `sluice.expiring` does not come. */
  #keep({ user, endsAt }) {
    const left = endsAt - Date.now();
    [this.#user, this.#endsAt, this.#dueAt] = [user, endsAt, endsAt - Math.min(30_000, left / 4)];
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => this.#renew(), Math.min(2 ** 31 - 1, this.#dueAt - Date.now()));
  }

  /** Timers stand still while the machine sleeps. */
  #wake() {
    if (this.#isStopped || !this.#isStarted) return;
    const isDue = Date.now() >= this.#dueAt;
    if (this.#endsAt && Date.now() >= this.#endsAt) this.#hangUp();
    if (this.#source ? this.#endsAt && isDue : isDue || this.#isRefused) this.#renew();
    else if (!this.#source && !this.#isSigningIn) this.#open();
  }
}

// --------------------------------------------------------------------------------------------------------- The links

/** Each tab has a stream of its own. @param {Sluice} tab @param {object} within what the tab lets its links do */
function tabLink({ target, hear, signIn, before }) {
  const trunk = new Trunk(target, hear, signIn, before());
  return { mode: "tab", send: (message) => trunk.hear(message), close: () => trunk.stop("closed") };
}

/** One tab holds the stream and a lock. When it goes, the browser gives the lock to the next, which goes on there. */
function locksLink({ key, target, hear, signIn, before }) {
  const channel = new BroadcastChannel(key);
  const leaving = new AbortController();
  let trunk, release, isClosed = false;
  const names = new Set();
  const learn = (message) => message.names?.forEach((name) => names.add(name));
  const say = (message) => {
    if (isClosed) return;
    channel.postMessage(message);
    hear(message);
  };
  channel.addEventListener("message", ({ data: message }) => {
    learn(message);
    if (message.do) trunk?.hear(message);
    else if (!trunk) hear(message);
  });
  const lead = () => new Promise((resolve) => {
    if (isClosed) return resolve();
    release = resolve;
    trunk = new Trunk(target, say, signIn, before(), names);
    say({ say: "lead" });
  });
  navigator.locks.request(key, { signal: leaving.signal }, lead).catch(() => {});
  return {
    mode: "locks",
    send(message) {
      learn(message);
      if (trunk) trunk.hear(message);
      else if (!isClosed) channel.postMessage(message);
    },
    close() {
      isClosed = true;
      trunk?.stop("closed");
      leaving.abort();
      release?.();
      channel.close();
    },
  };
}

/** A SharedWorker holds the stream. `failed` is called when the browser does not run it. */
function workerLink({ key, target, hear, signIn, before }, workerURL, failed) {
  const worker = new SharedWorker(workerURL, { type: "module", name: key });
  let isClosed = false;
  worker.addEventListener("error", () => isClosed || failed());
  worker.port.addEventListener("message", async ({ data: message }) => {
    if (isClosed) return;
    if (message.say !== "sign-in") return hear(message);
    worker.port.postMessage({ do: "answer", result: await signIn() });
  });
  worker.port.start();
  return {
    mode: "worker",
    send: (message) => worker.port.postMessage({ ...message, target, before: before() }),
    close() {
      isClosed = true;
      worker.port.postMessage({ do: "leave" });
      worker.port.close();
    },
  };
}

/** What the SharedWorker does: it has a trunk while it has tabs. */
function serveTabs() {
  const ports = new Set();
  let trunk, asked;
  const say = (message) => ports.forEach((port) => port.postMessage(message));

  /** Asks one tab; it may be frozen, or gone without a word. */
  const ask = (port) => new Promise((resolve) => {
    const silence = { isSilent: true, code: "no-answer", detail: "no tab answers", retryable: true };
    asked = { port, answer: (result = silence) => resolve(result) };
    setTimeout(resolve, 15_000, silence);
    port.postMessage({ say: "sign-in" });
  });
  /** The tab that came last is the likeliest to be looked at. */
  const signIn = async () => {
    let result = { none: true };
    for (const port of [...ports].reverse()) {
      if (ports.has(port)) result = await ask(port);
      if (!result.none && !result.isSilent) break;
    }
    return result;
  };
  const leave = (port) => {
    ports.delete(port);
    if (asked?.port === port) asked.answer();
    if (ports.size > 0) return;
    trunk?.stop("closed");
    trunk = undefined;
  };
  const hear = (port, message) => {
    if (message.do === "leave") return leave(port);
    if (message.do === "answer") return asked?.port === port && asked.answer(message.result);
    if (message.do === "join") ports.add(port);
    trunk ??= new Trunk(message.target, say, signIn, message.before);
    trunk.hear(message);
  };
  self.addEventListener("connect", ({ ports: [port] }) => {
    port.addEventListener("message", ({ data }) => hear(port, data));
    port.addEventListener("close", () => leave(port));
    port.start();
  });
}

if (inWorker) serveTabs();

// ---------------------------------------------------------------------------------------------------------- The page

/** What a page sees of the stream. */
class Sluice extends EventTarget {
  #options; #url; #key; #link;
  #tab = crypto.randomUUID();
  #leaving = new AbortController();
  #names = new Set(["message"]);
  #trunkState = "connecting"; #shown = "connecting";
  #isNew = true; #hasJoined = false; #isWelcome = false; #isBehind = false; #isClosed = false;
  #session; #last = ""; #user;

  /** @param {import("./sluice.js").Options} options */
  constructor(options) {
    super();
    this.#options = { ...options, topics: options.topics ?? [], share: options.share ?? "auto" };
    this.#url = String(options.url ?? new URL(import.meta.url).origin).replace(/\/$/, "");
    this.#key = [protocol, this.#url, ...[...this.#options.topics].sort()].join(" ");
    this.#recall();
    this.#link = this.#chooseLink();
    // The page adds its listeners first.
    queueMicrotask(() => this.#join());
    const { signal } = this.#leaving;
    addEventListener("pagehide", () => this.#link.close(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#comeBack(), { signal });
    addEventListener("online", () => this.#wake(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake(), { signal });
  }

  get state() {
    return this.#isClosed ? "closed" : this.#isBehind && this.#trunkState === "live" ? "behind" : this.#trunkState;
  }

  get mode() { return this.#link.mode; }

  get lastEventId() { return this.#last; }

  addEventListener(name, ...rest) {
    super.addEventListener(name, ...rest);
    if (this.#names.has(name) || ["state", "gap", "rejected", "expiring"].includes(name)) return;
    this.#names.add(name);
    if (this.#hasJoined) this.#link.send({ do: "names", names: [name] });
  }

  async refresh() {
    const session = await this.#signIn();
    if (session.expiresIn === undefined) {
      throw new Error(session.none ? "refresh() needs the option getToken" : `${session.code}: ${session.detail}`);
    }
    this.#link.send({ do: "session", session });
  }

  async signOut() {
    const answer = await fetch(this.#url + "/v1/session", { method: "DELETE", credentials: "include" });
    if (!answer.ok) throw new Error(`signing out was answered ${answer.status}`);
    this.#link.send({ do: "signed-out" });
  }

  caughtUp() {
    this.#isBehind = false;
    this.#show();
  }

  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leaving.abort();
    this.#link.close();
    this.#show();
  }

  // ----------------------------------------------------------------------------------------------------- Sharing

  /** The first way that works here. */
  #chooseLink(isWorkerTried = false) {
    const { share, topics, workerURL = import.meta.url } = this.#options;
    const within = {
      key: this.#key, target: { url: this.#url, topics },
      hear: (message) => this.#hear(message), signIn: () => this.#signIn(),
      before: () => ({ state: this.#trunkState.replace("live", "reconnecting"), session: this.#session }),
    };
    const address = new URL(workerURL, location.href);
    const mayWork = share === "auto" || share === "worker";
    if (mayWork && !isWorkerTried && typeof SharedWorker !== "undefined" && address.origin === location.origin) {
      try {
        return workerLink(within, address, () => this.#comeBack(true));
      } catch { /* A policy of the page forbids it: the next way. */ }
    }
    const hasLocks = navigator.locks && typeof BroadcastChannel !== "undefined";
    return share !== "none" && hasLocks ? locksLink(within) : tabLink(within);
  }

  #join() {
    if (this.#isClosed) return;
    [this.#hasJoined, this.#isWelcome] = [true, false];
    const [id, user, names] = [this.#last, this.#user, [...this.#names]];
    this.#link.send({ do: "join", tab: this.#tab, id, user, names });
  }

  /** Takes part again, after the page was put aside and brought back, or when the worker does not run. */
  #comeBack(isWorkerTried = false) {
    if (this.#isClosed) return;
    this.#link.close();
    this.#link = this.#chooseLink(isWorkerTried);
    this.#join();
  }

  #wake() {
    if (!this.#isClosed) this.#link.send({ do: "wake" });
  }

  // ----------------------------------------------------------------------------------------- What the trunk says

  #hear(message) {
    if (this.#isClosed) return;
    if (message.say === "lead") return this.#join();
    if (message.say === "welcome") return message.tab === this.#tab && this.#welcome(message);
    if (message.say === "session") return this.#changeSession(message);
    // What comes before the welcome may be ahead of what the trunk has yet to bring.
    if (!this.#isWelcome) return;
    switch (message.say) {
      case "state": this.#trunkState = message.state; return this.#show();
      case "event": return this.#event(message);
      case "gap": return this.#gap(message);
      default: this.dispatchEvent(new CustomEvent(message.say, { detail: message.detail }));
    }
  }

  #welcome({ state, id, session }) {
    [this.#isWelcome, this.#trunkState] = [true, state];
    if (session) this.#changeSession(session);
    if (!this.#last) this.#remember(id);
    this.#show();
    // A page that is loaded after its origin has signed out may be that of someone who signs in.
    if (this.#isNew && (state === "signed-out" || state === "closed")) this.#offerSession();
    this.#isNew = false;
  }

  #event({ name, data, id }) {
    if (id && !isNews(id, this.#last)) return;
    this.#remember(id);
    this.dispatchEvent(new MessageEvent(name, { data, lastEventId: id, origin: new URL(this.#url).origin }));
  }

  /** Another tab's gap is none to a tab that has seen what comes behind it. */
  #gap({ detail, id }) {
    if (detail.reason !== "future" && !isNews(id, this.#last)) return;
    this.#remember(id);
    this.#isBehind = true;
    this.dispatchEvent(new CustomEvent("gap", { detail }));
    this.#show();
  }

  #show() {
    if (this.state === this.#shown) return;
    this.#shown = this.state;
    this.dispatchEvent(new CustomEvent("state", { detail: this.#shown }));
  }

  // ------------------------------------------------------------------------------------------ Session and memory

  /** Makes the page's token the session's. */
  async #signIn() {
    if (!this.#options.getToken) return { none: true };
    try {
      const token = await this.#options.getToken();
      if (!token) return { code: "token-missing", detail: "nobody is signed in", retryable: false };
      const answer = await fetch(this.#url + "/v1/session", {
        method: "POST", mode: "cors", credentials: "include", headers: { Authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(10_000),
      });
      const { user, expiresIn, code = "refused", detail = `status ${answer.status}` } = await answer.json();
      if (answer.ok) return { user, expiresIn };
      return { code, detail, retryable: answer.status >= 500 || answer.status === 429 };
    } catch (error) {
      return { code: "unreachable", detail: String(error), retryable: true };
    }
  }

  async #offerSession() {
    this.#link.send({ do: "session", session: await this.#signIn() });
  }

  #changeSession({ user, endsAt }) {
    if (this.#user !== undefined && this.#user !== user) this.#last = "";
    [this.#user, this.#session] = [user, { user, endsAt }];
    this.#remember(this.#last);
  }

  #remember(id) {
    this.#last = id || this.#last;
    try {
      sessionStorage.setItem(this.#key, JSON.stringify({ user: this.#user, id: this.#last }));
    } catch { /* No storage here: a page load starts anew. */ }
  }

  #recall() {
    try {
      const { user, id = "" } = JSON.parse(sessionStorage.getItem(this.#key) ?? "{}");
      [this.#user, this.#last] = [user, id];
    } catch { /* As above. */ }
  }
}

/**
 * Opens the gateway's stream, or joins the one that another tab of this origin has open.
 * @param {import("./sluice.js").Options} [options]
 */
export function connect(options = {}) {
  return new Sluice(options);
}
