"""The soak's traffic: who comes, what they do, and what the witnesses of it must see."""

import asyncio
import collections
import functools
import itertools
import json
import os
import random
import signal
import socket
import struct
import time

from served import CERTS, TLS
from tokens import first_key, token

ROOMS = [f"room/{number}" for number in range(8)]
ABRUPT = struct.pack("ii", 1, 0)


def now():
    return time.monotonic()


def request(method, path, bearer, body=None, kind="application/json", **fields):
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
    head += f"Authorization: Bearer {bearer}\r\n" if bearer else ""
    head += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    if body is not None:
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return (head + "\r\n" + (body or "")).encode()


class Witness:
    """Reads one topic over one connection, and holds it to each number once."""

    def __init__(self):
        self.next, self.wrong, self.ends = 0, [], 0

    def take(self, line):
        if not line.startswith(b"data: #"):
            return
        number = int(line[7:])
        if number != self.next:
            self.wrong.append((self.next, number))
        self.next = number + 1


class Line:
    """Requests over one connection. When the gateway has closed it, because the machine left it idle, over another one."""

    def __init__(self, connect):
        self.connect, self.streams = connect, None

    async def ask(self, message):
        """The status, the fields and the body of a request's answer; it has to be one that can be repeated."""
        for _ in range(5):
            try:
                self.streams = self.streams or await self.connect()
                return await self.exchange(*self.streams, message)
            except (OSError, asyncio.IncompleteReadError):
                self.close()
        raise SystemExit("nobody answers")

    async def exchange(self, reader, writer, message):
        writer.write(message)
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines if line)}
        return int(status.split()[1]), fields, await reader.readexactly(int(fields.get("content-length", 0)))

    def close(self):
        if self.streams:
            self.streams[1].close()
        self.streams = None


class Traffic:
    """All of it, for so many seconds."""

    def __init__(self, gateway, configuration, seconds, visitors=120, witnesses=4, stalled=10):
        self.gateway, self.configuration, self.seconds = gateway, configuration, seconds
        self.visitors, self.stalled = visitors, stalled
        self.key, self.random = first_key(gateway.keys), random.Random(17)
        self.counts, self.numbers = collections.Counter(), itertools.count()
        self.witnesses = [Witness() for _ in range(witnesses)]
        self.published = 0  # of the witnesses' events
        self.over = None

    def token(self, user, **grants):
        return token(self.key, user, {"subscribe": ["*"]} | grants)

    async def run(self):
        self.over = now() + self.seconds
        standing = [self.witness(one) for one in self.witnesses]
        work = [functools.partial(self.visitor, number) for number in range(self.visitors)] + [self.slow] * self.stalled
        work += [self.publish, self.batches, self.revoke, self.reload, self.sign_in, self.look, self.garbage, self.pages]
        reading = [asyncio.create_task(one) for one in standing]
        await asyncio.sleep(2)
        await asyncio.gather(self.number(5), *(self.until_over(one) for one in work))
        await asyncio.sleep(2)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    async def until_over(self, work):
        """A machine that is busy elsewhere breaks connections, too: who loses one begins anew."""
        while now() < self.over:
            try:
                async with asyncio.timeout(self.over - now()):
                    await work()
            except (OSError, EOFError):
                self.counts["began anew"] += now() < self.over

    def faults(self):
        """What no traffic may bring about, in words."""
        found = []
        for one in self.witnesses:
            if one.wrong or one.ends or one.next != self.published:
                found.append(f"a witness saw {one.next} of {self.published} events, {one.ends} ends, out of order: {one.wrong[:3]}")
        work = ("visits", "events", "batches", "revocations", "reloads", "stalls", "sign-ins", "looks", "garbage", "pages")
        found += [f"no {name} came about" for name in work if not self.counts[name]]
        return found + [f"{name}: {count}" for name, count in self.counts.items() if name.startswith("refused")]

    # Who reads

    async def connect(self, **options):
        return await asyncio.open_connection(
            "127.0.0.1", self.gateway.port, ssl=TLS, server_hostname="localhost", limit=1 << 18, **options)

    async def witness(self, one):
        reader, writer = await self.connect()
        writer.write(request("GET", "/v1/stream?topic=witness", self.token("witness")))
        try:
            while line := await reader.readline():
                one.take(line)
            one.ends += 1
        finally:
            writer.close()

    async def visitor(self, number):
        last = None
        while now() < self.over:
            user = f"visitor-{number % 50}"
            topics = "&".join(f"topic={room}" for room in self.random.sample(ROOMS, self.random.randint(0, 3)))
            resumes = {"Last_Event_ID": last} if last and self.random.random() < 0.4 else {}
            try:
                async with asyncio.timeout(20):
                    reader, writer = await self.connect()
            except OSError:
                self.counts["visits that failed"] += 1
                await asyncio.sleep(1)
                continue
            try:
                writer.write(request("GET", f"/v1/stream?{topics}", self.token(user), **resumes))
                last = await self.stay(reader, self.random.expovariate(1 / 8)) or last
            finally:
                self.leave(writer)
            self.counts["visits"] += 1
            await asyncio.sleep(self.random.random())

    async def stay(self, reader, seconds):
        last = None
        try:
            async with asyncio.timeout(seconds):
                while line := await reader.readline():
                    if line.startswith(b"id: "):
                        last = line[4:].strip().decode()
                    self.counts["deliveries"] += line.startswith(b"data: ")
        except (TimeoutError, OSError, ValueError):
            pass
        return last

    def leave(self, writer):
        """By close_notify, by FIN alone, or by RST."""
        manner, transport = self.random.randrange(3), writer.transport
        sock = transport.get_extra_info("socket")
        if manner == 0 or not sock:
            return writer.close()
        if manner == 1:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABRUPT)
        transport.abort()

    async def slow(self):
        """Takes nothing for a while, then some, and goes."""
        while now() < self.over:
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(sock, ("127.0.0.1", self.gateway.port))
            reader, writer = await asyncio.open_connection(sock=sock, ssl=TLS, server_hostname="localhost", limit=4096)
            writer.write(request("GET", "/v1/stream?topic=bulk", self.token("slow")))
            await reader.readline()
            writer.transport.pause_reading()
            await asyncio.sleep(self.random.uniform(5, 40))
            writer.transport.resume_reading()
            await self.stay(reader, self.random.uniform(2, 10))
            writer.transport.abort()
            self.counts["stalls"] += 1

    async def pages(self):
        """Pages over HTTP/2, whose browser is killed."""
        while now() < self.over:
            bench = self.gateway.bench("--http2", "--streams", "200", "--streams-per-connection", "10", "--users", "200")
            try:
                await asyncio.sleep(self.random.uniform(10, 30))
            finally:
                bench.kill()
                bench.wait()
            self.counts["pages"] += 200

    # Who writes

    async def expect(self, line, message, name, good=(200, 204)):
        status, fields, text = await line.ask(message)
        self.counts[name if status in good else f"refused {name}: {status} {text[:200]}"] += 1
        return fields

    def event(self, to, data, **members):
        return json.dumps({"to": to, "data": data} | members)

    async def number(self, rate):
        """The witnesses' events."""
        line = Line(self.connect)
        bearer = self.token("clock", publish=["topic:witness"])
        while now() < self.over:
            body = self.event({"topic": "witness"}, f"#{self.published}")
            keyed = {"Idempotency_Key": f"n{self.published}"}
            await self.expect(line, request("POST", "/v1/publish", bearer, body, **keyed), "numbers")
            self.published += 1
            await asyncio.sleep(1 / rate)
        line.close()

    async def publish(self, rate=40):
        bearer, line = self.token("backend", publish=["user:*", "topic:*", "everyone"]), Line(self.connect)
        while now() < self.over:
            audience = self.random.choice([
                {"user": f"visitor-{self.random.randrange(50)}"}, {"topic": self.random.choice(ROOMS)},
                {"users": [f"visitor-{number}" for number in self.random.sample(range(50), 5)]}, {"everyone": True}])
            keyed = {"Idempotency_Key": f"k{next(self.numbers)}"} if self.random.random() < 0.5 else {}
            body = self.event(audience, "x" * self.random.randrange(400), **({"ttl": 30} if self.random.random() < 0.2 else {}))
            await self.expect(line, request("POST", "/v1/publish", bearer, body, **keyed), "events")
            await asyncio.sleep(1 / rate)

    async def batches(self):
        bearer, line = self.token("batches", publish=["topic:*"]), Line(self.connect)
        while now() < self.over:
            lines = "".join(self.event({"topic": "bulk"}, "x" * 2000) + "\n" for _ in range(100))
            await self.expect(line, request("POST", "/v1/publish", bearer, lines, "application/x-ndjson"), "batches")
            await asyncio.sleep(1)

    # Who does something else

    async def revoke(self):
        bearer, line = self.token("operator", admin=True), Line(self.connect)
        while now() < self.over:
            body = json.dumps({"sub": f"visitor-{self.random.randrange(50)}", "issuedBefore": int(time.time())})
            await self.expect(line, request("POST", "/v1/revocations", bearer, body), "revocations")
            await asyncio.sleep(2)

    async def look(self):
        bearer, line = self.token("operator", admin=True), Line(self.connect)
        while now() < self.over:
            await self.expect(line, request("GET", "/v1/users?limit=1000", bearer), "looks")
            await asyncio.sleep(3)

    async def reload(self):
        settings = json.loads(self.configuration.read_text())
        while now() < self.over:
            await asyncio.sleep(5)
            settings["limits"]["streams_per_user"] = self.random.randint(200, 300)
            fresh = self.configuration.with_suffix(".new")
            fresh.write_text(json.dumps(settings))
            os.rename(fresh, self.configuration)
            self.gateway.process.send_signal(signal.SIGHUP)
            self.counts["reloads"] += 1

    async def sign_in(self):
        """Signs in, opens a stream with the cookie, and signs out while it is open."""
        line, origin = Line(self.connect), {"Origin": "https://app.example"}
        while now() < self.over:
            page = await self.connect()
            fields = await self.expect(
                line, request("POST", "/v1/session", self.token("member"), "", **origin), "sign-ins")
            cookie = {"Cookie": fields.get("set-cookie", "").split(";")[0]}
            page[1].write(request("GET", "/v1/stream", None, **origin, **cookie))
            await self.stay(page[0], 0.5)
            await self.expect(line, request("DELETE", "/v1/session", None, "", **origin, **cookie), "sign-outs")
            self.counts["streams ended by signing out"] += bool(await self.stay(page[0], 5) or page[0].at_eof())
            page[1].close()
            await asyncio.sleep(0.5)

    async def garbage(self):
        while now() < self.over:
            sock = socket.create_connection(("127.0.0.1", self.gateway.port))
            hello = b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" if self.random.random() < 0.5 else b""
            sock.sendall(hello + self.random.randbytes(self.random.randrange(1, 600)))
            if self.random.random() < 0.5:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABRUPT)
            sock.close()
            self.counts["garbage"] += 1
            await asyncio.sleep(0.1)
