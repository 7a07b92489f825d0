"""Reads a stream for a while with one decoder that people use, and reports whatever it calls an event.

Nothing is passed over: an event without data, which a page would not hear of, is reported too.
"""

import importlib.util
import pathlib
import sysconfig

import httpx
import requests

from connection import context, parser, report

arguments = parser(__doc__)
arguments.add_argument("--token", required=True)
arguments.add_argument("--decoder", required=True)
arguments.add_argument("--until", required=True, help="the data of the last event to wait for")
options = arguments.parse_args()

url = f"https://localhost:{options.port}/v1/stream"
headers = {"Authorization": f"Bearer {options.token}", "Accept": "text/event-stream"}


def httpx_sse():
    from httpx_sse import connect_sse

    with httpx.Client(verify=context(options.ca), timeout=30) as client:
        with connect_sse(client, "GET", url, headers=headers) as source:
            for event in source.iter_sse():
                yield event.event, event.data


def openai():
    from openai._streaming import SSEDecoder

    with httpx.Client(verify=context(options.ca), timeout=30) as client:
        with client.stream("GET", url, headers=headers) as response:
            for event in SSEDecoder().iter_bytes(response.iter_bytes()):
                # To OpenAI's client, no name is none.
                yield event.event or "message", event.data


def sseclient_py():
    from sseclient import SSEClient

    with requests.get(url, headers=headers, stream=True, verify=options.ca, timeout=30) as response:
        for event in SSEClient(response).events():
            yield event.event, event.data


def sseclient():
    # Its one file has the name of sseclient-py's folder, which is found first.
    path = pathlib.Path(sysconfig.get_path("purelib")) / "sseclient.py"
    spec = importlib.util.spec_from_file_location("btubbs_sseclient", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for event in module.SSEClient(url, headers=headers, verify=options.ca, timeout=30, chunk_size=1):
        yield event.event, event.data


def requests_sse():
    from requests_sse import EventSource

    with EventSource(url, headers=headers, verify=options.ca, timeout=30) as source:
        for event in source:
            yield event.type, event.data


def run(events):
    for name, data in events:
        report(event=name, data=data)
        if data == options.until:
            return


run({
    "httpx-sse": httpx_sse, "openai": openai, "sseclient-py": sseclient_py, "sseclient": sseclient,
    "requests-sse": requests_sse,
}[options.decoder]())
