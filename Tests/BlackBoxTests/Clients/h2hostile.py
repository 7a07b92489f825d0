"""Does over HTTP/2 what no good client does, and reports how each connection ended."""

import time

from connection import parser, report
from h2connection import Connection

arguments = parser(__doc__)
arguments.add_argument("--token", required=True)
options = arguments.parse_args()


def rapid_reset(connection):
    for _ in range(1000):
        stream = connection.request("/v1/stream", options.token)
        connection.h2.reset_stream(stream, 8)
        connection.flush()
        if connection.is_closed:
            break


def pings(connection):
    for _ in range(3000):
        connection.h2.ping(b"sluicing")
        connection.flush()
        if connection.is_closed:
            break


def settings(connection):
    for _ in range(3000):
        connection.sock.sendall(b"\0\0\0\4\0\0\0\0\0")


def continuations(connection):
    connection.sock.sendall(b"\0\0\1\1\0\0\0\0\1\x82")
    for _ in range(3000):
        connection.sock.sendall(b"\0\0\1\x09\0\0\0\0\1\x84")


def garbage(connection):
    connection.sock.sendall(bytes(range(256)) * 40)


def http1(connection):
    connection.sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")


for attack in [rapid_reset, pings, settings, continuations, garbage, http1]:
    connection = Connection(options.port, options.ca)
    connection.receive(0.3)
    start = time.monotonic()
    try:
        attack(connection)
    except OSError:
        pass
    connection.until(lambda: connection.is_closed, 10)
    report(
        name=attack.__name__, goodbye=connection.goodbye, closed=connection.is_closed,
        seconds=time.monotonic() - start)
