"""Reads a stream with requests and sseclient-py until a number of events has come."""

import requests
from sseclient import SSEClient

from connection import parser, report

arguments = parser(__doc__)
arguments.add_argument("--token", required=True)
arguments.add_argument("--count", type=int, required=True)
options = arguments.parse_args()

headers = {"Authorization": f"Bearer {options.token}", "Accept": "text/event-stream"}
url = f"https://localhost:{options.port}/v1/stream"
with requests.get(url, headers=headers, stream=True, verify=options.ca, timeout=30) as response:
    response.raise_for_status()
    report(open=True, type=response.headers["content-type"])
    seen = 0
    for event in SSEClient(response).events():
        if event.event == "sluice.open":
            continue
        report(id=event.id, event=event.event, data=event.data)
        seen += 1
        if seen == options.count:
            break
