// What each part of the cluster does, once a second, and the buttons.

const token = location.hash.slice(1);
const byId = (id) => document.getElementById(id);
const WORDS = { running: "running", paused: "paused: it answers nobody", down: "down" };
const BUTTONS = { running: ["kill", "stop", "pause"], paused: ["kill", "resume"], down: ["start"] };
const DONE = { kill: "killed", stop: "told to stop", pause: "paused", resume: "resumed", start: "started" };
const cards = new Map();
let before = null;

function ask(path, method = "GET") {
  return fetch(path, { method, headers: { Authorization: `Bearer ${token}` } });
}

function h(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

async function act(name, action) {
  const answer = await ask(`/parts/${name}/${action}`, "POST");
  const time = new Date().toLocaleTimeString([], { hourCycle: "h23" });
  byId("done").prepend(h("li", {}, `${time} ${name} ${answer.ok ? DONE[action] : `not ${DONE[action]}`}`));
  await look();
}

function card(part) {
  if (!cards.has(part.name)) {
    const [words, figures, buttons] = [h("p", { className: "words" }), h("p", { className: "figures" }), h("div", {})];
    const element = h("article", {}, h("h3", {}, part.name), words, figures, buttons);
    element.dataset.part = part.name;
    byId(part.kind).append(element);
    cards.set(part.name, { element, words, figures, buttons });
  }
  return cards.get(part.name);
}

function rate(part, name, last, seconds) {
  return last?.[name] === undefined ? null : Math.max(0, (part[name] - last[name]) / seconds);
}

function figures(part, last, seconds) {
  if (part.kind === "nats") return part.messages === undefined ? [] : [`${part.messages} messages`];
  if (part.streams === undefined) return [];
  const deliveries = rate(part, "deliveries", last, seconds);
  const link = h("a", { href: part.dashboard, target: "_blank", rel: "noopener" }, "dashboard");
  return [`${part.streams} ${part.streams === 1 ? "stream" : "streams"}`
    + (deliveries === null ? "" : `, ${Math.round(deliveries * 10) / 10} deliveries/s`)
    + (part.delayed > 0 ? `, ${part.delayed} delayed` : ""), link];
}

function show(part, last, seconds) {
  const { element, words, figures: place, buttons } = card(part);
  const isReady = part.ready === undefined ? ["haproxy", "demo"].includes(part.kind) && part.state === "running" : part.ready;
  const level = part.state !== "running" ? "down" : isReady ? "well" : "odd";
  element.dataset.level = level;
  words.textContent = { well: "✓ ", odd: "! ", down: "✕ " }[level] + WORDS[part.state]
    + (level === "odd" ? ", not ready" : "") + (part.leads ? ", leads the others" : "");
  place.replaceChildren(...figures(part, last, seconds));
  if (buttons.dataset.state === part.state) return;
  buttons.dataset.state = part.state;
  buttons.replaceChildren(...BUTTONS[part.state].map((action) =>
    h("button", { type: "button", className: action, onclick: () => act(part.name, action) }, action)));
}

function sentence(parts) {
  const count = (kind) => parts.filter((one) => one.kind === kind && one.ready).length;
  const streams = parts.reduce((sum, one) => sum + (one.streams ?? 0), 0);
  const [gateways, servers] = [count("gateway"), count("nats")];
  const loss = servers < 2 ? " Two NATS servers have to be there for an event to be kept: publishers get 503." : "";
  return `${gateways} of 3 gateways and ${servers} of 3 NATS servers are ready; ${streams} ${streams === 1 ? "stream is" : "streams are"} open.${loss}`;
}

async function look() {
  try {
    const answer = await ask("/status");
    if (answer.status === 401) {
      byId("sentence").textContent = "Open the address that the script has printed, with all that stands behind its #.";
      return;
    }
    const { demo, parts } = await answer.json();
    byId("demo-note").hidden = !demo;
    if (demo) byId("demo-link").href = `${demo}/#${token}`;
    const now = performance.now();
    for (const part of parts) {
      show(part, before?.parts.find((one) => one.name === part.name), before ? (now - before.at) / 1000 : 1);
    }
    before = { parts, at: now };
    byId("sentence").textContent = sentence(parts);
  } catch {
    byId("sentence").textContent = "The script has ended, and all of the cluster with it.";
  }
}

async function run() {
  await look();
  setTimeout(run, 1000);
}

run();
