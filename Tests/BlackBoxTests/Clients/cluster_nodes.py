"""The processes of a cluster as `deploy/cluster` has them, and what is done to them."""

import argparse
import asyncio
import base64
import importlib
import json
import pathlib
import secrets
import signal
import subprocess
import sys
import urllib.request

from cluster_links import Link
from connection import context
from traffic import Door

NUMBERS = (1, 2, 3)
ROOT = pathlib.Path(__file__).resolve().parents[3]


def load_script():
    """`make cluster`: what it starts is what is tested here."""
    sys.path.insert(0, str(ROOT / "deploy/cluster"))
    return importlib.import_module("try")


class Node:
    """A process that somebody starts again whenever it ends, unless a fault keeps it down."""

    def __init__(self, part):
        self.part, self.name = part, part.name
        self.is_held = False  # a fault is at it: it is down or stands still
        self.endings = []  # how it ended by itself

    def start(self):
        self.part.start()

    def kill(self):
        """Also one that stands still."""
        if self.part.is_running():
            self.part.process.kill()
            self.part.process.wait()
        self.part.process = None

    async def stop(self):
        await asyncio.to_thread(self.part.finish)
        self.part.process = None

    def send(self, number):
        self.part.send(number)

    def look(self):
        """Starts it again if it has ended; a status that is no mistake of its own is not counted."""
        process = self.part.process
        if self.is_held or (process is not None and process.poll() is None):
            return
        # With 1 a gateway says that NATS can't be reached, as it has to.
        if process is not None and process.returncode != 1:
            self.endings.append(process.returncode)
        self.start()


class Cluster:
    """Three servers of NATS, three gateways, and all links between them."""

    def __init__(self, options, ports, folder):
        self.options, self.folder, self.script = options, folder, load_script()
        self.ports = self.script.assigned(ports)
        self.own_flags, self.mounts = [], []
        self.prefix = {}  # of a gateway's command, by its number
        self.links = {}  # a gateway's to a server
        self.routes = {}  # a server's to another
        self.nodes = {}
        self.doors = {}
        (folder / "ticket-keys").touch(mode=0o600)
        (folder / "ticket-keys").write_bytes(base64.b64encode(secrets.token_bytes(48)))

    @property
    def is_debian(self):
        return "v2.9." in subprocess.check_output([self.options.nats, "--version"], text=True)

    async def start(self):
        for one in NUMBERS:
            for other in NUMBERS:
                self.links[one, other] = await self.link(f"nats-{other}")
                if one != other:
                    self.routes[one, other] = await self.link(f"route-{other}")
        for number in NUMBERS:
            self.add(f"nats-{number}", self.nats(number))
            self.nodes[f"nats-{number}"].start()
        await asyncio.to_thread(self.create_streams)
        for number in NUMBERS:
            self.add(f"gateway-{number}", self.gateway(number))
            self.nodes[f"gateway-{number}"].start()
            self.doors[number] = Door(
                self.ports[f"gateway-{number}"], context(self.options.ca), self.ports[f"admin-{number}"])

    async def link(self, name):
        link = Link(self.ports[name])
        await link.listen()
        return link

    def add(self, name, command):
        self.nodes[name] = Node(self.script.Part(name, command, self.folder))

    def nats(self, number):
        # Only through the links: a server must not tell its clients of the others, and what it tells the others of
        # itself is a port at which nobody listens.
        ports = self.ports | {
            f"route-{other}": link.port for (one, other), link in self.routes.items() if one == number}
        command = self.script.nats(number, ports, self.paths, self.folder) + [
            "--no_advertise", "--cluster_advertise", "127.0.0.1:9"]
        if self.is_debian:
            file = self.folder / f"nats-{number}.conf"
            file.write_text(file.read_text().replace("sync_interval: always", ""))
        return command

    @property
    def paths(self):
        return argparse.Namespace(
            nats=self.options.nats, sluice=self.options.program, certificates=self.options.certificates)

    def gateway(self, number):
        ports = self.ports | {f"nats-{server}": self.links[number, server].port for server in NUMBERS}
        command = self.prefix.get(number, []) + self.script.gateway(number, ports, self.paths, self.folder)
        return command + self.flags + self.own_flags + [
            "--logging-level", self.options.logging, "--stream-heartbeat", "2s", "--log-stale-after", "1s",
            "--shutdown-delay", "0s", "--shutdown-drain", "500ms"]

    @property
    def flags(self):
        """Debian's server does not know `sync_interval: always`."""
        return ["--log-durability", "replicated"] if self.is_debian else []

    def create_streams(self):
        flags, ports = self.script.gateway_flags(self.ports, self.paths) + self.flags, self.ports
        command = [self.options.program, "log", "create"] + flags
        for _ in range(300):
            result = subprocess.run(command, capture_output=True, text=True)
            if result.returncode == 0:
                return
            if result.returncode != 1:
                break
        raise SystemExit(f"no streams on {ports}: {result.stderr}")

    async def keep_running(self):
        """What a service manager does."""
        while True:
            for node in self.nodes.values():
                node.look()
            await asyncio.sleep(0.5)

    async def stop(self):
        for link in list(self.links.values()) + list(self.routes.values()):
            link.heal()
        for name in reversed(self.nodes):
            self.nodes[name].is_held = True
            self.nodes[name].send(signal.SIGCONT)
            # A gateway says by its status whether all was well to its end.
            if name.startswith("gateway"):
                await self.nodes[name].stop()
            else:
                self.nodes[name].kill()

    # What trials do

    def store(self, number):
        """Where a server keeps what it holds."""
        return self.folder / f"nats-{number}"

    def mount(self, number, size):
        """Gives a server a small disk of its own."""
        self.store(number).mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.store(number)], check=True)
        self.mounts.append(self.store(number))

    def unmount(self):
        for place in self.mounts:
            subprocess.run(["umount", "--lazy", place], check=False)

    async def ask(self, subject, body, number=1):
        """A request to JetStream, at one of the servers."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ports[f"nats-{number}"])
        data = json.dumps(body).encode()
        writer.write(
            b'CONNECT {"verbose":false}\r\nSUB inbox 1\r\n'
            + f"PUB {subject} inbox {len(data)}\r\n".encode() + data + b"\r\n")
        try:
            while not (line := await asyncio.wait_for(reader.readline(), 10)).startswith(b"MSG "):
                if line == b"PING\r\n":
                    writer.write(b"PONG\r\n")
            return json.loads(await reader.readexactly(int(line.split()[-1])))
        finally:
            writer.close()

    async def leader(self):
        """The number of the server that leads the stream with the events, as the servers say; 0 if none does."""
        for number in NUMBERS:
            name = await asyncio.to_thread(self.ask_leader, number)
            if name.startswith("nats-"):
                return int(name[-1])
        return 0

    def ask_leader(self, number):
        url = f"http://127.0.0.1:{self.ports[f'monitor-{number}']}/jsz?accounts=true&streams=true"
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                accounts = json.load(answer).get("account_details") or []
        except OSError:
            return ""
        streams = [stream for account in accounts for stream in account.get("stream_detail") or []]
        leaders = [(stream.get("cluster") or {}).get("leader") for stream in streams if stream["name"] == "sluice"]
        return next(filter(None, leaders), "")

    def log_tails(self):
        """What the gateways said last, for whoever looks for a mistake."""
        return {
            name: node.part.log.read_text(errors="replace").splitlines()[-20:]
            for name, node in self.nodes.items() if name.startswith("gateway")}
