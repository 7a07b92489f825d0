"""The page of a cluster that is tried on this machine: what each part of it does, and buttons that kill, pause and start it.

It kills processes, so nobody else may press its buttons: it listens on loopback, answers to the names of loopback only (a
page of another name that resolves to this machine gets nothing), and does what a request asks only with the token that
stands behind the `#` of the address that was printed. Browsers keep that part to themselves. Of pages of other origins
only the demo's may ask, with the same token.
"""
import hmac, http.server, json, pathlib, re, secrets, threading, urllib.request

FILES = {"/": ("page.html", "text/html"), "/page.css": ("page.css", "text/css"), "/page.js": ("page.js", "text/javascript")}
FOLDER = pathlib.Path(__file__).resolve().parent / "control"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
ACTIONS = ("kill", "stop", "pause", "resume", "start")


def read(url):
    """A text from a part of the cluster; nothing from one that is down or paused."""
    try:
        with urllib.request.urlopen(url, timeout=0.5) as answer:
            return answer.read().decode()
    except OSError:
        return None


def figure(metrics, name):
    """The sum of a metric's samples."""
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^\n]*}})? (\S+)$", metrics, re.MULTILINE))


def gateway(ports, number):
    admin = f"http://127.0.0.1:{ports[f'admin-{number}']}"
    metrics = read(f"{admin}/metrics")
    if metrics is None:
        return {}
    return {
        "ready": read(f"{admin}/readyz?for=streams") is not None, "dashboard": f"{admin}/dashboard",
        "streams": figure(metrics, "sluice_streams"), "deliveries": figure(metrics, "sluice_deliveries_total"),
        "events": figure(metrics, "sluice_events_total"), "delayed": figure(metrics, "sluice_streams_delayed"),
        "node": (re.search(r'sluice_cluster_node_info{node="([0-9a-f]+)"}', metrics) or [None, ""])[1]}


def nats(ports, number):
    monitor = f"http://127.0.0.1:{ports[f'monitor-{number}']}"
    text = read(f"{monitor}/jsz")
    if text is None:
        return {}
    state = json.loads(text)
    leader = state.get("meta_cluster", {}).get("leader")
    return {"ready": bool(leader), "leads": leader == f"nats-{number}", "messages": state.get("messages", 0)}


class Control(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port, parts, ports, demo=None):
        """`demo` is the origin of the demo's page, where there is one."""
        super().__init__(("127.0.0.1", port), Handler)
        self.parts, self.ports, self.demo, self.token = parts, ports, demo, secrets.token_urlsafe(24)
        self.names = {f"{host}:{self.server_port}" for host in ("127.0.0.1", "localhost")}
        self.turn = threading.Lock()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/#{self.token}"

    def start(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def status(self):
        return {"demo": self.demo, "parts": [self.part(name, part) for name, part in self.parts.items()]}

    def part(self, name, part):
        kind, _, number = name.partition("-")
        state = part.state()
        known = {"gateway": gateway, "nats": nats}.get(kind) if state == "running" else None
        return {"name": name, "kind": kind, "state": state} | (known(self.ports, number) if known else {})

    def act(self, name, action):
        """One at a time: a part is not killed while it starts."""
        with self.turn:
            getattr(self.parts[name], action)()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if not self.is_for_us():
            self.answer(421, "text/plain", b"not this name\n")
        elif self.path in FILES:
            name, kind = FILES[self.path]
            self.answer(200, f"{kind}; charset=utf-8", (FOLDER / name).read_bytes())
        elif self.path != "/status":
            self.answer(404, "text/plain", b"nothing is here\n")
        elif self.has_token():
            self.answer(200, "application/json", json.dumps(self.server.status()).encode())
        else:
            self.answer(401, "text/plain", b"the address that was printed has a token behind its #\n")

    def do_POST(self):
        match = re.fullmatch(r"/parts/([a-z0-9-]+)/([a-z]+)", self.path)
        if not self.is_for_us():
            self.answer(421, "text/plain", b"not this name\n")
        elif not self.has_token():
            self.answer(401, "text/plain", b"the address that was printed has a token behind its #\n")
        elif not match or match[1] not in self.server.parts or match[2] not in ACTIONS:
            self.answer(404, "text/plain", b"nothing is here\n")
        else:
            self.server.act(match[1], match[2])
            self.answer(204, "text/plain", b"")

    def do_OPTIONS(self):
        """A page of another origin asks whether it may send a token (CORS)."""
        self.answer(204 if self.is_for_us() and self.is_from_demo() else 421, "text/plain", b"")

    def is_from_demo(self):
        return self.server.demo is not None and self.headers.get("Origin") == self.server.demo

    def is_for_us(self):
        return self.headers.get("Host", "").lower() in self.server.names

    def has_token(self):
        given = self.headers.get("Authorization", "").encode("latin-1")
        return hmac.compare_digest(given, f"Bearer {self.server.token}".encode())

    def answer(self, status, kind, body):
        self.send_response(status)
        for name, value in [
                ("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"),
                ("Content-Security-Policy", POLICY), ("X-Content-Type-Options", "nosniff"),
                ("Referrer-Policy", "no-referrer"), ("Vary", "Origin")]:
            self.send_header(name, value)
        if self.is_from_demo():
            self.send_header("Access-Control-Allow-Origin", self.server.demo)
            self.send_header("Access-Control-Allow-Headers", "authorization")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Standard output is for what was asked there."""
