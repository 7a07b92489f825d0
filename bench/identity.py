#!/usr/bin/env python3
"""Measures what it costs to know who asks: handshakes with a token of each algorithm, requests by cookie and by the
handle of a kept session, many revocations in a file, and users who are told of each other.

CPU is the gateway's own, of all its threads, as the kernel counts it. The load is this process's.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import pathlib
import random
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from served import CERTS, ROOT, TLS, Gateway, Probes

ORIGIN = "https://app.example"
EVENT = json.dumps({"to": {"topic": "bench"}, "data": "x" * 100})
ALGORITHMS = ["hs256", "rs256", "ps256", "es256", "es384", "es512", "eddsa"]


def cpu(gateway):
    """Seconds of CPU that the gateway has used, by the nanosecond."""
    total = 0
    for task in pathlib.Path(f"/proc/{gateway.process.pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def measured(gateway, count, work):
    """Microseconds of the gateway's CPU for each of so many, the median of five rounds."""
    rounds = []
    for _ in range(5):
        start = cpu(gateway)
        for _ in range(count // 5):
            work()
        rounds.append((cpu(gateway) - start) * 1e6 / (count // 5))
    return statistics.median(rounds)


def stop(gateway):
    gateway.process.terminate()
    gateway.process.wait()


def publish(token, cookie=None):
    head = "POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Origin: {ORIGIN}\r\nCookie: {cookie}\r\n" if cookie else f"Authorization: Bearer {token}\r\n"
    return (head + f"Content-Length: {len(EVENT)}\r\n\r\n{EVENT}").encode()


def expect(connection):
    answer = connection.recv(65536)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise SystemExit(answer.decode())


# Handshakes


def key_of_each_algorithm(folder):
    keys = folder / "all.json"
    keys.touch(0o600)
    keys.write_text(subprocess.check_output([sys.executable, "bench/token_keys.py"], cwd=ROOT, text=True))
    return str(keys)


def handshakes(program, folder):
    gateway = Gateway(program, folder, keys=key_of_each_algorithm(folder))
    try:
        print("| CPU of a connection that publishes once | " + " | ".join(ALGORITHMS) + " |")
        for kind in ["full handshake", "resumed handshake"]:
            costs = []
            for name in ALGORITHMS:
                request = publish(gateway.make_token("bench", "--kid", name, "--publish", "topic:*"))
                costs.append(measured(gateway, 1000, shaking(gateway, request, kind.startswith("resumed"))))
            print(f"| {kind} | " + " | ".join(f"{cost:.0f} µs" for cost in costs) + " |")
    finally:
        stop(gateway)


def shaking(gateway, request, resumes):
    session = None

    def come():
        nonlocal session
        raw = socket.create_connection(("127.0.0.1", gateway.port))
        with TLS.wrap_socket(raw, server_hostname="localhost", session=session) as connection:
            connection.sendall(request)
            expect(connection)
            if session and not connection.session_reused:
                raise SystemExit("the session was not resumed")
            session = connection.session if resumes else None

    if resumes:
        come()
    return come


# Cookies


def cookies(program, folder):
    gateway = Gateway(program, folder, keys=key_of_each_algorithm(folder), cors={"origins": [ORIGIN]})
    try:
        print("| CPU of a publish on an open connection | |\n|---|---|")
        many = [option for number in range(250) for option in ("--subscribe", f"room/{number:012}")]
        for name, options in [("hs256", []), ("es256", []), ("es256", many)]:
            token = gateway.make_token("bench", "--kid", name, "--publish", "topic:*", *options)
            if not options:
                print(f"| by a token in its field, {name} | {asking(gateway, publish(token)):.1f} µs |")
            cookie = sign_in(gateway, token)
            what = f"by the handle of a kept token of {len(token)} bytes" if options else f"by a cookie, {name}"
            print(f"| {what} | {asking(gateway, publish(None, cookie)):.1f} µs |")
    finally:
        stop(gateway)


def sign_in(gateway, token):
    connection = gateway.connect()
    connection.request("POST", "/v1/session", "", {"Authorization": "Bearer " + token, "Origin": ORIGIN})
    answer = connection.getresponse()
    set_cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    if answer.status != 200:
        raise SystemExit(answer.read().decode())
    return next(value.split(";")[0] for value in set_cookies if "Max-Age=0" not in value)


def asking(gateway, request):
    raw = socket.create_connection(("127.0.0.1", gateway.port))
    with TLS.wrap_socket(raw, server_hostname="localhost") as connection:

        def ask():
            connection.sendall(request)
            expect(connection)

        for _ in range(500):
            ask()
        return measured(gateway, 10_000, ask)


# Revocations


def revocations(program, folder, count=10_000):
    gateway = logged(program, folder)
    try:
        before, opened = one_more(gateway, "before"), reopened(gateway)
        fill(gateway, count)
        after, reopening = one_more(gateway, "after"), reopened(gateway)
        print("| revocations in the file | few | " + f"{count:,} |\n|---|---|---|")
        print(f"| one more, answered and synced | {before:.2f} ms | {after:.2f} ms |")
        print(f"| from the program's start until it is ready | {opened:.0f} ms | {reopening:.0f} ms |")
        print(f"| of the newest, the same request again | | {one_more(gateway, 'after'):.2f} ms |")
    finally:
        stop(gateway)


def logged(program, folder):
    return Gateway(program, folder, log={"kind": "sqlite", "path": str(folder / "events.sqlite")})


def revoke(gateway, connection, name):
    gateway.ask(connection, "POST", "/v1/revocations", json.dumps({"jti": name}))


def one_more(gateway, name):
    """Milliseconds, the median of a hundred."""
    connection, times = gateway.connect(), []
    for number in range(100):
        start = time.perf_counter()
        revoke(gateway, connection, f"{name}-{number}")
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def fill(gateway, count):
    def some(part):
        connection = gateway.connect()
        for number in range(part, count, 16):
            revoke(gateway, connection, f"token-{number}")

    threads = [threading.Thread(target=some, args=(part,)) for part in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def reopened(gateway):
    """Milliseconds from the program's start until it is ready, the median of five."""
    times = []
    for _ in range(5):
        stop(gateway)
        start = time.perf_counter()
        command = [gateway.program, "serve", "--config", gateway.folder / "sluice.yaml"]
        gateway.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while True:
            try:
                if gateway.ask_admin("/readyz")[0] == 200:
                    break
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.002)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


# Presence


def presence(program, folder, users=1000, comes=50, seconds=10):
    title = f"{users} users in a topic, {comes} come and {comes} go a second"
    print(f"| {title} | CPU | p50 | p99 | told |\n|---|---|---|---|---|")
    for topics in [[], ["crowd"]]:
        gateway = Gateway(
            program, folder, presence={"topics": topics, "members": 100, "debounce": "1s"},
            limits={"streams_opened_per_user": 0})
        try:
            crowd = Crowd(gateway, users)
            probes = Probes(gateway, 4)
            time.sleep(3)
            probes.window, start, told = "load", cpu(gateway), gateway.read_metric("sluice_presence_events_total")
            crowd.churn(comes, seconds)
            used = (cpu(gateway) - start) / seconds
            told = gateway.read_metric("sluice_presence_events_total") - told
            probes.window = "end"
            delays = sorted(probes.delays["load"])
            print(
                f"| {'told of each other' if topics else 'not told'} | {used * 100:.1f} % | "
                f"{delays[len(delays) // 2]:.2f} ms | {delays[len(delays) * 99 // 100]:.2f} ms | "
                f"{told / seconds:.0f} a second |")
        finally:
            stop(gateway)


class Crowd:
    """Users with a stream each of one topic. A thread reads whatever they are sent."""

    def __init__(self, gateway, count):
        self.gateway, self.number, self.open = gateway, 0, []
        key = next(key for key in json.loads((CERTS / "keys.json").read_text())["keys"] if key["kty"] == "oct")
        self.kid, self.secret = key["kid"], base64.urlsafe_b64decode(key["k"] + "==")
        self.algorithm = key["alg"]
        for _ in range(count):
            self.come()
        threading.Thread(target=self.read, daemon=True).start()

    def token(self, user):
        def text(value):
            return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

        now = int(time.time())
        claims = {"sub": user, "iat": now, "exp": now + 600, "sluice": {"subscribe": ["crowd"]}}
        signed = text({"alg": self.algorithm, "kid": self.kid}) + b"." + text(claims)
        digest = hmac.digest(self.secret, signed, getattr(hashlib, "sha" + self.algorithm[2:]))
        return (signed + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()

    def come(self):
        self.number += 1
        raw = socket.create_connection(("127.0.0.1", self.gateway.port))
        stream = TLS.wrap_socket(raw, server_hostname="localhost")
        stream.sendall(
            f"GET /v1/stream?topic=crowd HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {self.token(f'user-{self.number}')}\r\n\r\n".encode())
        expect(stream)
        stream.setblocking(False)
        self.open.append(stream)

    def churn(self, rate, seconds):
        for turn in range(rate * seconds):
            self.open.pop(random.randrange(len(self.open))).close()
            self.come()
            time.sleep(1 / rate / 2)

    def read(self):
        while self.gateway.process.poll() is None:
            for stream in list(self.open):
                try:
                    stream.recv(65536)
                except (ssl.SSLError, OSError, ValueError):
                    pass
            time.sleep(0.2)


PARTS = {"handshakes": handshakes, "cookies": cookies, "revocations": revocations, "presence": presence}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=str(ROOT / ".build" / "release" / "sluice"))
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them when none is named")
    options = parser.parse_args()
    for name in options.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            PARTS[name](options.program, pathlib.Path(folder))
            print()


main()
