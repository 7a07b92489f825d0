"""Conversations of clients that break TLS's rules; a line of JSON for each: its name, how it ended, and how it may.

An alert by its number in RFC 8446 section 6 or RFC 5246 section 7.2: 10 unexpected_message, 20 bad_record_mac,
22 record_overflow, 40 handshake_failure, 47 illegal_parameter, 50 decode_error, 51 decrypt_error, 70 protocol_version,
100 no_renegotiation, 109 missing_extension, 120 no_application_protocol.
"""

import argparse
import json
import os
import socket

from tlslite.api import HandshakeSettings, TLSConnection
from tlslite.constants import ContentType
from tlslite.errors import TLSAbruptCloseError, TLSAlert, TLSError, TLSRemoteAlert
from tlslite.messages import Message

from hello import (ALPN, EXTENSIONS_12, GROUPS, MODES, P256, SIGNATURES, VERSIONS, X25519, connect, extension, extensions_13,
                   handshake, hello, outcome, record, share, shares, sized, words)

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--port", type=int, required=True)
port = arguments.parse_args().port

GOOD = hello(extensions_13())
REQUEST = b"GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
CCS = record(20, b"\1", 0x0303)
conversations = []


def conversation(name, *expected):
    """Names what a function does, and how it may end."""
    def keep(function):
        conversations.append((name, function, expected))
        return function
    return keep


def first_flight(name, data, *expected):
    """A conversation of one write, and its answer in the clear."""
    def talk():
        sock = connect(port)
        sock.sendall(data() if callable(data) else data)
        return outcome(sock)
    conversations.append((name, talk, expected))


def client_hello(name, body, *expected):
    first_flight(name, record(22, body), *expected)


# MARK: ClientHello of TLS 1.3

client_hello("a good one", GOOD, "hello")
client_hello("of TLS 1.2 alone", hello(EXTENSIONS_12), "hello")
client_hello("without supported_groups", hello(extensions_13(groups=None)), "alert 109")
client_hello("without signature_algorithms", hello(extensions_13(signatures=None)), "alert 109")
client_hello("without key_share", hello(extensions_13(shares=None)), "alert 109")
client_hello("with no shares, which asks for a retry", hello(extensions_13(shares=shares())), "retry")
client_hello("with a share of an unknown group, and one that is known", hello(extensions_13(
    groups=extension(10, sized(2, words(0x1234, X25519))), shares=shares(share(0x1234), share()))), "hello")
client_hello("with a share of an unknown group that it did not name", hello(extensions_13(shares=shares(share(0x1234), share()))), "alert 47")
client_hello("with a share of a group that it did not name", hello(extensions_13(groups=extension(10, sized(2, words(P256))), shares=shares(share(X25519)))), "alert 47")
client_hello("with an empty share", hello(extensions_13(shares=shares(share(key=b"")))), "alert 47", "alert 50")
client_hello("with a share that is too short", hello(extensions_13(shares=shares(share(key=os.urandom(31))))), "alert 47")
client_hello("with a share that is too long", hello(extensions_13(shares=shares(share(key=os.urandom(33))))), "alert 47")
client_hello("with a share of small order (RFC 7748 section 6.1)", hello(extensions_13(shares=shares(share(key=bytes(32))))), "alert 47", "alert 40")
client_hello("with a point beside P-256", hello(extensions_13(shares=shares(share(P256, b"\4" + os.urandom(64))))), "alert 47")
client_hello("with a compressed point", hello(extensions_13(shares=shares(share(P256, b"\2" + os.urandom(32))))), "alert 47")
client_hello("with no group that is served", hello(extensions_13(groups=extension(10, sized(2, words(0x1234))), shares=shares(share(0x1234)))), "alert 40")
client_hello("with no suite that is served", hello(extensions_13(versions=extension(43, sized(1, words(0x0304)))), suites=words(0x1304, 0xFAFA)), "alert 40")
client_hello("with GREASE in every list (RFC 8701)", hello(extensions_13(
    groups=extension(10, sized(2, words(0x0A0A, X25519))), versions=extension(43, sized(1, words(0x1A1A, 0x0304))),
    shares=shares(share(0x0A0A, b"\0"), share()), grease=extension(0x2A2A, b"")), suites=words(0x3A3A, 0x1301)), "hello")
client_hello("with versions before TLS 1.2 only", hello(extensions_13(versions=extension(43, sized(1, words(0x0302, 0x0301))))), "alert 70")
# OpenSSL 3.0 calls a list of versions that it can't read a version that it does not speak.
client_hello("with no versions", hello(extensions_13(versions=extension(43, sized(1, b"")))), "alert 50", "alert 70")
client_hello("with half a version", hello(extensions_13(versions=extension(43, sized(1, b"\3\4\3")))), "alert 50", "alert 70")
client_hello("with compression beside null in TLS 1.3", hello(extensions_13(), compression=b"\0\1"), "alert 47")
client_hello("without null compression", hello(extensions_13(), compression=b"\1"), "alert 47", "alert 50")
client_hello("with no compression", hello(extensions_13(), compression=b""), "alert 47", "alert 50")
client_hello("with no suites", hello(extensions_13(), suites=b""), "alert 40", "alert 47", "alert 50")
client_hello("with half a suite", hello(extensions_13(), suites=b"\x13\1\x13"), "alert 50")
client_hello("with a session id of 33 bytes", hello(extensions_13(), session=bytes(33)), "alert 50")
client_hello("with legacy_version 0x0305", hello(extensions_13(), version=0x0305), "hello")
client_hello("with an extension twice", hello(extensions_13(again=GROUPS)), "alert 47", "alert 50")
client_hello("with an unknown extension twice", hello(extensions_13(a=extension(0x1234, b""), b=extension(0x1234, b""))), "hello", "alert 47", "alert 50")
client_hello("with an extension that is cut", hello(extensions_13(cut=extension(0x1234, b"abc")[:-1])), "alert 50")
client_hello("with lengths of extensions beyond its end", GOOD[:-40], "alert 50", "alert 10", "silence")
client_hello("with a byte behind its extensions", handshake(1, GOOD[4:] + b"\0"), "alert 50")
client_hello("with a thousand extensions", hello(extensions_13(many=b"".join(extension(0x2000 + n, b"") for n in range(1000)))), "hello")
# OpenSSL 3.0 takes an empty name for none.
client_hello("with an empty name", hello(extensions_13(name=extension(0, sized(2, b"\0" + sized(2, b""))))), "hello", "alert 50")
client_hello("with a name that has a zero byte", hello(extensions_13(name=extension(0, sized(2, b"\0" + sized(2, b"local\0host"))))), "alert 112", "alert 50", "alert 47")
client_hello("with two names", hello(extensions_13(name=extension(0, sized(2, 2 * (b"\0" + sized(2, b"localhost")))))), "alert 50", "alert 47")
client_hello("with a name of 300 bytes", hello(extensions_13(name=extension(0, sized(2, b"\0" + sized(2, b"a" * 300))))), "alert 112", "alert 50")
client_hello("with another name", hello(extensions_13(name=extension(0, sized(2, b"\0" + sized(2, b"other.example"))))), "hello")
client_hello("with no protocol in ALPN", hello(extensions_13(alpn=extension(16, sized(2, b"")))), "alert 50")
client_hello("with an empty protocol in ALPN", hello(extensions_13(alpn=extension(16, sized(2, sized(1, b""))))), "alert 50")
client_hello("with protocols that are not served", hello(extensions_13(alpn=extension(16, sized(2, sized(1, b"spdy/3"))))), "alert 120")
client_hello("with psk before the end", hello(extensions_13(psk=extension(41, sized(2, sized(2, b"id") + bytes(4)) + sized(2, sized(1, bytes(32)))), last=extension(0x1234, b""))), "alert 47")
client_hello("with psk and no modes", hello(extensions_13(modes=None, psk=extension(41, sized(2, sized(2, b"id") + bytes(4)) + sized(2, sized(1, bytes(32)))))), "alert 109")
client_hello("with a psk of nobody", hello(extensions_13(psk=extension(41, sized(2, sized(2, os.urandom(200)) + bytes(4)) + sized(2, sized(1, bytes(32)))))), "hello")
# Only the binder of a key that is known is looked at (RFC 8446 section 4.2.11).
client_hello("with a psk of nobody and no binder", hello(extensions_13(psk=extension(41, sized(2, sized(2, os.urandom(200)) + bytes(4)) + sized(2, b"")))), "hello", "alert 50", "alert 47")
client_hello("with early_data and no psk", hello(extensions_13(early=extension(42, b""))), "hello", "alert 47")
client_hello("with a cookie that nobody gave", hello(extensions_13(cookie=extension(44, sized(2, b"biscuit")))), "alert 47", "hello")
client_hello("with max_fragment_length 9", hello(extensions_13(fragment=extension(1, b"\x09"))), "alert 47")
client_hello("with record_size_limit of 63", hello(extensions_13(limit=extension(28, words(63)))), "alert 47", "hello")
client_hello("with heartbeat", hello(extensions_13(heartbeat=extension(15, b"\1"))), "hello")

# MARK: ClientHello of TLS 1.2 and before

# SSL 3.0 has no alert protocol_version (RFC 6101 section 5.4.2).
client_hello("of SSL 3.0", hello(None, version=0x0300, suites=words(0x000A)), "alert 40", "alert 70")
client_hello("of TLS 1.0", hello(EXTENSIONS_12, version=0x0301), "alert 70")
client_hello("of TLS 1.1", hello(EXTENSIONS_12, version=0x0302), "alert 70")
client_hello("of TLS 1.2 with fallback", hello(EXTENSIONS_12, suites=words(0xC02B, 0xC02F, 0x5600)), "alert 86")
client_hello("of TLS 1.2 with RSA key exchange only", hello(EXTENSIONS_12, suites=words(0x009C, 0x002F)), "alert 40")
client_hello("of TLS 1.2 with CBC only", hello(EXTENSIONS_12, suites=words(0xC013, 0xC009)), "alert 40")
client_hello("of TLS 1.2 with anonymous suites only", hello(EXTENSIONS_12, suites=words(0xC018, 0x006C)), "alert 40")
client_hello("of TLS 1.2 with NULL and export suites only", hello(EXTENSIONS_12, suites=words(0xC010, 0x0003)), "alert 40")
client_hello("of TLS 1.2 without extensions", hello(None), "hello", "alert 40")
first_flight("of SSL 2.0", bytes.fromhex("802e0100020015000000100100800700c0030080060040020080040080000000000000") + os.urandom(16), "alert 70", "alert 10", "closed", "reset")

# MARK: Records and messages before keys

first_flight("HTTP in the clear", REQUEST, "closed", "reset", "alert 70", "alert 10")
first_flight("a record of an unknown type", record(99, GOOD), "alert 10", "closed", "reset")
first_flight("an empty handshake record", record(22, b"") + record(22, GOOD), "alert 10", "hello")
first_flight("a record of 2^14+1 bytes in the clear", record(22, hello(extensions_13(pad=extension(21, bytes(16500))))), "alert 22")
first_flight("a ClientHello of a byte a record", b"".join(record(22, GOOD[at:at + 1]) for at in range(len(GOOD))), "hello")
first_flight("a ClientHello that says 2^24-1 bytes", record(22, b"\1\xff\xff\xff" + GOOD[4:]), "alert 47", "alert 50", "alert 10", "alert 22")
first_flight("data before a ClientHello", record(23, REQUEST), "alert 10", "closed", "reset")
first_flight("ChangeCipherSpec before a ClientHello", CCS + record(22, GOOD), "alert 10", "hello")
first_flight("Finished before a ClientHello", record(22, handshake(20, bytes(32))), "alert 10")
first_flight("an alert of one byte", record(21, b"\1"), "alert 50", "alert 10", "closed", "reset")
first_flight("a fatal alert", record(21, b"\2\x28"), "closed", "reset", "alert 10")
first_flight("a thousand warnings", record(21, b"\1\x5a") * 1000, "alert 10", "closed", "reset")
first_flight("ChangeCipherSpec with another byte", record(22, GOOD) + record(20, b"\2", 0x0303), "hello", "alert 10")
first_flight("an unknown handshake message", record(22, handshake(77, b"")), "alert 10")
first_flight("an HelloRequest from a client", record(22, handshake(0, b"")), "alert 10")


def after_hello(data):
    """Has its ClientHello answered, then sends what does not belong there, and reads what comes of it."""
    sock = connect(port)
    sock.sendall(record(22, GOOD))
    if outcome(sock) != "hello":
        return "no hello"
    sock.sendall(data)
    said = outcome(sock)
    # The server's flight comes first: it is encrypted, and what it thinks of the rest is too, or it is not.
    while said == "encrypted":
        said = outcome(sock)
    return said


CUT = ("alert 10", "alert 20", "alert 50", "closed", "reset")
for name, data in [
    ("data in place of Finished", record(23, REQUEST, 0x0303)), ("Finished in the clear", record(22, handshake(20, bytes(32)), 0x0303)),
    ("a second ClientHello", record(22, GOOD)), ("ChangeCipherSpec twice", CCS + CCS + record(23, bytes(40), 0x0303)),
    ("ChangeCipherSpec with two bytes", record(20, b"\1\1", 0x0303)), ("a record that does not decrypt", record(23, os.urandom(53), 0x0303)),
    ("an empty record that should be encrypted", record(23, b"", 0x0303)), ("a record of 2^14+257 bytes", record(23, os.urandom(16384 + 257), 0x0303)),
]:
    conversations.append((f"after ServerHello: {name}", lambda data=data: after_hello(data), CUT + ("alert 22",)))

# MARK: A client that knows the keys


def talk(version, break_rules):
    """A whole handshake on tlslite-ng, then what breaks the rules; how the server ends it."""
    settings = HandshakeSettings()
    settings.minVersion, settings.maxVersion = version, version
    sock = socket.create_connection(("127.0.0.1", port), 8)
    connection = TLSConnection(sock)
    connection.closeSocket = True
    try:
        connection.handshakeClientCert(settings=settings, serverName="localhost", alpn=[bytearray(b"http/1.1")])
        break_rules(connection)
        said = connection.read(max=65536, min=1)
        return "served" if said.startswith(b"HTTP/1.1 404") else "closed" if not said else "data"
    except TLSRemoteAlert as alert:
        return f"alert {alert.description}"
    except TLSAbruptCloseError:
        return "closed"
    except ConnectionError:
        return "reset"
    except TimeoutError:
        return "silence"
    except (TLSAlert, TLSError) as error:
        return f"{type(error).__name__}: {error}"


def send(connection, kind, data):
    for _ in connection._recordLayer.sendRecord(Message(kind, bytearray(data))):
        pass
    connection.sock.flush()


def raw(connection, data):
    connection.sock.flush()
    connection.sock.socket.sendall(data)


def corrupted(connection, data, at):
    """A record whose ciphertext is another."""
    layer = connection._recordLayer._recordSocket
    honest = layer.send

    def lie(message, padding=0):
        changed = bytearray(message.write())
        changed[at] ^= 1
        return honest(Message(message.contentType, changed), padding)

    layer.send = lie
    send(connection, ContentType.application_data, data)
    layer.send = honest


def both(name, break_rules, *expected, twelve=None):
    """The same over both versions, with other ends in TLS 1.2 where these are due."""
    for version, ends in [((3, 4), expected), ((3, 3), twelve or expected)]:
        conversations.append((f"TLS 1.{version[1] - 1}: {name}", lambda version=version: talk(version, break_rules), ends))


HANDSHAKE, DATA, ALERT = ContentType.handshake, ContentType.application_data, ContentType.alert
both("a request", lambda one: send(one, DATA, REQUEST), "served")
both("a request of a byte a record", lambda one: [send(one, DATA, bytes([byte])) for byte in REQUEST], "served")
both("an empty record, then a request", lambda one: (send(one, DATA, b""), send(one, DATA, REQUEST)), "served")
both("a thousand empty records", lambda one: [send(one, DATA, b"") for _ in range(1000)], "alert 10", "closed", "reset")
both("a record whose tag is wrong", lambda one: corrupted(one, REQUEST, -1), "alert 20")
both("a record whose first byte is wrong", lambda one: corrupted(one, REQUEST, 0), "alert 20")
both("a record of 2^14+1 bytes", lambda one: send(one, DATA, bytes(16385)), "alert 22")
# In TLS 1.2 OpenSSL 3.0 says internal_error (80) of a record that is too short for its tag.
both("a record in the clear", lambda one: raw(one, record(23, REQUEST, 0x0303)), "alert 20", "alert 22", "alert 50", "alert 10")
both("an empty record in the clear", lambda one: raw(one, record(23, b"", 0x0303)), "alert 20", "alert 10", "alert 50", "alert 22", "alert 80")
both("a ClientHello", lambda one: send(one, HANDSHAKE, GOOD), "alert 10", twelve=("alert 100", "alert 40", "alert 10"))
both("Finished", lambda one: send(one, HANDSHAKE, handshake(20, bytes(32))), "alert 10")
both("an unknown handshake message", lambda one: send(one, HANDSHAKE, handshake(77, b"")), "alert 10")
both("a Certificate that nobody asked for", lambda one: send(one, HANDSHAKE, handshake(11, b"\0" + sized(3, b""))), "alert 10")
both("a NewSessionTicket from a client", lambda one: send(one, HANDSHAKE, handshake(4, bytes(20))), "alert 10")
both("an empty handshake record, then a request", lambda one: (send(one, HANDSHAKE, b""), send(one, DATA, REQUEST)),
     "alert 10", twelve=("served", "alert 10"))
both("ChangeCipherSpec", lambda one: raw(one, CCS), "alert 10", twelve=("alert 10", "alert 20", "alert 80"))
both("a record of an unknown type", lambda one: send(one, 99, b"x"), "alert 10")
both("an alert of three bytes", lambda one: send(one, ALERT, b"\1\0\0"), "alert 50", "alert 10")
both("an alert of an unknown level", lambda one: send(one, ALERT, b"\7\x28"), "alert 47", "alert 50", "closed", "reset")
both("a fatal alert", lambda one: send(one, ALERT, b"\2\x28"), "closed", "reset")
both("a heartbeat", lambda one: send(one, 24, b"\1\x40\0"), "alert 10")


def key_update(body):
    return handshake(24, body)


def thirteen(name, break_rules, *expected):
    conversations.append((f"TLS 1.3: {name}", lambda: talk((3, 4), break_rules), expected))


thirteen("KeyUpdate with another number", lambda one: send(one, HANDSHAKE, key_update(b"\2")), "alert 47")
thirteen("KeyUpdate without a body", lambda one: send(one, HANDSHAKE, key_update(b"")), "alert 50")
thirteen("KeyUpdate with two bytes", lambda one: send(one, HANDSHAKE, key_update(b"\0\0")), "alert 50")
thirteen("KeyUpdate and a message in one record", lambda one: send(one, HANDSHAKE, key_update(b"\0") + handshake(77, b"")), "alert 10")
thirteen("half a KeyUpdate, then data", lambda one: (send(one, HANDSHAKE, key_update(b"\0")[:3]), send(one, DATA, REQUEST)), "alert 10")
thirteen("a KeyUpdate and old keys", lambda one: (send(one, HANDSHAKE, key_update(b"\0")), send(one, DATA, REQUEST)), "alert 20")
thirteen("EndOfEarlyData", lambda one: send(one, HANDSHAKE, handshake(5, b"")), "alert 10")
thirteen("padding alone", lambda one: (setattr(one._recordLayer, "padding_cb", lambda *_: 100), send(one, 0, b"")), "alert 10")

for name, function, expected in conversations:
    print(json.dumps({"name": name, "outcome": function(), "expected": expected}), flush=True)
