#!/usr/bin/env python3
"""Measures how late an ordinary user's events are while one address, one token or one issuer's strangers flood.

A gateway with its limits per caller. A few probes read events that come every few milliseconds, and a newcomer opens a
stream ten times a second: in quiet, and during each flood. The floods run in a process of the lowest priority, because
they would come from other machines.

One quiet window may be an odd one. So each flood has one before and one behind it, of its own length; all come again in
each round, and a flood's p99 is compared with the median of all quiet windows.
"""

import argparse
import asyncio
import base64
import collections
import functools
import http.server
import json
import os
import pathlib
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from served import CERTS, ROOT, TLS, Gateway, Probes, free_ports

SECONDS = 8
HELD = 100
PUBLISHES, BATCH = 20_000, 1000
HANDSHAKES, CONNECTIONS = 200, 300
KIDS = 10_000
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")


def paced(rate, seconds, step):
    """Calls `step` so many times a second; what can't keep up is not made good later."""
    due = time.perf_counter()
    end = due + seconds
    while due < end:
        time.sleep(max(0, due - time.perf_counter()))
        step()
        due = max(due + 1 / rate, time.perf_counter() - 0.1)


class Flooder(asyncio.Protocol):
    """A connection that sends requests without waiting for answers, and counts the answers by their status."""

    def __init__(self, counts):
        self.counts, self.rest, self.transport = counts, b"", None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, block):
        # A body need not end with a line, and a status line may come in two pieces.
        text, end = self.rest + block, 0
        for found in STATUS.finditer(text):
            self.counts[found[1].decode()] += 1
            end = found.end()
        self.rest = text[max(end, len(text) - 11):]

    @property
    def is_open(self):
        return not self.transport.is_closing()

    @property
    def has_room(self):
        """Whether what it sent is under way. A client that the gateway does not read sends no more, either."""
        return self.transport.get_write_buffer_size() < 1 << 20


async def connect(port, counts, greeting):
    loop = asyncio.get_running_loop()
    transport, flooder = await loop.create_connection(
        lambda: Flooder(counts), "127.0.0.1", port, ssl=TLS, server_hostname="localhost")
    transport.write(greeting)
    return flooder


async def send(port, count, rate, block, greeting=b""):
    """Sends blocks at a rate over so many connections in turn, of which those that were closed are opened anew."""
    counts = collections.Counter()
    connections = [await connect(port, counts, greeting) for _ in range(count)]
    start, sent = time.perf_counter(), 0
    while (now := time.perf_counter()) < start + SECONDS:
        for turn in range(sent, min(int((now - start) * rate), sent + 100)):
            sent = turn + 1
            at = turn % count
            if not connections[at].is_open:
                connections[at] = await connect(port, counts, greeting)
            if connections[at].has_room:
                connections[at].transport.write(block(turn))
        await asyncio.sleep(0.001)
    await asyncio.sleep(1)
    return dict(counts, connections=count)


def request(path, token, body=None, kind="application/json"):
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    if body is not None:
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return (head + "\r\n" + (body or "")).encode()


EVENT = json.dumps({"to": {"topic": "flood"}, "data": "x" * 100})


def flood_publishes(port, token):
    block = request("/v1/publish", token, EVENT) * 50
    return asyncio.run(send(port, 4, PUBLISHES / 50, lambda _: block))


def flood_batches(port, token):
    block = request("/v1/publish", token, (EVENT + "\n") * BATCH, "application/x-ndjson")
    return asyncio.run(send(port, 1, PUBLISHES / BATCH, lambda _: block))


def flood_handshakes(port, _):
    """From an address of its own; holds what it is given."""
    held, counts = [], {"given": 0, "closed": 0}
    lock = threading.Lock()

    def come():
        try:
            raw = socket.create_connection(("127.0.0.1", port), 5, ("127.0.0.2", 0))
            connection = TLS.wrap_socket(raw, server_hostname="localhost")
        except (ssl.SSLError, OSError):
            with lock:
                counts["closed"] += 1
            return
        with lock:
            counts["given"] += 1
            if len(held) < CONNECTIONS:
                held.append(connection)

    threads = [threading.Thread(target=paced, args=(HANDSHAKES / 8, SECONDS, come)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {**counts, "held": len(held)}


def encode(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def flood_kids(port, argument):
    """Tokens of an issuer, each with the name of another key that does not exist.

    More connections than requests may wait for a key of an issuer, so that all that may wait do. Each has shown a good
    token of another issuer first: a stranger's connection has sixteen tries, and its handshakes would be the flood.
    """
    issuer, good = argument.split()
    claims = encode({"iss": issuer, "sub": "nobody", "aud": "sluice", "exp": int(time.time()) + 600})

    def block(turn):
        return b"".join(
            request("/v1/stream", f"{encode({'alg': 'RS256', 'kid': f'{turn}-{n}'})}.{claims}.{'A' * 342}")
            for n in range(16))

    return asyncio.run(send(port, 1200, KIDS / 16, block, request("/v1/publish", good, EVENT)))


FLOODS = {
    "publishes": flood_publishes, "batches": flood_batches, "handshakes": flood_handshakes, "kids": flood_kids,
}


def flood(kind, port, argument):
    """What the process of a flood does."""
    print(json.dumps(FLOODS[kind](port, argument)))


class Provider:
    """An issuer's key set over HTTPS, and how often it was asked for."""

    def __init__(self, folder):
        self.fetches = 0
        keys = folder / "keys.pem"
        subprocess.run(["openssl", "genrsa", "-out", keys, "2048"], check=True, capture_output=True)
        modulus = subprocess.check_output(["openssl", "rsa", "-in", keys, "-noout", "-modulus"], text=True)
        n = base64.urlsafe_b64encode(bytes.fromhex(modulus.strip().split("=")[1])).rstrip(b"=").decode()
        self.body = json.dumps({"keys": [{"kty": "RSA", "kid": "1", "alg": "RS256", "n": n, "e": "AQAB"}]}).encode()
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.fetches += 1
                self.send_response(200)
                self.send_header("Content-Length", str(len(provider.body)))
                self.end_headers()
                self.wfile.write(provider.body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTS / "server.pem", CERTS / "server.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.issuer = f"https://localhost:{server.server_port}"


class Newcomer:
    """Opens a stream again and again, by a new connection: how long it takes, and how often it is turned away."""

    def __init__(self, gateway):
        self.port, self.window, self.times, self.refused = gateway.port, "start", {}, {}
        self.request = request("/v1/stream", gateway.make_token("newcomer"))
        threading.Thread(target=paced, args=(10, 1 << 20, self.come), daemon=True).start()

    def come(self):
        start, window = time.perf_counter(), self.window
        try:
            raw = socket.create_connection(("127.0.0.1", self.port), 10)
            with TLS.wrap_socket(raw, server_hostname="localhost") as connection:
                connection.sendall(self.request)
                if not connection.recv(100).startswith(b"HTTP/1.1 200"):
                    raise OSError("refused")
            self.times.setdefault(window, []).append((time.perf_counter() - start) * 1000)
        except OSError:
            self.refused[window] = self.refused.get(window, 0) + 1

    def report(self, window):
        times = sorted(self.times.get(window, [0]))
        print(
            f"{'':>10}  {len(times):6} new streams, {self.refused.get(window, 0)} turned away, "
            f"p50 {times[len(times) // 2]:6.2f} ms, longest {times[-1]:6.2f} ms")


def settings(provider):
    return {
        "auth": {"issuers": [{
            "issuer": provider.issuer, "jwks_url": provider.issuer + "/keys", "ca": str(CERTS / "ca.pem"),
            "audience": "sluice", "user_prefix": "provider:"}]},
        "limits": {
            "streams_opened_per_user": 0, "per_publisher": {"events": 1000},
            "per_address": {"connections": HELD, "handshakes": 50, "exempt": ["127.0.0.1"]}},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=str(ROOT / ".build" / "release" / "sluice"))
    parser.add_argument("--floods", default=",".join(FLOODS), help="which, with commas")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--flood", nargs=3, metavar=("KIND", "PORT", "ARGUMENT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.flood:
        kind, port, argument = options.flood
        return flood(kind, int(port), argument)
    with tempfile.TemporaryDirectory() as folder:
        provider = Provider(pathlib.Path(folder))
        gateway = Gateway(options.program, pathlib.Path(folder), **settings(provider))
        try:
            measure(gateway, provider, options.floods.split(","), options.rounds)
        finally:
            gateway.process.terminate()
            gateway.process.wait()


def measure(gateway, provider, kinds, rounds):
    probes, newcomer = Probes(gateway, 4), Newcomer(gateway)
    token = gateway.make_token("flooder", "--publish", "topic:*")
    arguments = {kind: token for kind in FLOODS} | {"kids": f"{provider.issuer} {token}"}
    time.sleep(1)
    quiet, flooded = [], {kind: [] for kind in kinds}
    quiet.append(show(gateway, probes, newcomer, "quiet", lambda: time.sleep(SECONDS)))
    for number in range(rounds):
        for kind in kinds:
            fetches = provider.fetches
            flooded[kind].append(
                show(gateway, probes, newcomer, f"{kind} {number}", functools.partial(run, gateway, kind, arguments[kind])))
            if kind == "kids":
                print(f"{'':>10}  {provider.fetches - fetches} fetches of its keys")
            quiet.append(show(gateway, probes, newcomer, f"quiet {number} {kind}", lambda: time.sleep(SECONDS)))
    probes.window = "end"
    time.sleep(0.5)
    compare(quiet, flooded)


def compare(quiet, flooded):
    """A flood against the median of all quiet windows, and each quiet window too: so much is the machine's own."""
    middle = statistics.median(quiet)
    ratios = lambda found: ", ".join(f"{one / middle:.2f}" for one in found)
    print(f"quiet p99: median {middle:.2f} ms of {len(quiet)} windows; in it, each was {ratios(quiet)}")
    for kind, found in flooded.items():
        print(f"{kind:>10}: p99 {statistics.median(found):.2f} ms, x{statistics.median(found) / middle:.2f} ({ratios(found)})")


def show(gateway, probes, newcomer, window, wait):
    """Prints what a window was like, and returns its p99."""
    probes.window = newcomer.window = window
    start, cpu = time.perf_counter(), gateway.cpu_seconds()
    found = wait()
    cpu, seconds = gateway.cpu_seconds() - cpu, time.perf_counter() - start
    probes.window = newcomer.window = "between"
    time.sleep(0.5)
    p99 = probes.report(window)
    newcomer.report(window)
    print(f"{'':>10}  the gateway was busy for {cpu:.2f} s of {seconds:.1f}")
    if found:
        print(f"{'':>10}  the flood got {found}")
    return p99


def run(gateway, kind, argument):
    command = [sys.executable, __file__, "--flood", kind, str(gateway.port), argument]
    child = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, preexec_fn=lambda: os.nice(19))
    return child.stdout.strip()


main()
