// The runbook's sections, from the gateway itself: whoever is called at night has this page, and maybe nothing else.

import { html } from "./plot.js";

/** The lines of each section, by its heading as a link has it. */
const sections = fetch("/dashboard/RUNBOOK.md").then((answer) => (answer.ok ? answer.text() : "")).then((text) => {
  const found = new Map();
  let lines = null;
  for (const line of text.split("\n")) {
    const heading = /^#+ (.*)$/.exec(line);
    if (heading) found.set(heading[1].toLowerCase().replace(/[^a-z0-9]+/g, "-"), (lines = []));
    else lines?.push(line);
  }
  return found;
}).catch(() => new Map());

/** What the runbook says about something, to be opened; it stays empty where the runbook says nothing. */
export function runbook(section) {
  const [body, summary] = [html("div", {}), html("summary", {}, "What to do")];
  const element = html("details", { className: "runbook", hidden: true }, summary, body);
  sections.then((all) => {
    if (!all.has(section)) return;
    body.append(...blocks(all.get(section)));
    element.hidden = false;
  });
  return element;
}

/** Paragraphs and lists, which is all that a section has. */
function blocks(lines) {
  const texts = [];
  for (const line of lines) {
    if (line === "" || /^\* /.test(line) || texts.length === 0) texts.push(line);
    else texts[texts.length - 1] += ` ${line.trim()}`;
  }
  return texts.filter((text) => text.trim()).map((text) => html("p", {}, ...spans(text.replace(/^\* /, ""))));
}

/** Bold words, quoted lines and code; of a link its words. */
function spans(text) {
  const plain = text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return plain.split(/(\*\*[^*]+\*\*|\*[^*]+\*|`[^`]+`)/).filter(Boolean).map((part) => {
    if (part.startsWith("**")) return html("b", {}, part.slice(2, -2));
    if (/^\*[^*]+\*$/.test(part)) return html("i", {}, part.slice(1, -1));
    return part.startsWith("`") ? html("code", {}, part.slice(1, -1)) : part;
  });
}
