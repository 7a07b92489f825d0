"""Holds a dashboard to Grafana's own types: what they do not know is lost on the way through them, and said here. Also what
they do not see: panels over each other. Argument: the file. Prints what is wrong."""

import json
import sys

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard


def lost(before, after, place="dashboard"):
    """Where the two differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            yield from lost(value, after[name], f"{place}.{name}") if name in after else [f"{place}.{name}"]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, pair in enumerate(zip(before, after)):
            yield from lost(*pair, f"{place}[{number}]")
    elif before != after:
        yield f"{place}: {before} became {after}"


def overlapping(panels):
    taken = {}
    for panel in panels:
        at = panel["gridPos"]
        if at["x"] + at["w"] > 24:
            yield f"{panel['title']} is wider than the page"
        for cell in ((at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])):
            if taken.setdefault(cell, panel["id"]) != panel["id"]:
                yield f"{panel['title']} lies over panel {taken[cell]}"
                break


plugins.register_default_plugins()
with open(sys.argv[1], encoding="utf-8") as file:
    dashboard = json.load(file)
through = json.loads(json.dumps(Dashboard.from_json(dashboard), cls=JSONEncoder))
ids = [panel["id"] for panel in dashboard["panels"]]
wrong = [*lost(dashboard, through), *overlapping(dashboard["panels"])]
print("\n".join(wrong + (["two panels have one id"] if len(set(ids)) < len(ids) else [])), end="")
