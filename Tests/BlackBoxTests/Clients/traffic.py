"""Publishers that repeat until they are answered, and readers that come back with the last id that they saw."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request


class Tokens:
    """Signs tokens with a key of a key set's file: the first, or another."""

    def __init__(self, file, index=0):
        with open(file, encoding="utf-8") as keys:
            self.key = json.load(keys)["keys"][index]

    def issue(self, subject, grants=None):
        def part(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")

        claims = {"sub": subject, "exp": int(time.time()) + 3600}
        if grants:
            claims["sluice"] = grants
        header = {"alg": self.key["alg"], "typ": "JWT", "kid": self.key["kid"]}
        text = b".".join(part(json.dumps(member).encode()) for member in (header, claims))
        secret = base64.urlsafe_b64decode(self.key["k"] + "=" * (-len(self.key["k"]) % 4))
        digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[self.key["alg"]]
        return (text + b"." + part(hmac.new(secret, text, digest).digest())).decode()


class Door:
    """Where the gateway listens."""

    def __init__(self, port, tls_context, admin_port):
        self.port, self.tls_context, self.admin_port = port, tls_context, admin_port
        self.refused = 0  # how often nobody listened
        self.broken = 0  # how often a handshake was not answered

    async def connect(self):
        try:
            return await asyncio.wait_for(
                asyncio.open_connection("127.0.0.1", self.port, ssl=self.tls_context, server_hostname="localhost"), 10)
        except ConnectionRefusedError:
            self.refused += 1
            raise
        except (OSError, asyncio.TimeoutError):
            self.broken += 1
            raise

    async def probe(self, path="/readyz"):
        """The status and text of a probe; 0 while nobody listens."""

        def ask():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=5) as response:
                    return response.status, response.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()
            except OSError:
                return 0, ""

        return await asyncio.to_thread(ask)


async def answer(reader):
    """Reads one response with a Content-Length."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    body = await asyncio.wait_for(reader.readexactly(int(fields[b"content-length"])), 20)
    return int(head.split(b" ", 2)[1]), body


async def publish(door, bearer, key, event, progress):
    """Sends one event until it is answered 200; gives its epoch and sequence."""
    body = json.dumps(event).encode()
    request = (
        f"POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {bearer}\r\n"
        f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    while True:
        try:
            progress.connection = progress.connection or await door.connect()
            progress.connection[1].write(request)
            status, text = await answer(progress.connection[0])
            if status == 200:
                epoch, sequence = json.loads(text)["id"].split("-")
                return epoch, int(sequence)
            assert status == 503, (status, text)
            progress.refused(json.loads(text))
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            if progress.connection:
                progress.connection[1].close()
            progress.connection = None
        await asyncio.sleep(0.02)


class Reader:
    """One page. Keeps, in the order in which they came, events and the gaps that it was told of."""

    patience = 30  # seconds without a byte
    retry = 0.02  # seconds between a stream and the next

    def __init__(self, door, user, bearer):
        self.door, self.user, self.bearer = door, user, bearer
        self.last = None
        self.items = []  # ("event", epoch, sequence, data) and ("gap", data)
        self.connections = 0
        self.isReading = True
        # Cleared while the page sleeps: it holds no stream then.
        self.awake = asyncio.Event()
        self.awake.set()
        self.writer = None

    def sleep(self):
        self.awake.clear()
        if self.writer:
            self.writer.close()

    async def run(self):
        while self.isReading:
            await self.awake.wait()
            try:
                await self.stream()
            except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError, EOFError, ValueError):
                pass
            await asyncio.sleep(self.retry)

    async def stream(self):
        reader, self.writer = await self.door.connect()
        try:
            resume = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
            self.writer.write(
                f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.bearer}\r\n{resume}\r\n"
                .encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
            if not head.startswith(b"HTTP/1.1 200 "):
                self.refused(head)
            self.connections += 1
            self.opened()
            pending = b""
            while self.isReading:
                size = int((await asyncio.wait_for(reader.readuntil(b"\r\n"), self.patience)).strip(), 16)
                pending += (await asyncio.wait_for(reader.readexactly(size + 2), self.patience))[:-2]
                if size == 0:
                    return
                # Only whole blocks count: one that was cut is no event (HTML standard, section 9.2.6).
                *blocks, pending = pending.split(b"\n\n")
                for block in blocks:
                    self.take(block.decode())
        finally:
            self.writer.close()

    def opened(self):
        """A stream was given."""

    def refused(self, head):
        raise AssertionError(head)

    def take(self, block):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "data" not in fields:
            return
        self.last = fields.get("id", self.last)
        name = fields.get("event", "")
        if name == "sluice.gap":
            self.items.append(("gap", json.loads(fields["data"])))
        elif not name.startswith("sluice."):
            epoch, sequence = fields["id"].split("-")
            self.items.append(("event", epoch, int(sequence), json.loads(fields["data"])))
