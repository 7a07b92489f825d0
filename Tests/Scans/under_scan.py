"""A gateway with its default limits while a scanner is at it, and the others who must not notice."""

import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "Tests" / "BlackBoxTests" / "Clients")]

from others import Others  # noqa: E402
from served import CERTS, Gateway  # noqa: E402

# What the allocator may keep of a burst, as for the tests from outside; and of each of many connections at once: what one
# may have waiting for its socket (limits.write_buffer), and as much for its handshake and its request.
RESIDENT_SLACK, RESIDENT_SLACK_PER_CONNECTION = 16 << 20, 64 << 10
# Others are not served any more when an event takes so long; a busy machine has taken three seconds by itself.
LONGEST = 5.0


class UnderScan:
    """One scan: `with UnderScan(program) as scanned`, and then what it found in `scanned.faults`."""

    def __init__(self, program, connections=0, **settings):
        self.slack = RESIDENT_SLACK + connections * RESIDENT_SLACK_PER_CONNECTION
        self.folder = tempfile.TemporaryDirectory()
        log = {"logging": {"level": "warning"}, "canary": {"interval": "0s"}}
        self.gateway = Gateway(program, pathlib.Path(self.folder.name), **(log | settings))
        self.look()
        self.before, self.faults = self.look(), []

    def look(self):
        names = ["sluice_streams", "sluice_connections", "process_open_fds", "process_resident_memory_bytes", "sluice_held_bytes"]
        return {name: self.gateway.read_metric(name) for name in names}

    def __enter__(self):
        reader, publisher = self.gateway.make_token("others"), self.gateway.make_token("backend", "--publish", "everyone")
        self.others = Others(self.gateway.port, str(CERTS / "ca.pem"), reader, publisher)
        self.others.start()
        return self

    def expect(self, condition, *words):
        if not condition:
            self.faults.append(" ".join(map(str, words)))

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.others.end()
                self.judge(self.others.figures())
        finally:
            self.gateway.process.terminate()
            self.expect(self.gateway.process.wait(30) == 0, "it ended with", self.gateway.process.returncode)
            self.folder.cleanup()

    def judge(self, seen):
        self.expect(self.gateway.process.poll() is None, "the gateway is gone")
        self.expect(not seen["missed"], seen["missed"], "of two streams of others are not whole")
        self.expect(seen["longest"] < LONGEST, f"an event of others came {seen['longest']:.1f} s late")
        left = self.home()
        self.expect(not left, "left over:", left)
        self.figures = f"others' {seen['published']} events: p99 {seen['p99'] * 1000:.0f} ms, longest {seen['longest'] * 1000:.0f} ms"

    def home(self, patience=100):
        """What it still holds that it did not hold before, once idle connections have had their time."""
        end = time.monotonic() + patience
        while True:
            now = self.look()
            left = {name: now[name] - self.before[name] for name in now if name != "process_resident_memory_bytes"}
            left = {name: more for name, more in left.items() if more > 0}
            grown = now["process_resident_memory_bytes"] - self.before["process_resident_memory_bytes"] - self.slack
            grown -= self.gateway.read_metric("sluice_log_bytes")
            if grown > 0:
                left["resident MiB beyond the allocator's"] = grown / (1 << 20)
            if not left or time.monotonic() > end:
                return left
            time.sleep(0.5)
