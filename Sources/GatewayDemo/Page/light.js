// The light that says how the stream is doing, and the buttons that trouble it.

import { me, network } from "./backend.js";
import { byId } from "./dom.js";

const LIGHTS = {
  "connecting": "connecting", "live": "live", "reconnecting": "reconnecting", "behind": "behind",
  "signed-out": "signed out", "closed": "signed out",
};
const MODES = { worker: "all tabs (SharedWorker)", locks: "all tabs (Web Locks)", tab: "nobody" };

/** `stream` is what connect() gave, or null; `rejection` is why the gateway ended it; `tokens` as in app.js. */
export function showLight({ stream, rejection, tokens }) {
  const state = network.trouble ? "reconnecting" : stream?.state ?? "signed-out";
  const reason = network.trouble ?? (state === "signed-out" || state === "closed" ? rejection : "");
  byId("light").dataset.state = state;
  byId("light").classList.toggle("calm", !me.user);
  byId("light-text").textContent = reason ? `${LIGHTS[state]}: ${reason}` : LIGHTS[state];
  byId("mode").textContent = MODES[stream?.mode] ?? "–";
  press("cut", network.trouble === "cut", "Mend the network", "Cut the network");
  press("sleep", network.trouble === "asleep", "Wake up", "Sleep for 10 s");
  press("expire", tokens !== "good", "Get a new token", "Let the token expire");
  byId("expire").disabled = Boolean(network.trouble);
}

/** The words say what it does now, so the color alone says that it is pressed. */
function press(id, isPressed, pressed, released) {
  byId(id).classList.toggle("pressed", isPressed);
  byId(id).textContent = isPressed ? pressed : released;
}
