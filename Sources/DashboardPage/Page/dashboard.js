// The page: it takes what the gateway's stream brings, says in a sentence how the gateway is, and draws the plots.

import { Contact } from "./contact.js";
import { Plot, html } from "./plot.js";
import { runbook } from "./runbook.js";
import { clock, span, summary } from "./words.js";

const KEPT = 15 * 60 * 1000;
const LEVELS = { well: "✓", odd: "!", broken: "✕", unknown: "?" };
const COLOURS = { well: "16803c", odd: "b45309", broken: "c81e1e", unknown: "5a6675" };
const SIGNS = {
  well: "M9 17l5 5 9-11", odd: "M16 7v11m0 6v1", broken: "M10 10l12 12m0-12L10 22", unknown: "M10 16h12",
};
const CONTACTS = {
  connecting: () => "connecting", live: () => "live", stopped: () => "gateway stopped",
  lost: (silence) => `no contact for ${span(silence)}`, full: () => "too many dashboards",
};

const byId = (id) => document.getElementById(id);
let [plots, points, newest, held] = [[], [], null, null];
let minutes = 15;
/** What the log has said, and refusals: by time and number, since a gateway that was started anew counts from 1. */
const said = { changes: new Map(), refusals: new Map() };
const MOST_SAID = 64;

// MARK: What comes

const contact = new Contact({
  take(name, data) {
    if (name === "plots") begin(data);
    if (name === "past") add(data);
    if (name === "notices") listen(data);
    if (name === "now") {
      newest = data;
      add([data]);
      show();
    }
  },
  tell() { show(); },
});

/** The plots of a gateway that was started anew may be others. */
function begin(definitions) {
  const text = JSON.stringify(definitions);
  if (text === begin.last) return;
  [begin.last, points] = [text, []];
  plots = definitions.map((definition, index) => new Plot(definition, index, hover));
  byId("plots").replaceChildren(...plots.map((plot) => plot.element));
}

function add(more) {
  const known = new Set(points.map((point) => point.t));
  points.push(...more.filter((point) => !known.has(point.t)).map(({ t, v }) => ({ t, v })));
  points.sort((one, other) => one.t - other.t);
  const first = points.findIndex((point) => point.t >= points.at(-1).t - KEPT);
  if (first > 0) points.splice(0, first);
}

function listen(notices) {
  for (const kind of ["changes", "refusals"]) {
    for (const notice of notices[kind]) said[kind].set(`${notice.t}-${notice.n}`, notice);
    const old = [...said[kind].keys()].slice(0, -MOST_SAID);
    for (const key of old) said[kind].delete(key);
  }
  if (newest) showSaid();
}

// MARK: The moment that is pointed at

const hover = {
  time: null,
  at(time) {
    this.time = time;
    draw();
  },
  step(count) {
    const all = view().points;
    const index = this.time === null ? all.length - 1 : all.indexOf(nearest(all, this.time));
    this.at(all[Math.min(all.length - 1, Math.max(0, index + count))]?.t ?? null);
  },
  leave() {
    this.time = null;
    draw();
  },
};

function nearest(all, time) {
  if (time === null || all.length === 0) return null;
  return all.reduce((best, point) => (Math.abs(point.t - time) < Math.abs(best.t - time) ? point : best));
}

// MARK: What is shown

/** The points between the page's two times. While the plots are held, both stand still. */
function view() {
  const until = held?.until ?? (newest ? newest.t + Math.max(0, contact.silence - 1500) : Date.now());
  const from = until - minutes * 60000;
  return { from, until, points: (held?.points ?? points).filter((point) => point.t >= from - 12000 && point.t <= until) };
}

function draw() {
  if (document.hidden) return;
  const { from, until, points: all } = view();
  const moment = nearest(all, hover.time);
  const last = all.at(-1);
  for (const plot of plots) plot.draw(all, from, until, last, moment);
}

function show() {
  showContact();
  showStatus();
  showSaid();
  draw();
}

function showContact() {
  byId("contact").dataset.state = contact.state;
  byId("contact-text").textContent = CONTACTS[contact.state](contact.silence);
  const { version, started } = newest?.figures ?? {};
  const up = started ? `up ${span(newest.t - started * 1000)}` : "";
  byId("place").textContent = [location.host, version, up].filter(Boolean).join(" · ");
  document.body.classList.toggle("stale", contact.state !== "live" && newest !== null);
}

/** What the sentence is about: the gateway, or that nothing is known of it. */
function status() {
  const figures = newest ? summary(newest.figures) : "";
  const then = newest ? `What you see is from ${clock(newest.t)}.` : "";
  switch (contact.state) {
  case "connecting": return { level: "unknown", headline: "Waiting for the first figures", detail: "" };
  case "lost": return { level: "unknown", headline: `No contact for ${span(contact.silence)}`, detail: then };
  case "full": return {
    level: "unknown", headline: "As many dashboards are open as may be", detail: "Close one; this one comes by itself.",
  };
  case "stopped": return { level: "unknown", headline: "The gateway has stopped", detail: then };
  }
  const first = newest.present[0];
  if (!first) return { level: "well", headline: `All well: ${figures}`, detail: "" };
  return { level: newest.present.some((one) => one.broken) ? "broken" : "odd", headline: first.words, detail: figures };
}

function showStatus() {
  const { level, headline, detail } = status();
  const present = contact.state === "live" ? newest.present : [];
  byId("status").dataset.level = level;
  byId("sign").setAttribute("href", `#sign-${level}`);
  put("headline", headline);
  put("detail", [present[0] ? since(present[0]) : "", detail].filter(Boolean).join(" · "));
  showHelp(present[0]?.section ?? "");
  showTroubles(present.slice(1));
  document.title = `${LEVELS[level]} ${headline} – Sluice`;
  byId("icon").href = "data:image/svg+xml," + encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9"
      fill="#${COLOURS[level]}"/><path d="${SIGNS[level]}" fill="none" stroke="#fff" stroke-width="3.5"
      stroke-linecap="round"/></svg>`);
}

/** What is open stays open while its trouble lasts. */
function showHelp(section) {
  if (showHelp.last === section) return;
  showHelp.last = section;
  byId("help").replaceChildren(...(section ? [runbook(section)] : []));
}

function showTroubles(troubles) {
  const items = new Map([...byId("troubles").children].map((item) => [item.dataset.words, item]));
  const shown = troubles.map((one) => {
    const item = items.get(one.words) ?? trouble(one);
    item.querySelector("span").textContent = ` ${since(one)}`;
    return item;
  });
  const isSame = shown.length === items.size && shown.every((item, index) => item === byId("troubles").children[index]);
  if (!isSame) byId("troubles").replaceChildren(...shown);
}

function trouble({ words, broken, section }) {
  const item = html("li", {}, html("b", {}, `${broken ? "✕" : "!"} ${words}`), html("span", {}),
    ...(section ? [runbook(section)] : []));
  Object.assign(item.dataset, { words, level: broken ? "broken" : "odd" });
  return item;
}

function since(one) { return `since ${clock(one.since, newest.t)}, for ${span(newest.t - one.since)}`; }

/** What is there already is not said twice to who listens. */
function put(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

/** One list of what began, what ended, and what the log has said; the newest on top. */
function showSaid() {
  const now = newest?.t ?? Date.now();
  const troubles = (newest?.troubles ?? []).map((one) => ({
    at: one.until, sign: "✓", words: `Over after ${span(one.until - one.since)}: ${one.words}`, rest: "",
  }));
  const changes = [...said.changes.values()].map((one) => ({
    at: one.t, sign: { notice: "·", warning: "!" }[one.level] ?? "✕", words: one.words,
    rest: one.details.map(({ name, value }) => `${name} ${value}`).join(", "),
  }));
  list("changes", [...troubles, ...changes], now);
  list("refusals", [...said.refusals.values()].map(refusal), now);
}

function refusal({ t, details }) {
  const of = Object.fromEntries(details.map(({ name, value }) => [name, value]));
  const rest = [
    [of.method, of.path].filter(Boolean).join(" "), of.origin && `origin ${of.origin}`, of.user && `user ${of.user}`,
    of.client && `from ${of.client}`, of.left_out && `and ${of.left_out} more before it`,
  ];
  return { at: t, sign: of.status ?? "–", words: of.code, rest: rest.filter(Boolean).join(", ") };
}

function list(id, items, now) {
  items.sort((one, other) => other.at - one.at);
  const text = JSON.stringify(items);
  byId(`${id}-none`).hidden = items.length > 0;
  if (list[id] === text) return;
  list[id] = text;
  byId(id).replaceChildren(...items.slice(0, MOST_SAID).map((one) => html("li", {},
    html("time", {}, clock(one.at, now)), html("i", {}, one.sign),
    html("p", {}, html("b", {}, one.words), one.rest && html("span", {}, one.rest)))));
}

// MARK: Controls

function choose(range) {
  minutes = range;
  for (const button of document.querySelectorAll("[data-minutes]")) {
    button.ariaPressed = String(Number(button.dataset.minutes) === range);
  }
  draw();
}

for (const button of document.querySelectorAll("[data-minutes]")) {
  button.addEventListener("click", () => {
    history.replaceState(null, "", `#${button.dataset.minutes}min`);
    choose(Number(button.dataset.minutes));
  });
}
byId("pause").addEventListener("click", () => {
  held = held ? null : { until: view().until, points: [...points] };
  byId("pause").ariaPressed = String(held !== null);
  byId("pause").textContent = held ? `Paused at ${clock(held.until)}` : "Pause";
  draw();
});
document.addEventListener("pointerdown", (event) => {
  if (event.target instanceof Element && !event.target.closest(".stage")) hover.leave();
});
document.addEventListener("visibilitychange", show);
new ResizeObserver(draw).observe(byId("plots"));
choose({ "#1min": 1, "#5min": 5 }[location.hash] ?? 15);
