// The light that says how the stream is doing, the picture that shows it, and the buttons that trouble it.

import { me, network } from "./backend.js";
import { byId, name } from "./dom.js";

const LIGHTS = {
  "connecting": "connecting", "live": "live", "reconnecting": "reconnecting", "behind": "behind: reading anew",
  "delayed": "delayed: gateway without its log",
  "signed-out": "no stream", "closed": "no stream", "cut": "network cut", "asleep": "asleep",
};
const MODES = { worker: "all tabs (SharedWorker)", locks: "all tabs (Web Locks)", tab: "nobody" };
const HINTS = {
  cut: ["Closes the stream, and keeps it closed. What you miss comes when you mend it.", "Press again to mend it."],
  sleep: ["Like a closed laptop: all tabs stop, and go on where they were.", "Press again to wake up."],
  expire: [
    "A token of a few seconds, and no new one: the gateway ends the stream and says why.",
    "Press again to get a new token.",
  ],
};

/** `stream` is what connect() gave, or null; `rejection` is why the gateway ended it; `tokens` as in app.js. */
export function showLight({ stream, rejection, tokens }) {
  const state = network.trouble ?? stream?.state ?? "signed-out";
  const isOver = state === "signed-out" || state === "closed";
  const text = !me.user ? "signed out" : isOver && rejection ? `stream ended: ${rejection.replace("-", " ")}` : LIGHTS[state];
  for (const id of ["light", "path"]) byId(id).dataset.state = state;
  byId("light").classList.toggle("calm", !me.user);
  byId("light-text").textContent = byId("path-state").textContent = text;
  byId("path-user").textContent = me.user ? `All tabs of ${name(me.user)}` : "You";
  byId("mode").textContent = MODES[stream?.mode] ?? "–";
  press("cut", network.trouble === "cut");
  press("sleep", network.trouble === "asleep");
  press("expire", tokens !== "good");
  byId("expire").disabled = Boolean(network.trouble);
}

/** The button keeps its name, and says by its state that it is pressed; the words beside it say what it does now. */
function press(id, isPressed) {
  byId(id).ariaPressed = String(isPressed);
  byId(`${id}-hint`).textContent = HINTS[id][Number(isPressed)];
}
