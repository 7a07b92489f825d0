"""A gateway that is reloaded again and again, one time in ten with something broken, under streams and publishers.

Changes certificate, key set, origins and a limit in turn. Says at the end what should not have been."""

import collections
import hashlib
import http.client
import json
import re
import selectors
import ssl
import threading
import time

from connection import context, parser, report, tls
from h2connection import Connection
from reload import Gateway, overwrite, replace
from traffic import Tokens

arguments = parser(__doc__)
arguments.add_argument("--admin-port", type=int, required=True)
arguments.add_argument("--process", type=int, required=True)
arguments.add_argument("--config", required=True)
arguments.add_argument("--keys", required=True)
arguments.add_argument("--certificate", required=True, help="the file that is served; its key is beside it, as .key")
arguments.add_argument("--pairs", nargs="+", required=True, help="certificates to serve, their keys beside them")
arguments.add_argument("--count", type=int, required=True)
arguments.add_argument("--seconds", type=float, required=True)
arguments.add_argument("--streams", type=int, required=True)
options = arguments.parse_args()

PUBLISHERS = 4
gateway = Gateway(options.process, options.admin_port)
tokens = Tokens(options.keys)
wrong = collections.Counter()
# Publishers end before the streams do, which read what they have sent. One thread alone reads a stream: two in one `SSL` at
# once corrupt this process's memory.
is_over, is_read = threading.Event(), threading.Event()


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def key_of(certificate):
    return certificate.removesuffix(".pem") + ".key"


class Streams(threading.Thread):
    """One stream for each of many users."""

    def __init__(self, count):
        super().__init__(daemon=True)
        self.received = [0] * count
        self.selector = selectors.DefaultSelector()
        self.tls_context = context(options.ca)
        for user in range(count):
            sock = tls(options.port, self.tls_context)
            token = tokens.issue(f"user-{user}")
            sock.sendall(
                f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
            sock.setblocking(False)
            self.selector.register(sock, selectors.EVENT_READ, user)

    def run(self):
        while not is_read.is_set():
            for key, _ in self.selector.select(0.1):
                self.take(key.fileobj, key.data)

    def take(self, sock, user):
        try:
            while data := sock.recv(65536):
                self.received[user] += data.count(b"data: on")
                if b"sluice.rejected" in data or b"sluice.gap" in data:
                    wrong["a stream was told of trouble"] += 1
            wrong["a stream ended"] += 1
        except ssl.SSLWantReadError:
            return
        except OSError as error:
            wrong[f"a stream broke: {type(error).__name__}"] += 1
        self.selector.unregister(sock)

    def close(self):
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()


class Publisher(threading.Thread):
    """Publishes without end, over HTTP/1.1 or HTTP/2, on one connection for as long as it lasts."""

    def __init__(self, number, users):
        super().__init__(daemon=True)
        self.number, self.users, self.sent = number, users, [0] * users
        self.token = tokens.issue(f"backend-{number}", {"publish": ["user:*"]})
        self.tls_context = context(options.ca)
        self.connection = None

    def run(self):
        turn = self.number
        while not is_over.is_set():
            user = turn % self.users
            turn += PUBLISHERS
            body = json.dumps({"to": {"user": f"user-{user}"}, "data": "on"}).encode()
            try:
                status = self.over_http2(body) if self.number % 2 else self.over_http1(body)
            except (OSError, http.client.HTTPException) as error:
                wrong[f"a request broke: {type(error).__name__}"] += 1
                self.connection = None
                continue
            if status == 200:
                self.sent[user] += 1
            else:
                wrong[f"a request was answered {status}"] += 1
            time.sleep(0.02)

    def over_http1(self, body):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection("localhost", options.port, context=self.tls_context, timeout=20)
        self.connection.request(
            "POST", "/v1/publish", body,
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        response = self.connection.getresponse()
        response.read()
        return response.status

    def over_http2(self, body):
        if self.connection is None:
            self.connection = Connection(options.port, options.ca)
        fields = [("content-type", "application/json")]
        stream = self.connection.request("/v1/publish", self.token, "POST", fields, body)
        self.connection.until(lambda: stream in self.connection.ended)
        return self.connection.statuses.get(stream)


def served_certificate():
    sock = tls(options.port, context(options.ca))
    try:
        return hashlib.sha256(sock.getpeercert(binary_form=True)).hexdigest()
    finally:
        sock.close()


def fingerprint(path):
    first = re.search("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", read(path), re.DOTALL).group(0)
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).hexdigest()


def configuration(origin, limit):
    text = re.sub(r"(?m)^cors:\n  origins: .*$", f"cors:\n  origins: ['{origin}']", standing)
    return re.sub(r"(?m)^  event: .*$", f"  event: {limit}", text)


standing, key_set = read(options.config), json.loads(read(options.keys))
state = {"origin": "https://app.example", "limit": "60KiB", "pair": options.pairs[0]}


def put_certificate(number, is_broken):
    """In place every second time, else by renaming; the pair is whole when the gateway is told."""
    state["pair"] = options.pairs[number % len(options.pairs)]
    write = replace if number % 2 else overwrite
    other = options.pairs[(number + 1) % len(options.pairs)]
    write(options.certificate, read(state["pair"]))
    write(key_of(options.certificate), read(key_of(other if is_broken else state["pair"])))


def put_keys(number, is_broken):
    newcomer = dict(key_set["keys"][1], kid=f"second-{number}")
    text = json.dumps({"keys": [key_set["keys"][0], newcomer]})
    replace(options.keys, text[:-1] if is_broken else text)


def put_origin(number, is_broken):
    state["origin"] = "not an origin" if is_broken else f"https://app-{number}.example"
    replace(options.config, configuration(state["origin"], state["limit"]))


def put_limit(number, is_broken):
    state["limit"] = "1TiB" if is_broken else f"{32 + number % 32}KiB"
    replace(options.config, configuration(state["origin"], state["limit"]))


CHANGES = [put_certificate, put_keys, put_origin, put_limit]


def repair(change, before):
    """Puts back what was broken; it is not told of."""
    state.update(before)
    if change is put_certificate:
        overwrite(options.certificate, read(state["pair"]))
        overwrite(key_of(options.certificate), read(key_of(state["pair"])))
    elif change is put_keys:
        replace(options.keys, json.dumps(key_set))
    else:
        replace(options.config, configuration(state["origin"], state["limit"]))


def looks_new(change):
    """Whether what was changed is what the next connection gets."""
    if change is put_certificate:
        return served_certificate() == fingerprint(state["pair"])
    if change is not put_origin:
        return True
    client = http.client.HTTPSConnection("localhost", options.port, context=context(options.ca), timeout=10)
    client.request("GET", "/v1/sluice.js", headers={"Origin": state["origin"]})
    answer = client.getresponse()
    answer.read()
    client.close()
    return answer.status == 200 and answer.headers.get("Access-Control-Allow-Origin") == state["origin"]


streams = Streams(options.streams)
publishers = [Publisher(number, options.streams) for number in range(PUBLISHERS)]
for thread in [streams, *publishers]:
    thread.start()
gateway.reload()
resident = gateway.value("process_resident_memory_bytes")
began, broken = time.monotonic(), collections.Counter()
for number in range(options.count):
    change, before = CHANGES[number % 4], dict(state)
    # One of ten, each kind in its turn.
    is_broken = number % 10 == number // 10 % 4
    change(number, is_broken)
    went_well = gateway.reload()
    if went_well == is_broken:
        wrong[f"{change.__name__} {'was taken broken' if is_broken else 'was refused'}"] += 1
    if is_broken:
        broken[change.__name__] += 1
        repair(change, before)
    elif not looks_new(change):
        wrong[f"{change.__name__} is not what the next connection gets"] += 1
    time.sleep(max(0, began + options.seconds * (number + 1) / options.count - time.monotonic()))
seconds = time.monotonic() - began
is_over.set()
for publisher in publishers:
    publisher.join()
sent = sum(sum(publisher.sent) for publisher in publishers)
deadline = time.monotonic() + 10
while sum(streams.received) < sent and time.monotonic() < deadline:
    time.sleep(0.05)
grown = gateway.value("process_resident_memory_bytes") - resident
is_read.set()
streams.join()
streams.close()
report(
    seconds=seconds, reloads=options.count, broken=dict(broken), wrong=dict(wrong), sent=sent,
    received=sum(streams.received), grown=grown)
