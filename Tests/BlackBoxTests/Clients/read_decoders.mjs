// Reads a stream with one decoder of the JavaScript world, and reports whatever it calls an event. Nothing is passed
// over: an event without data, which a page would not hear of, is reported too.
import { createRequire } from "node:module"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: { url: { type: "string" }, token: { type: "string" }, decoder: { type: "string" }, until: { type: "string" } },
})
const headers = { Authorization: `Bearer ${values.token}` }

function report(event, data) {
  console.log(JSON.stringify({ event, data }))
  if (data === values.until) process.exit(0)
}

// Debian's node-eventsource.
function eventsource() {
  const EventSource = createRequire(import.meta.url)("/usr/share/nodejs/eventsource")
  const source = new EventSource(values.url, { headers })
  for (const name of ["message", "sluice.open", "comment"]) {
    source.addEventListener(name, (event) => report(event.type, event.data))
  }
}

async function* lines() {
  const response = await fetch(values.url, { headers })
  const decoder = new TextDecoder()
  let rest = ""
  for await (const bytes of response.body) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n")
    rest = parts.pop()
    yield* parts
  }
}

// The rule of @microsoft/fetch-event-source: a blank line is a message, whatever was before it.
async function blankLineIsMessage() {
  let message = { event: "", data: "" }
  for await (const line of lines()) {
    if (line === "") {
      report(message.event || "message", message.data)
      message = { event: "", data: "" }
      continue
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line)
    if (field === "data") message.data = message.data ? message.data + "\n" + value : value
    if (field === "event") message.event = value
  }
}

// What is written by hand most often: blocks between blank lines, each an event.
async function blocks() {
  const fields = (block, name) =>
    block.filter((line) => line.startsWith(name + ": ")).map((line) => line.slice(name.length + 2)).join("\n")
  let block = []
  for await (const line of lines()) {
    if (line !== "") {
      block.push(line)
      continue
    }
    report(fields(block, "event") || "message", fields(block, "data"))
    block = []
  }
}

await { eventsource, "fetch-event-source": blankLineIsMessage, blocks }[values.decoder]()
