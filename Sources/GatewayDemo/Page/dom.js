// The page's elements, and the small things that everything on it is made of.

export function byId(id) { return document.getElementById(id); }

export function h(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export function name(user) { return user.charAt(0).toUpperCase() + user.slice(1); }

export function face(user, size = "") {
  const element = h("span", { className: `face ${size}`, ariaHidden: "true" }, user.charAt(0));
  element.dataset.user = user;
  return element;
}

export function icon(reaction) {
  const [picture, use] = ["svg", "use"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  use.setAttribute("href", `#icon-${reaction}`);
  picture.setAttribute("class", `icon ${reaction}`);
  picture.setAttribute("aria-hidden", "true");
  picture.append(use);
  return picture;
}

/** The one way in which this page writes a time of day. */
export function clockTime(at, withSeconds = false) {
  const seconds = withSeconds ? { second: "2-digit" } : {};
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", ...seconds, hourCycle: "h23" });
}

export function time(at) {
  return h("time", { dateTime: new Date(at).toISOString() }, clockTime(at));
}

/** For who does not see the page. */
export function say(text) { byId("said").textContent = text; }

/** What is there already is not said twice. */
export function toast(text) {
  for (const shown of byId("toasts").children) if (shown.textContent === text) return;
  const element = h("p", { className: "toast" }, text);
  byId("toasts").append(element);
  setTimeout(() => element.remove(), 6000);
}

export async function attempt(action) {
  try { await action(); } catch (error) { toast(error.message); }
}

export async function submit(event, action) {
  event.preventDefault();
  const button = event.target.querySelector("button");
  const hadFocus = document.activeElement === button;
  button.disabled = true;
  await attempt(action);
  button.disabled = false;
  if (hadFocus) button.focus();
}
