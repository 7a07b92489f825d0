// Numbers, times and sentences, as people read them.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const BYTES = ["B", "KiB", "MiB", "GiB", "TiB"];

/** Three digits say enough, but for things that can be counted. */
function number(value) { return Math.abs(value) < 1000 ? SHORT.format(value) : WHOLE.format(value); }

function bytes(value) {
  const step = value < 1 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log2(value) / 10));
  return `${SHORT.format(value / 1024 ** step)} ${BYTES[step]}`;
}

export function seconds(value) {
  if (value === 0) return "0 s";
  if (value < 0.001) return `${SHORT.format(value * 1e6)} µs`;
  return value < 1 ? `${SHORT.format(value * 1000)} ms` : `${SHORT.format(value)} s`;
}

const WRITERS = {
  "count": number, "per-second": (value) => `${number(value)}/s`, "bytes": bytes,
  "bytes-per-second": (value) => `${bytes(value)}/s`, "seconds": seconds,
  "cores": (value) => (value < 1 ? `${SHORT.format(value * 100)} %` : SHORT.format(value)),
};

/** A figure with its unit; a dash where there is none. */
export function figure(value, unit) { return value === null || value === undefined ? "–" : WRITERS[unit](value); }

/** How long something lasts: `17 s`, `4 min`, `2 h 5 min`, `3 days`. */
export function span(milliseconds) {
  const s = Math.max(0, Math.round(milliseconds / 1000));
  if (s < 90) return `${s} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** A time of day; with the day when it is another one. */
export function clock(at, now = Date.now()) {
  const [date, today] = [new Date(at), new Date(now)];
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  if (date.toDateString() === today.toDateString()) return time;
  return `${date.toLocaleDateString([], { month: "short", day: "numeric" })} ${time}`;
}

/** What goes on, in one line. */
export function summary({ streams, publishes, p99 }) {
  const parts = [];
  if (streams !== null) parts.push(`${number(streams)} ${streams === 1 ? "stream" : "streams"}`);
  if (publishes !== null) parts.push(`${number(Math.round(publishes * 10) / 10)} publishes/s`);
  if (p99 !== null) parts.push(`p99 ${seconds(p99)}`);
  return parts.join(", ");
}
