"""What an operator or a disk does to a cluster: one thing each, under traffic, with the same account in the end.

Behind each, pages come that were away from the beginning: they get all of it from the log, not from a gateway's memory.
"""

import asyncio
import os
import pathlib
import shutil
import subprocess

from cluster_nodes import NUMBERS
from cluster_traffic import Page


class Trial:
    """One trial: what is changed before the start, and what happens."""

    seconds = 8  # of traffic before it, within it and behind it
    # Little is held in memory, so that the log is read.
    flags = ["--log-jetstream-window-bytes", "1MiB"]

    def prepare(self, cluster):
        cluster.own_flags = self.flags

    async def perform(self, run):
        self.run, self.cluster = run, run.cluster
        first = {page.user: page.last for page in run.pages}
        await asyncio.sleep(self.seconds)
        await self.act()
        await asyncio.sleep(self.seconds)
        self.come_late(first)
        await asyncio.sleep(1)

    async def act(self):
        raise NotImplementedError

    def come_late(self, first):
        """A page of each user that was away all the time."""
        run = self.run
        late = []
        for user, last in first.items():
            before = next(page for page in run.pages if page.user == user)
            page = Page(self.cluster.doors, 1 + len(late) % 3, user, before.bearer, f"{run.seed}/late", run.late)
            page.last, page.name = last, page.name + "/late"
            late.append(page)
        run.pages += late
        run.read(late)

    def say(self, *words):
        self.run.words.append(" ".join(map(str, words)))

    async def sides(self):
        """The number of the server that leads, and of one that does not."""
        leader = await self.cluster.leader() or 1
        return leader, next(number for number in NUMBERS if number != leader)

    def node(self, number):
        return self.cluster.nodes[f"nats-{number}"]

    def start_anew(self, *numbers):
        for number in numbers:
            self.node(number).kill()
            self.node(number).start()


class DiskFull(Trial):
    """The disks of servers are full, for a while; then there is room, and they are started anew."""

    def __init__(self, whose):
        self.whose = whose

    def prepare(self, cluster):
        super().prepare(cluster)
        for number in NUMBERS:
            cluster.mount(number, "64m")

    async def act(self):
        leader, follower = await self.sides()
        numbers = {"leader": [leader], "follower": [follower], "all": NUMBERS}[self.whose]
        self.say("full disk at", *numbers)
        for number in numbers:
            self.fill(self.cluster.store(number) / "ballast")
        before = self.run.ledger.refused.copy()
        await asyncio.sleep(self.seconds)
        self.say("refused meanwhile:", dict(self.run.ledger.refused - before), "; room again")
        for number in numbers:
            os.remove(self.cluster.store(number) / "ballast")
        self.start_anew(*numbers)

    @staticmethod
    def fill(path):
        with open(path, "wb", buffering=0) as ballast:
            try:
                while ballast.write(b"\0" * (1 << 16)):
                    pass
            except OSError:
                pass


class DiskLost(Trial):
    """A server comes back with an empty disk; when it has all again, the others go, one after the other."""

    async def act(self):
        leader, lost = await self.sides()
        self.say("empty disk at", lost)
        self.node(lost).is_held = True
        self.node(lost).kill()
        shutil.rmtree(self.cluster.store(lost))
        self.node(lost).start()
        self.node(lost).is_held = False
        await self.is_current(3)
        for number in NUMBERS:
            self.start_anew(number)
            await self.is_current(3)
        self.say("all have all")

    async def is_current(self, count):
        """Waits until so many servers hold the stream, and are as far as its leader."""
        for _ in range(300):
            try:
                info = await self.cluster.ask("$JS.API.STREAM.INFO.sluice", {}, await self.cluster.leader() or 1)
                replicas = info["cluster"].get("replicas") or []
                if info["cluster"].get("leader") and 1 + sum(one["current"] for one in replicas) == count:
                    return
            except (OSError, KeyError, asyncio.TimeoutError):
                pass
            await asyncio.sleep(0.2)
        self.say("the servers do not come together:", info)


class BitFlipped(Trial):
    """One bit of an event in a data file of one server is another, and that server leads then."""

    async def act(self):
        _, victim = await self.sides()
        node = self.node(victim)
        node.is_held = True
        node.kill()
        files = [path for path in self.cluster.store(victim).rglob("*.blk") if "/streams/sluice/" in str(path)]
        file = max(files, key=lambda path: path.stat().st_size)
        with open(file, "r+b") as blocks:
            middle = file.stat().st_size // 2
            blocks.seek(middle)
            old = blocks.read(1)
            blocks.seek(middle)
            blocks.write(bytes([old[0] ^ 1]))
        self.say("one bit of", file.name, "of", victim, "at", middle)
        node.start()
        node.is_held = False
        await asyncio.sleep(5)
        request = {"placement": {"preferred": f"nats-{victim}"}}
        self.say(await self.cluster.ask("$JS.API.STREAM.LEADER.STEPDOWN.sluice", request))
        await asyncio.sleep(5)
        self.say("leader:", await self.cluster.leader())


class PeerRemoved(DiskLost):
    """A fourth server takes the place of one that is removed from the streams' peers."""

    def __init__(self, is_quiet):
        self.is_quiet = is_quiet

    def prepare(self, cluster):
        super().prepare(cluster)
        # The monitors are of three servers, and `full` holds only while the cluster has no other.
        cluster.own_flags = self.flags + ["--log-durability", "replicated"]

    async def act(self):
        _, old = await self.sides()
        ports = self.cluster.ports
        # The port of HAProxy, which is not needed here, and two behind the others.
        ports |= {"nats-4": ports["haproxy"], "monitor-4": 0, "route-4": 0}
        command = self.cluster.nats(4)
        for name in ("--http_port", "--cluster"):
            at = command.index(name)
            command[at + 1] = "nats://127.0.0.1:-1" if name == "--cluster" else "-1"
        self.cluster.add("nats-4", command)
        self.node(4).start()
        await asyncio.sleep(3)
        if self.is_quiet:
            self.run.publishes.clear()
            await asyncio.sleep(1)
        for stream in ("sluice", "sluice_state"):
            answer = await self.cluster.ask(f"$JS.API.STREAM.PEER.REMOVE.{stream}", {"peer": f"nats-{old}"})
            self.say("removed", old, "from", stream, answer)
        await asyncio.sleep(2)
        await self.is_current(3)
        self.node(old).is_held = True
        self.node(old).kill()
        self.run.publishes.set()


class ClockSkew(Trial):
    """One gateway is ten minutes ahead, and one behind. (NATS's own clock is the machine's.)"""

    def prepare(self, cluster):
        super().prepare(cluster)
        source, library = pathlib.Path(__file__).with_name("skewed_clock.c"), cluster.folder / "skewed_clock.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        environment = ["env", f"LD_PRELOAD={library}"]
        cluster.prefix = {1: environment + ["CLOCK_OFFSET=600"], 2: environment + ["CLOCK_OFFSET=-600"]}

    async def act(self):
        # A gateway that comes back finds what the others have written.
        for number in NUMBERS:
            self.cluster.nodes[f"gateway-{number}"].kill()
            self.cluster.nodes[f"gateway-{number}"].start()
            await asyncio.sleep(2)


TRIALS = {
    "disk-full-leader": DiskFull("leader"), "disk-full-follower": DiskFull("follower"),
    "disk-full-all": DiskFull("all"),
    "disk-lost": DiskLost(), "bit-flipped": BitFlipped(), "peer-removed": PeerRemoved(is_quiet=True),
    "peer-removed-under-load": PeerRemoved(is_quiet=False), "clock-skew": ClockSkew(),
}
