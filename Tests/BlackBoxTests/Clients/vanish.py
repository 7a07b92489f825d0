"""Peers that vanish without a word, each in another state: their sockets take no packet any more (a filter that drops all,
socket(7)), so nothing is acknowledged, and nothing refused. Reports when they are gone, and stays until it is killed."""

import ctypes
import signal
import socket
import ssl
import struct

from connection import context, parser, report, tcp
from h2frames import PREFACE, frame, head

arguments = parser(__doc__)
arguments.add_argument("--token", required=True)
options = arguments.parse_args()


def vanish(sock):
    drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF_RET | BPF_K: 0 bytes are let in
    program = struct.pack("HL", 1, ctypes.addressof(drop_all))
    sock.setsockopt(socket.SOL_SOCKET, 26, program)  # SO_ATTACH_FILTER


def secure(protocol):
    tls_context = context(options.ca)
    tls_context.set_alpn_protocols([protocol])
    return tls_context.wrap_socket(tcp(options.port), server_hostname="localhost")


def until(sock, mark):
    seen = b""
    while mark not in seen:
        seen += sock.recv(16384)


connected = tcp(options.port)

shaken = tcp(options.port)
coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
try:
    context(options.ca).wrap_bio(coming, going, server_hostname="localhost").do_handshake()
except ssl.SSLWantReadError:
    shaken.sendall(going.read())
    shaken.recv(1)

idle = secure("http/1.1")
idle.sendall(b"GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
until(idle, b"\r\n\r\n")

one = secure("http/1.1")
one.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {options.token}\r\n\r\n".encode())
until(one, b"retry: ")

two = secure("h2")
two.sendall(PREFACE + frame(4, 0, 0) + frame(4, 1, 0) + frame(
    1, 5, 1, head(b"GET", b"/v1/stream", (b"authorization", b"Bearer " + options.token.encode()))))
until(two, b"retry: ")

for sock in (connected, shaken, idle, one, two):
    vanish(sock)
report(vanished=5)
signal.pause()
