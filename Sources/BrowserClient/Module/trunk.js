// The browser's side of Sluice: a stream of server-sent events that stays signed in, resumes over page loads, and is
// one for all of a user's tabs of an origin. It is optional: a plain `new EventSource(…)` works too.
//
// A Trunk holds the one EventSource. A Sluice is what a page sees of it. Between them is a link: within the tab, from
// tab to tab (the trunk is in the tab that holds a Web Lock), or to a SharedWorker that runs this same module.
// Tokens never leave the tab that got them: a trunk that needs a session asks a tab to sign in.
//
// A trunk is one user's. All tabs of an origin have one cookie, and whose it is may change at any time: so tabs of
// another user have another trunk, and the gateway is told with each subscribe whose stream is meant.
//
// The gateway serves trunk.js, links.js and page.js one behind the other, as the module sluice.js.

/** Part of all names that tabs share, so that tabs which loaded another version keep to themselves. */
const protocol = "sluice/5";
/** The first wait between attempts, until the gateway has said what it wishes, in milliseconds. */
const usualRetry = 3_000;
/** Waits double up to this. */
const longestWait = 30_000;
/** A stream that lived for so long was a success: what fails after it fails for the first time. */
const settled = 10_000;
/** Timers that come so late have slept, with the machine or a frozen page. Those of hidden pages are a minute late. */
const asleep = 120_000;
/** Tabs of one machine hear of the network's return in the same moment. */
const sameMoment = 2_000;
/** A refusal comes right behind the response's head: a stream that says nothing for so long was let in. */
const refusalTime = 300;
/** Rejections in a row after which another token won't help either. */
const enoughRejections = 5;

/** Ever longer, and partly by chance, so that not all pages come back at once. @param {number} failures from 1 on */
function backoff(base, failures) {
  const longest = Math.max(base, Math.min(longestWait, base * 2 ** (failures - 1)));
  return longest * (0.5 + Math.random() / 2);
}

/** The parts of an id, EPOCH-SEQUENCE. @param {string} id */
function place(id) {
  const dash = id.lastIndexOf("-");
  return { epoch: id.slice(0, dash), sequence: Number(id.slice(dash + 1)) };
}

/** Whether an event is not yet known to who has seen `last`. @param {string} id @param {string} last */
function isNews(id, last) {
  const [one, other] = [place(id), place(last)];
  return one.epoch !== other.epoch || !(one.sequence <= other.sequence);
}

/**
 * Holds the one EventSource, opens it again when it has ended, and has its session renewed.
 *
 * It hears messages of tabs (their member `do`) and says messages to all of them (member `say`).
 */
class Trunk {
  #url; #user; #topics; #say; #signIn;
  /** @type {EventSource | undefined} */
  #source;
  #names = new Set(["message"]);
  #state; #last = ""; #endsAt = 0; #dueAt = 0; #base = usualRetry;
  #isStarted = false; #isStopped = false; #isRefused = false; #isSigningIn = false; #isLetIn = false;
  #openedAt = 0; #liveSince = 0; #seenAt = Date.now(); #failures = 0; #rejections = 0;
  #retry; #renewal; #clock; #doubt;
  /** Since when the gateway is cut off from its log, as it says it; nothing while it is not. */
  #delayedSince;
  /** Who is in which topic, as the gateway has told; and when to forget what the newest stream has not confirmed. */
  #presence = new Map(); #doubtful;
  /** What the gateway had to say of the sign-in. */
  #warning;

  /**
   * @param {{url: string, user?: string, topics: string[]}} target
   * @param {(message: object) => void} say
   * @param {() => Promise<object>} signIn gives `{expiresIn, extended, retry, warning}`, `{none: true}` or
   *   `{code, detail, retryable}`
   * @param {{state: string, session?: object}} before what the tab that starts it knows from the trunk before
   * @param {Iterable<string>} [names] the names of events that tabs are known to want
   */
  constructor({ url, user, topics }, say, signIn, { state, session }, names = []) {
    [this.#url, this.#user, this.#topics, this.#say, this.#signIn] = [url, user, topics, say, signIn];
    this.#state = state;
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
      case "wake": return this.#wake(message);
    }
  }

  /** Ends the stream until someone signs in. */
  stop(state) {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#renewal);
    clearInterval(this.#clock);
    this.#hangUp();
    // Names are for those who are signed in: no tab keeps them, and none that comes later is told them.
    for (const topic of this.#presence.keys()) this.#absent(topic);
    this.#turn(state);
  }

  /** A tab that has seen less than has passed here gets it again; the others know what they have seen. */
  #join({ tab, id, names }) {
    const unheard = names.filter((name) => !this.#names.has(name));
    const isBefore = !this.#last || isNews(this.#last, id);
    const isLate = id && (isBefore || unheard.length > 0);
    if (isLate && isBefore) this.#last = id;
    unheard.forEach((name) => this.#listen(name));
    const [state, since, session, all] = [this.#state, this.#delayedSince, this.#session, [...this.#names]];
    const presence = [...this.#presence.values()].map(({ detail }) => ({ ...detail, joined: [], left: [] }));
    this.#say({ say: "welcome", tab, state, since, id: this.#last, session, names: all, presence });
    if (!this.#isStarted) this.#start();
    else if (isLate && this.#source) this.#open();
  }

  #start() {
    this.#isStarted = true;
    this.#goOn();
  }

  /** A tab has signed in without being asked, also when the trunk had been stopped. */
  #restart(session) {
    [this.#isStarted, this.#isStopped, this.#isRefused] = [true, false, false];
    this.#signedIn(session);
  }

  // ---------------------------------------------------------------------------------------------------- The stream

  /** Opens the stream, has the session renewed, or both: whatever is wanting now. */
  #goOn() {
    if (this.#isStopped || !this.#isStarted) return;
    const now = Date.now();
    if (this.#endsAt && now >= this.#endsAt) this.#hangUp();
    if (!this.#source && !this.#isRefused && now < this.#endsAt) this.#open();
    if (!this.#source || (this.#endsAt && now >= this.#dueAt)) this.#renew();
  }

  #open() {
    clearTimeout(this.#retry);
    this.#hangUp();
    if (this.#isStopped) return;
    const address = new URL(this.#url + "/v1/stream?refusals=event");
    if (this.#user !== undefined) address.searchParams.set("user", this.#user);
    for (const topic of this.#topics) address.searchParams.append("topic", topic);
    if (this.#last) address.searchParams.set("lastEventId", this.#last);
    this.#presence.forEach((entry) => { entry.isSure = false; });
    this.#source = new EventSource(address, { withCredentials: true });
    this.#openedAt = this.#seenAt = Date.now();
    clearInterval(this.#clock);
    this.#clock = setInterval(() => this.#wake({ isTick: true }), longestWait);
    this.#attend(this.#source);
  }

  #attend(source) {
    this.#isLetIn = false;
    // An event may be named "open" or "error" too: it has data.
    source.addEventListener("open", (event) => "data" in event || this.#opened());
    source.addEventListener("error", (event) => "data" in event || this.#failed());
    source.addEventListener("sluice.open", ({ lastEventId }) => this.#placed(lastEventId));
    source.addEventListener("sluice.expiring", ({ data }) => this.#expiring(JSON.parse(data)));
    source.addEventListener("sluice.rejected", ({ data }) => this.#rejected(JSON.parse(data)));
    source.addEventListener("sluice.delayed", ({ data }) => this.#delayed(JSON.parse(data).since));
    source.addEventListener("sluice.presence", ({ data }) => this.#present(JSON.parse(data)));
    source.addEventListener("sluice.current", () => this.#delayed(undefined));
    source.addEventListener("sluice.gap", ({ data, lastEventId }) => {
      this.#letIn();
      this.#pass({ say: "gap", id: lastEventId, detail: JSON.parse(data) });
    });
    for (const name of this.#names) this.#forward(name);
  }

  #hangUp() {
    clearTimeout(this.#doubt);
    clearTimeout(this.#doubtful);
    this.#source?.close();
    this.#source = undefined;
  }

  #listen(name) {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.#forward(name);
  }

  #forward(name) {
    // The gateway's own events are no place to go on from: the id of a refusal has a mark.
    const isOwn = name.startsWith("sluice.");
    this.#source?.addEventListener(name, ({ data, lastEventId }) => {
      if (data === undefined) return;
      if (!isOwn) this.#letIn();
      this.#pass({ say: "event", name, data, id: isOwn ? "" : lastEventId });
    });
  }

  #pass(message) {
    this.#last = message.id || this.#last;
    this.#say(message);
  }

  /** Where a stream begins that goes on from nowhere: a reconnect before its first event misses nothing either. */
  #placed(id) {
    this.#letIn();
    this.#last ||= id;
    this.#say({ say: "place", id: this.#last });
  }

  #turn(state) {
    this.#state = state;
    this.#say({ say: "state", state });
  }

  /** A refusal that a page can see has the status 200, too. */
  #opened() {
    clearTimeout(this.#doubt);
    this.#doubt = setTimeout(() => this.#letIn(), refusalTime);
  }

  #letIn() {
    clearTimeout(this.#doubt);
    if (this.#isLetIn) return;
    this.#isLetIn = true;
    this.#doubtful = setTimeout(() => this.#forgetDoubtful(), longestWait);
    // A stream is told anew, right behind its opening, what still holds: what the one before was told may be over.
    this.#turnDelayed(undefined);
    if (this.#state === "live") return;
    this.#liveSince = Date.now();
    this.#turn("live");
  }

  #delayed(since) {
    this.#letIn();
    this.#turnDelayed(since);
  }

  #turnDelayed(since) {
    if (since === this.#delayedSince) return;
    this.#delayedSince = since;
    this.#say({ say: "delayed", since });
  }

  // ------------------------------------------------------------------------------------------------------ Presence

  /** Keeps who is there: a tab that joins later is told all of it. What changed is told by what was known before. */
  #present({ topic, online, members, joined = [], left = [], more = false }) {
    this.#letIn();
    if (online === null) return this.#absent(topic);
    const before = this.#presence.get(topic)?.detail.members;
    const isChange = !members && before && joined.length + left.length > 0;
    const now = isChange ? [...new Set([...before, ...joined])].filter((name) => !left.includes(name)) : members;
    const [here, there] = [new Set(now), new Set(before)];
    const isKnown = now && before;
    const detail = {
      topic, online, members: now, more,
      joined: isKnown ? now.filter((name) => !there.has(name)) : [],
      left: isKnown ? before.filter((name) => !here.has(name)) : [],
    };
    this.#presence.set(topic, { detail, isSure: true });
    this.#say({ say: "presence", detail });
  }

  /** Nobody counts who is there, or nobody does any more. */
  #absent(topic) {
    this.#presence.delete(topic);
    const detail = { topic, online: undefined, members: undefined, more: false, joined: [], left: [] };
    this.#say({ say: "presence", detail });
  }

  /** A gateway that was started anew may tell of other topics than the one before. */
  #forgetDoubtful() {
    for (const [topic, { isSure }] of this.#presence) if (!isSure) this.#absent(topic);
  }

  /** The browser would come again after the same time each time, and all pages at once. */
  #failed() {
    this.#countFailure();
    this.#hangUp();
    this.#turn("reconnecting");
    this.#later();
  }

  #countFailure() {
    if (this.#liveSince && Date.now() - this.#liveSince > settled) this.#failures = this.#rejections = 0;
    this.#failures += 1;
    this.#liveSince = 0;
  }

  #later() {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#goOn(), backoff(this.#base, this.#failures));
  }

  /** Timers stand still while the machine sleeps. A connection that died meanwhile, or with its network, is silent. */
  #wake({ isOnline, isTick }) {
    if (!isTick) this.#say({ say: "awake" });
    const now = Date.now();
    const isSuspect = now - this.#seenAt > asleep || (isOnline && now - this.#openedAt > sameMoment);
    this.#seenAt = now;
    if (this.#isStopped || !this.#isStarted || (isTick && !isSuspect)) return;
    if (this.#source && isSuspect) {
      this.#turn("reconnecting");
      this.#open();
    }
    this.#goOn();
  }

  // --------------------------------------------------------------------------------------------------- The session

  get #session() {
    return this.#endsAt ? { endsAt: this.#endsAt, retry: this.#base, warning: this.#warning } : undefined;
  }

  #expiring(detail) {
    this.#say({ say: "expiring", detail });
    this.#renew();
  }

  #rejected(told) {
    clearTimeout(this.#doubt);
    const detail = this.#cookieTrouble(told) ?? told;
    this.#say({ say: "rejected", detail });
    if (detail.code === "signed-out" || detail.code === "other-user") return this.stop("signed-out");
    if (detail.retryable) return;
    this.#hangUp();
    if (!detail.code.startsWith("token-")) return this.stop("closed");
    this.#countFailure();
    this.#isRefused = true;
    this.#turn("reconnecting");
    this.#signInAgain();
  }

  /** Who has signed in and is told that nobody has: the browser does not keep the cookie, or does not send it. */
  #cookieTrouble({ code }) {
    const isSignedIn = Date.now() < this.#endsAt;
    if (code !== "token-missing" || !isSignedIn || !(this.#warning || this.#rejections > 0)) return undefined;
    const detail = this.#warning?.detail ?? "The gateway has set its session cookie, and the browser does not send it: "
      + "it blocks third-party cookies, or a proxy takes the cookie away. Give the gateway a name beside the page's.";
    return { code: "cookie-blocked", detail, retryable: false };
  }

  /** At once the first time, later when that did not help, and not for ever. */
  #signInAgain() {
    this.#rejections += 1;
    if (this.#rejections > enoughRejections) this.stop("signed-out");
    else if (this.#rejections > 1) this.#later();
    else this.#renew();
  }

  async #renew() {
    if (this.#isSigningIn || this.#isStopped) return;
    this.#isSigningIn = true;
    const result = await this.#signIn();
    this.#isSigningIn = false;
    if (!this.#isStopped) this.#signedIn(result);
  }

  #signedIn(result) {
    if (result.none) return this.#signedInElsewhere();
    if (result.expiresIn === undefined) return this.#signInFailed(result);
    this.#isRefused = false;
    const { expiresIn, retry, warning } = result;
    this.#keep({ endsAt: Date.now() + expiresIn * 1000, retry, warning });
    this.#say({ say: "session", session: this.#session });
    // When the sign-in found no stream of its session, ours is of another: it would not go on, nor end, with this one.
    if (!this.#source || result.extended === 0) this.#open();
  }

  /** No tab can sign in: the page does so itself. */
  #signedInElsewhere() {
    if (this.#isRefused) this.stop("signed-out");
    else if (!this.#source) this.#open();
  }

  #signInFailed({ code, detail, retryable }) {
    if (!retryable) this.#say({ say: "rejected", detail: { code, detail, retryable } });
    if (code === "other-user") return this.stop("signed-out");
    // While a stream is open it tells when its end has come.
    if (!retryable && this.#source) return;
    this.#failures += 1;
    if (retryable) this.#later();
    else if (code === "token-missing") this.stop("signed-out");
    else this.#signInAgain();
  }

  /** Keeps when the session ends, and has it renewed ahead of that if the gateway's `sluice.expiring` does not come. */
  #keep({ endsAt, retry, warning }) {
    this.#warning = warning;
    const left = endsAt - Date.now();
    [this.#endsAt, this.#dueAt] = [endsAt, endsAt - Math.min(30_000, left / 4)];
    this.#base = retry ?? this.#base;
    clearTimeout(this.#renewal);
    const wait = Math.min(2 ** 31 - 1, Math.max(1000, this.#dueAt - Date.now()));
    this.#renewal = setTimeout(() => this.#renew(), wait);
  }
}

