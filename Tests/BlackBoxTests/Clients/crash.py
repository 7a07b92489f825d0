"""Ends the gateway at random moments while publishers publish and readers reconnect, and accounts for every event.

It starts the gateway itself, over and over, on the same log. Each publisher repeats a request under its Idempotency-Key
until it is answered, as a backend would. Each user has one reader, which reconnects with the last id that it saw. In the
end each reader must have each of its user's events exactly once, in the order of the ids that the publishers were
answered, or have been told of a gap; and nothing else.

It kills the gateway or, with --restart, stops it as a service manager does. With --activated it listens itself, as a
service manager's socket unit does, and passes the sockets on.
"""

import asyncio
import json
import random
import signal
import socket
import sys
import time

from connection import context, parser, report
from traffic import Door, Reader, Tokens, answer

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
tokens = Tokens(options.keys)


class Progress:
    """When the publishers stop, and what they have done."""

    publishing = True
    published = []  # (user, sequence, number), as answered
    attempts = 0
    repeats = 0
    longest = 0  # seconds, until a publish was answered


async def publisher(name):
    bearer = tokens.issue(f"publisher-{name}", {"publish": ["user:*"]})
    choice = random.Random(f"{seed} {name}")
    number, connection = 0, None
    while Progress.publishing:
        number += 1
        user = f"user-{choice.randrange(options.users)}"
        data = {"publisher": name, "number": number, "pad": "x" * choice.randrange(200)}
        body = json.dumps({"to": {"user": user}, "data": data}).encode()
        request = (
            f"POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {bearer}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {number}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        tries, began = 0, time.monotonic()
        while True:
            tries += 1
            try:
                connection = connection or await door.connect()
                connection[1].write(request)
                status, text = await answer(connection[0])
                if status == 503:
                    await asyncio.sleep(0.02)
                    continue
                assert status == 200, (status, text)
                break
            except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
                if connection:
                    connection[1].close()
                connection = None
                await asyncio.sleep(0.02)
        Progress.attempts += tries
        Progress.repeats += tries > 1
        Progress.longest = max(Progress.longest, time.monotonic() - began)
        epoch, sequence = json.loads(text)["id"].split("-")
        Progress.published.append((user, epoch, int(sequence), (name, number)))
        # A machine of two cores has to run all of this, too.
        await asyncio.sleep(0.004)
    if connection:
        connection[1].close()


def events(reader):
    """What a page got, as the publishers were answered."""
    return [(epoch, sequence, (data["publisher"], data["number"]))
            for kind, epoch, sequence, data in filter(lambda item: item[0] == "event", reader.items)]


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
    users = [f"user-{number}" for number in range(options.users)]
    readers = [Reader(door, user, tokens.issue(user)) for user in users]
    reading = [asyncio.create_task(reader.run()) for reader in readers]
    while any(reader.connections == 0 for reader in readers):
        await asyncio.sleep(0.02)
    # An anchor: a page that has had no event has no id, and starts with what comes.
    publishing = [asyncio.create_task(publisher(name)) for name in range(options.publishers)]
    while any(reader.last is None for reader in readers):
        await asyncio.sleep(0.02)
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
    Progress.publishing = False
    await asyncio.gather(*publishing)
    expected = {reader.user: [] for reader in readers}
    for user, epoch, sequence, number in Progress.published:
        expected[user].append((epoch, sequence, number))
    for published in expected.values():
        published.sort(key=lambda event: event[1])
    deadline = time.monotonic() + 30
    while any(len(events(reader)) < len(expected[reader.user]) for reader in readers) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    # Whatever comes twice comes now.
    await asyncio.sleep(0.3)
    for reader in readers:
        reader.isReading = False
    for task in reading:
        task.cancel()
    gateway.terminate()
    status = await asyncio.wait_for(gateway.wait(), 20)
    wrong = [
        {"user": reader.user, "received": len(events(reader)), "expected": len(expected[reader.user])}
        for reader in readers if events(reader) != expected[reader.user]
    ]
    report(
        seed=seed, kills=options.kills, published=len(Progress.published), repeated=Progress.repeats,
        received=sum(len(events(reader)) for reader in readers),
        gaps=sum(item[0] == "gap" for reader in readers for item in reader.items),
        reconnects=sum(reader.connections - 1 for reader in readers), wrong=wrong[:5], wrongUsers=len(wrong),
        exit=status, refused=door.refused, longest=round(Progress.longest, 3))


asyncio.run(main())
