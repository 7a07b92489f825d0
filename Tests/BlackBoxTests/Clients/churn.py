"""Breaks connections at every stage, in every manner, while others' streams go on; reports what the others saw.

The seed makes a run repeatable: each worker breaks the same connections at the same bytes, though the gateway may be
further or less far when they break. All of TLS is done in memory, so that a connection can end in the middle of a record.
"""

import collections
import json
import multiprocessing
import random
import socket
import ssl
import struct
import time

from connection import context, parser, report
from h2frames import PREFACE, frame, head
from others import Others

arguments = parser(__doc__)
arguments.add_argument("--seed", type=int, required=True)
arguments.add_argument("--count", type=int, required=True)
arguments.add_argument("--workers", type=int, default=2)
arguments.add_argument("--token", required=True, help="of whoever reads and publishes on the connections that break")
arguments.add_argument("--reader", required=True, help="the others' token")
arguments.add_argument("--publisher", required=True, help="the token of who publishes to them")
options = arguments.parse_args()

RESET = struct.pack("ii", 1, 0)
BODY = json.dumps({"to": {"user": "churn"}, "data": "x" * 300}).encode()
FIELDS = f"Host: localhost\r\nAuthorization: Bearer {options.token}\r\n"
STREAM = f"GET /v1/stream HTTP/1.1\r\n{FIELDS}\r\n".encode()
PUBLISH = f"POST /v1/publish HTTP/1.1\r\n{FIELDS}Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
CHUNKED = f"POST /v1/publish HTTP/1.1\r\n{FIELDS}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
BEARER = (b"authorization", b"Bearer " + options.token.encode())
JSON = (b"content-type", b"application/json")


def contexts():
    """By protocol and version; one for each worker, whose sessions are resumed now and then."""
    made = {}
    for protocol in ("http/1.1", "h2"):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            made[protocol, version] = context(options.ca)
            made[protocol, version].set_alpn_protocols([protocol])
            made[protocol, version].maximum_version = version
    return made


class Peer:
    """A client whose ciphertext passes through here, so that any byte of it can be the last."""

    def __init__(self, source, tls_context, session):
        self.source, self.sock = source, socket.socket()
        # Ports of one address would not suffice for the connections that TCP still remembers.
        self.sock.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        self.sock.bind((f"127.0.0.{source.randint(2, 200)}", 0))
        self.sock.settimeout(5)
        self.sock.connect(("127.0.0.1", options.port))
        self.coming, self.going = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = tls_context.wrap_bio(self.coming, self.going, server_hostname="localhost", session=session)

    def flush(self, share=1.0):
        """Sends what TLS has made; with a share, no more than that of it."""
        data = self.going.read()
        self.sock.sendall(data if share == 1 else data[:int(len(data) * share)])

    def receive(self):
        data = self.sock.recv(16384)
        self.coming.write(data) if data else self.coming.write_eof()

    def step(self, action):
        """Does something that needs the gateway's answer, as often as it has to be fed."""
        while True:
            try:
                result = action()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                self.receive()

    def handshake(self):
        self.step(self.tls.do_handshake)

    def send(self, data, share=1.0):
        self.tls.write(data)
        self.flush(share)

    def until(self, mark):
        """Reads until there is such a text in what came, or its end."""
        seen = b""
        while mark not in seen and (data := self.step(lambda: self.tls.read(16384))):
            seen += data

    def leave(self):
        """As a peer can: in an orderly way, by FIN alone, by RST, in the middle of a record; or first one side only."""
        manner = self.source.randrange(5)
        try:
            if manner == 0:
                try:
                    self.tls.unwrap()
                except ssl.SSLError:
                    pass
                self.flush()
            elif manner == 1:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            elif manner == 2:
                self.sock.shutdown(socket.SHUT_WR)
            elif manner == 3:
                self.sock.sendall(b"\x17\x03\x03\x01\x00" + self.source.randbytes(self.source.randrange(200)))
        except OSError:
            pass
        self.sock.close()


# Each stage takes a peer as far as its name says. What is to be broken in the middle is cut at random.

def connected(peer):
    """Before the ClientHello."""


def hello(peer):
    """In the middle of it."""
    try:
        peer.tls.do_handshake()
    except ssl.SSLWantReadError:
        peer.flush(peer.source.random())


def answered(peer):
    """The ClientHello is answered, and the answer read in part, or followed by what does not fit."""
    try:
        peer.tls.do_handshake()
    except ssl.SSLWantReadError:
        peer.flush()
    peer.sock.recv(peer.source.randint(1, 3000))
    if peer.source.random() < 0.3:
        peer.sock.sendall(peer.source.randbytes(peer.source.randint(1, 300)))


def finished(peer):
    """In the middle of the client's last flight."""
    try:
        while True:
            try:
                peer.tls.do_handshake()
            except ssl.SSLWantReadError:
                peer.flush()
                peer.receive()
                continue
            return peer.flush(peer.source.random())
    except ssl.SSLError:
        return


def shaken(peer):
    """After Finished: nothing was asked."""
    peer.handshake()


def request_head(peer):
    peer.handshake()
    peer.send(STREAM[:peer.source.randrange(1, len(STREAM) - 1)])


def record(peer):
    """A request whose record does not end."""
    peer.handshake()
    peer.send(STREAM, peer.source.random())


def body(peer):
    peer.handshake()
    if peer.source.random() < 0.5:
        peer.send(PUBLISH + BODY[:peer.source.randrange(len(BODY))])
    else:
        peer.send(CHUNKED + b"%x\r\n" % len(BODY) + BODY[:peer.source.randrange(len(BODY))])


def published(peer):
    """The answer to a publish is under way."""
    peer.handshake()
    peer.send((PUBLISH + BODY) * peer.source.randint(1, 5))


def stream(peer):
    peer.handshake()
    peer.send(STREAM)
    peer.until(b"retry: ")


def unread_stream(peer):
    """It is being opened."""
    peer.handshake()
    peer.send(STREAM)


def preface(peer):
    peer.handshake()
    peer.send(PREFACE[:peer.source.randrange(1, len(PREFACE))])


def h2_open(peer, count=1):
    peer.handshake()
    block = head(b"GET", b"/v1/stream", BEARER)
    peer.send(PREFACE + frame(4, 0, 0) + b"".join(frame(1, 5, 2 * number + 1, block) for number in range(count)))


def h2_streams(peer):
    h2_open(peer, peer.source.randint(1, 5))
    peer.until(b"retry: ")


def h2_reset(peer):
    """Streams that are closed by RST_STREAM, before or behind their first bytes."""
    count = peer.source.randint(1, 5)
    h2_open(peer, count)
    if peer.source.random() < 0.5:
        peer.until(b"retry: ")
    peer.send(b"".join(frame(3, 0, 2 * number + 1, struct.pack(">I", 8)) for number in range(count)))


def h2_frame(peer):
    """In the middle of a frame: of a head, a CONTINUATION that never comes, of a body."""
    peer.handshake()
    block = head(b"POST", b"/v1/publish", BEARER, JSON)
    cut = peer.source.randrange(1, len(block))
    frames = peer.source.choice([
        frame(1, 4, 1, block)[:cut], frame(1, 0, 1, block[:cut]),
        frame(1, 4, 1, block) + frame(0, 0, 1, BODY)[:peer.source.randrange(1, len(BODY))]])
    peer.send(PREFACE + frame(4, 0, 0) + frames)


def h2_goaway(peer):
    """After the client's GOAWAY."""
    h2_open(peer)
    peer.until(b"retry: ")
    peer.send(frame(7, 0, 0, struct.pack(">II", 0, 0)))
    if peer.source.random() < 0.5:
        peer.send(frame(1, 5, 3, head(b"GET", b"/v1/stream", BEARER)))


def h2_mistake(peer):
    """After the gateway's GOAWAY, which a mistake has earned."""
    h2_open(peer)
    peer.until(b"retry: ")
    peer.send(frame(0, 0, 0, b"DATA on no stream"))
    try:
        peer.until(b"never")
    except OSError:
        pass


ONE = [connected, hello, answered, finished, shaken, request_head, record, body, published, stream, unread_stream]
TWO = [preface, h2_open, h2_streams, h2_reset, h2_frame, h2_goaway, h2_mistake]
BEFORE_SESSIONS = [connected, hello, answered, finished]


def work(number, count, results):
    """One worker: takes peers to a stage, keeps some of them for a while, and has each leave."""
    source, tls_contexts, sessions = random.Random(options.seed * 1000 + number), contexts(), {}
    reached, kept = collections.Counter(), []
    for _ in range(count):
        stage = source.choice(ONE + TWO)
        key = ("h2" if stage in TWO else "http/1.1",
               ssl.TLSVersion.TLSv1_2 if source.random() < 0.25 else ssl.TLSVersion.TLSv1_3)
        peer = Peer(source, tls_contexts[key], sessions.get(key) if source.random() < 0.5 else None)
        try:
            stage(peer)
            if stage not in BEFORE_SESSIONS and source.random() < 0.1:
                sessions[key] = peer.tls.session
            reached[stage.__name__] += 1
        except (OSError, ValueError) as error:
            reached[f"{stage.__name__}: {type(error).__name__} {error}"[:120]] += 1
        kept.append(peer)
        if len(kept) > 20 or source.random() < 0.6:
            kept.pop(source.randrange(len(kept))).leave()
    for peer in kept:
        peer.leave()
    results.put(dict(reached))


def main():
    began, results = time.monotonic(), multiprocessing.Queue()
    shares = [options.count // options.workers + (number < options.count % options.workers) for number in range(options.workers)]
    workers = [multiprocessing.Process(target=work, args=(number, share, results)) for number, share in enumerate(shares)]
    for worker in workers:
        worker.start()
    others = Others(options.port, options.ca, options.reader, options.publisher)
    others.start()
    reached = sum((collections.Counter(results.get()) for _ in workers), collections.Counter())
    for worker in workers:
        worker.join()
    others.end()
    report(
        count=sum(reached.values()), seconds=round(time.monotonic() - began, 1), stages=len(ONE + TWO),
        reached=sum(1 for stage in ONE + TWO if reached[stage.__name__]), **others.figures(),
        by_stage=dict(sorted(reached.items())))


main()
