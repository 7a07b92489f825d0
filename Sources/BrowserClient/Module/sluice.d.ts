// Types of sluice.js.

/**
 * How the stream is doing. "behind": a gap was told, and `caughtUp()` has not been called since. "delayed": the stream
 * is open, but its gateway is cut off from its log, so that what is published comes late; see `delayedSince`.
 */
export type State = "connecting" | "live" | "delayed" | "reconnecting" | "behind" | "signed-out" | "closed";

/** How tabs share the stream: by a SharedWorker, by Web Locks and a BroadcastChannel, or not at all. */
export type Mode = "worker" | "locks" | "tab";

export interface Options {
  /** The gateway's origin. Default: the gateway that served the module. A copy, or a bundle, has to be told. */
  url?: string | URL;
  /**
   * Whose page this is: the `sub` of the user's tokens. The page gets this user's events, or none: when another user
   * has signed in, it is told `rejected`, code "other-user" or "signed-out". Default: whom the page's first token
   * names. A page with neither this nor `getToken` gets the events of whoever is signed in.
   */
  user?: string;
  /**
   * Asked for a token ahead of expiry and after a rejection, in one of the tabs that share the stream; and at start,
   * in each page that does not say its `user`. Nothing means that nobody is signed in; an error, or no answer within
   * 15 s, that it is to be asked again. Leave it out when the page signs in by itself.
   */
  getToken?: () => string | null | undefined | Promise<string | null | undefined>;
  /** Topics to subscribe to, beside the user's own events and everyone's. */
  topics?: string[];
  /** How the user's tabs of an origin share a stream. Default "auto": the first of worker, locks, tab that works. */
  share?: "auto" | "worker" | "locks" | "none";
  /**
   * A copy of the module on the page's origin, for the SharedWorker. Default: the module, if the gateway served it on
   * that origin. Never a bundle: a worker runs all of it. Without one, tabs share by Web Locks.
   */
  workerURL?: string | URL;
}

/** Events behind `requested` can't be replayed; the stream goes on from `resumedAt`. Reload what the page shows. */
export interface Gap {
  requested: string;
  resumedAt: string;
  reason: "retention" | "epoch" | "future" | "malformed";
}

/** The gateway refused the stream, or ended it. */
export interface Rejection {
  code: string;
  detail: string;
  retryable: boolean;
}

export interface Expiring {
  secondsLeft: number;
}

/** Who is in a topic: those who have a stream of it, where the gateway's `presence.topics` has it told. */
export interface Presence {
  topic: string;
  /** How many users there are; nothing when nobody counts them any more. */
  online: number | undefined;
  /** All of them; nothing when they are too many to be told by name. */
  members: string[] | undefined;
  /** Who has come since this page was told last. */
  joined: string[];
  /** Who has gone since. */
  left: string[];
  /** Whether there are others, whom the gateway has no room to count. */
  more: boolean;
}

interface OwnEvents {
  state: CustomEvent<State>;
  gap: CustomEvent<Gap>;
  rejected: CustomEvent<Rejection>;
  expiring: CustomEvent<Expiring>;
  presence: CustomEvent<Presence>;
}

/** The gateway's stream, as this page sees it. */
export interface Sluice extends EventTarget {
  readonly state: State;
  /** Nothing until the page's user is known. */
  readonly mode: Mode | undefined;
  /** The id of the last event that came; "" before the first. */
  readonly lastEventId: string;
  /** Since when the open stream's gateway is cut off from its log; nothing while it is not. */
  readonly delayedSince: Date | undefined;

  addEventListener<Name extends keyof OwnEvents>(
    name: Name, listener: (event: OwnEvents[Name]) => void, options?: boolean | AddEventListenerOptions): void;
  /** Subscribes to the gateway's events of a name, but for the five above; "message" is those without one. */
  addEventListener(
    name: string, listener: ((event: MessageEvent<string>) => void) | EventListenerObject | null,
    options?: boolean | AddEventListenerOptions): void;
  removeEventListener<Name extends keyof OwnEvents>(
    name: Name, listener: (event: OwnEvents[Name]) => void, options?: boolean | EventListenerOptions): void;
  removeEventListener(
    name: string, listener: ((event: MessageEvent<string>) => void) | EventListenerObject | null,
    options?: boolean | EventListenerOptions): void;

  /**
   * Asks `getToken` and posts the session now: open streams go on with the new token. Without `getToken` it says that
   * the page has signed in by itself: a stream that had ended is opened again.
   */
  refresh(): Promise<void>;
  /**
   * Ends the session, and with it the stream of every tab of the origin. When it throws, the stream has ended and the
   * gateway could not be told: the session's cookie may still be there.
   */
  signOut(): Promise<void>;
  /** Says that the page has reloaded its data after a gap: "behind" becomes "live", or "delayed". */
  caughtUp(): void;
  /** Leaves the stream. */
  close(): void;
}

/**
 * Opens the gateway's stream, or joins the one that another tab of this user has open. On a server, where there is no
 * document, it does nothing, and its state is "closed".
 */
export function connect(options?: Options): Sluice;
