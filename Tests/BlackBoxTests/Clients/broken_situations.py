"""The broken situations: what is done to a gateway, who has to say so, and how it is mended.

A situation is a class with `breaks` and `mends`. The seconds count from the end of `prepare`, or from when `breaks` calls
`watch.restart`.
"""

import asyncio
import os
import resource
import subprocess
import sys

from broken_gateway import HERE, free_ports, run_client
from cluster_links import DOWN, UP, Link
from traffic import publish


class Situation:
    title = ""
    probes = ()
    metric = ""
    alerts = ()
    line = ""  # words of the line that says it
    quote = ""  # its constant message, where these words are not of it
    back = ""  # and of the one that says that it is over
    settings = {}
    patience = 20  # how long all of them may take

    def __init__(self, gateway, options):
        self.gateway, self.options = gateway, options
        self.connection, self.is_refused = None, False

    async def arrange(self):
        """Before the gateway starts."""

    async def prepare(self):
        """While all is well."""

    async def breaks(self, watch):
        raise NotImplementedError

    async def mends(self):
        raise NotImplementedError

    async def flood(self, size, is_over):
        """Publishes large events until it is over."""
        bearer = self.gateway.token("flood", {"publish": ["user:*"]})
        for number in range(5000):
            event = {"to": {"user": "mallory"}, "data": "x" * size}
            flooding = asyncio.create_task(publish(self.gateway.door, bearer, f"big-{number}", event, self))
            while not flooding.done():
                await asyncio.wait([flooding], timeout=0.1)
                if await is_over():
                    flooding.cancel()
                    return
            await flooding

    def refused(self, problem):
        self.is_refused = True

    async def was_refused(self):
        return self.is_refused

    async def clean(self):
        """In any case."""


class LoopStands(Situation):
    title = "an event loop stands still"
    probes = ("/readyz", "/livez")
    metric = "max(sluice_canary_seconds) > 5"
    alerts = ("SluiceDeliversNothing", "SluiceLoopStands")
    line, quote, back = "has not turned", "A trouble has begun", "A trouble is over."
    patience = 80
    frozen = None

    async def breaks(self, watch):
        self.frozen = run_client("freeze.py", "--process", self.gateway.process, "--loop", 1)

    async def mends(self):
        await self.clean()

    async def clean(self):
        if self.frozen:
            self.frozen.kill()
            self.frozen.wait()


class LogFails(Situation):
    probes = ("/readyz?for=publish", "/readyz")
    metric = "sluice_log_available == 0"
    alerts = ("SluiceLogRefuses",)
    line, back = "The event log takes no events", "The event log takes events again"


class DiskFull(LogFails):
    title = "the disk is full"

    async def arrange(self):
        self.folder = self.gateway.folder / "log"
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", self.folder], check=True)

    async def breaks(self, watch):
        with open(self.folder / "ballast", "wb") as ballast:
            free = os.statvfs(self.folder)
            # What the gateway takes meanwhile makes it too much; then the next smaller one fits.
            for pages in range(free.f_bavail, 0, -1):
                try:
                    os.posix_fallocate(ballast.fileno(), 0, pages * free.f_frsize)
                    break
                except OSError:
                    pass
        # There is room in the journal yet.
        await self.flood(60000, self.was_refused)

    async def mends(self):
        (self.folder / "ballast").unlink()

    async def clean(self):
        subprocess.run(["umount", "--lazy", self.folder], check=False)


class FileRemoved(LogFails):
    title = "the log's file is removed (and put back)"

    async def breaks(self, watch):
        file = self.gateway.folder / "log/events.db"
        file.rename(file.with_suffix(".away"))

    async def mends(self):
        file = self.gateway.folder / "log/events.db"
        file.with_suffix(".away").rename(file)


class ReadOnly(LogFails):
    title = "the log's file system is read-only"

    async def breaks(self, watch):
        self.gateway.fail_disk(30)  # EROFS

    async def mends(self):
        self.gateway.fail_disk(0)


class CertificateEnds(Situation):
    title = "the certificate has ended"
    probes = ("/readyz",)
    metric = "sluice_tls_certificate_not_after_seconds < time()"
    alerts = ("SluiceCertificateEnded",)
    line, back = "A certificate has expired", "Certificate in use."
    seconds = 15

    def issue(self, seconds):
        subprocess.run(
            [sys.executable, HERE / "issue_certificate.py", "--authority", self.options.ca, "--authority-key",
             self.options.authority_key, "--folder", self.gateway.folder, "--seconds", str(seconds)], check=True)

    async def arrange(self):
        self.gateway.settings |= {
            "tls-certificate": self.gateway.folder / "short.pem", "tls-key": self.gateway.folder / "short.key"}
        self.issue(self.seconds)
        self.end = asyncio.get_running_loop().time() + self.seconds

    async def breaks(self, watch):
        await asyncio.sleep(self.end - asyncio.get_running_loop().time())
        watch.restart()

    async def mends(self):
        self.issue(90 * 86400)


class KeysUnreadable(Situation):
    title = "the keys' file can't be read"
    metric = "sluice_config_last_reload_successful == 0"
    alerts = ("SluiceReloadFailed",)
    line, back = "The configuration could not be reloaded", "The configuration was reloaded"

    async def breaks(self, watch):
        (self.gateway.folder / "keys.json").rename(self.gateway.folder / "away.json")

    async def mends(self):
        (self.gateway.folder / "away.json").rename(self.gateway.folder / "keys.json")


class PublishesLate(Situation):
    metric = "histogram_quantile(0.99, sum(rate(sluice_log_append_seconds_bucket[5m])) by (le)) > 1"
    alerts = ("SluicePublishesLate",)
    line, quote, back = "Publishers wait long", "A trouble has begun", "A trouble is over."


class DiskSlow(PublishesLate):
    title = "a sync of the log's disk takes two seconds"

    async def breaks(self, watch):
        self.gateway.fail_disk(-2000)

    async def mends(self):
        self.gateway.fail_disk(0)


class DiskHangs(Situation):
    title = "a sync of the log's disk does not return"
    probes = ("/readyz?for=publish", "/readyz")
    metric = "max(sluice_canary_seconds) > 5"
    alerts = ("SluiceDeliversNothing",)
    line, back = "The gateway's own streams do not get their notes", "The gateway's own streams get their notes"

    async def breaks(self, watch):
        self.gateway.fail_disk(-1000000)

    async def mends(self):
        self.gateway.fail_disk(0)


class LongLink(Link):
    """One whose delay is that of a long line: what comes later waits for nothing that is under way."""

    async def pump(self, reader, writer, direction):
        loop, due = asyncio.get_running_loop(), 0
        while block := await reader.read(1 << 16):
            await self.is_open[direction].wait()
            due = max(due, loop.time() + self.delay)
            loop.call_at(due, writer.write, block)
        raise ConnectionAbortedError


class WithNATS(Situation):
    """The gateway's log is at a server of NATS, and the way to it is ours."""

    server = None

    async def arrange(self):
        port = free_ports(1)[0]
        with open(self.gateway.folder / "nats.log", "wb") as log:
            self.server = subprocess.Popen(
                [self.options.nats, "--addr", "127.0.0.1", "--port", str(port), "--jetstream", "--store_dir",
                 self.gateway.folder / "nats", "--no_advertise"], stderr=log)
        self.link = LongLink(port)
        await self.link.listen()
        del self.gateway.settings["log-path"]
        self.gateway.settings |= {
            "log-kind": "jetstream", "log-jetstream-servers": f"nats://127.0.0.1:{self.link.port}",
            "log-durability": "replicated", "log-jetstream-replicas": "1"}
        command = [self.options.program, "log", "create"] + self.gateway.flags
        for _ in range(100):
            made = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
            if made.returncode == 0:
                return
            await asyncio.sleep(0.1)
        raise SystemExit(f"no stream: {made.stderr}")

    async def clean(self):
        if self.server:
            self.server.kill()
            self.server.wait()

    async def mends(self):
        self.link.heal()


class NATSSlow(WithNATS, PublishesLate):
    title = "each message to NATS, and from it, takes 0.7 s"

    async def breaks(self, watch):
        self.link.delay = 0.7


class NATSAway(WithNATS):
    title = "NATS takes and gives nothing"
    probes = ("/readyz?for=publish", "/readyz")
    metric = "sluice_log_current == 0"
    alerts = ("SluiceLogCutOff",)
    line, back = "The gateway is cut off from its event log", "in contact with its event log again"

    async def breaks(self, watch):
        self.link.block(UP, DOWN)


class NoDescriptors(Situation):
    title = "there are no descriptors left"
    metric = "increase(sluice_accept_pauses_total[1m]) > 0"
    alerts = ("SluiceDescriptorsShort",)
    line, back = "A connection can't be accepted", "Connections are accepted again"
    crowd = None

    async def breaks(self, watch):
        process = self.gateway.process
        self.former = resource.prlimit(process, resource.RLIMIT_NOFILE)
        few = len(os.listdir(f"/proc/{process}/fd")) + 6
        resource.prlimit(process, resource.RLIMIT_NOFILE, (few, self.former[1]))
        self.crowd = run_client(
            "crowd.py", "--port", self.gateway.port, "--ca", self.options.ca, "--count", 40, "--stay-away")

    async def mends(self):
        resource.prlimit(self.gateway.process, resource.RLIMIT_NOFILE, self.former)
        await self.clean()

    async def clean(self):
        if self.crowd:
            self.crowd.kill()
            self.crowd.wait()


class ReadersStall(Situation):
    title = "a thousand readers stall"
    metric = "sluice_streams_behind > 100"
    alerts = ("SluiceReadersStall",)
    line, quote, back = "are behind, reading the log", "A trouble has begun", "A trouble is over."
    settings = {"limits-streams-per-user": 2000, "limits-streams-opened-per-user": 0}
    patience = 60
    readers = None
    count = 1000

    async def prepare(self):
        self.readers = run_client(
            "stalled.py", "--port", self.gateway.port, "--ca", self.options.ca, "--token",
            self.gateway.token("mallory"), "--count", self.count)
        await asyncio.to_thread(self.readers.stdout.readline)

    async def breaks(self, watch):
        async def are_behind():
            return watch.now() > self.patience or await self.gateway.holds(f"sluice_streams_behind >= {self.count}")

        await self.flood(16384, are_behind)

    async def mends(self):
        await self.clean()

    async def clean(self):
        if self.readers:
            self.readers.kill()
            self.readers.wait()


class ClockJumps(Situation):
    title = "the clock jumps by an hour"
    metric = "abs(sluice_clock_timestamp_seconds - timestamp(sluice_clock_timestamp_seconds)) > 30"
    alerts = ("SluiceClockWrong",)
    line, quote, back = "clock has jumped forward by 3", "A trouble has begun", "A trouble is over."

    async def breaks(self, watch):
        self.gateway.set_clock(3600)

    async def mends(self):
        self.gateway.set_clock(0)


SITUATIONS = {
    "loop": LoopStands, "disk-full": DiskFull, "file-removed": FileRemoved, "read-only": ReadOnly,
    "certificate": CertificateEnds, "keys": KeysUnreadable, "disk-slow": DiskSlow, "disk-hangs": DiskHangs,
    "nats-slow": NATSSlow, "nats-away": NATSAway, "descriptors": NoDescriptors, "readers": ReadersStall,
    "clock": ClockJumps,
}
