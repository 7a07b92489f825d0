// An application that is bundled together with the module. It says each time that it runs, wherever that is.
import { connect } from "sluice-client"

new BroadcastChannel("application").postMessage("runs")
globalThis.seen = []
try {
  connect()
} catch (error) {
  globalThis.trouble = String(error)
}
globalThis.sluice = connect({
  url: new URLSearchParams(location.search).get("gate"),
  getToken: async () => (await fetch("/token?user=alice")).text(),
})
sluice.addEventListener("comment", (event) => seen.push(event.data))
