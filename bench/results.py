"""Reads a folder of results as run.sh leaves it: a file of JSON lines per scenario, and the machine."""

import collections
import json
import pathlib
import statistics

CPU = "server_cpu_us_per_delivery"


class Results:
    """The runs of each scenario and server, in their order."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.runs = collections.defaultdict(list)
        for path in sorted(self.folder.glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                run = json.loads(line)
                self.runs[run["scenario"], run["peer"]].append(run)
        machine = self.folder / "machine.json"
        self.machine = json.loads(machine.read_text(encoding="utf-8")) if machine.exists() else {}

    def __contains__(self, scenario):
        return any(name == scenario for name, _ in self.runs)

    def values(self, scenario, key, peer="sluice"):
        """What each run says; `key` is a member's name or takes it out of the run."""
        take = key if callable(key) else lambda run: run.get(key)
        return [value for value in map(take, self.runs.get((scenario, peer), [])) if value is not None]

    def median(self, scenario, key, peer="sluice"):
        values = self.values(scenario, key, peer)
        return statistics.median(values) if values else None

    def ratio(self, scenario, key, peer="sluice", base="floor"):
        """The median, least and greatest ratio between two servers that were measured one after the other."""
        pairs = zip(self.values(scenario, key, peer), self.values(scenario, key, base))
        ratios = sorted(value / other for value, other in pairs if other)
        return (statistics.median(ratios), ratios[0], ratios[-1]) if ratios else None

    def points(self, name, key, peer="sluice"):
        """A curve: the numbers in the names `name-N`, and the medians there."""
        numbers = sorted({int(found.split("-")[1]) for found, _ in self.runs if found.startswith(name + "-")})
        points = [(number, self.median(f"{name}-{number}", key, peer)) for number in numbers]
        return [(number, value) for number, value in points if value is not None]

    def dates(self):
        return sorted({run["time"][:10] for runs in self.runs.values() for run in runs})

    def of_gateway(self):
        return [run for (_, peer), runs in self.runs.items() if peer.startswith("sluice") for run in runs]
