"""Reads a stream and publishes to it with httpx, which speaks HTTP/2 here: both over one connection."""

import httpx

from connection import context, parser, report

arguments = parser(__doc__)
arguments.add_argument("--reader", required=True)
arguments.add_argument("--publisher", required=True)
arguments.add_argument("--count", type=int, required=True)
options = arguments.parse_args()

base = f"https://localhost:{options.port}"
publish = {"Authorization": f"Bearer {options.publisher}", "Content-Type": "application/json"}
with httpx.Client(http1=False, http2=True, verify=context(options.ca), timeout=30) as client:
    with client.stream("GET", base + "/v1/stream", headers={"Authorization": f"Bearer {options.reader}"}) as stream:
        report(status=stream.status_code, version=stream.http_version, type=stream.headers["content-type"])
        lines = stream.iter_lines()
        while not next(lines).startswith("event: sluice.open"):
            pass
        next(lines)
        for number in range(options.count):
            body = '{"to":{"user":"alice"},"data":"number %d"}' % number
            answer = client.post(base + "/v1/publish", headers=publish, content=body)
            while not (line := next(lines)).startswith("data:"):
                pass
            report(answer=answer.status_code, version=answer.http_version, data=line[6:])
