// A page in TypeScript: what it may write, and what it may not.

import { connect, type Gap, type Mode, type Sluice, type State } from "./sluice.js";

const sluice: Sluice = connect({
  url: "https://events.example.com", user: "alice", topics: ["news"], share: "auto",
  workerURL: new URL("https://app.example.com/sluice.js"),
  getToken: async () => (await fetch("/event-token")).text(),
});
const state: State = sluice.state;
const mode: Mode | undefined = sluice.mode;
const id: string = sluice.lastEventId;
const delayed: number | undefined = sluice.delayedSince?.getTime();

const show = (event: MessageEvent<string>) => event.data.length;
const behind = ({ detail }: CustomEvent<Gap>) => detail.resumedAt;
sluice.addEventListener("comment", show, { once: true });
sluice.removeEventListener("comment", show);
sluice.addEventListener("gap", behind);
sluice.removeEventListener("gap", behind, { capture: true });
sluice.addEventListener("state", (event) => event.detail);
sluice.addEventListener("rejected", ({ detail }) => detail.retryable ? detail.code : detail.detail);
sluice.addEventListener("expiring", ({ detail }) => detail.secondsLeft.toFixed());
sluice.addEventListener("presence", ({ detail }) => detail.members?.join() ?? detail.online?.toFixed());
sluice.addEventListener("message", { handleEvent() {} });
await sluice.refresh();
await sluice.signOut();
sluice.caughtUp();
sluice.close();
connect();
connect({ getToken: () => null });

// @ts-expect-error a user is named by a text
connect({ user: 7 });
// @ts-expect-error there is no such way
connect({ share: "always" });
// @ts-expect-error the state is the gateway's to change
sluice.state = "live";
// @ts-expect-error a gap has no code
sluice.addEventListener("gap", ({ detail }) => detail.code);
// @ts-expect-error data is a text
sluice.removeEventListener("comment", (event: MessageEvent<number>) => event.data);

export { delayed, id, mode, state };
