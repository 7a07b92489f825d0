"""Adds what came of one run to a file of results: `record.py SCENARIO PEER LINE FILE`.

Fails when the gateway has lost an event, doubled one or put one out of order, refused one or dropped a stream. Of a peer that is
recorded and left be.
"""

import json
import sys
import time

WRONG = [
    "lost", "doubled", "out_of_order", "unexpected", "gaps", "events_failed", "publish_errors", "unanswered", "failed", "closed",
    "reopen_failed", "refused_streams", "broken_streams", "steady_lost",
]


def wrongs(run):
    """What is not as it should be. Publishers on several connections race, so that an order between them is no promise."""
    races = run.get("mode") and run.get("publishers", 1) > 1
    return {name: run[name] for name in WRONG if run.get(name) and not (name == "out_of_order" and races)}


def main(scenario, peer, line, path):
    with open(line, encoding="utf-8") as file:
        lines = file.read().splitlines()
    if not lines:
        print(f"bench: {scenario}, {peer}: the load said nothing", file=sys.stderr)
        return 1
    run = {"scenario": scenario, "peer": peer, "time": time.strftime("%Y-%m-%dT%H:%M:%S")} | json.loads(lines[-1])
    run["wrong"] = wrongs(run)
    text = json.dumps(run, separators=(",", ":"))
    with open(path, "a", encoding="utf-8") as file:
        file.write(text + "\n")
    if run["wrong"]:
        print(f"bench: {scenario}, {peer}: {run['wrong']}", file=sys.stderr)
    return 1 if run["wrong"] and peer.startswith("sluice") else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
