"""A key goes out of the set: its stream ends, another's stays, and an HTTP/2 publisher that showed it before is asked anew."""

import json
import threading
import time

from connection import context, parser, report, tls
from h2connection import Connection
from reload import Gateway, replace
from traffic import Tokens

arguments = parser(__doc__)
arguments.add_argument("--admin-port", type=int, required=True)
arguments.add_argument("--process", type=int, required=True)
arguments.add_argument("--keys", required=True, help="the key set of two keys, of which the first goes")
options = arguments.parse_args()

gateway = Gateway(options.process, options.admin_port)
going, staying = Tokens(options.keys), Tokens(options.keys, 1)
grants = {"publish": ["user:*"]}


class Stream(threading.Thread):
    """A stream by HTTP/1.1, read until it ends."""

    def __init__(self, token):
        super().__init__(daemon=True)
        self.text, self.ended_at = "", None
        self.sock = tls(options.port, context(options.ca), timeout=30)
        self.sock.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        self.start()

    def run(self):
        try:
            while data := self.sock.recv(65536):
                self.text += data.decode()
        except OSError:
            pass
        self.ended_at = time.monotonic()


def wait(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


ends, stays = Stream(going.issue("alice")), Stream(staying.issue("bob"))
opened = wait(lambda: "sluice.open" in ends.text and "sluice.open" in stays.text)
publisher = Connection(options.port, options.ca)
fields = [("content-type", "application/json")]


def publish(token):
    event = json.dumps({"to": {"user": "bob"}, "data": "on"}).encode()
    stream = publisher.request("/v1/publish", token, "POST", fields, event)
    publisher.until(lambda: stream in publisher.ended)
    return publisher.statuses.get(stream)


token = going.issue("backend", grants)
before = [publish(token), publish(token)]
replace(options.keys, json.dumps({"keys": [staying.key]}))
began = time.monotonic()
went_well = gateway.reload()
wait(lambda: ends.ended_at is not None)
after, other = publish(token), publish(staying.issue("backend", grants))
wait(lambda: stays.text.count("data: on") == 3)
report(
    opened=opened, before=before, went_well=went_well, seconds=(ends.ended_at or began + 99) - began,
    last_word=ends.text.split("event: ")[-1].strip(), after=after, other=other, stays=stays.ended_at is None,
    got=stays.text.count("data: on"))
