// The notifications: what others did with your posts.

import { api } from "./backend.js";
import { attempt, byId, face, h, icon, name, time } from "./dom.js";
import { REACTIONS } from "./reactions.js";

/** As many as the backend keeps. */
const MOST = 100;
let notices = new Map();      // by id

/** Takes what the backend has in place of what was here. */
export function replace(list) {
  notices = new Map(list.map((notice) => [notice.id, notice]));
  show();
}

export function clear() { replace([]); }

/** Whether it was news: an event may come again, and what the backend has said of it is newer. */
export function add(notice) {
  if (notices.has(notice.id)) return false;
  notices.set(notice.id, notice);
  if (notices.size > MOST) notices.delete(Math.min(...notices.keys()));
  show(notice.id);
  return true;
}

export function markRead({ upTo }) {
  for (const notice of notices.values()) if (notice.id <= upTo) notice.read = true;
  show();
}

export function sentence({ kind, by, text }) {
  return kind === "comment" ? `${name(by)} commented: ${text}` : `${name(by)} ${REACTIONS[text]} your post`;
}

function show(newest) {
  const list = [...notices.values()].sort((one, other) => other.id - one.id);
  byId("inbox").replaceChildren(...list.map((notice) => item(notice, notice.id === newest)));
  byId("inbox-empty").hidden = list.length > 0;
  showUnread(list.filter((notice) => !notice.read).length);
}

function item(notice, isNewest) {
  const isComment = notice.kind === "comment";
  const element = h("li", { className: `${notice.read ? "" : "unread"} ${isNewest ? "new" : ""}` },
    face(notice.by, "small"),
    h("div", {}, h("b", {}, name(notice.by)),
      isComment ? " commented on your post " : ` ${REACTIONS[notice.text]} your post`,
      isComment ? h("q", {}, notice.text) : "", time(notice.at)),
    isComment ? "" : icon(notice.text));
  element.dataset.notice = notice.id;
  return element;
}

function showUnread(count) {
  byId("unread").textContent = count > 99 ? "99+" : count;
  byId("unread").dataset.count = count;
  byId("unread").hidden = count === 0;
  byId("unread-text").textContent = count === 0 ? "no unread notifications" : `${count} unread notifications`;
  byId("read").disabled = count === 0;
  document.title = count > 0 ? `(${count}) Sluice demo` : "Sluice demo";
}

byId("read").addEventListener("click", () => attempt(() => api("POST", "/inbox/read")));
