// The posts, with what hangs on them.

import { api, me } from "./backend.js";
import { attempt, byId, face, h, icon, name, submit, time } from "./dom.js";
import { REACTIONS } from "./reactions.js";

const feed = new Map();       // by id: the post and its elements
let changed = async () => {};

/** What to do when this page has changed a post: what others did with it at the same time is to be seen, too. */
export function whenChanged(action) { changed = action; }

/** Takes what the backend has in place of what was here. */
export function replace(posts) {
  const kept = new Set(posts.map((post) => post.id));
  for (const id of feed.keys()) if (!kept.has(id)) feed.delete(id);
  for (const post of posts) if (feed.has(post.id)) update(post); else article(post);
  const elements = posts.map((post) => feed.get(post.id).element);
  // Moving an element takes the focus from it, so only when something has to move.
  const isSame = elements.length === byId("feed").children.length
    && elements.every((element, index) => element === byId("feed").children[index]);
  if (!isSame) byId("feed").replaceChildren(...elements);
}

export function clear() {
  replace([]);
  byId("compose-text").value = "";
}

/** Whether it was news. */
export function add(post) {
  if (feed.has(post.id)) return false;
  byId("feed").prepend(article(post, "new"));
  return true;
}

/** A comment or a reaction to a post of yours. */
export function addNotice({ kind, id, post: on, by, text, at }) {
  const post = feed.get(on)?.post;
  if (!post) return;
  if (kind === "comment") {
    if (post.comments.some((comment) => comment.id === id)) return;
    post.comments.push({ id, by, text, at });
  } else {
    if (post.reactions.some((given) => given.by === by && given.reaction === text)) return;
    post.reactions.push({ by, reaction: text });
  }
  update(post);
}

function article(post, kind = "") {
  const comments = h("div", { className: "comments" });
  const reactions = h("div", { className: "reactions" });
  const element = h("article", { className: `card post ${kind}` },
    h("div", { className: "post-head" }, face(post.by),
      h("div", {}, h("b", {}, name(post.by)), h("span", { className: "mine" }, "you"), time(post.at))),
    h("p", { className: "post-text" }, post.text), reactions, comments, commentForm(post));
  element.dataset.post = post.id;
  element.dataset.by = post.by;
  feed.set(post.id, { post, element, comments, reactions });
  update(post);
  return element;
}

function commentForm(post) {
  const input = h("input", {
    required: true, maxLength: 300, placeholder: "Comment…", ariaLabel: `Comment on ${name(post.by)}'s post`,
    autocomplete: "off", enterKeyHint: "send",
  });
  const form = h("form", { className: "comment-form" }, input, h("button", { type: "submit" }, "Send"));
  form.addEventListener("submit", (event) => submit(event, async () => {
    await api("POST", `/posts/${post.id}/comments`, { text: input.value });
    input.value = "";
    await changed();
  }));
  return form;
}

function update(post) {
  const entry = feed.get(post.id);
  const focused = entry.reactions.querySelector(":focus")?.dataset.reaction;
  entry.post = post;
  entry.element.querySelector(".mine").hidden = post.by !== me.user;
  entry.comments.replaceChildren(...post.comments.map((comment) => h("div", { className: "comment" },
    face(comment.by, "small"),
    h("div", {}, h("b", {}, name(comment.by)), time(comment.at), h("div", {}, comment.text)))));
  entry.reactions.replaceChildren(...Object.keys(REACTIONS).map((reaction) => reactionButton(post, reaction)));
  if (focused) entry.reactions.querySelector(`[data-reaction=${focused}]`).focus();
}

function reactionButton(post, reaction) {
  const by = post.reactions.filter((given) => given.reaction === reaction).map((given) => given.by);
  const button = h("button", {
    type: "button", ariaPressed: String(by.includes(me.user)),
    ariaLabel: `${reaction}: ${by.length ? by.map(name).join(", ") : "nobody yet"}`,
  }, icon(reaction), by.length ? h("span", { className: "n" }, by.length) : "");
  button.dataset.reaction = reaction;
  button.addEventListener("click", () => attempt(async () => {
    await api("POST", `/posts/${post.id}/reactions`, { reaction });
    await changed();
  }));
  return button;
}

byId("compose").addEventListener("submit", (event) => submit(event, async () => {
  await api("POST", "/posts", { text: byId("compose-text").value });
  byId("compose-text").value = "";
}));
