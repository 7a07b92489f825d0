"""Publishes, and closes its side of the connection in the same write: by close_notify, by FIN, or by both. What comes back until
the gateway closes its own side is reported, for each version of HTTP and of TLS."""

import itertools
import socket
import ssl

import h2.config
import h2.connection
import h2.events

from connection import context, parser, report, tcp

BODY = b'{"to":{"user":"alice"},"data":"behind it the end"}'


class Memory:
    """TLS in memory, so that one write has all that there is to say."""

    def __init__(self, options, version, protocol):
        tls_context = context(options.ca)
        tls_context.set_alpn_protocols([protocol])
        tls_context.minimum_version = tls_context.maximum_version = version
        self.sock = tcp(options.port)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = tls_context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.sock.sendall(self.outgoing.read())
                self.incoming.write(self.sock.recv(65536))

    def say(self, data, end):
        self.tls.write(data)
        # Python's goodbye trips over data that has come already: the gateway's settings.
        self.heard = b""
        while self.tls.pending() or self.incoming.pending:
            try:
                self.heard += self.tls.read(65536)
            except ssl.SSLWantReadError:
                break
        if end != "fin":
            try:
                self.tls.unwrap()
            except ssl.SSLWantReadError:
                pass
        self.sock.sendall(self.outgoing.read())
        if end != "notify":
            self.sock.shutdown(socket.SHUT_WR)

    def hear(self):
        """All that comes until the gateway says that there is no more, and whether it says so."""
        heard = self.heard
        while True:
            try:
                data = self.tls.read(65536)
                if not data:
                    return heard, True
                heard += data
            except ssl.SSLZeroReturnError:
                return heard, True
            except ssl.SSLWantReadError:
                received = self.sock.recv(65536)
                if not received:
                    return heard, False
                self.incoming.write(received)


def http1(memory, options, end):
    head = (
        "POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {options.token}\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    memory.say(head.encode() + BODY, end)
    heard, is_clean = memory.hear()
    return int(heard.split(b" ")[1]) if heard else 0, is_clean


def http2(memory, options, end):
    client = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    client.initiate_connection()
    client.send_headers(1, [
        (":method", "POST"), (":scheme", "https"), (":authority", "localhost"), (":path", "/v1/publish"),
        ("content-type", "application/json"), ("authorization", f"Bearer {options.token}"),
    ])
    client.send_data(1, BODY, end_stream=True)
    memory.say(client.data_to_send(), end)
    heard, is_clean = memory.hear()
    statuses = [
        int(dict(event.headers)[":status"]) for event in client.receive_data(heard)
        if isinstance(event, h2.events.ResponseReceived)
    ]
    return statuses[0] if statuses else 0, is_clean


def main():
    arguments = parser(__doc__)
    arguments.add_argument("--token", required=True)
    options = arguments.parse_args()
    ways = {"http/1.1": http1, "h2": http2}
    versions = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
    for protocol, version, end in itertools.product(ways, versions, ["notify", "fin", "both"]):
        memory = Memory(options, version, protocol)
        status, is_clean = ways[protocol](memory, options, end)
        memory.sock.close()
        report(way=f"{protocol} {version.name} {end}", status=status, clean=is_clean)


main()
