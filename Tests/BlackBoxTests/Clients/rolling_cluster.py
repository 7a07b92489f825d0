"""A cluster of `deploy/cluster/try.py`, whose files are the ones that operators are given, with gateways that are stopped
and started again one by one: HAProxy takes each out while it serves on, and its streams move to the others as it drains.
"""

import asyncio
import os
import pathlib
import sys
import tempfile

from connection import context
from traffic import Door


def take_arguments(parser):
    """The arguments of whoever runs one."""
    parser.add_argument("--cluster", required=True, help="deploy/cluster/try.py")
    parser.add_argument("--certificates", required=True)
    parser.add_argument("--ports", required=True, help="as try.py takes them; --port is the first of them")
    parser.add_argument("--keys", required=True)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--publishers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=None)


class RollingCluster:
    def __init__(self, options):
        self.options = options
        ports = [int(port) for port in options.ports.split(",")]
        tls = context(options.ca)
        # HAProxy's port is the first, the admin listeners' are behind the three gateways'.
        self.door = Door(options.port, tls, ports[4])
        self.gateways = {number: Door(ports[number], tls, ports[number + 3]) for number in (1, 2, 3)}
        # What is started next: another program takes its place between two starts.
        self.folder = tempfile.TemporaryDirectory(prefix="sluice-rolling-")
        self.link = pathlib.Path(self.folder.name) / "sluice"

    def use(self, program):
        """Has gateways that are started from here on run this program."""
        new = self.link.with_suffix(".new")
        new.symlink_to(os.path.abspath(program))
        new.replace(self.link)

    async def begin(self, program):
        self.use(program)
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, self.options.cluster, "--sluice", str(self.link), "--certificates",
            self.options.certificates, "--ports", self.options.ports, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE)
        while line := await asyncio.wait_for(self.process.stdout.readline(), 60):
            if line.startswith(b"commands: "):
                return
        raise SystemExit("the cluster does not start")

    async def replace(self, number):
        """Stops a gateway, and starts it again."""
        self.process.stdin.write(f"stop gateway-{number}\n".encode())
        await self.probed(number, {0}, "does not end")
        self.process.stdin.write(f"start gateway-{number}\n".encode())
        await self.probed(number, {200}, "does not become ready")
        # HAProxy has to see it before the next one goes: `inter`, with `rise 1`.
        await asyncio.sleep(2.5)

    async def probed(self, number, statuses, what):
        for _ in range(1500):
            if (await self.gateways[number].probe())[0] in statuses:
                return
            await asyncio.sleep(0.02)
        raise SystemExit(f"gateway-{number} {what}")

    async def end(self):
        """Gives the exit code."""
        self.process.stdin.write(b"quit\n")
        code = await asyncio.wait_for(self.process.wait(), 60)
        self.folder.cleanup()
        return code
