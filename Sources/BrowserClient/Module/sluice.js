// The browser's side of Sluice: one stream of server-sent events for a page.

/**
 * Opens the gateway's stream.
 * @param {import("./sluice.js").Options} options
 */
export function connect({ url = new URL(import.meta.url).origin, topics = [] } = {}) {
  const address = new URL("/v1/stream?refusals=event", url);
  for (const topic of topics) address.searchParams.append("topic", topic);
  return new EventSource(address, { withCredentials: true });
}
