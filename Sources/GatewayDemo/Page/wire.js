// What came over the stream, as it came.

import { byId, h } from "./dom.js";

const MOST = 50;

export function show(name, event) {
  byId("received").textContent = Number(byId("received").textContent) + 1;
  byId("last-id").textContent = event.lastEventId || "–";
  const item = h("li", {}, h("b", {}, name), ` ${event.lastEventId} ${event.data}`);
  item.dataset.event = name;
  item.dataset.id = event.lastEventId;
  byId("wire").prepend(item);
  while (byId("wire").children.length > MOST) byId("wire").lastChild.remove();
}

export function clear() {
  byId("received").textContent = "0";
  byId("last-id").textContent = "–";
  byId("wire").replaceChildren();
}
