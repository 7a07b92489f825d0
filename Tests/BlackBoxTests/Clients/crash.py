"""Kills the gateway at random moments while publishers publish and readers reconnect, and accounts for every event.

It starts the gateway itself, over and over, on the same log. Each publisher repeats a request under its Idempotency-Key
until it is answered, as a backend would. Each user has one reader, which reconnects with the last id that it saw. In the
end each reader must have each of its user's events exactly once, in the order of the ids that the publishers were
answered, or have been told of a gap; and nothing else.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import signal
import ssl
import sys
import time
import urllib.request

from connection import context, parser, report

arguments = parser(__doc__)
arguments.add_argument("--program", required=True)
arguments.add_argument("--config", required=True)
arguments.add_argument("--admin-port", type=int, required=True)
arguments.add_argument("--keys", required=True)
arguments.add_argument("--kills", type=int, required=True)
arguments.add_argument("--users", type=int, default=50)
arguments.add_argument("--publishers", type=int, default=4)
arguments.add_argument("--seed", type=int, default=None)
options = arguments.parse_args()

seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
print(f"seed: {seed}", file=sys.stderr, flush=True)
moments = random.Random(seed)
tls_context = context(options.ca)
key = json.load(open(options.keys, encoding="utf-8"))["keys"][0]


def token(subject, grants=None):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    claims = {"sub": subject, "exp": int(time.time()) + 3600}
    if grants:
        claims["sluice"] = grants
    header = {"alg": key["alg"], "typ": "JWT", "kid": key["kid"]}
    text = b".".join(part(json.dumps(member).encode()) for member in (header, claims))
    secret = base64.urlsafe_b64decode(key["k"] + "=" * (-len(key["k"]) % 4))
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[key["alg"]]
    return (text + b"." + part(hmac.new(secret, text, digest).digest())).decode()


class Progress:
    """What both sides agree on: when the publishers stop, and when everyone is done."""

    publishing = True
    reading = True
    published = []  # (user, sequence, number), as answered
    attempts = 0
    repeats = 0


async def connect():
    return await asyncio.wait_for(
        asyncio.open_connection("127.0.0.1", options.port, ssl=tls_context, server_hostname="localhost"), 10)


async def answer(reader):
    """Reads one response with a Content-Length."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    body = await asyncio.wait_for(reader.readexactly(int(fields[b"content-length"])), 20)
    return int(head.split(b" ", 2)[1]), body


async def publisher(name):
    bearer = token(f"publisher-{name}", {"publish": ["user:*"]})
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
        tries = 0
        while True:
            tries += 1
            try:
                connection = connection or await connect()
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
        epoch, sequence = json.loads(text)["id"].split("-")
        Progress.published.append((user, epoch, int(sequence), (name, number)))
        # A machine of two cores has to run all of this, too.
        await asyncio.sleep(0.004)
    if connection:
        connection[1].close()


class Reader:
    """One user's page."""

    def __init__(self, user):
        self.user = user
        self.bearer = token(user)
        self.last = None
        self.events = []  # (epoch, sequence, number)
        self.gaps = []
        self.connections = 0

    async def run(self):
        while Progress.reading:
            try:
                await self.stream()
            except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError, EOFError):
                pass
            await asyncio.sleep(0.02)

    async def stream(self):
        reader, writer = await connect()
        try:
            resume = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
            writer.write(
                f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.bearer}\r\n{resume}\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
            assert head.startswith(b"HTTP/1.1 200 "), head
            self.connections += 1
            pending = b""
            while Progress.reading:
                size = int((await asyncio.wait_for(reader.readuntil(b"\r\n"), 30)).strip(), 16)
                pending += (await asyncio.wait_for(reader.readexactly(size + 2), 30))[:-2]
                if size == 0:
                    return
                # Only whole blocks count: one that was cut is no event (HTML standard, section 9.2.6).
                *blocks, pending = pending.split(b"\n\n")
                for block in blocks:
                    self.take(block.decode())
        finally:
            writer.close()

    def take(self, block):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "data" not in fields:
            return
        self.last = fields["id"]
        if fields.get("event") == "sluice.open":
            return
        data = json.loads(fields["data"])
        if fields.get("event") == "sluice.gap":
            self.gaps.append(data)
            return
        epoch, sequence = fields["id"].split("-")
        self.events.append((epoch, int(sequence), (data["publisher"], data["number"])))


async def ready():
    url = f"http://127.0.0.1:{options.admin_port}/readyz"
    for _ in range(1000):
        try:
            await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=5).read())
            return
        except OSError:
            await asyncio.sleep(0.02)
    raise SystemExit("the gateway does not become ready")


async def start():
    return await asyncio.create_subprocess_exec(
        options.program, "serve", "--config", options.config, stderr=open(options.config + ".log", "ab"))


async def main():
    gateway = await start()
    await ready()
    readers = [Reader(f"user-{number}") for number in range(options.users)]
    reading = [asyncio.create_task(reader.run()) for reader in readers]
    while any(reader.connections == 0 for reader in readers):
        await asyncio.sleep(0.02)
    # An anchor: a page that has had no event has no id, and starts with what comes.
    publishing = [asyncio.create_task(publisher(name)) for name in range(options.publishers)]
    while any(reader.last is None for reader in readers):
        await asyncio.sleep(0.02)
    for _ in range(options.kills):
        await asyncio.sleep(moments.uniform(0, 0.4))
        gateway.send_signal(signal.SIGKILL)
        await gateway.wait()
        gateway = await start()
        # Now and then while it starts, mostly while it serves.
        if moments.random() < 0.9:
            await ready()
    await ready()
    Progress.publishing = False
    await asyncio.gather(*publishing)
    expected = {reader.user: [] for reader in readers}
    for user, epoch, sequence, number in Progress.published:
        expected[user].append((epoch, sequence, number))
    for events in expected.values():
        events.sort(key=lambda event: event[1])
    deadline = time.monotonic() + 30
    while any(len(reader.events) < len(expected[reader.user]) for reader in readers) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    # Whatever comes twice comes now.
    await asyncio.sleep(0.3)
    Progress.reading = False
    for task in reading:
        task.cancel()
    gateway.terminate()
    status = await asyncio.wait_for(gateway.wait(), 20)
    wrong = [
        {"user": reader.user, "received": len(reader.events), "expected": len(expected[reader.user])}
        for reader in readers if reader.events != expected[reader.user]
    ]
    report(
        seed=seed, kills=options.kills, published=len(Progress.published), repeated=Progress.repeats,
        received=sum(len(reader.events) for reader in readers), gaps=sum(len(reader.gaps) for reader in readers),
        reconnects=sum(reader.connections - 1 for reader in readers), wrong=wrong[:5], wrongUsers=len(wrong),
        exit=status)


asyncio.run(main())
