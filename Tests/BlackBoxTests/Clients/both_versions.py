"""Sends each request over HTTP/1.1 and over HTTP/2, and reports what it was answered and which events it published.

Reads requests from standard input, one JSON object a line: `method`, `path`, `fields` (pairs) and `body`.
"""

import json
import re
import sys

import httpx

from connection import context, parser, report

arguments = parser(__doc__)
arguments.add_argument("--admin", type=int, required=True)
options = arguments.parse_args()


def events(admin):
    """How many events have been published so far."""
    text = admin.get(f"http://127.0.0.1:{options.admin}/metrics").text
    return sum(int(float(value)) for value in re.findall(r"^sluice_events_total\S* (\S+)$", text, re.MULTILINE))


def exchange(client, request):
    """The members of one answer. Of an event stream the head is all that is waited for."""
    # A browser's jar is what the test writes: the client must not keep what it is given.
    client.cookies.clear()
    url = f"https://localhost:{options.port}{request['path']}"
    fields = [tuple(pair) for pair in request["fields"]]
    with client.stream(request["method"], url, headers=fields, content=request.get("body")) as answer:
        is_stream = answer.status_code == 200 and answer.headers.get("content-type") == "text/event-stream"
        body = "" if is_stream else answer.read().decode()
        return {
            "version": answer.http_version, "status": answer.status_code, "body": body,
            "fields": [[name.lower(), value] for name, value in answer.headers.multi_items()],
        }


def client(http2):
    # A context of its own: the version is agreed on in the handshake.
    return httpx.Client(http1=not http2, http2=http2, verify=context(options.ca), timeout=10)


requests = [json.loads(line) for line in sys.stdin]
with httpx.Client() as admin, client(False) as one, client(True) as two:
    before = events(admin)
    for request in requests:
        for each in (one, two):
            answer = exchange(each, request)
            after = events(admin)
            report(**answer, events=after - before)
            before = after
