// The time, as someone has said it to one user or to everyone.

import { api, me } from "./backend.js";
import { byId, clockTime, h, name, submit } from "./dom.js";

export function show({ by, at }) {
  byId("clock").replaceChildren(
    h("strong", {}, clockTime(at, true)),
    by === me.user ? "you say" : `says ${name(by)}`);
}

export function clear() { byId("clock").textContent = "Nobody has said yet."; }

export function showChoice() {
  byId("time-to").replaceChildren(
    new Option("to everyone", ""), ...me.users.map((user) => new Option(`to ${name(user)}`, user)));
}

byId("time").addEventListener("submit", (event) => submit(event, async () => {
  const to = byId("time-to").value;
  await api("POST", "/time", to ? { to } : {});
}));
