#!/usr/bin/env python3
"""Counts what the gateway's event loop executes for a publish, a delivery, a handshake: instructions, references that
are counted, blocks of memory, exclusivity checks, system calls. Counts say what a change does where times say what the
machine does.

The loop's thread is run instruction by instruction (steps.c) while the gateway's clocks stand still (still.c), so that
no timer is part of it. That takes some 20 microseconds an instruction. It needs x86-64 Linux, and no counters of the
processor. The kernel's instructions are not seen. OpenSSL and the C library have code for each kind of processor, so
only the program's own instructions and Swift's ("ours"), references and exclusivity checks are held to the record.

  bench/instructions.py                              all scripts, beside bench/instructions.json; ends with 1 beyond 2 %
  bench/instructions.py publish batch                some of them
  bench/instructions.py --write                      takes the counts for the right ones
  bench/instructions.py --profile publish            and where they are, function by function
"""

import argparse
import array
import bisect
import collections
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from served import CERTS, ROOT, TLS, Gateway

RECORD = ROOT / "bench" / "instructions.json"
TOLERANCE = 0.02
HELD = ["ours", "references", "exclusivity"]
ROUNDS = {"handshake": 3, "resumed": 3}
DATA = "x" * 150
EVENT = b"data: " + DATA.encode()
BATCH = FAN = 20
WARM_UP = 100
SYSTEM_CALL = 1 << 63
WAITS = {232, 281, 441}  # epoll_wait, epoll_pwait, epoll_pwait2
OF_TIMERS = {0, 202, 286}  # read, futex, timerfd_settime: a wake-up with nothing else is a timer's
COUNTED = {
    "references": ["swift_retain", "swift_release"],
    "allocations": ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign"],
    "exclusivity": ["swift_beginAccess"],
}


class Bench:
    """A gateway whose clocks can be stopped, and its clients."""

    def __init__(self, program, folder):
        self.folder = folder
        self.still = open(folder / "still", "w+b")
        self.still.write(bytes(4096))
        self.still.flush()
        compiled = {name: str(folder / name) for name in ("steps", "still.so")}
        compile_c = ["clang", "-O2", "-o"]
        subprocess.check_call(compile_c + [compiled["steps"], "bench/steps.c"], cwd=ROOT)
        subprocess.check_call(compile_c + [compiled["still.so"], "-shared", "-fPIC", "bench/still.c"], cwd=ROOT)
        self.steps = compiled["steps"]
        # Without seeds of their own, tables are alike in each process.
        os.environ.update(
            STILL=str(folder / "still"), LD_PRELOAD=compiled["still.so"], SWIFT_DETERMINISTIC_HASHING="1")
        try:
            self.gateway = Gateway(
                program, folder, listen={"event_loops": 1},
                limits={"streams_per_user": 1000, "streams_opened_per_user": 100_000})
        finally:
            for name in ("STILL", "LD_PRELOAD", "SWIFT_DETERMINISTIC_HASHING"):
                del os.environ[name]

    def connect(self, session=None, context=TLS):
        raw = socket.create_connection(("127.0.0.1", self.gateway.port))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(raw, server_hostname="localhost", session=session)

    def open_stream(self, user, connection=None):
        connection = connection or self.connect()
        connection.sendall(self.stream_request(user))
        read_until(connection, b"\r\n\r\n")
        return connection

    def stream_request(self, user):
        token = self.gateway.make_token(user)
        return f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode()

    def publish_request(self, *audiences):
        token = self.gateway.make_token("backend", "--publish", "user:*", "--publish", "topic:*")
        kind = "json" if len(audiences) == 1 else "x-ndjson"
        body = "\n".join(json.dumps({"to": audience, "data": DATA}) for audience in audiences)
        return (
            f"POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/{kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()

    def loop(self):
        """The thread of the event loop."""
        for task in pathlib.Path(f"/proc/{self.gateway.process.pid}/task").iterdir():
            if (task / "comm").read_text().startswith("NIO-ELT"):
                return task.name
        raise SystemExit("instructions: the gateway has no event loop")

    def trace(self, work):
        """What the loop executes while `work` is done: words of 64 bits, see steps.c."""
        self.stop_clocks(True)
        # What is done once a second, the text of the date, is done for the second in which they stand.
        work()
        file = self.folder / "trace"
        loop = self.loop()
        core = max(os.sched_getaffinity(0))
        # On one core, where the two take turns with the least ado.
        os.sched_setaffinity(int(loop), {core})
        steps = subprocess.Popen(
            [self.steps, loop, file], stdout=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        steps.stdout.readline()
        work()
        time.sleep(0.3)
        steps.send_signal(signal.SIGTERM)
        steps.wait()
        self.stop_clocks(False)
        words = array.array("Q")
        words.frombytes(file.read_bytes())
        return words

    def stop_clocks(self, stop):
        self.still.seek(0)
        self.still.write(bytes([stop]))
        self.still.flush()
        time.sleep(0.1)

    def end(self):
        self.gateway.process.kill()
        self.gateway.process.wait()


def read_until(connection, end, count=1):
    data = b""
    while data.count(end) < count:
        more = connection.recv(65536)
        if not more:
            raise SystemExit("instructions: the gateway closed: " + data.decode(errors="replace"))
        data += more
    return data


# The scripts: each gives what is done once, and how many times that is what is asked for.


def publish(bench):
    """A publish by a token to its one stream, over connections that stand."""
    stream, publisher = bench.open_stream("alice"), bench.connect()
    request = bench.publish_request({"user": "alice"})

    def work():
        publisher.sendall(request)
        read_until(publisher, b"}")
        read_until(stream, EVENT)

    return work, 1


def batch(bench):
    """An event of a batch of 20, each to a user of its own."""
    users = [f"user{number}" for number in range(BATCH)]
    streams, publisher = [bench.open_stream(user) for user in users], bench.connect()
    request = bench.publish_request(*({"user": user} for user in users))

    def work():
        publisher.sendall(request)
        read_until(publisher, b"}", BATCH)
        for stream in streams:
            read_until(stream, EVENT)

    return work, BATCH


def fan(bench):
    """A delivery over HTTP/1.1, of an event for 20 streams."""
    token = bench.gateway.make_token("reader", "--subscribe", "topic")
    request = f"GET /v1/stream?topic=topic HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    streams = [bench.connect() for _ in range(FAN)]
    for stream in streams:
        stream.sendall(request.encode())
        read_until(stream, b"\r\n\r\n")
    return to_topic(bench, streams), FAN


def fan2(bench):
    """The same over HTTP/2, each stream on a connection of its own."""
    token = bench.gateway.make_token("reader", "--subscribe", "topic")
    fields = [
        (":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/v1/stream?topic=topic"),
        ("authorization", "Bearer " + token),
    ]
    context = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))
    context.set_alpn_protocols(["h2"])
    streams = [bench.connect(context=context) for _ in range(FAN)]
    for stream in streams:
        # RFC 9113 §3.4, §6.5, §6.2: the preface, no settings, and one request that ends with its head.
        head = frame(1, 5, 1, fields_block(fields))
        stream.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + head)
    return to_topic(bench, streams), FAN


def to_topic(bench, streams):
    publisher, request = bench.connect(), bench.publish_request({"topic": "topic"})

    def work():
        publisher.sendall(request)
        read_until(publisher, b"}")
        for stream in streams:
            read_until(stream, EVENT)

    return work


def frame(kind, flags, stream, content):
    return len(content).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + content


def fields_block(fields):
    """Each field as a literal that is not indexed, with a new name and without Huffman's code (RFC 7541 §6.2.2)."""
    return b"".join(b"\x00" + string(name) + string(value) for name, value in fields)


def string(text):
    length = len(text)
    if length < 127:
        return bytes([length]) + text.encode()
    # An integer that does not fit seven bits (RFC 7541 §5.1).
    length, more = length - 127, []
    while length > 127:
        more.append(length % 128 + 128)
        length //= 128
    return bytes([127, *more, length]) + text.encode()


def handshake(bench):
    """A full handshake with a stream by a token, until its first bytes."""
    request = bench.stream_request("alice")

    def work():
        connection = bench.connect()
        connection.sendall(request)
        read_until(connection, b"\r\n\r\n")
        opened.append(connection)

    opened = []
    return work, 1


def resumed(bench):
    """A resumed one."""
    request = bench.stream_request("alice")
    first = bench.open_stream("alice")
    sessions = [first.session]

    def work():
        connection = bench.connect(session=sessions[-1])
        connection.sendall(request)
        read_until(connection, b"\r\n\r\n")
        assert connection.session_reused
        sessions.append(connection.session)
        opened.append(connection)

    opened = [first]
    return work, 1


SCRIPTS = {script.__name__: script for script in (publish, batch, fan, fan2, handshake, resumed)}


class Symbols:
    """The functions of a process, by the tables of its files."""

    def __init__(self, process):
        self.places = []
        self.ours = []
        modules = {}
        for line in pathlib.Path(f"/proc/{process}/maps").read_text().splitlines():
            fields = line.split()
            if len(fields) == 6 and fields[5].startswith("/") and os.path.exists(fields[5]):
                start, end = (int(place, 16) for place in fields[0].split("-"))
                modules.setdefault(fields[5], start)
                if "x" in fields[1] and pathlib.Path(fields[5]).name.startswith(("sluice", "libswift")):
                    self.ours.append(range(start, end))
        for path, base in modules.items():
            for table in ([], ["-D"]):
                listed = subprocess.run(
                    ["nm", "--defined-only", *table, path], capture_output=True, text=True).stdout.splitlines()
                for fields in (line.split(" ", 2) for line in listed):
                    if len(fields) == 3 and fields[1] in "tTwWi":
                        self.places.append((base + int(fields[0], 16), fields[2].split("@")[0]))
            self.places.append((base, pathlib.Path(path).name))
        self.places.sort()
        self.starts = [place for place, _ in self.places]

    def at(self, address):
        return self.places[max(0, bisect.bisect_right(self.starts, address) - 1)]

    def is_ours(self, address):
        return any(address in places for places in self.ours)

    def entries(self, names):
        return {place for place, name in self.places if name in names}


def without_timers(words):
    """The parts between two waits that did more than to look at the clock."""
    kept, part, calls = array.array("Q"), array.array("Q"), set()
    for word in words:
        if not word & SYSTEM_CALL:
            part.append(word)
        elif word - SYSTEM_CALL in WAITS:
            if calls - OF_TIMERS:
                kept += part
            part, calls = array.array("Q"), set()
        else:
            part.append(word)
            calls.add(word - SYSTEM_CALL)
    return kept + part if calls - OF_TIMERS else kept


def counts(words, symbols, times):
    entries = {what: symbols.entries(names) for what, names in COUNTED.items()}
    visits = collections.Counter(words)
    instructions = sum(count for word, count in visits.items() if not word & SYSTEM_CALL)
    ours = sum(count for word, count in visits.items() if symbols.is_ours(word))
    found = {"instructions": instructions, "ours": ours, "system calls": len(words) - instructions}
    for what, places in entries.items():
        found[what] = sum(visits[place] for place in places)
    return {what: round(count / times, 1) for what, count in found.items()}


def print_profile(words, symbols, times):
    own, calls = collections.Counter(), collections.Counter()
    for word, count in collections.Counter(words).items():
        if not word & SYSTEM_CALL:
            place, name = symbols.at(word)
            own[name] += count
            calls[name] += count if word == place else 0
    names = [name for name, _ in own.most_common(60)]
    plain = subprocess.run(
        ["swift", "demangle", "--simplified"], input="\n".join(names), capture_output=True, text=True).stdout
    for name, text in zip(names, plain.splitlines()):
        print(f"{own[name] / times:12.1f} {calls[name] / times:8.1f} calls  {text[:120]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scripts", nargs="*", metavar="script", default=list(SCRIPTS), help=", ".join(SCRIPTS))
    parser.add_argument("--program", default=str(ROOT / ".build" / "release" / "sluice"))
    parser.add_argument("--rounds", type=int, help="of each script; by default 12, and 3 of a handshake")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    if not (options.write or RECORD.exists()):
        sys.exit(f"instructions: {RECORD} is missing, so there is nothing to compare with; --write makes it")
    away = []
    for name in options.scripts:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(options.program, pathlib.Path(folder))
            try:
                work, times = SCRIPTS[name](bench)
                for _ in range(WARM_UP):
                    work()
                symbols = Symbols(bench.gateway.process.pid)
                rounds = options.rounds or ROUNDS.get(name, 12)
                traces = [without_timers(bench.trace(work)) for _ in range(rounds)]
            finally:
                bench.end()
        # Now and then what belongs together comes in two turns of the loop: the least is what has to be done.
        found = min((counts(trace, symbols, times) for trace in traces), key=lambda one: one["ours"])
        before = record.get(name, {})
        for what, count in found.items():
            change = f"{count / before[what] - 1:+8.2%}" if before.get(what) else ""
            print(f"{name:>10} {what:>14} {count:12.1f} {change}", flush=True)
        away += [
            f"{name}'s {what}" for what in HELD
            if before.get(what) and abs(found[what] / before[what] - 1) > TOLERANCE]
        if options.profile:
            print_profile(traces[-1], symbols, times)
        record[name] = found
    if options.write:
        RECORD.write_text(json.dumps(record, indent=2) + "\n")
    elif away:
        sys.exit(f"instructions: more than {TOLERANCE:.0%} away from bench/instructions.json: {', '.join(away)}")


if __name__ == "__main__":
    main()
