// The demo's page. What it takes to be told of things stands in the first part, and is short. Each thing that is shown
// has a file of its own.

import { connect } from "/sluice.js";
import { api, me, network, OtherUser, read } from "./backend.js";
import * as clock from "./clock.js";
import * as cluster from "./cluster.js";
import { attempt, byId, name, say, toast } from "./dom.js";
import * as feed from "./feed.js";
import * as inbox from "./inbox.js";
import * as light from "./light.js";
import { showPeople } from "./people.js";
import * as wire from "./wire.js";

const SHORT_TOKEN_SECONDS = 8;
const SLEEP_SECONDS = 10;
const READ_AGAIN = 3_000;     // milliseconds from a reading that failed to the next

let stream = null;            // what connect() gave, or null
let rejection = "";           // why the gateway ended the stream
let tokens = "good";          // "good", "short" (the next one is), or "none" (there is no next one)
const tabs = new BroadcastChannel("sluice-demo");

// The stream

/** The token callback: the page's own backend knows who is signed in, and issues a token for that user. */
async function getToken(user) {
  if (tokens === "none") return "";
  const query = tokens === "short" ? `?seconds=${SHORT_TOKEN_SECONDS}` : "";
  if (tokens === "short") tokens = "none";
  try {
    return (await read(`/token${query}`, user)).token;
  } catch (error) {
    if (!(error instanceof OtherUser)) throw error;
    lookWhoItIs();
    return "";
  }
}

function openStream() {
  if (stream || !me.user || network.trouble) return;
  const user = me.user;
  const usual = { url: me.gateway, user, getToken: () => getToken(user), workerURL: "/sluice.js" };
  stream = connect({ ...usual, ...cluster.options() });
  on("comment", addNotice, (notice) => say(inbox.sentence(notice)));
  on("reaction", addNotice, (notice) => say(inbox.sentence(notice)));
  on("post", feed.add, ({ by, text }) => by !== me.user && say(`${name(by)} posted: ${text}`));
  on("time", clock.show);
  on("read", inbox.markRead);
  let isComplete = false;
  stream.addEventListener("state", ({ detail: state }) => {
    const isOpen = state === "live" || state === "delayed";
    if (isOpen) rejection = "";
    showLight();
    // What was read before the stream was live may lack what happened in between. Later the stream resumes by itself.
    if (isOpen && !isComplete) catchUp();
    isComplete ||= isOpen;
  });
  stream.addEventListener("gap", () => {
    gaps += 1;
    catchUp("Some events could not be replayed. The page has read everything anew.");
  });
  stream.addEventListener("rejected", ({ detail: { code } }) => {
    if (code === "other-user") return lookWhoItIs();
    // These are this page's own doing: it gave no token, or it has signed out.
    if (code === "token-missing" || code === "signed-out") return;
    rejection = code;
    toast(`The gateway ended the stream: ${code}`);
    showLight();
  });
  showLight();
}

/** An event by its name; its data is JSON. `add` says whether it was news, `tell` says it to who does not see the page. */
function on(type, add, tell = () => {}) {
  stream.addEventListener(type, (event) => {
    const data = JSON.parse(event.data);
    wire.show(type, event);
    meanwhile?.push(() => add(data));
    if (add(data)) tell(data);
  });
}

function closeStream() {
  clearTimeout(again);
  stream?.close();
  stream = null;
}

// What there is to read

let meanwhile = null;         // what to add again once the reading that is under way has come to its end, or null
let gaps = 0;                 // how often the stream could not replay what was missed
let turn = Promise.resolve();

/** One thing after another: no reading overtakes another, and who you are does not change in the middle of one. */
function inTurn(action) {
  const result = turn.then(action);
  turn = result.catch(() => {});
  return result;
}

function reload() { return inTurn(readAll); }

let again;                    // the next attempt to catch up

/** Until the page has read everything it is behind: so again and again. `news` is what to say then. */
async function catchUp(news) {
  clearTimeout(again);
  const reader = stream;
  try {
    await reload();
    if (news) toast(news);
  } catch (error) {
    toast(error.message);
    if (stream && stream === reader) again = setTimeout(catchUp, READ_AGAIN, news);
  }
}

/** Everything as the backend has it. What the stream brings meanwhile is in it already, or newer. */
async function readAll() {
  if (!me.user) return;
  const gapsBefore = gaps;
  meanwhile = [];
  try {
    const [posts, { notices }] = await Promise.all([api("GET", "/posts"), read("/inbox", me.user)]);
    feed.replace(posts);
    inbox.replace(notices);
    meanwhile.forEach((add) => add());
    if (gaps === gapsBefore) stream?.caughtUp();
  } catch (error) {
    if (error instanceof OtherUser) lookWhoItIs();
    throw error;
  } finally {
    meanwhile = null;
  }
}

/** A comment or a reaction to a post of yours: in the list, and at the post. */
function addNotice(notice) {
  feed.addNotice(notice);
  return inbox.add(notice);
}

feed.whenChanged(reload);

// Who you are

async function lookWhoItIs() {
  await attempt(() => inTurn(start));
  if (me.user === undefined) setTimeout(lookWhoItIs, READ_AGAIN);
}

async function start() {
  const before = me.user;
  Object.assign(me, await api("GET", "/me"));
  if (before !== me.user) {
    forget();
    showPeople((user) => attempt(() => signIn(user)));
    clock.showChoice();
  }
  // First, so that nothing is lost between what is read and what is told.
  openStream();
  showLight();
  await readAll();
}

/** Nothing of one user's is left for the next one to see. */
function forget() {
  closeStream();
  [tokens, network.trouble, rejection] = ["good", null, ""];
  for (const shown of [feed, inbox, clock, wire]) shown.clear();
  say("");
}

function signIn(user) {
  return inTurn(async () => {
    await signOut();
    await api("POST", "/login", { user });
    tabs.postMessage({ user });
    await start();
  });
}

/** The gateway's cookie goes with the stream, the demo's own with its session. */
async function signOut() {
  if (stream) await attempt(() => stream.signOut());
  closeStream();
  if (me.user) await api("POST", "/logout");
}

byId("sign-out").addEventListener("click", () => attempt(() => inTurn(async () => {
  await signOut();
  tabs.postMessage({ user: "" });
  await start();
})));
byId("user").addEventListener("change", async ({ target }) => {
  await attempt(() => signIn(target.value));
  target.value = me.user;
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !network.trouble) lookWhoItIs();
});

// Trouble, for all tabs: they share one network

let waking;

function setTrouble(what) {
  if (network.trouble === what) return;
  network.trouble = what;
  clearTimeout(waking);
  if (what) closeStream(); else openStream();
  if (what === "asleep") waking = setTimeout(setTrouble, SLEEP_SECONDS * 1000, null);
  showLight();
}

for (const [id, what] of [["cut", "cut"], ["sleep", "asleep"]]) {
  byId(id).addEventListener("click", () => {
    const next = network.trouble === what ? null : what;
    setTrouble(next);
    tabs.postMessage({ trouble: next });
  });
}

/** A new token never shortens what an older one has granted: so out, and in again with a short one. */
byId("expire").addEventListener("click", () => attempt(async () => {
  const isExpiring = tokens !== "good";
  tokens = isExpiring ? "good" : "short";
  tabs.postMessage({ tokens: isExpiring ? "good" : "none" });
  showLight();
  if (!isExpiring) {
    toast(`The token is good for ${SHORT_TOKEN_SECONDS} seconds now, and there will be no other.`);
    await stream?.signOut();
  }
  await stream?.refresh();
}));

tabs.addEventListener("message", ({ data }) => {
  if ("trouble" in data) setTrouble(data.trouble);
  if ("tokens" in data) tokens = data.tokens;
  if ("user" in data) lookWhoItIs();
  showLight();
});

function showLight() { light.showLight({ stream, rejection, tokens }); }

lookWhoItIs();
cluster.follow(() => stream?.state === "live" || stream?.state === "delayed");
