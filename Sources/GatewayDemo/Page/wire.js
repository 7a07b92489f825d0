// What came over the stream, as it came: a picture of the way, and the events' own lines.

import { byId, clockTime, h } from "./dom.js";

const MOST = 50;

export function show(name, event) {
  byId("received").textContent = Number(byId("received").textContent) + 1;
  byId("last-id").textContent = event.lastEventId || "–";
  const lines = [["id", event.lastEventId], ["event", name], ["data", event.data]].flatMap(([field, value]) =>
    [h("span", { className: "field" }, `${field}: `), h("span", { className: field }, value), "\n"]);
  const item = h("li", {}, h("time", {}, clockTime(Date.now(), true)), h("code", {}, ...lines.slice(0, -1)));
  item.dataset.event = name;
  item.dataset.id = event.lastEventId;
  byId("wire").prepend(item);
  byId("wire").scrollTop = 0;
  while (byId("wire").children.length > MOST) byId("wire").lastChild.remove();
  beat();
}

/** Something runs along the lines. An animation begins anew only when the element has been without it. */
function beat() {
  byId("path").classList.remove("beat");
  byId("path").getBoundingClientRect();
  byId("path").classList.add("beat");
}

export function clear() {
  byId("received").textContent = "0";
  byId("last-id").textContent = "–";
  byId("wire").replaceChildren();
  byId("path").classList.remove("beat");
}
