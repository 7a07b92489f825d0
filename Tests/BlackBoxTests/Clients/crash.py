"""Ends the gateway at random moments while publishers publish and readers reconnect, and accounts for every event.

It starts the gateway itself, over and over, on the same log. It kills the gateway or, with --restart, stops it as a
service manager does. With --activated it listens itself, as a service manager's socket unit does, and passes the sockets
on.
"""

import asyncio
import random
import signal
import socket
import sys

from accounting import Account
from connection import context, parser, report
from traffic import Door, Tokens

arguments = parser(__doc__)
arguments.add_argument("--program", required=True)
arguments.add_argument("--config", required=True)
arguments.add_argument("--admin-port", type=int, required=True)
arguments.add_argument("--keys", required=True)
arguments.add_argument("--kills", type=int, required=True)
arguments.add_argument("--users", type=int, default=50)
arguments.add_argument("--publishers", type=int, default=4)
arguments.add_argument("--seed", type=int, default=None)
arguments.add_argument("--restart", action="store_true", help="stop it (SIGTERM) instead of killing it")
arguments.add_argument("--activated", action="store_true", help="pass it listening sockets (LISTEN_FDS)")
options = arguments.parse_args()


def listen(port):
    """A socket that outlives each gateway."""
    listener = socket.create_server(("127.0.0.1", port), backlog=4096)
    listener.set_inheritable(True)
    return listener


# sd_listen_fds(3): they are descriptors 3 and 4, which nothing has taken yet.
passed = [listen(port) for port in (options.port, options.admin_port)] if options.activated else []
assert [listener.fileno() for listener in passed] == [3, 4][: len(passed)]

seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
print(f"seed: {seed}", file=sys.stderr, flush=True)
moments = random.Random(seed)
door = Door(options.port, context(options.ca), options.admin_port)


async def ready():
    for _ in range(1000):
        if (await door.probe())[0] == 200:
            return
        await asyncio.sleep(0.02)
    raise SystemExit("the gateway does not become ready")


async def start():
    command = [options.program, "serve", "--config", options.config]
    if passed:
        names = f"LISTEN_FDS={len(passed)} LISTEN_FDNAMES=public:admin"
        command = ["sh", "-c", f'exec env {names} LISTEN_PID=$$ "$@"', "sh"] + command
    return await asyncio.create_subprocess_exec(
        *command, stderr=open(options.config + ".log", "ab"), pass_fds=[listener.fileno() for listener in passed])


async def end(gateway, is_ready=True):
    gateway.send_signal(signal.SIGTERM if options.restart else signal.SIGKILL)
    status = await gateway.wait()
    # One that has only just begun does not hear SIGTERM yet, and ends by it: it has taken nothing.
    begun = {0} if is_ready else {0, -signal.SIGTERM}
    assert status in (begun if options.restart else {-signal.SIGKILL}), status


async def main():
    gateway = await start()
    await ready()
    account = Account(door, Tokens(options.keys), seed, options.users)
    await account.begin(options.publishers)
    is_ready = True
    for _ in range(options.kills):
        await asyncio.sleep(moments.uniform(0, 0.4))
        await end(gateway, is_ready)
        gateway = await start()
        # Now and then while it starts, mostly while it serves.
        is_ready = moments.random() < 0.9
        if is_ready:
            await ready()
    await ready()
    result = await account.end()
    gateway.terminate()
    status = await asyncio.wait_for(gateway.wait(), 20)
    report(kills=options.kills, exit=status, **result)


asyncio.run(main())
