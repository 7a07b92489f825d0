// What a page sees of the stream, and how it signs in and out.

/** How long the page's own backend may take to give a token. */
const tokenPatience = 15_000;
/** How long the gateway may take to answer. */
const gatewayPatience = 10_000;
/** The page's own events; all other names are the gateway's. */
const ownEvents = ["state", "gap", "rejected", "expiring", "presence"];

/** What is served by a gateway lies here in it; what was copied, or became part of a bundle, lies elsewhere. */
const address = import.meta.url ?? "";
/** The gateway that served this module; nothing for a copy. A bundle is never run as a worker: it is the whole page. */
const home = /^(https?:\/\/.+?)\/v1\/sluice\.js(?:[?#]|$)/.exec(address)?.[1];

const warnings = new Set();

/** Tells the page's developer, once for each cause. @param {string} text */
function warn(text) {
  if (warnings.has(text)) return;
  warnings.add(text);
  console.warn(`sluice.js: ${text}`);
}

/** Gives up on what takes too long. @template T @param {() => Promise<T>} step @returns {Promise<T>} */
function inTime(milliseconds, step) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, milliseconds, new Error(`no answer within ${milliseconds} ms`));
    Promise.resolve().then(step).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The step that was asked for last in this tab. */
let turn = Promise.resolve();

/** One at a time in all tabs, or where that can't be had, in this one. */
function alone(name, step) {
  const own = turn.then(() => locked(name, step));
  turn = own.catch(() => {});
  return own;
}

async function locked(name, step) {
  let hasRun = false;
  try {
    return await navigator.locks.request(name, () => {
      hasRun = true;
      return step();
    });
  } catch (error) {
    if (hasRun) throw error;
    return step();
  }
}

class Sluice extends EventTarget {
  #options; #url; #user; #key; #link;
  #tab = crypto.randomUUID();
  #leaving = new AbortController();
  /** Aborted, and made anew, at each sign-out. */
  #stay = new AbortController();
  #names = new Set(["message"]);
  #trunkState = "connecting"; #shown = "connecting";
  #isNew = true; #isWelcome = false; #isBehind = false; #isClosed = false; #isAsking = false;
  #isLooking = false; #wasLive = false;
  /** Since when the gateway is cut off from its log, as it said it. */
  #since;
  /** When the session ends; and the page's own sign-in, until the trunk has it. */
  #session; #fresh;
  #failures = 0; #retry;
  #last = ""; #seen = new Map();

  /** @param {import("./sluice.js").Options} options */
  constructor(options) {
    super();
    const url = options.url ?? home;
    if (url === undefined) {
      throw new TypeError("sluice.js was not loaded from a gateway, so connect() has to be told where it is: "
        + 'connect({ url: "https://events.example.com" })');
    }
    this.#options = { ...options, topics: options.topics ?? [], share: options.share ?? "auto" };
    this.#url = new URL(url, location.href).href.replace(/\/$/, "");
    this.#user = options.user;
    // The page adds its listeners first.
    queueMicrotask(() => this.#begin());
    const { signal } = this.#leaving;
    addEventListener("pagehide", () => this.#link?.close(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#comeBack(), { signal });
    addEventListener("online", () => this.#wake({ isOnline: true }), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake({}), { signal });
  }

  get state() {
    if (this.#isClosed) return "closed";
    if (this.#trunkState !== "live") return this.#trunkState;
    // Of both, that first which the page can do something about.
    return this.#isBehind ? "behind" : this.#since ? "delayed" : "live";
  }

  get delayedSince() {
    return this.#since && this.#trunkState === "live" && !this.#isClosed ? new Date(this.#since) : undefined;
  }

  get mode() { return this.#link?.mode; }

  get lastEventId() { return this.#last; }

  addEventListener(name, ...rest) {
    super.addEventListener(name, ...rest);
    if (this.#names.has(name) || ownEvents.includes(name)) return;
    this.#names.add(name);
    this.#link?.send({ do: "names", names: [name] });
  }

  async refresh() {
    const session = await this.#signIn();
    if (session.code) throw new Error(`${session.code}: ${session.detail}`);
    if (this.#link) this.#link.send({ do: "session", session });
    else this.#meet(session);
  }

  /** First it is said, so that no sign-in that is under way makes a cookie behind this. */
  async signOut() {
    this.#turn("signed-out");
    this.#link?.send({ do: "signed-out" });
    await this.#alone(async () => {
      const signal = AbortSignal.timeout(gatewayPatience);
      const answer = await fetch(this.#url + "/v1/session", { method: "DELETE", credentials: "include", signal });
      if (!answer.ok) throw new Error(`signing out was answered ${answer.status}`);
    });
  }

  caughtUp() {
    this.#isBehind = false;
    this.#show();
  }

  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#leaving.abort();
    this.#link?.close();
    this.#show();
  }

  // ----------------------------------------------------------------------------------------------------- Sharing

  /** Learns whose page this is before it shares anything: by its option, or by its own first sign-in. */
  async #begin() {
    clearTimeout(this.#retry);
    if (this.#isClosed || this.#link || this.#isAsking || this.#trunkState === "signed-out") return;
    if (this.#user !== undefined || !this.#options.getToken) return this.#meet();
    this.#isAsking = true;
    const session = await this.#signIn();
    this.#isAsking = false;
    if (this.#isClosed || this.#link || this.#trunkState === "signed-out") return;
    if (!session.code) return this.#meet(session);
    if (session.retryable) return this.#beginLater();
    this.#rejected(session);
    this.#turn("signed-out");
  }

  #beginLater() {
    this.#failures += 1;
    this.#retry = setTimeout(() => this.#begin(), backoff(usualRetry / 4, this.#failures));
  }

  /** Joins the tabs of its user. */
  #meet(session) {
    if (this.#isClosed || this.#link) return;
    const topics = [...this.#options.topics].sort();
    this.#key = JSON.stringify([protocol, this.#url, this.#user ?? null, topics]);
    if (session?.expiresIn !== undefined) {
      this.#fresh = session;
      const { expiresIn, retry, warning } = session;
      this.#session = { endsAt: Date.now() + expiresIn * 1000, retry, warning };
    }
    this.#trunkState = "connecting";
    this.#recall();
    this.#link = this.#chooseLink(0);
    this.#join();
  }

  /** The first way that works here, from the one that is next. */
  #chooseLink(next) {
    const { share, topics, workerURL = home && address } = this.#options;
    const within = {
      key: this.#key, target: { url: this.#url, user: this.#user, topics },
      hear: (message) => this.#hear(message), signIn: () => this.#signIn(),
      before: () => ({ state: this.#trunkState.replace("live", "reconnecting"), session: this.#session }),
    };
    const worker = workerURL === undefined ? undefined : new URL(workerURL, location.href);
    const mayWork = (share === "auto" || share === "worker") && worker?.origin === location.origin;
    const failed = () => {
      warn(`The SharedWorker ${worker} does not run, so tabs share their stream in another way. Is it a copy of the `
        + "module, and does the page's Content-Security-Policy have it in worker-src?");
      this.#comeBack(1);
    };
    if (share === "worker" && !mayWork) warn("share: \"worker\" needs a workerURL on the page's own origin.");
    // A policy of the page, or of the browser, may forbid either: then it is the next way.
    try {
      if (next < 1 && mayWork) return workerLink(within, worker, failed);
    } catch { /* As said. */ }
    try {
      if (next < 2 && share !== "none" && navigator.locks) return locksLink(within, () => this.#comeBack(2));
    } catch { /* As said. */ }
    return tabLink(within);
  }

  #join() {
    if (this.#isClosed) return;
    this.#isWelcome = false;
    this.#link.send({ do: "join", tab: this.#tab, id: this.#last, names: [...this.#names] });
  }

  /** Takes part again, after the page was put aside and brought back, or when a way does not work. */
  #comeBack(next = 0) {
    if (this.#isClosed) return;
    if (!this.#link) return this.#begin();
    this.#link.close();
    this.#link = this.#chooseLink(next);
    this.#join();
  }

  #wake(news) {
    if (this.#link) this.#link.send({ do: "wake", isVisible: !document.hidden, ...news });
    else this.#begin();
  }

  // ----------------------------------------------------------------------------------------- What the trunk says

  #hear(message) {
    if (this.#isClosed) return;
    switch (message.say) {
      case "lead": return this.#join();
      case "welcome": return message.tab === this.#tab && this.#welcome(message);
      case "session": return void (this.#session = message.session);
      case "awake": return;
    }
    // What comes before the welcome may be ahead of what the trunk has yet to bring.
    if (!this.#isWelcome) return;
    switch (message.say) {
      case "state": return this.#turn(message.state);
      case "delayed": return this.#delayed(message.since);
      case "place": return this.#last || this.#remember(message.id);
      case "event": return this.#event(message);
      case "gap": return this.#gap(message);
      case "rejected": return this.#rejected(message.detail);
      default: this.dispatchEvent(new CustomEvent(message.say, { detail: message.detail }));
    }
  }

  #welcome({ state, since, id, session, presence }) {
    this.#isWelcome = true;
    this.#since = since;
    this.#session = session ?? this.#session;
    if (!this.#last) this.#remember(id);
    this.#turn(state);
    // A page that is loaded after its user has signed out may be that of one who signs in.
    const isStopped = state === "signed-out" || state === "closed";
    if (this.#isNew && (isStopped || (state === "live" && this.#fresh))) this.#offerSession(this.#fresh);
    this.#isNew = false;
    this.#fresh = undefined;
    for (const detail of presence) this.dispatchEvent(new CustomEvent("presence", { detail }));
  }

  async #offerSession(session) {
    this.#link.send({ do: "session", session: session ?? await this.#signIn() });
  }

  #event({ name, data, id }) {
    if (id && !this.#isNews(id)) return;
    this.#remember(id);
    this.dispatchEvent(new MessageEvent(name, { data, lastEventId: id, origin: new URL(this.#url).origin }));
  }

  /** Another tab's gap is none to a tab that has seen what comes behind it. */
  #gap({ detail, id }) {
    if (detail.reason === "future") this.#seen.delete(place(id).epoch);
    if (!this.#isNews(id)) return;
    this.#remember(id);
    this.#isBehind = true;
    this.dispatchEvent(new CustomEvent("gap", { detail }));
    this.#show();
  }

  /** What the page had is told by each log that it had something of: another tab may go back to one before. */
  #isNews(id) {
    const { epoch, sequence } = place(id);
    return !(sequence <= this.#seen.get(epoch));
  }

  /** The developer reads of what the page can't mend by itself. */
  #rejected(detail) {
    const isOrdinary = ["signed-out", "other-user", "token-expired", "token-missing"].includes(detail.code);
    if (!detail.retryable && !isOrdinary) warn(`${detail.code}: ${detail.detail}`);
    this.dispatchEvent(new CustomEvent("rejected", { detail }));
  }

  #turn(state) {
    if (state === "live") this.#wasLive = true;
    if (state === "reconnecting") this.#lookAround();
    if (state === "signed-out" && this.#trunkState !== state) {
      this.#stay.abort();
      this.#stay = new AbortController();
    }
    this.#trunkState = state;
    this.#show();
  }

  #delayed(since) {
    this.#since = since;
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
    const { signal } = this.#stay;
    const unreachable = (error) => ({ code: "unreachable", detail: String(error), retryable: true });
    let token;
    try {
      token = await inTime(tokenPatience, () => this.#options.getToken());
    } catch (error) {
      warn(`getToken() failed, and is asked again: ${error}`);
      return unreachable(error);
    }
    if (!token) return { code: "token-missing", detail: "nobody is signed in", retryable: false };
    try {
      return await this.#alone(() => this.#post(token, signal));
    } catch (error) {
      if (!signal.aborted) this.#lookAround();
      return unreachable(error);
    }
  }

  /** Why nothing comes. A gateway that refuses the page looks as if it were away, but not to who wants no answer. */
  async #lookAround() {
    if (this.#wasLive || this.#isLooking) return;
    this.#isLooking = true;
    const ask = (mode) => fetch(this.#url + "/v1/sluice.js", {
      mode, credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(gatewayPatience),
    }).then(() => true, () => false);
    if (await ask("cors")) return;
    if (await ask("no-cors")) {
      warn(`The gateway ${this.#url} refuses this page: add ${location.origin} to its cors.origins, exactly so. Its log `
        + "says when that is nearly one of them.");
    } else {
      warn(`The gateway ${this.#url} can't be reached. Does it run, does this browser trust its certificate (open that `
        + "address in a tab), and is it in the connect-src of the page's Content-Security-Policy?");
    }
  }

  /** @param {AbortSignal} stay aborted when the user has signed out since the token was asked for */
  async #post(token, stay) {
    stay.throwIfAborted();
    const limit = AbortSignal.timeout(gatewayPatience);
    const answer = await fetch(this.#url + "/v1/session", {
      method: "POST", mode: "cors", credentials: "include", headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.any?.([stay, limit]) ?? limit,
    });
    const { user, expiresIn, extended, retry, warning, code = "refused", detail = `status ${answer.status}` } =
      await answer.json();
    if (!answer.ok) return { code, detail, retryable: answer.status >= 500 || answer.status === 429 };
    if (warning) warn(`${warning.code}: ${warning.detail}`);
    this.#user ??= user;
    if (user === this.#user) return { expiresIn, extended, retry, warning };
    return { code: "other-user", detail: "The token is of another user than this page.", retryable: false };
  }

  /** A sign-in and a sign-out at the same time would leave it to chance which cookie stays. */
  #alone(step) { return alone(`sluice sign-in ${this.#url}`, step); }

  #remember(id) {
    if (!id) return;
    this.#last = id;
    const { epoch, sequence } = place(id);
    this.#seen.set(epoch, Math.max(sequence, this.#seen.get(epoch) ?? 0));
    try {
      sessionStorage.setItem(this.#key, id);
    } catch { /* No storage here: a page load starts anew. */ }
  }

  #recall() {
    try {
      this.#remember(sessionStorage.getItem(this.#key) ?? "");
    } catch { /* As above. */ }
  }
}

/** What there is where pages are only made, on a server or in a test: nothing is asked for, and nothing comes. */
class Inert extends EventTarget {
  get state() { return "closed"; }

  get mode() { return undefined; }

  get lastEventId() { return ""; }

  get delayedSince() { return undefined; }

  async refresh() {}

  async signOut() {}

  caughtUp() {}

  close() {}
}

/**
 * Opens the gateway's stream, or joins the one that another tab of this user has open.
 * @param {import("./sluice.js").Options} [options]
 */
export function connect(options = {}) {
  if (typeof document !== "undefined" && typeof EventSource !== "undefined") return new Sluice(options);
  if (typeof WorkerGlobalScope !== "undefined") warn("A worker has no tabs to share with: read the stream with fetch.");
  return new Inert();
}
