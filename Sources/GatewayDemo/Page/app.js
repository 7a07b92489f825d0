// The demo's page. What it takes to be told of things stands in the first part, and is short; the rest shows them.

import { connect } from "/sluice.js";

const REACTIONS = { like: "liked", love: "loved", laugh: "laughed at", cheer: "cheered" };
const SHORT_TOKEN_SECONDS = 8;
const SLEEP_SECONDS = 10;

let me = { user: "", users: [], gateway: "" };
let stream = null;            // what connect() gave, or null
let trouble = null;           // null, "cut" or "asleep": the stream is closed on purpose
let rejection = "";           // why the gateway ended the stream
let tokens = "good";          // "good", "short" (the next one is), or "none" (there is no next one)
const tabs = new BroadcastChannel("sluice-demo");

// The stream

/** The token callback: the page's own backend knows who is signed in, and issues a token for that user. */
async function getToken() {
  if (tokens === "none") return "";
  const query = tokens === "short" ? `?seconds=${SHORT_TOKEN_SECONDS}` : "";
  if (tokens === "short") tokens = "none";
  return (await api("GET", `/token${query}`)).token;
}

function openStream() {
  if (stream || !me.user || trouble) return;
  stream = connect({ url: me.gateway, getToken, workerURL: "/sluice.js" });
  on("comment", showNotice);
  on("reaction", showNotice);
  on("post", showPost);
  on("time", showTime);
  on("read", ({ upTo }) => markRead(upTo));
  stream.addEventListener("state", ({ detail: state }) => {
    if (state === "live") rejection = "";
    showLight();
  });
  stream.addEventListener("gap", () => attempt(async () => {
    await reload();
    stream?.caughtUp();
    toast("Some events could not be replayed. The page has read everything anew.");
  }));
  stream.addEventListener("rejected", ({ detail }) => {
    // These are this page's own doing: it gave no token, or it has signed out.
    if (detail.code === "token-missing" || detail.code === "signed-out") return;
    rejection = detail.code;
    toast(`The gateway ended the stream: ${detail.code}`);
    showLight();
  });
  showLight();
}

/** An event by its name; its data is JSON. */
function on(name, show) {
  stream.addEventListener(name, (event) => {
    const data = JSON.parse(event.data);
    showOnWire(name, event);
    show(data);
  });
}

function closeStream() {
  stream?.close();
  stream = null;
}

// Trouble, for all tabs: they share one network

function setTrouble(what) {
  if (trouble === what) return;
  trouble = what;
  if (what) closeStream(); else openStream();
  if (what === "asleep") setTimeout(() => trouble === "asleep" && setTrouble(null), SLEEP_SECONDS * 1000);
  showLight();
}

for (const [id, what] of [["cut", "cut"], ["sleep", "asleep"]]) {
  byId(id).addEventListener("click", () => {
    const next = trouble === what ? null : what;
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
  if ("user" in data) attempt(start);
  showLight();
});

// Who you are

async function start() {
  const before = me.user;
  me = await api("GET", "/me");
  if (before !== me.user) {
    closeStream();
    tokens = "good";
    trouble = null;
    rejection = "";
  }
  byId("welcome").hidden = Boolean(me.user);
  byId("board").hidden = byId("who").hidden = !me.user;
  showPeople();
  if (me.user) await reload();
  openStream();
  showLight();
}

async function signIn(user) {
  await signOut();
  await api("POST", "/login", { user });
  tabs.postMessage({ user });
  await start();
}

/** The gateway's cookie goes with the stream, the demo's own with its session. */
async function signOut() {
  if (stream) await attempt(() => stream.signOut());
  closeStream();
  if (me.user) await api("POST", "/logout");
}

byId("sign-out").addEventListener("click", () => attempt(async () => {
  await signOut();
  tabs.postMessage({ user: "" });
  await start();
}));
byId("user").addEventListener("change", ({ target }) => attempt(() => signIn(target.value)));

// The backend

async function api(method, path, body) {
  if (trouble) throw new Error(trouble === "cut" ? "The network is cut." : "This page is asleep.");
  const response = await fetch(path, {
    method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body),
  });
  const answer = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw new Error(answer.detail ?? response.statusText);
  if (answer.problem) toast(`It is kept, but the gateway was not told: ${answer.problem}`);
  return answer;
}

/** Everything as the backend has it: at the start, and when events were missed. */
async function reload() {
  const [posts, inbox] = await Promise.all([api("GET", "/posts"), api("GET", "/inbox")]);
  posts.forEach((post) => feed.has(post.id) ? update(post) : byId("feed").append(article(post)));
  byId("feed").replaceChildren(...posts.map((post) => feed.get(post.id).element));
  notices = new Map(inbox.map((notice) => [notice.id, notice]));
  showInbox();
}

async function attempt(action) {
  try { await action(); } catch (error) { toast(error.message); }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && me.user && !trouble) attempt(reload);
});

// Posts

const feed = new Map();       // by id: the post and its elements

function showPost(post) {
  if (!feed.has(post.id)) {
    byId("feed").prepend(article(post, "new"));
    if (post.by !== me.user) say(`${name(post.by)} posted: ${post.text}`);
  }
}

function article(post, kind = "") {
  const comments = h("div", { className: "comments" });
  const reactions = h("div", { className: "reactions" });
  const input = h("input", {
    required: true, maxLength: 300, placeholder: "Comment…", ariaLabel: `Comment on ${name(post.by)}'s post`,
    autocomplete: "off",
  });
  const form = h("form", { className: "comment-form" }, input, h("button", { type: "submit" }, "Send"));
  form.addEventListener("submit", (event) => submit(event, async () => {
    await api("POST", `/posts/${post.id}/comments`, { text: input.value });
    input.value = "";
    await refresh(post.id);
  }));
  const element = h("article", { className: `card post ${kind}` },
    h("div", { className: "post-head" }, face(post.by),
      h("div", {}, h("b", {}, name(post.by)), h("span", { className: "mine" }, "you"), time(post.at))),
    h("p", { className: "post-text" }, post.text), reactions, comments, form);
  element.dataset.post = post.id;
  element.dataset.by = post.by;
  feed.set(post.id, { post, element, comments, reactions });
  update(post);
  return element;
}

function update(post) {
  const entry = feed.get(post.id);
  entry.post = post;
  entry.element.querySelector(".mine").hidden = post.by !== me.user;
  entry.comments.replaceChildren(...post.comments.map((comment) => h("div", { className: "comment" },
    face(comment.by, "small"),
    h("div", {}, h("b", {}, name(comment.by)), time(comment.at), h("div", {}, comment.text)))));
  const buttons = Object.keys(REACTIONS).map((reaction) => {
    const by = post.reactions.filter((given) => given.reaction === reaction).map((given) => given.by);
    const button = h("button", {
      type: "button", className: by.includes(me.user) ? "given" : "",
      ariaLabel: `${reaction}: ${by.length ? by.map(name).join(", ") : "nobody yet"}`,
    }, icon(reaction), by.length ? h("span", { className: "n" }, by.length) : "");
    button.dataset.reaction = reaction;
    button.addEventListener("click", () => attempt(async () => {
      await api("POST", `/posts/${post.id}/reactions`, { reaction });
      await refresh(post.id);
      entry.reactions.querySelector(`[data-reaction="${reaction}"]`)?.focus();
    }));
    return button;
  });
  entry.reactions.replaceChildren(...buttons);
}

async function refresh(id) {
  const post = (await api("GET", "/posts")).find((post) => post.id === id);
  if (post) update(post);
}

byId("compose").addEventListener("submit", (event) => submit(event, async () => {
  await api("POST", "/posts", { text: byId("compose-text").value });
  byId("compose-text").value = "";
}));

// Notifications

let notices = new Map();      // by id

/** A comment or a reaction to a post of yours: in the list, and at the post. */
function showNotice(notice) {
  notices.set(notice.id, notice);
  showInbox(notice.id);
  say(sentence(notice));
  const post = feed.get(notice.post)?.post;
  if (!post) return;
  const { id, by, text, at } = notice;
  if (notice.kind === "comment" && !post.comments.some((comment) => comment.id === id)) {
    post.comments.push({ id, by, text, at });
  }
  if (notice.kind === "reaction" && !post.reactions.some((given) => given.by === by && given.reaction === text)) {
    post.reactions.push({ by, reaction: text });
  }
  update(post);
}

function sentence({ kind, by, text }) {
  return kind === "comment" ? `${name(by)} commented: ${text}` : `${name(by)} ${REACTIONS[text]} your post`;
}

function showInbox(newest) {
  const list = [...notices.values()].sort((one, other) => other.id - one.id);
  byId("inbox").replaceChildren(...list.map((notice) => {
    const item = h("li", { className: `${notice.read ? "" : "unread"} ${notice.id === newest ? "new" : ""}` },
      face(notice.by, "small"),
      h("div", {}, h("b", {}, name(notice.by)),
        notice.kind === "comment" ? " commented on your post " : ` ${REACTIONS[notice.text]} your post`,
        notice.kind === "comment" ? h("q", {}, notice.text) : "", time(notice.at)),
      notice.kind === "comment" ? "" : icon(notice.text));
    item.dataset.notice = notice.id;
    return item;
  }));
  byId("inbox-empty").hidden = list.length > 0;
  const unread = list.filter((notice) => !notice.read).length;
  byId("unread").textContent = unread > 99 ? "99+" : unread;
  byId("unread").dataset.count = unread;
  byId("unread").hidden = unread === 0;
  byId("unread-text").textContent = unread === 0 ? "no unread notifications" : `${unread} unread notifications`;
  byId("read").disabled = unread === 0;
  document.title = unread > 0 ? `(${unread}) Sluice demo` : "Sluice demo";
}

function markRead(upTo) {
  for (const notice of notices.values()) if (notice.id <= upTo) notice.read = true;
  showInbox();
}

byId("read").addEventListener("click", () => attempt(() => api("POST", "/inbox/read")));

// The time

byId("time").addEventListener("submit", (event) => submit(event, async () => {
  const to = byId("time-to").value;
  await api("POST", "/time", to ? { to } : {});
}));

function showTime({ by, at }) {
  byId("clock").replaceChildren(
    h("strong", {}, new Date(at).toLocaleTimeString([], { hour12: false })),
    by === me.user ? "you say" : `says ${name(by)}`);
}

// The connection

const LIGHTS = {
  "connecting": "connecting", "live": "live", "reconnecting": "reconnecting", "behind": "behind",
  "signed-out": "signed out", "closed": "signed out",
};

function showLight() {
  const state = trouble ? "reconnecting" : stream?.state ?? "signed-out";
  const reason = trouble ?? (state === "signed-out" || state === "closed" ? rejection : "");
  byId("light").dataset.state = state;
  byId("light").classList.toggle("calm", !me.user);
  byId("light-text").textContent = reason ? `${LIGHTS[state]}: ${reason}` : LIGHTS[state];
  byId("mode").textContent = { worker: "all tabs (SharedWorker)", locks: "all tabs (Web Locks)", tab: "nobody" }[
    stream?.mode] ?? "–";
  press("cut", trouble === "cut", "Mend the network", "Cut the network");
  press("sleep", trouble === "asleep", "Wake up", "Sleep for 10 s");
  press("expire", tokens !== "good", "Get a new token", "Let the token expire");
  byId("expire").disabled = Boolean(trouble);
}

function press(id, isPressed, pressed, released) {
  byId(id).setAttribute("aria-pressed", isPressed);
  byId(id).textContent = isPressed ? pressed : released;
}

function showOnWire(name, event) {
  byId("received").textContent = Number(byId("received").textContent) + 1;
  byId("last-id").textContent = event.lastEventId || "–";
  const item = h("li", {}, h("b", {}, name), ` ${event.lastEventId} ${event.data}`);
  item.dataset.event = name;
  item.dataset.id = event.lastEventId;
  byId("wire").prepend(item);
  while (byId("wire").children.length > 50) byId("wire").lastChild.remove();
}

// Small things

function byId(id) { return document.getElementById(id); }

function h(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function name(user) { return user.charAt(0).toUpperCase() + user.slice(1); }

function face(user, size = "") {
  const element = h("span", { className: `face ${size}`, ariaHidden: "true" }, user.charAt(0));
  element.dataset.user = user;
  return element;
}

function icon(reaction) {
  const [picture, use] = ["svg", "use"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  use.setAttribute("href", `#icon-${reaction}`);
  picture.setAttribute("class", `icon ${reaction}`);
  picture.setAttribute("aria-hidden", "true");
  picture.append(use);
  return picture;
}

function time(at) {
  const minutes = Math.round((Date.now() - at) / 60000);
  const text = minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min ago`
    : new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return h("time", { dateTime: new Date(at).toISOString() }, text);
}

function showPeople() {
  byId("people").replaceChildren(...me.users.map((user) => {
    const button = h("button", { type: "button" }, face(user), name(user));
    button.dataset.user = user;
    button.addEventListener("click", () => attempt(() => signIn(user)));
    return button;
  }));
  byId("user").replaceChildren(...me.users.map((user) => new Option(name(user), user, false, user === me.user)));
  byId("time-to").replaceChildren(
    new Option("to everyone", ""), ...me.users.map((user) => new Option(`to ${name(user)}`, user)));
}

async function submit(event, action) {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  await attempt(action);
  button.disabled = false;
}

function say(text) { byId("said").textContent = text; }

function toast(text) {
  const element = h("p", { className: "toast" }, text);
  byId("toasts").append(element);
  setTimeout(() => element.remove(), 6000);
}

attempt(start);
