"""Restarts the gateways of a cluster one after another behind HAProxy, and accounts for every event and connection.

It runs `deploy/cluster/try.py`, whose files are the ones that operators are given: a gateway that is stopped serves on
until HAProxy has taken it out, and streams move to the others as it drains.
"""

import asyncio
import random
import sys

from accounting import Account
from connection import context, parser, report
from traffic import Door, Tokens

arguments = parser(__doc__)
arguments.add_argument("--cluster", required=True, help="deploy/cluster/try.py")
arguments.add_argument("--program", required=True)
arguments.add_argument("--certificates", required=True)
arguments.add_argument("--ports", required=True, help="as try.py takes them; --port is the first of them")
arguments.add_argument("--keys", required=True)
arguments.add_argument("--restarts", type=int, required=True)
arguments.add_argument("--users", type=int, default=50)
arguments.add_argument("--publishers", type=int, default=4)
arguments.add_argument("--seed", type=int, default=None)
options = arguments.parse_args()

ports = [int(port) for port in options.ports.split(",")]
tls = context(options.ca)
# HAProxy's port is the first, the admin listeners' are behind the three gateways'.
door = Door(options.port, tls, ports[4])
admins = {number: Door(ports[number], tls, ports[number + 3]) for number in (1, 2, 3)}
seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
print(f"seed: {seed}", file=sys.stderr, flush=True)


async def probed(number, statuses, what):
    for _ in range(1500):
        if (await admins[number].probe())[0] in statuses:
            return
        await asyncio.sleep(0.02)
    raise SystemExit(f"gateway-{number} {what}")


async def begin():
    cluster = await asyncio.create_subprocess_exec(
        sys.executable, options.cluster, "--sluice", options.program, "--certificates", options.certificates,
        "--ports", options.ports, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    while line := await asyncio.wait_for(cluster.stdout.readline(), 60):
        if line.startswith(b"commands: "):
            return cluster
    raise SystemExit("the cluster does not start")


async def main():
    cluster = await begin()
    account = Account(door, Tokens(options.keys), seed, options.users)
    await account.begin(options.publishers)
    for restart in range(options.restarts):
        number = restart % 3 + 1
        cluster.stdin.write(f"stop gateway-{number}\n".encode())
        await probed(number, {0}, "does not end")
        cluster.stdin.write(f"start gateway-{number}\n".encode())
        await probed(number, {200}, "does not become ready")
        # HAProxy has to see it before the next one goes: `inter`, with `rise 1`.
        await asyncio.sleep(2.5)
        print(f"{restart + 1} of {options.restarts} restarts", file=sys.stderr, flush=True)
    result = await account.end()
    cluster.stdin.write(b"quit\n")
    report(restarts=options.restarts, exit=await asyncio.wait_for(cluster.wait(), 60), **result)


asyncio.run(main())
