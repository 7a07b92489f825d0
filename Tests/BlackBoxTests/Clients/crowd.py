"""A crowd at the door: each connects, asks as it is told, and comes back a moment after it was closed.

Reports again and again how many are connected, and how often one of them has come, until it is killed."""

import selectors
import socket
import ssl
import time

from connection import context, parser, report

arguments = parser(__doc__)
arguments.add_argument("--count", type=int, required=True)
arguments.add_argument("--heads", type=float, metavar="SECONDS", help="ask for nothing by HEAD, again and again")
arguments.add_argument("--token", help="ask for a stream, once")
arguments.add_argument("--stay-away", action="store_true", help="do not come back")
options = arguments.parse_args()

NEVER = float("inf")
PAUSE = 0.2
head = "HEAD /v1/nothing" if options.heads else "GET /v1/stream"
token = f"Authorization: Bearer {options.token}\r\n" if options.token else ""
request = f"{head} HTTP/1.1\r\nHost: localhost\r\n{token}\r\n".encode()
speaks = options.heads or options.token
tls_context = context(options.ca)
selector = selectors.DefaultSelector()
came = 0


class Visitor:
    def __init__(self):
        self.sock, self.comes_at, self.asks_at = None, 0, NEVER

    def come(self):
        global came
        came += 1
        try:
            self.sock = socket.create_connection(("127.0.0.1", options.port), timeout=5)
            if speaks:
                self.sock = tls_context.wrap_socket(self.sock, server_hostname="localhost")
        except OSError:
            return self.leave()
        self.sock.setblocking(False)
        selector.register(self.sock, selectors.EVENT_READ, self)
        self.asks_at = time.monotonic() if speaks else NEVER

    def ask(self):
        self.asks_at = time.monotonic() + options.heads if options.heads else NEVER
        try:
            self.sock.send(request)
        except OSError:
            self.leave()

    def read(self):
        try:
            while self.sock.recv(65536):
                pass
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        except OSError:
            pass
        self.leave()

    def leave(self):
        if self.sock:
            if self.sock in [key.fileobj for key in selector.get_map().values()]:
                selector.unregister(self.sock)
            self.sock.close()
        self.sock, self.asks_at = None, NEVER
        self.comes_at = NEVER if options.stay_away else time.monotonic() + PAUSE


crowd = [Visitor() for _ in range(options.count)]
reports_at = 0
while True:
    for visitor in crowd:
        if visitor.sock is None and visitor.comes_at <= time.monotonic():
            visitor.come()
        if visitor.asks_at <= time.monotonic():
            visitor.ask()
    for key, _ in selector.select(0.05):
        if key.data.sock is key.fileobj:
            key.data.read()
    if time.monotonic() >= reports_at:
        reports_at = time.monotonic() + 0.5
        report(connected=sum(visitor.sock is not None for visitor in crowd), came=came)
