"""Reads a stream with httpx and httpx-sse until a number of events has come."""

import httpx
from httpx_sse import connect_sse

from connection import context, parser, report

arguments = parser(__doc__)
arguments.add_argument("--token", required=True)
arguments.add_argument("--count", type=int, required=True)
options = arguments.parse_args()

headers = {"Authorization": f"Bearer {options.token}"}
with httpx.Client(verify=context(options.ca), timeout=30) as client:
    with connect_sse(client, "GET", f"https://localhost:{options.port}/v1/stream", headers=headers) as source:
        source.response.raise_for_status()
        report(open=True, type=source.response.headers["content-type"], version=source.response.http_version)
        seen = 0
        for event in source.iter_sse():
            # The library reports a block that only sets the retry time as an event too; a page would see none.
            if not event.data or event.event == "sluice.open":
                continue
            report(id=event.id, event=event.event, data=event.data)
            seen += 1
            if seen == options.count:
                break
