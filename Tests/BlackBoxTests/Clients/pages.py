"""Web sites for the browser under test: pages over HTTPS on origins of their own, with a backend that issues tokens."""

import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import ssl
import threading
import time
import urllib.parse
import urllib.request

PAGES = pathlib.Path(__file__).parent / "pages"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(key, user, seconds, **grants):
    """A token as the README's backend issues it."""
    header = {"alg": "HS256", "typ": "JWT", "kid": key["kid"]}
    now = int(time.time())
    claims = {"sub": user, "iat": now, "exp": now + seconds} | ({"sluice": grants} if grants else {})
    text = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    secret = base64.urlsafe_b64decode(key["k"] + "=" * (-len(key["k"]) % 4))
    return text + "." + base64url(hmac.new(secret, text.encode(), hashlib.sha256).digest())


class Site(http.server.SimpleHTTPRequestHandler):
    """Serves `pages`, tokens, and a copy of the gateway's module."""

    def __init__(self, options, *arguments):
        self.options = options
        super().__init__(*arguments, directory=PAGES)

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        if address.path == "/token":
            topics = [value for name, value in urllib.parse.parse_qsl(address.query) if name == "topic"]
            self.answer_token(query, **({"subscribe": topics} if topics else {}))
        elif address.path == "/sluice.js":
            url = f"https://localhost:{self.options.port}/v1/sluice.js"
            with urllib.request.urlopen(url, context=ssl.create_default_context(cafile=self.options.ca)) as module:
                self.answer(module.headers["Content-Type"], module.read())
        elif address.path.startswith("/built/"):
            self.answer("text/javascript", (pathlib.Path(self.options.built) / address.path[len("/built/"):]).read_bytes())
        else:
            super().do_GET()

    def do_POST(self):
        """The token of the recipes' pages. Who is signed in here stands in the page's address."""
        address = urllib.parse.urlsplit(self.headers["Referer"])
        self.answer_token(dict(urllib.parse.parse_qsl(address.query)), subscribe=["news"])

    def answer_token(self, query, **grants):
        with open(self.options.keys, encoding="utf-8") as file:
            key = json.load(file)["keys"][0]
        self.answer("text/plain", token(key, query["user"], int(query.get("seconds", 600)), **grants).encode())

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Standard error is for what goes wrong."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, options, port, is_plain):
        self.tls = None
        if not is_plain:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(options.chain, options.key)
        super().__init__(("127.0.0.1", port), lambda *arguments: Site(options, *arguments))

    def get_request(self):
        """The handshake is the thread's, so that a connection that stays silent holds up nobody."""
        sock, address = self.socket.accept()
        if self.tls is None:
            return sock, address
        return self.tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_):
        """The browser opens connections ahead of need, and drops them."""


def serve(options):
    """Serves the same pages on each of the ports, on some without TLS, as development servers do."""
    for ports, is_plain in [(options.sites, False), (options.plain_sites, True)]:
        for port in ports:
            threading.Thread(target=Server(options, port, is_plain).serve_forever, daemon=True).start()
