// The page's own backend, on the page's own origin. The gateway is another one, and its stream is in app.js.

import { toast } from "./dom.js";

/** Who is signed in ("" is nobody, undefined is not known yet), who else there is, and where the gateway is. */
export const me = { user: undefined, users: [], gateway: "" };
/** `trouble` is null, "cut" or "asleep": nothing comes through, on purpose. */
export const network = { trouble: null };

const LONGEST_ANSWER = 10_000;

/** What the backend answers. Throws what to tell the user. */
export async function api(method, path, body) {
  if (network.trouble) throw new Error(network.trouble === "cut" ? "The network is cut." : "This page is asleep.");
  const response = await ask(method, path, body);
  const answer = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.detail ?? response.statusText), { status: response.status });
  if (answer.problem) toast(`It is kept, but the gateway was not told: ${answer.problem}`);
  return answer;
}

async function ask(method, path, body) {
  try {
    return await fetch(path, {
      method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(LONGEST_ANSWER),
    });
  } catch {
    throw new Error("The backend can't be reached. Is the network down?");
  }
}

/** Thrown when the session is not, or no more, that of who this page is for: another tab has changed it. */
export class OtherUser extends Error {}

/** What the backend has for one user. Its answer says for whom, because the cookie is every tab's and may be newer. */
export async function read(path, user) {
  const answer = await api("GET", path).catch((error) => {
    if (error.status === 401) return { user: "" };
    throw error;
  });
  if (answer.user !== user) throw new OtherUser("In another tab someone else has signed in, or out.");
  return answer;
}
