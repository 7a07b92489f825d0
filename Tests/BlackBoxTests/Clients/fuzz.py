"""Sends random bytes and mutated requests to the gateway, and goes away in every manner a peer can.

The seed makes a run repeatable: the gateway may answer at other moments, but is sent the same bytes in the same order.
"""

import collections
import random
import socket
import ssl

from connection import context, parser, report, tcp, tls

arguments = parser(__doc__)
arguments.add_argument("--seed", type=int, required=True)
arguments.add_argument("--count", type=int, required=True)
arguments.add_argument("--token", required=True)
arguments.add_argument("--plain", action="store_true", help="leave TLS out: the bytes go to the TLS layer itself")
options = arguments.parse_args()

source = random.Random(options.seed)
tls_context = context(options.ca)
BODY = '{"to":{"user":"alice"},"event":"comment","data":"hello \\u00e9"}'
COMMON = f"Host: localhost\r\nAuthorization: Bearer {options.token}\r\nOrigin: https://app.example\r\n"
REQUESTS = [
    f"GET /v1/stream?topic=news&lastEventId=1-1 HTTP/1.1\r\n{COMMON}\r\n",
    f"HEAD /v1/stream HTTP/1.1\r\n{COMMON}\r\n",
    f"OPTIONS /v1/publish HTTP/1.1\r\n{COMMON}Access-Control-Request-Method: POST\r\n\r\n",
    f"POST /v1/publish HTTP/1.1\r\n{COMMON}Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}",
    f"POST /v1/publish HTTP/1.1\r\n{COMMON}Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    f"{len(BODY) + 1:x}\r\n{BODY}\n\r\n{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n",
]
# A ClientHello of another stack, as a start for what is sent below TLS.
HELLO = bytes.fromhex("160301002f0100002b0303") + bytes(range(32)) + bytes.fromhex("000004130113020100000000")


def mutate(data):
    data = bytearray(data)
    for _ in range(source.choice([0, 1, 1, 1, 2, 4, 8])):
        at = source.randrange(len(data) + 1)
        kind = source.randrange(6)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << source.randrange(8)
        elif kind == 1:
            del data[at:at + source.randint(1, 20)]
        elif kind == 2:
            data[at:at] = data[at:at + source.randint(1, 40)] * source.randint(1, 4)
        elif kind == 3:
            data[at:at] = source.choice([b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"\t", b"\xff", b"0", b"ffffffffffffffff"])
        elif kind == 4:
            data[at:at] = source.randbytes(source.randint(1, 30))
        else:
            del data[at:]
        data = data or bytearray(b"\r")
    return bytes(data)


def bytes_to_send():
    if source.random() < 0.3:
        return source.randbytes(source.choice([1, 5, 100, 2000, 20000]))
    return mutate(HELLO) if options.plain else mutate(source.choice(REQUESTS).encode())


def leave(sock, manner):
    if manner == 0 and isinstance(sock, ssl.SSLSocket):
        sock.settimeout(0.2)
        sock.unwrap()
    elif manner == 1:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    elif manner == 2:
        socket.socket.shutdown(sock, socket.SHUT_WR)


seen = collections.Counter()
for _ in range(options.count):
    data, manner, listens = bytes_to_send(), source.randrange(4), source.random() < 0.5
    sock = tcp(options.port) if options.plain else tls(options.port, tls_context)
    try:
        sock.sendall(data)
        if listens:
            sock.settimeout(0.03)
            answer = sock.recv(4096)
            seen[answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/1.1 ") else "other"] += 1
        leave(sock, manner)
    except OSError as error:
        seen[type(error).__name__] += 1
    finally:
        sock.close()
report(count=options.count, seed=options.seed, seen=dict(seen))
