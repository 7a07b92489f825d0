"""ClientHellos put together byte by byte, and what a server answers to them in the clear."""

import os
import socket
import struct

RECORD = {20: "change_cipher_spec", 21: "alert", 22: "handshake", 23: "application_data"}
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
X25519, P256 = 0x001D, 0x0017


def sized(width, data):
    return len(data).to_bytes(width, "big") + data


def record(kind, data, version=0x0301):
    return struct.pack(">BHH", kind, version, len(data)) + data


def handshake(kind, body):
    return bytes([kind]) + sized(3, body)


def extension(number, body):
    return struct.pack(">H", number) + sized(2, body)


def words(*numbers):
    return b"".join(number.to_bytes(2, "big") for number in numbers)


NAME = extension(0, sized(2, b"\0" + sized(2, b"localhost")))
GROUPS = extension(10, sized(2, words(X25519, P256)))
SIGNATURES = extension(13, sized(2, words(0x0403, 0x0804, 0x0401)))
VERSIONS = extension(43, sized(1, words(0x0304, 0x0303)))
ALPN = extension(16, sized(2, sized(1, b"http/1.1")))
MODES = extension(45, sized(1, b"\1"))
POINTS = extension(11, sized(1, b"\0"))


def share(group=X25519, key=None):
    return words(group) + sized(2, os.urandom(32) if key is None else key)


def shares(*entries):
    return extension(51, sized(2, b"".join(entries)))


def extensions_13(**changes):
    """Those of a good ClientHello of TLS 1.3 in their order; a change of None leaves one out."""
    usual = {"name": NAME, "groups": GROUPS, "signatures": SIGNATURES, "versions": VERSIONS, "alpn": ALPN, "modes": MODES,
             "shares": shares(share())}
    return b"".join(value for value in (usual | changes).values() if value is not None)


EXTENSIONS_12 = NAME + GROUPS + POINTS + SIGNATURES + ALPN


def hello(extensions, version=0x0303, suites=words(0x1301, 0x1302, 0xC02B, 0xC02F), session=bytes(range(32)), compression=b"\0"):
    body = words(version) + os.urandom(32) + sized(1, session) + sized(2, suites) + sized(1, compression)
    return handshake(1, body + (sized(2, extensions) if extensions is not None else b""))


def connect(port):
    sock = socket.create_connection(("127.0.0.1", port), 8)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def exactly(sock, count):
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def outcome(sock):
    """What the server's first answer that means anything is: an alert by its number, "hello", "retry", or how it left."""
    try:
        while True:
            head = exactly(sock, 5)
            body = exactly(sock, int.from_bytes(head[3:], "big"))
            if head[0] == 21:
                return f"alert {body[1]}" if len(body) == 2 else "alert, encrypted"
            if head[0] == 22 and body[0] == 2:
                return "retry" if body[6:38] == RETRY else "hello"
            if head[0] == 23:
                return "encrypted"
    except EOFError:
        return "closed"
    except ConnectionError:
        return "reset"
    except TimeoutError:
        return "silence"
