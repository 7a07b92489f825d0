#!/usr/bin/env python3
"""Serves mixed traffic for minutes, looks at the gateway each second, and fails when its memory goes on growing.

Streams come and go in every manner, over both versions; publishers publish one by one and in batches; users are revoked
and sign in and out; the configuration is reloaded; readers stall; others send garbage. Witnesses read one topic all the
while: they have to get each of its events once and in order, over the connection that they began with. In the end all
goes home, and the gateway has to be as it was before. Writes samples, a verdict and a plot.
"""

import argparse
import asyncio
import json
import pathlib
import signal
import statistics
import sys
import tempfile
import threading
import time

from served import ROOT, Gateway
from soak_plot import drawing
from soak_traffic import Traffic

MIB = 1 << 20
# What a gateway at rest may have grown by between the first and the last fifth of the time behind the warm-up. The
# allocator gives pages back in pieces, and what is held follows the traffic: so medians of minutes are compared.
BOUND_MIB = 6.0
SETTINGS = {
    "limits": {"idle_timeout": "20s", "streams_per_user": 200, "streams_opened_per_user": 0, "unacknowledged": "30s"},
    "log": {"kind": "sqlite", "durability": "normal", "retention": {"bytes": "16MiB", "share_age": "0s"}},
    "logging": {"level": "notice"},
    "cors": {"origins": ["https://app.example"]},
    "presence": {"topics": ["room/*"], "debounce": "500ms"},
}
METRICS = {
    "streams": "sluice_streams", "connections": "sluice_connections", "behind": "sluice_streams_behind",
    "log": "sluice_log_bytes", "cpu": "process_cpu_seconds_total",
}


class Sampler(threading.Thread):
    """Notes each second what the gateway holds, until it is told to stop."""

    def __init__(self, gateway, file):
        super().__init__(daemon=True)
        self.gateway, self.file, self.samples, self.over = gateway, file, [], threading.Event()

    def look(self):
        process = pathlib.Path(f"/proc/{self.gateway.process.pid}")
        resident = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmRSS"))
        text = self.gateway.ask_admin("/metrics")[1].splitlines()
        sample = {"resident": int(resident.split()[1]) * 1024, "descriptors": len(list((process / "fd").iterdir()))}
        for name, metric in METRICS.items():
            lines = (line for line in text if line.startswith((metric + " ", metric + "{")))
            sample[name] = sum(float(line.rsplit(" ", 1)[1]) for line in lines)
        return sample

    def run(self):
        began = time.monotonic()
        with open(self.file, "w", encoding="utf-8") as file:
            while not self.over.wait(max(0, began + len(self.samples) + 1 - time.monotonic())):
                sample = {"second": round(time.monotonic() - began, 1)} | self.look()
                self.samples.append(sample)
                print(json.dumps(sample), file=file, flush=True)


def growth(samples, seconds):
    """The medians of memory in the first and the last fifth behind the warm-up, a quarter of the time; in MiB."""
    warm = seconds / 4
    fifth = (seconds - warm) / 5
    parts = [(warm, warm + fifth), (seconds - fifth, seconds)]
    return [statistics.median(one["resident"] for one in samples if start <= one["second"] <= end) / MIB
            for start, end in parts]


def home(sampler, before, patience=90):
    """Waits until nobody is there, and no descriptor more than before; what is left over, in words."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        now = sampler.look()
        left = {name: now[name] for name in ("streams", "connections") if now[name]}
        if now["descriptors"] > before["descriptors"]:
            left["descriptors"] = now["descriptors"] - before["descriptors"]
        if not left:
            return None
        time.sleep(0.5)
    return f"left over after {patience} s: {left}"


def run(options, folder):
    gateway = Gateway(options.program, folder, **(SETTINGS | {"log": SETTINGS["log"] | {"path": str(folder / "events.db")}}))
    seconds = options.minutes * 60
    try:
        sampler = Sampler(gateway, options.results / "samples.jsonl")
        # Twice: the first look itself makes the admin listener touch memory and a connection.
        before = (sampler.look(), sampler.look())[1]
        sampler.start()
        traffic = Traffic(gateway, folder / "sluice.yaml", seconds)
        asyncio.run(traffic.run())
        faults = traffic.faults()
        faults += [text for text in [home(sampler, before)] if text]
        sampler.over.set()
        sampler.join()
        faults += verdict(options, sampler.samples, seconds, before, traffic, sampler.look())
        gateway.process.send_signal(signal.SIGTERM)
        code = gateway.process.wait(30)
        faults += [f"it ended with {code}"] if code else []
    finally:
        gateway.process.kill()
        (options.results / "log").write_text((folder / "log").read_text())
    return faults


def verdict(options, samples, seconds, before, traffic, after):
    first, last = growth(samples, seconds)
    figures = {
        "minutes": options.minutes, "before_mib": before["resident"] / MIB, "first_mib": first, "last_mib": last,
        "most_mib": max(one["resident"] for one in samples) / MIB, "after_mib": after["resident"] / MIB,
        "bound_mib": options.bound, "descriptors": [before["descriptors"], after["descriptors"]],
        "streams": statistics.median(one["streams"] for one in samples), "cpu_seconds": samples[-1]["cpu"],
    } | traffic.counts
    print(json.dumps(figures, indent=1))
    (options.results / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    options.plot.write_text(drawing(samples, seconds / 4))
    faults = [f"memory grew from {first:.1f} to {last:.1f} MiB"] if last - first > options.bound else []
    return faults + ["it was looked at too seldom"] * (len(samples) < 0.5 * seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / ".build" / "release" / "sluice"))
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--bound", type=float, default=BOUND_MIB, help="MiB that it may grow by behind the warm-up")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / ".build" / "soak")
    parser.add_argument("--plot", type=pathlib.Path, default=ROOT / ".build" / "soak" / "soak.svg")
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        faults = run(options, pathlib.Path(folder))
    for fault in faults:
        print("soak:", fault, file=sys.stderr)
    print("soak:", f"{len(faults)} faults; the log is in {options.results}" if faults else "nothing grew, and nobody missed anything")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
