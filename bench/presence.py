#!/usr/bin/env python3
"""Measures what it costs to revoke a user's streams, and to look at all users, while events are delivered.

A gateway with many streams; of these some are one user's. A few probes get an event every few milliseconds, and note how
late each is: in quiet, while that user's tokens are revoked, and while all users are read in pages.
"""

import argparse
import http.client
import json
import os
import pathlib
import socket
import ssl
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CERTS = ROOT / "certs" / "dev"
TLS = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Gateway:
    """`sluice serve`, and what an administrator asks it."""

    def __init__(self, program, folder, streams):
        self.program, self.folder = program, folder
        self.port, self.admin = free_ports(2)
        settings = {
            "tls": {"certificate": str(CERTS / "server.pem"), "key": str(CERTS / "server.key")},
            "auth": {"keys": str(CERTS / "keys.json")},
            "listen": {"address": "127.0.0.1", "port": self.port},
            "admin": {"port": self.admin},
            # In a file each event waits for the disk, which would hide the pauses that are looked for.
            "log": {"kind": "memory"},
            "limits": {"streams_per_user": streams, "streams": 2 * streams, "connections": 2 * streams, "streams_opened_per_user": 0},
        }
        file = folder / "sluice.yaml"
        file.write_text(json.dumps(settings))
        self.process = subprocess.Popen([program, "serve", "--config", file], stderr=open(folder / "log", "w"))
        self.token = self.make_token("operator", "--admin", "--publish", "topic:*")
        try:
            self.wait_until_ready()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def wait_until_ready(self):
        deadline = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                if self.ask_admin("/readyz")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        raise SystemExit("the gateway does not start:\n" + (self.folder / "log").read_text())

    def make_token(self, user, *options):
        command = [self.program, "token", "--keys", CERTS / "keys.json", "--sub", user, *options]
        return subprocess.check_output(command, text=True).strip()

    def ask_admin(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def streams(self):
        lines = self.ask_admin("/metrics")[1].splitlines()
        return next(int(float(line.split()[1])) for line in lines if line.startswith("sluice_streams "))

    def connect(self):
        return http.client.HTTPSConnection("localhost", self.port, context=TLS, timeout=60)

    def ask(self, connection, method, path, body=None):
        fields = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
        connection.request(method, path, body, fields)
        answer = connection.getresponse()
        return json.loads(answer.read())

    def bench(self, *options):
        command = [
            self.program, "bench", "--url", f"https://localhost:{self.port}", "--ca", CERTS / "ca.pem", "--keys",
            CERTS / "keys.json", "--duration", "600s", "--rate", "1", *options,
        ]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Probes:
    """Streams of a topic, and a publisher to it: how late each event is, in milliseconds."""

    def __init__(self, gateway, count):
        self.gateway, self.delays, self.window = gateway, {}, "start"
        token = gateway.make_token("probe", "--subscribe", "probe")
        for _ in range(count):
            threading.Thread(target=self.read, args=(token,), daemon=True).start()
        threading.Thread(target=self.publish, daemon=True).start()

    def read(self, token):
        raw = TLS.wrap_socket(socket.create_connection(("localhost", self.gateway.port)), server_hostname="localhost")
        raw.sendall(
            f"GET /v1/stream?topic=probe HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        for line in raw.makefile("rb"):
            if line.startswith(b"data: @"):
                delay = (time.perf_counter() - float(line[7:])) * 1000
                self.delays.setdefault(self.window, []).append(delay)

    def publish(self):
        connection = self.gateway.connect()
        while self.window != "end":
            event = {"to": {"topic": "probe"}, "data": f"@{time.perf_counter()}"}
            self.gateway.ask(connection, "POST", "/v1/publish", json.dumps(event))
            time.sleep(0.005)

    def report(self, window):
        delays = sorted(self.delays.get(window, []))
        at = lambda share: delays[min(len(delays) - 1, int(share * len(delays)))]
        print(f"{window:>10}: {len(delays):6} events, p50 {at(0.5):6.2f} ms, p99 {at(0.99):6.2f} ms, longest {delays[-1]:6.2f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=str(ROOT / ".build" / "release" / "sluice"))
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--revoked", type=int, default=1000)
    parser.add_argument("--per-connection", default="50")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(options.program, pathlib.Path(folder), options.streams)
        others = options.streams - options.revoked
        children = [gateway.process]
        try:
            shared = ["--http2", "--streams-per-connection", options.per_connection]
            # The bench names its users after their numbers, so one of the others has the same name: its token is
            # issued later than what is revoked.
            children.append(gateway.bench("--streams", str(options.revoked), "--users", "1", *shared))
            wait(gateway, options.revoked)
            measure(gateway, options, others, shared, children)
        finally:
            for child in reversed(children):
                child.terminate()
                child.wait()


def wait(gateway, count):
    start = time.monotonic()
    while gateway.streams() < count:
        time.sleep(0.1)
        if time.monotonic() - start > 300:
            raise SystemExit(f"only {gateway.streams()} of {count} streams are open")


def measure(gateway, options, others, shared, children):
    cutoff = int(time.time()) + 1
    time.sleep(1.1)
    children.append(gateway.bench("--streams", str(others), "--users", str(others), *shared))
    wait(gateway, options.streams)
    probes = Probes(gateway, 4)
    time.sleep(1)
    connection = gateway.connect()
    probes.window = "quiet"
    time.sleep(5)
    probes.window = "pages"
    start, users, cursor, pages, longest = time.perf_counter(), set(), "", 0, 0
    while cursor is not None:
        asked = time.perf_counter()
        page = gateway.ask(connection, "GET", "/v1/users?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
        longest = max(longest, time.perf_counter() - asked)
        users |= {user["user"] for user in page["users"]}
        cursor, pages = page.get("next"), pages + 1
    print(f"{len(users)} users in {pages} pages: {(time.perf_counter() - start) * 1000:.0f} ms, longest {longest * 1000:.1f} ms")
    one = gateway.ask(connection, "GET", "/v1/users/bench-0/streams?limit=1000")
    print(f"{len(one['streams'])} streams of one user in a page")
    time.sleep(0.5)
    probes.window = "revocation"
    body = json.dumps({"sub": "bench-0", "issuedBefore": cutoff})
    start = time.perf_counter()
    answer = gateway.ask(connection, "POST", "/v1/revocations", body)
    took = time.perf_counter() - start
    time.sleep(0.5)
    print(f"revoked: {answer['streamsEnded']} streams ended within {took * 1000:.0f} ms; {gateway.streams()} are open")
    probes.window = "end"
    for window in ["quiet", "pages", "revocation"]:
        probes.report(window)


main()
