"""Clients that come to one gateway, and then with the tickets that they were given to others, when these are there."""

import os
import socket
import ssl
import time

from connection import context, parser, report, tcp

arguments = parser(__doc__)
arguments.add_argument("--count", type=int, required=True)
arguments.add_argument("--next", nargs="+", required=True, metavar="PORT:FILE", help="go there when the file is there")
options = arguments.parse_args()

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Client:
    """One client with its ticket."""

    def __init__(self, version):
        self.context, self.session = context(options.ca), None
        self.context.minimum_version = self.context.maximum_version = version

    def visit(self, port):
        """Asks for something, keeps the ticket that came with it, and says whether the session was resumed."""
        with self.context.wrap_socket(tcp(port), server_hostname="localhost", session=self.session) as sock:
            sock.sendall(b"GET /v1/sluice.d.ts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            while sock.recv(65536):
                pass
            self.session = sock.session
            resumed = sock.session_reused
            try:
                sock.unwrap()
            except OSError:
                pass
            return resumed


clients = {name: [Client(version) for _ in range(options.count)] for name, version in VERSIONS.items()}


def visits(port):
    return {name: sum(client.visit(port) for client in of_version) for name, of_version in clients.items()}


def wait_for(port, file):
    while True:
        try:
            if os.path.exists(file):
                return socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            pass
        time.sleep(0.05)


report(resumed=visits(options.port))
for place in options.next:
    port, file = place.split(":", 1)
    wait_for(int(port), file)
    report(resumed=visits(int(port)))
