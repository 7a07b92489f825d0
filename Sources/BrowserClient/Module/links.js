// From a page to the trunk that holds its stream: within the tab, to the tab that leads, or to a SharedWorker. A link
// that does not work here, or no longer, calls `failed`, and the page tries the next.

const inWorker = typeof SharedWorkerGlobalScope !== "undefined" && self instanceof SharedWorkerGlobalScope;
/** How long a leading tab or a worker may be silent when it is asked whether it is there. */
const patience = 5_000;
/** How long a worker may take to load. */
const patienceAtFirst = 15_000;

/** Each tab has a stream of its own. @param {object} within what the page lets its links do */
function tabLink({ target, hear, signIn, before }) {
  let isClosed = false;
  const trunk = new Trunk(target, (message) => isClosed || hear(message), signIn, before());
  return {
    mode: "tab",
    send: (message) => isClosed || trunk.hear(message),
    close() {
      isClosed = true;
      trunk.stop("closed");
    },
  };
}

/** One tab holds the stream and a lock. When it goes, the browser gives the lock to the next, which goes on there. */
function locksLink({ key, target, hear, signIn, before }, failed) {
  const channel = new BroadcastChannel(key);
  const names = new Set();
  let waiting = new AbortController();
  let trunk, release, silence, isClosed = false;
  const learn = (message) => message.names?.forEach((name) => names.add(name));
  const say = (message) => {
    if (isClosed) return;
    channel.postMessage(message);
    hear(message);
  };
  const heard = () => {
    clearTimeout(silence);
    silence = undefined;
  };
  const retire = () => {
    const retired = trunk;
    trunk = undefined;
    retired?.stop("closed");
  };
  const lead = () => new Promise((resolve) => {
    if (isClosed) return resolve();
    heard();
    release = resolve;
    const own = new Trunk(target, (message) => trunk === own && say(message), signIn, before(), names);
    trunk = own;
    say({ say: "lead" });
  });
  const queue = async (options) => {
    try {
      await navigator.locks.request(key, options, lead);
    } catch {
      if (isClosed || options.signal?.aborted) return;
      if (!trunk) return failed();
      // Another tab took this one for frozen. It leads now.
      retire();
      queue({ signal: waiting.signal });
      hear({ say: "lead" });
    }
  };
  /** A frozen tab keeps its lock, and says nothing. */
  const takeOver = () => {
    waiting.abort();
    waiting = new AbortController();
    queue({ steal: true });
  };
  channel.addEventListener("message", ({ data: message }) => {
    learn(message);
    if (message.do) return trunk?.hear(message);
    heard();
    if (!trunk) hear(message);
  });
  queue({ signal: waiting.signal });
  return {
    mode: "locks",
    send(message) {
      if (isClosed) return;
      learn(message);
      if (trunk) return trunk.hear(message);
      channel.postMessage(message);
      if (message.do === "join" || message.do === "wake") silence ??= setTimeout(takeOver, patience);
    },
    close() {
      isClosed = true;
      heard();
      retire();
      waiting.abort();
      release?.();
      channel.close();
    },
  };
}

/** A SharedWorker holds the stream. It may not be run, crash, or be frozen. */
function workerLink({ key, target, hear, signIn, before }, workerURL, failed) {
  const worker = new SharedWorker(workerURL, { type: "module", name: key });
  let silence, isClosed = false;
  const fail = () => isClosed || failed();
  const post = (message) => isClosed || worker.port.postMessage(message);
  worker.addEventListener("error", fail);
  worker.port.addEventListener("message", async ({ data: message }) => {
    if (isClosed) return;
    clearTimeout(silence);
    silence = undefined;
    if (message.say !== "sign-in") return hear(message);
    post({ do: "asked" });
    post({ do: "answer", result: await signIn() });
  });
  worker.port.start();
  return {
    mode: "worker",
    send(message) {
      post({ ...message, target, before: before() });
      if (isClosed) return;
      if (message.do === "join") silence ??= setTimeout(fail, patienceAtFirst);
      if (message.do === "wake") silence ??= setTimeout(fail, patience);
    },
    close() {
      post({ do: "leave" });
      isClosed = true;
      clearTimeout(silence);
      worker.port.close();
    },
  };
}

/** What the SharedWorker does: it has a trunk while it has tabs. */
function serveTabs() {
  const ports = new Set();
  const silence = { isSilent: true, code: "no-answer", detail: "no tab answers", retryable: true };
  let trunk, asked;
  const say = (message) => ports.forEach((port) => port.postMessage(message));

  /** Asks one tab. One that is frozen, or gone without a word, does not even say that it has been asked. */
  const ask = (port) => new Promise((resolve) => {
    let timer;
    const answer = (result = silence) => {
      clearTimeout(timer);
      resolve(result);
    };
    const wait = (milliseconds) => {
      clearTimeout(timer);
      timer = setTimeout(answer, milliseconds);
    };
    asked = { port, answer, wait };
    wait(patience / 2);
    port.postMessage({ say: "sign-in" });
  });
  /** The tab that was looked at last is the likeliest to be awake. */
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
  const isLookedAt = (port) => ports.delete(port) && ports.add(port);
  const hear = (port, message) => {
    if (message.do === "leave") return leave(port);
    if (message.do === "asked") return asked?.port === port && asked.wait(longestWait);
    if (message.do === "answer") return asked?.port === port && asked.answer(message.result);
    if (message.do === "join") ports.add(port);
    if (message.isVisible) isLookedAt(port);
    trunk ??= new Trunk(message.target, say, signIn, message.before);
    trunk.hear(message);
  };
  self.addEventListener("connect", ({ ports: [port] }) => {
    port.addEventListener("message", ({ data }) => hear(port, data));
    port.addEventListener("close", () => leave(port));
    port.start();
  });
}

// A worker of the page's own may import this module, too: it is not named by a page of ours.
if (inWorker && self.name.startsWith(`["${protocol}"`)) serveTabs();

