"""Users of an OpenID provider (openid_provider.py) at a gateway: sign-in, key rotation, floods, and a provider that is away."""

import base64
import http.client
import json
import multiprocessing
import re
import ssl
import statistics
import threading
import time
import urllib.parse

import requests

from connection import context, parser, report, tls
from h2connection import Connection

arguments = parser(__doc__)
arguments.add_argument("--provider", type=int, required=True)
arguments.add_argument("--streams", type=int, default=300)
arguments.add_argument("--seconds", type=float, default=6)
arguments.add_argument("scenario", choices=["sign-in", "rotation", "flood", "away", "strangers", "token"])
options = arguments.parse_args()

issuer = f"https://localhost:{options.provider}"
gateway = f"https://localhost:{options.port}"
tls_context = context(options.ca)
provider = requests.Session()
provider.verify = options.ca
# The machine's own authorities are none of this test's.
provider.trust_env = False


def control(**asked):
    return provider.post(issuer + "/control", json=asked, timeout=10).json()


def tokens(*names, **asked):
    return control(tokens=names, **asked)["tokens"]


class Stream(threading.Thread):
    """A stream by HTTP/1.1, read until it ends."""

    def __init__(self, token=None, cookie=None, query=""):
        super().__init__(daemon=True)
        credential = f"Authorization: Bearer {token}" if token else f"Cookie: {cookie}\r\nOrigin: https://app.example"
        self.request = f"GET /v1/stream{query} HTTP/1.1\r\nHost: localhost\r\n{credential}\r\n\r\n".encode()
        self.text, self.is_over, self.began, self.head_after = "", False, time.monotonic(), None
        self.start()

    def run(self):
        try:
            with tls(options.port, tls_context, timeout=60) as sock:
                sock.sendall(self.request)
                while data := sock.recv(65536):
                    self.head_after = self.head_after or time.monotonic() - self.began
                    self.text += data.decode()
        except OSError as error:
            self.text += f" [{error}]"
        self.is_over = True

    @property
    def is_open(self):
        return self.text.startswith("HTTP/1.1 200 ") and "event: sluice.open" in self.text and not self.is_over


def wait(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def publish(connection, token, body=b'{"to":{"user":"bob"},"data":"on"}'):
    fields = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/publish", body, fields)
    answer = connection.getresponse()
    text = answer.read().decode()
    code = json.loads(text).get("code") if answer.status >= 400 else None
    return answer.status, code, answer.headers


def connect():
    return http.client.HTTPSConnection("localhost", options.port, context=tls_context, timeout=30)


def sign_in():
    """The authorization code flow, as a product's backend has it (OpenID Connect Core, section 3.1)."""
    place = f"{issuer}/oauth2/authorize?" + urllib.parse.urlencode(
        {"client_id": "sluice", "redirect_uri": "https://app.example/back", "response_type": "code", "scope": "openid"})
    answer = provider.post(place, data={"sub": "alice"}, allow_redirects=False)
    code = urllib.parse.parse_qs(urllib.parse.urlparse(answer.headers["Location"]).query)["code"][0]
    answer = provider.post(
        issuer + "/oauth2/token", auth=("sluice", "secret"),
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": "https://app.example/back"})
    token = answer.json()["id_token"]
    connection = connect()
    connection.request("POST", "/v1/session", b"", {"Authorization": f"Bearer {token}", "Origin": "https://app.example"})
    answer = connection.getresponse()
    user = json.loads(answer.read()).get("user")
    cookie = next(text.split(";")[0] for text in answer.headers.get_all("Set-Cookie") if "Max-Age=0" not in text)
    stream = Stream(cookie=cookie)
    report(status=answer.status, user=user, opened=wait(lambda: stream.is_open), said=stream.text[-300:])


def rotation():
    old = tokens(*[f"user-{number}" for number in range(options.streams)])
    streams = [Stream(token) for token in old]
    opened = wait(lambda: all(stream.is_open for stream in streams), 60)
    editor = {"claims": {"roles": ["editor"]}}
    connection = connect()
    before = publish(connection, tokens("backend", **editor)[0])[0]
    fetches = control()["fetches"]["jwks"]
    began = time.monotonic()
    control(rotate="key-2")
    statuses, fresh = [], []
    # Whoever signs in from here on has a token of the new key, of which the gateway learns by it.
    for number, token in enumerate(tokens(*[f"fresh-{number}" for number in range(50)])):
        fresh.append(Stream(token))
    bearer = tokens("backend", **editor)[0]
    while time.monotonic() - began < options.seconds:
        statuses.append(publish(connection, bearer)[0])
        time.sleep(0.02)
    welcome = wait(lambda: all(stream.is_open for stream in fresh))
    refused = publish(connect(), old[0])
    report(
        opened=opened, before=before, welcome=welcome, statuses=sorted(set(statuses)), published=len(statuses),
        ended=sum(stream.is_over for stream in streams), former=refused[1], fetches=control()["fetches"]["jwks"] - fetches,
        slowest=max(stream.head_after or 99 for stream in fresh))


def renamed(token, kid):
    """The same token with another key's name; nobody has signed that."""
    header = json.dumps({"alg": "RS256", "kid": kid}).encode()
    return ".".join([base64.urlsafe_b64encode(header).rstrip(b"=").decode(), *token.split(".")[1:]])


def strays(token, number, seconds, results):
    """Asks with ever new key names, a hundred requests at a time; anew when its connection has had its tries."""
    connection, statuses, end = Connection(options.port, options.ca), {}, time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        streams = []
        for _ in range(100):
            count += 1
            streams.append(connection.request("/v1/stream", renamed(token, f"{number}-{count}"), "HEAD"))
        is_over = lambda: connection.goodbye is not None or all(stream in connection.ended for stream in streams)
        connection.until(is_over, 20)
        for status in filter(None, map(connection.statuses.get, streams)):
            statuses[status] = statuses.get(status, 0) + 1
        if connection.goodbye is not None or connection.is_closed:
            connection = Connection(options.port, options.ca)
    results.put(statuses)


def flood():
    other = tokens("backend", issuer="/other", signed_by="other", claims={"roles": ["editor"]})[0]
    alien, stray = tokens("mallory", signed_by="other")[0], tokens("mallory")[0]
    connection = connect()

    def p99(seconds):
        times, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.perf_counter()
            status = publish(connection, other)[0]
            times.append((time.perf_counter() - began) * 1000)
            assert status == 200, status
            time.sleep(0.005)
        return statistics.quantiles(times, n=100)[98]

    quiet = p99(1)
    before, began = control()["fetches"]["jwks"], time.monotonic()
    results = multiprocessing.Queue()
    # More than may wait at a time, so that the others are answered at once.
    crowd = [
        multiprocessing.Process(target=strays, args=(stray, number, options.seconds, results)) for number in range(14)
    ]
    for one in crowd:
        one.start()
    loud = p99(options.seconds)
    statuses = {}
    for _ in crowd:
        for status, count in results.get(timeout=30).items():
            statuses[str(status)] = statuses.get(str(status), 0) + count
    for one in crowd:
        one.join()
    report(
        statuses=statuses, asked=sum(statuses.values()), fetches=control()["fetches"]["jwks"] - before,
        seconds=time.monotonic() - began, quiet=quiet, loud=loud, alien=publish(connect(), alien)[1])


def strangers():
    """Tokens whose keys never come: all at once, and gone before they are answered."""
    stray, before = tokens("mallory")[0], sum(control(away="silent")["fetches"].values())
    socks = []
    for number in range(options.streams):
        token = renamed(stray, f"gone-{number}")
        sock = tls(options.port, tls_context, timeout=10)
        sock.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        socks.append(sock)
    asked = wait(lambda: sum(control()["fetches"].values()) > before)
    # Who is refused is told within moments; who waits hears nothing.
    told = lambda: sum(map(has_answer, socks))
    wait(told, 0.5)
    waiting = len(socks) - told()
    for sock in socks:
        sock.close()
    control(away=False)
    report(asked=asked, waiting=waiting)


def has_answer(sock):
    """Whether anything has come, be it the end."""
    sock.setblocking(False)
    try:
        sock.recv(1)
    except ssl.SSLWantReadError:
        return False
    return True


def away():
    """The provider has been away since before the gateway's start, and comes."""
    page = Stream(tokens("alice")[0])
    told = wait(lambda: "sluice.rejected" in page.text)
    status, code, fields = publish(connect(), tokens("backend", claims={"roles": ["editor"]})[0])
    control(away=False)
    began = time.monotonic()
    came = wait(lambda: Stream(tokens("alice")[0]) and publish(
        connect(), tokens("backend", claims={"roles": ["editor"]})[0])[0] == 200, 30)
    word = re.search(r'"code":"([^"]*)".*"retryable":(\w+)', page.text)
    report(
        told=told, head=page.text.split("\r\n")[0], word=word and word.group(1), retryable=word and word.group(2),
        status=status, code=code, retry=fields.get("Retry-After"), came=came, seconds=time.monotonic() - began)


def token():
    report(token=tokens("alice", claims={"roles": ["editor", "unheard-of"]})[0])


{"token": token, "sign-in": sign_in, "rotation": rotation, "flood": flood, "away": away, "strangers": strangers}[options.scenario]()
