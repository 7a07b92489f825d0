// Reads a stream with the recipe of the article on pages, prints each event as JSON, and leaves after --count of them.
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: { module: { type: "string" }, url: { type: "string" }, tokens: { type: "string" }, count: { type: "string" } },
})
const { readEvents } = await import(pathToFileURL(values.module))
const tokens = values.tokens.split(",")
const leaving = new AbortController()
let seen = 0
try {
  await readEvents({
    url: values.url,
    getToken: async () => (tokens.length > 1 ? tokens.shift() : tokens[0]),
    signal: leaving.signal,
    onEvent(event) {
      if (event.type === "sluice.open") return
      console.log(JSON.stringify(event))
      seen += 1
      if (seen === Number(values.count)) leaving.abort()
    },
  })
  console.log(JSON.stringify({ end: "left" }))
} catch (error) {
  console.log(JSON.stringify({ end: "refused", reason: error.message }))
}
