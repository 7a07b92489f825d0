#!/usr/bin/env python3
"""Measures what it costs to revoke a user's streams, and to look at all users, while events are delivered.

A gateway with many streams; of these some are one user's. A few probes get an event every few milliseconds, and note how
late each is: in quiet, while that user's tokens are revoked, and while all users are read in pages.
"""

import argparse
import json
import pathlib
import tempfile
import time

from served import ROOT, Gateway, Probes


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=str(ROOT / ".build" / "release" / "sluice"))
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--revoked", type=int, default=1000)
    parser.add_argument("--per-connection", default="50")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        limits = {
            "streams_per_user": options.streams, "streams": 2 * options.streams, "connections": 2 * options.streams,
            "streams_opened_per_user": 0,
        }
        gateway = Gateway(options.program, pathlib.Path(folder), limits=limits)
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
