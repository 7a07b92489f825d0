// Who you can be, and who you are.

import { me } from "./backend.js";
import { byId, face, h, name } from "./dom.js";

/** `choose` is called with the user that someone wants to be. */
export function showPeople(choose) {
  byId("welcome").hidden = Boolean(me.user);
  byId("board").hidden = byId("who").hidden = !me.user;
  byId("people").replaceChildren(...me.users.map((user) => {
    const button = h("button", { type: "button" }, face(user), name(user));
    button.dataset.user = user;
    button.addEventListener("click", () => choose(user));
    return button;
  }));
  byId("user").replaceChildren(...me.users.map((user) => new Option(name(user), user, false, user === me.user)));
}
