"""A gateway that can be broken, with a little traffic, and a Prometheus that looks at it each second."""

import asyncio
import contextlib
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import urllib.parse
import urllib.request

from connection import context
from traffic import Door, Reader, Tokens, publish

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def build(folder):
    """What is loaded into the gateway to break it from within."""
    for name in ("failing_disk", "skewed_clock"):
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", "-o", folder / f"{name}.so", HERE / f"{name}.c", "-ldl"], check=True)


class Traffic:
    """A publisher and a reader. What is refused is tried again, and what a jump of the clock refuses is passed over."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.connection = None
        self.published = 0
        self.reader = Reader(gateway.door, "alice", gateway.token("alice"))

    def refused(self, problem):
        """Asked again by itself."""

    async def publisher(self):
        for number in range(1 << 30):
            with contextlib.suppress(AssertionError):
                bearer = self.gateway.token("backend", {"publish": ["user:*"]})
                await publish(self.gateway.door, bearer, f"{number}", {"to": {"user": "alice"}, "data": number}, self)
                self.published += 1
            await asyncio.sleep(0.2)

    async def readings(self):
        while True:
            with contextlib.suppress(AssertionError):
                await self.reader.run()


class Gateway:
    """Starts all of it in a folder of its own. `settings` are its flags."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.port, self.admin_port, self.prometheus_port = free_ports(3)
        self.processes, self.tasks = [], []
        self.door = Door(self.port, context(options.ca), self.admin_port)
        self.log = folder / "gateway.log"
        self.folder.mkdir()
        (folder / "log").mkdir()
        (folder / "offset").write_bytes(struct.pack("=q", 0))
        shutil.copy(options.keys, folder / "keys.json")
        self.settings = {
            "listen-address": "127.0.0.1", "listen-port": self.port, "listen-event-loops": 2,
            "admin-address": "127.0.0.1", "admin-port": self.admin_port, "logging-format": "json",
            "tls-certificate": options.certificate, "tls-key": options.key, "auth-keys": folder / "keys.json",
            "log-kind": "sqlite", "log-path": folder / "log/events.db", "shutdown-drain": "0s"}

    def token(self, subject, grants=None):
        return Tokens(self.options.keys).issue(subject, grants)

    @property
    def process(self):
        return self.processes[0].pid

    @property
    def flags(self):
        return [f"--{name}={value}" for name, value in self.settings.items()]

    async def start(self):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
        libraries = [str(self.folder.parent / f"{name}.so") for name in ("failing_disk", "skewed_clock")]
        environment = inherited | {
            "LD_PRELOAD": ":".join(libraries), "FAILING_DISK": str(self.folder / "failing"),
            "CLOCK_OFFSET_FILE": str(self.folder / "offset")}
        with open(self.log, "wb") as log:
            self.processes.append(
                subprocess.Popen([self.options.program, "serve"] + self.flags, stderr=log, env=environment))
        await self.until("a ready gateway", self.is_ready)
        self.start_prometheus()
        traffic = Traffic(self)
        self.tasks = [asyncio.create_task(traffic.publisher()), asyncio.create_task(traffic.readings())]

        async def is_delivered():
            return traffic.published > 0 and len(traffic.reader.items) > 0

        await self.until("an event", is_delivered)
        await self.until("four scrapes", lambda: self.holds("count_over_time(sluice_streams[5m]) >= 4"))

    async def is_ready(self):
        if self.processes[0].poll() is not None:
            raise SystemExit(f"the gateway ended: {self.log.read_text()}")
        return (await self.door.probe())[0] == 200

    async def until(self, what, condition, limit=60):
        for _ in range(limit * 10):
            if await condition():
                return
            await asyncio.sleep(0.1)
        raise SystemExit(f"no {what} within {limit} s. {self.log.read_text()[-4000:]}")

    async def stop(self):
        for task in self.tasks:
            task.cancel()
        for process in reversed(self.processes):
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, 20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    # What the disk and the clock do

    def fail_disk(self, number):
        """0 is a disk that is well."""
        file = self.folder / "failing"
        if number == 0:
            file.unlink(missing_ok=True)
            return
        file.with_suffix(".new").write_text(str(number))
        file.with_suffix(".new").rename(file)

    def set_clock(self, seconds):
        with open(self.folder / "offset", "r+b") as file:
            file.write(struct.pack("=q", seconds))

    # Prometheus

    def start_prometheus(self):
        file = self.folder / "prometheus.yml"
        file.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(ROOT / "deploy/prometheus/sluice.rules.yml")],
            "scrape_configs": [
                {"job_name": "sluice", "static_configs": [{"targets": [f"127.0.0.1:{self.admin_port}"]}]}]}))
        with open(self.folder / "prometheus.log", "wb") as log:
            self.processes.append(subprocess.Popen(
                ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={self.folder / 'tsdb'}",
                 f"--web.listen-address=127.0.0.1:{self.prometheus_port}", "--log.level=warn"], stderr=log))

    async def ask(self, path, **query):
        """What Prometheus answers; nothing while it starts."""
        url = f"http://127.0.0.1:{self.prometheus_port}/api/v1/{path}?{urllib.parse.urlencode(query)}"

        def get():
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    return json.load(answer)["data"]
            except OSError:
                return {}

        return await asyncio.to_thread(get)

    async def holds(self, expression):
        return bool((await self.ask("query", query=expression)).get("result"))

    async def alerts(self):
        """The alerts whose expression is true, and of these the ones that fire."""
        alerts = (await self.ask("alerts")).get("alerts", [])
        names = {alert["labels"]["alertname"] for alert in alerts}
        return names, {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


def run_client(name, *arguments):
    """Another script of this folder."""
    return subprocess.Popen(
        [sys.executable, HERE / name, *map(str, arguments)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
