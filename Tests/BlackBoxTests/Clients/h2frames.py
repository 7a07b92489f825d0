"""HTTP/2 frames written by hand (RFC 9113), for what no library sends."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    """RFC 7541 §6.2.2, lengths below 16 KiB."""
    def text(data):
        if len(data) < 127:
            return bytes([len(data)]) + data
        rest, length = len(data) - 127, b"\x7f"
        while rest >= 128:
            length, rest = length + bytes([rest & 127 | 128]), rest >> 7
        return length + bytes([rest]) + data

    return b"\0" + text(name) + text(value)


def head(method, path, *fields):
    block = literal(b":method", method) + literal(b":scheme", b"https")
    block += literal(b":authority", b"localhost") + literal(b":path", path)
    for name, value in fields:
        block += literal(name, value)
    return block
