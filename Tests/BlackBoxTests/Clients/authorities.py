"""Publishes with a client certificate on connections of both HTTP versions while the authorities change, and then anew."""

import http.client
import json
import pathlib

from connection import context, parser, report
from h2connection import Connection
from reload import Gateway, replace

arguments = parser(__doc__)
arguments.add_argument("--admin-port", type=int, required=True)
arguments.add_argument("--process", type=int, required=True)
arguments.add_argument("--authorities", required=True, help="the file that changes")
arguments.add_argument("--other-authority", type=pathlib.Path, required=True)
for name in ["token", "reader-token", "certificate", "key", "other-certificate", "other-key"]:
    arguments.add_argument("--" + name, required=True)
options = arguments.parse_args()

gateway = Gateway(options.process, options.admin_port)
former = (options.certificate, options.key)
EVENT = json.dumps({"to": {"user": "alice"}, "data": "on"}).encode()


class HTTP1:
    """A publisher by HTTP/1.1."""

    def __init__(self, certificate):
        tls_context = context(options.ca)
        tls_context.load_cert_chain(*certificate)
        self.connection = http.client.HTTPSConnection("localhost", options.port, context=tls_context, timeout=10)
        # A connection that ends stays so.
        self.connection.connect()
        self.connection.auto_open = False
        self.ends = False

    def publish(self):
        fields = {"Authorization": "Bearer " + options.token, "Content-Type": "application/json"}
        self.connection.request("POST", "/v1/publish", EVENT, fields)
        answer = self.connection.getresponse()
        body = answer.read()
        self.ends = answer.will_close
        return answer.status, body


class HTTP2:
    """A publisher by HTTP/2."""

    def __init__(self, certificate):
        self.connection = Connection(options.port, options.ca, certificate)

    def publish(self):
        fields = [("content-type", "application/json")]
        stream = self.connection.request("/v1/publish", options.token, "POST", fields, EVENT)
        self.connection.until(lambda: stream in self.connection.ended, 10)
        return self.connection.statuses.get(stream), self.connection.bodies[stream]

    @property
    def ends(self):
        """Whether the gateway said goodbye without reproach, and closed."""
        return self.connection.until(lambda: self.connection.is_closed, 5) and self.connection.goodbye == 0


reader = Connection(options.port, options.ca)
stream = reader.request("/v1/stream", options.reader_token)
reader.until(lambda: reader.bodies[stream])
publishers = [HTTP1(former), HTTP2(former)]
before = [publisher.publish()[0] for publisher in publishers]
assert gateway.reload()
unchanged = [publisher.publish()[0] for publisher in publishers]
replace(options.authorities, options.other_authority.read_text())
assert gateway.reload()
after = [publisher.publish() for publisher in publishers]
try:
    late = HTTP2(former)
    is_refused = late.publish()[0] is None and late.connection.is_closed
except OSError:
    is_refused = True
anew = HTTP2((options.other_certificate, options.other_key)).publish()[0]
reader.until(lambda: len(reader.data(stream)) == 5)
report(
    before=before, unchanged=unchanged, after=[status for status, _ in after],
    codes=[json.loads(body or b"{}").get("code", "") for _, body in after], http1_ends=publishers[0].ends,
    http2_ends=publishers[1].ends, former_refused=is_refused, anew=anew, read=len(reader.data(stream)))
