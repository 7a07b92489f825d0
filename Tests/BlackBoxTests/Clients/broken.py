"""Breaks a gateway in each of the ways that the runbook knows, one at a time, and measures after how many seconds which
probe, metric, alert and line of the log says so, and after how many it is over when the cause is mended.

Prometheus looks at the gateway each second, with the rules of deploy/prometheus. Each situation has a gateway of its own.
Prints a line of JSON for each and in the end a table, which --write puts into the runbook. Takes root: a full disk is a
small file system of its own.
"""

import argparse
import asyncio
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

from broken_gateway import HERE, ROOT, Gateway, build
from broken_situations import SITUATIONS
from broken_watch import Watch
from connection import report

RUNBOOK = ROOT / "RUNBOOK.md"
MARKS = ("<!-- broken:begin -->\n", "<!-- broken:end -->\n")
HEAD = "| Situation | Probe | Metric | Alert | The log's line | Green again |\n|---|---|---|---|---|---|\n"


def holding_times():
    """The `for` of each alert."""
    rules = (ROOT / "deploy/prometheus/sluice.rules.yml").read_text()
    return {
        name: held for name, body in re.findall(r"- alert: (\w+)\n(.*?)(?=\n\n|\Z)", rules, re.S)
        for held in re.findall(r"\n +for: (\w+)", body) or ["0s"]}


class Trial:
    """One situation, from a gateway that is well to one that is well again."""

    def __init__(self, name, options, folder):
        self.name, self.options = name, options
        self.gateway = Gateway(options, folder / name)
        self.situation = SITUATIONS[name](self.gateway, options)
        self.gateway.settings |= self.situation.settings

    @property
    def signs(self):
        return (*self.situation.probes, self.situation.metric, *self.situation.alerts)

    async def run(self):
        try:
            await self.situation.arrange()
            await self.gateway.start()
            await self.situation.prepare()
            return await self.watched()
        finally:
            await self.situation.clean()
            await self.gateway.stop()

    async def watched(self):
        situation = self.situation
        watch = Watch(self.gateway, situation.metric)
        looks = self.look() if self.name in self.options.shots_of else None
        try:
            breaking = asyncio.create_task(situation.breaks(watch))
            await watch.wait(
                lambda: breaking.done() and all(sign in watch.red for sign in self.signs)
                and watch.line(situation.line) is not None, situation.patience)
            await breaking
            if looks:
                await asyncio.to_thread(looks.wait)
            red, said = dict(watch.red), watch.line(situation.line)
            fired, others = dict(watch.fired), [(level, text) for _, level, text in watch.lines]
            watch.restart_green()
            await situation.mends()
            await watch.wait(
                lambda: all(probe in watch.green for probe in situation.probes if probe in red)
                and watch.line(situation.back) is not None, self.options.patience)
            return {
                "situation": self.name, "red": red, "missing": [sign for sign in self.signs if sign not in red],
                "fired": fired, "line": said, "green": dict(watch.green),
                "back": watch.line(situation.back), "lines": others}
        finally:
            watch.stop()

    def look(self):
        """An operator who has the dashboard open."""
        return subprocess.Popen(
            [sys.executable, HERE / "dashboard_browser.py", "--url",
             f"http://127.0.0.1:{self.gateway.admin_port}/dashboard", "--broken", "--shots", self.options.shots,
             "--name", self.name], stdout=sys.stderr)


class Row:
    """What the table says of a trial."""

    def __init__(self, result, held):
        self.result, self.held = result, held
        self.situation = SITUATIONS[result["situation"]]

    @staticmethod
    def seconds(value):
        return "not" if value is None else f"{value:.1f} s"

    def probes(self):
        times = [f"`{probe}` {self.seconds(self.result['red'].get(probe))}" for probe in self.situation.probes]
        return ", ".join(times) or "none: it serves on"

    def alerts(self):
        return ", ".join(
            f"{name} {self.seconds(self.result['red'].get(name))}"
            + ("" if self.held[name] == "0s" else f" + {self.held[name]}") for name in self.situation.alerts)

    def green(self):
        green, probe = self.result["green"], next(iter(self.situation.probes), None)
        after = [f"probe {self.seconds(green.get(probe))}"] if probe else []
        after += [f"line {self.seconds(self.result['back'])}"]
        return ", ".join(after)

    def text(self):
        metric = f"`{self.situation.metric}` {self.seconds(self.result['red'].get(self.situation.metric))}"
        line = f"*{self.situation.quote or self.situation.line}* {self.seconds(self.result['line'])}"
        return f"| {self.situation.title} | {self.probes()} | {metric} | {self.alerts()} | {line} | {self.green()} |\n"


def write(table):
    before, rest = RUNBOOK.read_text().split(MARKS[0])
    _, after = rest.split(MARKS[1])
    RUNBOOK.write_text(before + MARKS[0] + table + MARKS[1] + after)


async def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--program", required=True)
    for name in ("certificate", "key", "ca", "authority-key", "keys"):
        arguments.add_argument("--" + name, required=True)
    arguments.add_argument("--nats", default="nats-server")
    arguments.add_argument("--only", default=",".join(SITUATIONS))
    arguments.add_argument("--shots", help="folder for screenshots of the dashboard")
    arguments.add_argument("--shots-of", default="loop,disk-full,readers")
    arguments.add_argument("--patience", type=float, default=40, help="how long a mended gateway may take, in seconds")
    arguments.add_argument("--write", action="store_true", help="put the table into the runbook")
    options = arguments.parse_args()
    options.shots_of = options.shots_of.split(",") if options.shots else []
    held = holding_times()
    table = HEAD
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        folder = pathlib.Path(home)
        build(folder)
        for name in options.only.split(","):
            result = await Trial(name, options, folder).run()
            report(**result)
            table += Row(result, held).text()
    print(table)
    if options.write:
        write(table)


# Whoever ends it ends what it has started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
asyncio.run(main())
