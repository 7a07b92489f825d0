"""Has a gateway hold as much as it can by one way at a time, and takes none of it. Frames are written by hand: no library sends
these. Reports when everything is sent, and holds on until SIGTERM. From SIGUSR1 on it goes on: the oldest connection makes way for
another one that does the same, and at the end it reports how often that was.
"""

import os
import signal
import socket
import struct
import time

from connection import context, parser, report, tls
from h2frames import PREFACE, frame, head, literal

arguments = parser(__doc__)
arguments.add_argument("--way", required=True)
arguments.add_argument("--token", default="", help="of whoever publishes, for the ways that need one")
arguments.add_argument("--connections", type=int, default=20)
arguments.add_argument("--each", type=int, default=100, help="what each connection asks for")
options = arguments.parse_args()

SHUT = struct.pack(">HI", 4, 0)  # INITIAL_WINDOW_SIZE = 0
BEARER = (b"authorization", b"Bearer " + options.token.encode())
streams = range(1, 2 * options.each, 2)
patience = 5.0


def connect(protocol):
    tls_context = context(options.ca)
    tls_context.set_alpn_protocols([protocol])
    return tls(options.port, tls_context, receive_buffer=4096, timeout=patience)


def send(sock, data):
    """Sends until the gateway takes no more, or hangs up."""
    sent = 0
    try:
        while sent < len(data):
            sent += sock.send(data[sent:sent + 16384])
    except (TimeoutError, OSError):
        pass
    return sent


def two(frames, settings=SHUT):
    sock = connect("h2")
    return sock, send(sock, PREFACE + frame(4, 0, 0, settings) + frames)


def answers():
    """The module, again and again, with a shut window."""
    block = head(b"GET", b"/v1/sluice.js")
    return two(b"".join(frame(1, 5, stream, block) for stream in streams))


def refusals():
    """Answers of their own, with a shut window."""
    block = head(b"GET", b"/v1/stream")
    return two(b"".join(frame(1, 5, stream, block) for stream in streams))


def lines():
    """A thousand bad lines each: answers a hundred times the size of their requests."""
    block = head(b"POST", b"/v1/publish", BEARER, (b"content-type", b"application/x-ndjson"))
    body = b"{\n" * 1000
    return two(b"".join(frame(1, 4, stream, block) + frame(0, 1, stream, body) for stream in streams))


def bodies():
    """Bodies that do not end, over HTTP/2."""
    block = head(b"POST", b"/v1/publish", BEARER, (b"content-type", b"application/json"))
    sock, sent = two(b"".join(frame(1, 4, stream, block) for stream in streams))
    window = Window(sock)
    # A stream's own window is never used up: 60 pieces of 1,000 bytes.
    for stream in list(streams) * 60:
        if not window.has(1000):
            break
        sent += send(sock, frame(0, 0, stream, b" " * 1000))
        window.credit -= 1000
    return sock, sent


class Window:
    """What a connection may still send (RFC 9113 §5.2)."""

    def __init__(self, sock):
        self.sock, self.credit, self.rest = sock, 65535, b""

    def has(self, count):
        """Reads credit until there is enough; False when none comes."""
        self.sock.settimeout(0.5)
        while self.credit < count:
            try:
                data = self.sock.recv(65536)
            except OSError:
                return False
            if not data:
                return False
            self.take(data)
        return True

    def take(self, data):
        self.rest += data
        while len(self.rest) >= 9 + (length := int.from_bytes(self.rest[:3], "big")):
            kind, stream = self.rest[3], int.from_bytes(self.rest[5:9], "big")
            if kind == 8 and stream == 0:
                self.credit += int.from_bytes(self.rest[9:13], "big")
            self.rest = self.rest[9 + length:]


def bodies_one():
    """A body that does not end, over HTTP/1.1."""
    sock = connect("http/1.1")
    start = f"POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {options.token}\r\n"
    start += "Content-Type: application/json\r\nContent-Length: 1048576\r\n\r\n"
    return sock, send(sock, start.encode() + b" " * 1048000)


def sign_outs():
    """A body that nobody asked for, without a token."""
    sock = connect("http/1.1")
    start = "DELETE /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\n"
    return sock, send(sock, start.encode() + b" " * 1048000)


def ungranted():
    """A publish that no line of its body could make allowed; the token has no such grant."""
    return bodies_one()


def pipeline():
    """Many requests in one write, and their answers not read."""
    sock = connect("http/1.1")
    return sock, send(sock, b"GET /v1/sluice.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * options.each)


def control():
    """What has to be acknowledged, and its acknowledgements not read."""
    return two((frame(6, 0, 0, b"sluicing") + frame(4, 0, 0)) * options.each)


def unknown():
    """Frames of a type that nobody knows."""
    return two(frame(0x42, 0, 0) * options.each)


def streams_shut():
    """Event streams whose windows are shut."""
    block = head(b"GET", b"/v1/stream", BEARER)
    return two(b"".join(frame(1, 5, stream, block) for stream in streams))


def publish(sock, body, *fields):
    """Publishes NDJSON and reads the answer."""
    start = f"POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {options.token}\r\n"
    start += "".join(f"{name}: {value}\r\n" for name, value in fields)
    start += f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
    sock.sendall(start.encode() + body)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += (piece := sock.recv(65536))
        if not piece:
            return
    before, rest = answer.split(b"\r\n\r\n", 1)
    missing = int(before.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) - len(rest)
    while missing > 0:
        piece = sock.recv(65536)
        if not piece:
            return
        missing -= len(piece)


def audiences():
    """Events of one byte to a thousand fresh users each."""
    sock = connect("http/1.1")
    number = len(held) * options.each * 1000
    for start in range(number, number + options.each * 1000, 1000):
        users = ",".join(f'"user-{name:012}"' for name in range(start, start + 1000))
        publish(sock, b'{"to":{"users":[' + users.encode() + b']},"data":"x"}\n')
    return sock, options.each


def keys():
    """Keys whose answers have a hundred events each."""
    sock = connect("http/1.1")
    body = b'{"to":{"user":"a"},"data":"x"}\n' * 100
    for number in range(options.each):
        publish(sock, body, ("Idempotency-Key", f"{len(held)}-{number}-{'k' * 200}"))
    return sock, options.each


def slow_readers():
    """Event streams that are not read, and events for all of them."""
    sock = connect("http/1.1")
    request = f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {options.token}\r\n\r\n"
    sent = send(sock, request.encode())
    if len(held) + 1 == options.connections and not goes_on:
        other = connect("http/1.1")
        line = b'{"to":{"everyone":true},"data":"' + b"x" * 60000 + b'"}\n'
        for _ in range(options.each):
            publish(other, line)
        other.close()
    return sock, sent


WAYS = {way.__name__.replace("_", "-"): way for way in [
    answers, refusals, lines, bodies, bodies_one, sign_outs, ungranted, pipeline, control, unknown, streams_shut, audiences, keys,
    slow_readers]}

def again():
    """Does it once more."""
    global sent
    try:
        connection, count = WAYS[options.way]()
        held.append(connection)
        sent += count
    except OSError:  # turned away, or cut off
        pass


signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1])
held, sent, goes_on, rounds, pause = [], 0, False, 0, 0.0
for _ in range(options.connections):
    again()
report(way=options.way, connections=len(held), sent=sent)
if signal.sigwait([signal.SIGTERM, signal.SIGUSR1]) == signal.SIGTERM:
    raise SystemExit

# What the gateway spends on it is asked for, and not what this process takes from it.
os.nice(19)
goes_on, patience = True, 0.2
while signal.sigtimedwait([signal.SIGTERM], pause) is None:
    began = time.monotonic()
    if held:
        held.pop(0).close()
    again()
    rounds += 1
    pause = max(0.5, 10 * (time.monotonic() - began))
report(way=options.way, rounds=rounds, sent=sent)
