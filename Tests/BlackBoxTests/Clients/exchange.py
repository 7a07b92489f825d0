"""Sends exact bytes to the gateway and reports what comes back.

Reads conversations from standard input, one JSON object a line: `name`, `steps` and `wait` (seconds to wait for the end).
A step may have `text` or `base64` to send, `times` (how often), `pause` (seconds between) and `until` (go on only when
this text has come). `plain` leaves TLS out.
"""

import base64
import concurrent.futures
import json
import socket
import ssl
import sys
import time

from connection import context, parser, report, tcp, tls


def receive(sock, received):
    """Appends what has come; False at the end of the connection."""
    try:
        data = sock.recv(65536)
    except (TimeoutError, ssl.SSLWantReadError):
        return True
    except (ssl.SSLError, OSError):
        return False
    received += data
    return bool(data)


def run_step(sock, step, received):
    """Sends a step; False when the peer has closed."""
    data = base64.b64decode(step["base64"]) if "base64" in step else step.get("text", "").encode()
    for _ in range(step.get("times", 1)):
        try:
            sock.sendall(data)
        except OSError:
            return False
        if step.get("pause"):
            sock.settimeout(step["pause"])
            start = time.monotonic()
            while time.monotonic() - start < step["pause"]:
                if not receive(sock, received):
                    return False
    deadline = time.monotonic() + 10
    while step.get("until") and step["until"].encode() not in received and time.monotonic() < deadline:
        sock.settimeout(0.2)
        if not receive(sock, received):
            return False
    return True


def parse_chunked(data):
    """The decoded body, and the bytes behind it."""
    body = b""
    while b"\r\n" in data:
        size, data = data.split(b"\r\n", 1)
        count = int(size.split(b";")[0], 16)
        if count == 0:
            return body, data[2:]
        body, data = body + data[:count], data[count + 2:]
    return body, b""


def parse_answers(data):
    """The answers in order; the last may be unfinished."""
    answers = []
    while b"\r\n\r\n" in data:
        head, data = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        fields = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in lines[1:]}
        if status < 200 or status in (204, 304):
            body = b""
        elif fields.get("transfer-encoding") == "chunked":
            body, data = parse_chunked(data)
        else:
            count = int(fields.get("content-length", len(data)))
            body, data = data[:count], data[count:]
        answers.append((status, fields, body.decode("utf-8", "replace")))
    return answers


def converse(options, tls_context, conversation):
    """Holds one conversation; the members of its report."""
    start = time.monotonic()
    received = bytearray()
    if conversation.get("plain"):
        sock = tcp(options.port)
    else:
        sock = tls(options.port, tls_context)
    is_open = all(run_step(sock, step, received) for step in conversation["steps"])
    deadline = time.monotonic() + conversation.get("wait", 5)
    while is_open and time.monotonic() < deadline:
        sock.settimeout(max(0.01, deadline - time.monotonic()))
        is_open = receive(sock, received)
    seconds = time.monotonic() - start
    sock.close()
    answers = [] if conversation.get("plain") else parse_answers(bytes(received))
    return {
        "closed": not is_open,
        "seconds": seconds,
        "statuses": ",".join(str(status) for status, _, _ in answers),
        "body": answers[-1][2] if answers else "",
    }


def main():
    options = parser(__doc__).parse_args()
    tls_context = context(options.ca)

    def hold(line):
        conversation = json.loads(line)
        try:
            return {"name": conversation["name"]} | converse(options, tls_context, conversation)
        except (OSError, socket.timeout) as error:
            return {"name": conversation["name"], "closed": True, "statuses": "", "error": str(error), "seconds": 0}

    # Most of the time is spent waiting for the gateway's deadlines, so some conversations go on at once.
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for result in pool.map(hold, sys.stdin):
            report(**result)


main()
