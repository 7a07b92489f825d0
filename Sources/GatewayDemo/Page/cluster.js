// A cluster of gateways, where the page is tried on one: which of them this tab is at, what the others do, and a button
// that kills one. The gateways' list of who is connected says where a stream is, and the page of `make cluster` the rest.

import { me, network, read } from "./backend.js";
import { attempt, byId, h } from "./dom.js";

const AGAIN = 1_000;          // milliseconds from one look to the next
const topic = `tab/${crypto.randomUUID().slice(0, 8)}`;
let node = "";                // which gateway this tab is at, by the gateways' list; "" is none, or not known
const items = new Map();      // by a gateway's name: its line in the list, which stays
let gateways = [];            // what the page of `make cluster` says of each; nothing without its token

/** The token of the page of `make cluster`: all tabs have it, and the address keeps it no longer than this. */
if (location.hash.length > 20) {
  localStorage.setItem("control", location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
}

/** A stream for each tab, over an address of its own: one browser has one connection to each address. */
export function options() {
  if (!me.gateways) return {};
  const next = (Number(localStorage.getItem("door")) + 1) % me.gateways.length;
  if (sessionStorage.getItem("door") === null) {
    sessionStorage.setItem("door", next);
    localStorage.setItem("door", next);
  }
  return { url: me.gateways[sessionStorage.getItem("door")] ?? me.gateways[0], topics: [topic], share: "none" };
}

/** Looks once a second from now on. `isOpen` says whether this tab's stream is. */
export async function follow(isOpen) {
  if (me.control && me.user && !document.hidden && !network.trouble) {
    await Promise.allSettled([lookAtGateways(), lookAtStreams(isOpen)]);
    show(isOpen());
  }
  setTimeout(follow, AGAIN, isOpen);
}

function control(path, method = "GET") {
  const headers = { Authorization: `Bearer ${localStorage.getItem("control")}` };
  return fetch(me.control + path, { method, headers, signal: AbortSignal.timeout(5_000) });
}

async function lookAtGateways() {
  const answer = await control("/status").catch(() => undefined);
  gateways = answer?.ok ? (await answer.json()).parts.filter((part) => part.kind === "gateway") : [];
}

/** What is not known any more is not shown: a gateway that was killed is not where this tab is. */
async function lookAtStreams(isOpen) {
  const { streams } = isOpen() ? await read("/streams", me.user) : { streams: [] };
  node = streams.find((stream) => stream.topics?.includes(topic))?.node ?? "";
}

function here() { return gateways.find((part) => node && part.node === node); }

function show(isOpen) {
  byId("cluster").hidden = false;
  const name = here()?.name ?? (node && `gateway ${node.slice(0, 4)}…`);
  byId("gate-name").textContent = name && isOpen ? `Sluice, ${name}` : "Sluice";
  byId("here").textContent = !isOpen ? "This tab looks for another gateway." : name ? `This tab is at ${name}.` : "Looking…";
  byId("here").dataset.gateway = isOpen ? name : "";
  for (const part of gateways) showGateway(part, isOpen && part === here());
  for (const [known, { element }] of items) element.hidden = !gateways.some((part) => part.name === known);
}

function item(name) {
  const [mine, words, button] = [h("span", { className: "mine" }, "this tab"), h("span", { className: "words" }),
    h("button", { type: "button" })];
  const element = h("li", {}, h("div", {}, h("b", {}, name), mine, words), button);
  button.dataset.gateway = name;
  button.addEventListener("click", () => attempt(() => act(name, button.textContent)));
  byId("gateways").append(element);
  items.set(name, { element, mine, words, button });
}

function showGateway({ name, state, ready, streams = 0 }, isHere) {
  if (!items.has(name)) item(name);
  const { element, mine, words, button } = items.get(name);
  element.dataset.state = state;
  mine.hidden = !isHere;
  words.textContent = state !== "running" ? state : !ready ? "not ready" : streams === 1 ? "1 stream" : `${streams} streams`;
  button.textContent = { running: "kill", paused: "resume" }[state] ?? "start";
  button.ariaLabel = `${button.textContent} ${name}`;
}

async function act(name, action) {
  const answer = await control(`/parts/${name}/${action}`, "POST");
  if (!answer.ok) throw new Error(`${name} could not be asked to ${action}.`);
}
