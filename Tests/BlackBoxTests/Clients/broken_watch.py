"""Who says that something is broken, and after how many seconds: probes, a metric, alerts and lines of the log."""

import asyncio
import json
import time

PROBES = ("/livez", "/readyz", "/readyz?for=publish", "/readyz?for=streams")


class Watch:
    """Looks at a gateway ten times a second. `red` and `green` are when a sign first appeared, and was last gone."""

    def __init__(self, gateway, metric):
        self.gateway, self.metric = gateway, metric
        self.began = time.monotonic()
        self.red, self.green = {}, {}
        self.fired = {}
        self.lines = []  # (seconds, level, text)
        self.place = gateway.log.stat().st_size
        self.tasks = [asyncio.create_task(self.repeat(look)) for look in (self.probe, self.measure, self.read)]

    async def repeat(self, look):
        while True:
            await look()
            await asyncio.sleep(0.1)

    def now(self):
        return time.monotonic() - self.began

    def restart(self):
        """Time counts from here on."""
        self.began = time.monotonic()
        for times in (self.red, self.green, self.fired):
            times.clear()
        self.lines.clear()

    def restart_green(self):
        """Time counts from here on, for what is red now."""
        red = [sign for sign in self.red if sign not in self.green]
        self.restart()
        self.red |= dict.fromkeys(red, 0.0)

    def saw(self, sign, is_red, at):
        if is_red:
            self.red.setdefault(sign, at)
            self.green.pop(sign, None)
        elif sign in self.red:
            self.green.setdefault(sign, at)

    async def probe(self):
        for path in PROBES:
            at = self.now()
            status, _ = await self.gateway.door.probe(path)
            self.saw(path, status != 200, at)

    async def measure(self):
        at = self.now()
        self.saw(self.metric, await self.gateway.holds(self.metric), at)
        at = self.now()
        true, firing = await self.gateway.alerts()
        for name in true | set(self.red):
            if name.startswith("Sluice"):
                self.saw(name, name in true, at)
        for name in firing:
            self.fired.setdefault(name, at)

    async def read(self):
        with open(self.gateway.log, "rb") as file:
            file.seek(self.place)
            text = file.read()
        whole = text[:text.rfind(b"\n") + 1]
        self.place += len(whole)
        for line in whole.splitlines():
            try:
                members = json.loads(line)
            except ValueError:
                continue
            if members.get("level") in ("notice", "warning", "error", "critical"):
                self.lines.append((self.now(), members["level"], " ".join(map(str, members.values()))))

    def line(self, words):
        """When a line with these words came."""
        return next((at for at, _, text in self.lines if words in text), None)

    async def wait(self, condition, limit):
        deadline = time.monotonic() + limit
        while not condition() and time.monotonic() < deadline:
            await asyncio.sleep(0.1)

    def stop(self):
        for task in self.tasks:
            task.cancel()
