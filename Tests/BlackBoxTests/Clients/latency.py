"""Publishes to a user at a steady rate, reads that user's stream, and reports how long each event was on its way.

One process and one clock: a thread reads, the main thread publishes over one connection that is kept alive.
"""

import http.client
import json
import threading
import time

from connection import context, parser, report

arguments = parser(__doc__)
arguments.add_argument("--reader", required=True, help="the reader's token")
arguments.add_argument("--publisher", required=True, help="the publisher's token")
arguments.add_argument("--to", required=True, help="the audience as JSON")
arguments.add_argument("--count", type=int, default=200)
arguments.add_argument("--rate", type=float, default=100)
arguments.add_argument("--payload", type=int, default=100)
options = arguments.parse_args()

tls_context = context(options.ca)


def connect():
    return http.client.HTTPSConnection("localhost", options.port, context=tls_context, timeout=60)


latencies = []
order = []
opened = threading.Event()


def read():
    connection = connect()
    connection.request("GET", "/v1/stream", headers={"Authorization": f"Bearer {options.reader}"})
    response = connection.getresponse()
    for line in response:
        opened.set()
        if line.startswith(b"data:") and b"sent" in line:
            data = json.loads(line[5:])
            latencies.append(time.monotonic() - data["sent"])
            order.append(data["number"])
            if len(order) == options.count:
                break
    connection.close()


reader = threading.Thread(target=read, daemon=True)
reader.start()
opened.wait(30)

publisher = connect()
headers = {"Authorization": f"Bearer {options.publisher}", "Content-Type": "application/json"}
answers = []
start = time.monotonic()
for number in range(options.count):
    pause = start + number / options.rate - time.monotonic()
    if pause > 0:
        time.sleep(pause)
    sent = time.monotonic()
    data = {"sent": sent, "number": number, "pad": "x" * options.payload}
    publisher.request("POST", "/v1/publish", json.dumps({"to": json.loads(options.to), "data": data}), headers)
    response = publisher.getresponse()
    response.read()
    assert response.status == 200, response.status
    answers.append(time.monotonic() - sent)
publisher.close()
reader.join(30)

latencies.sort()
report(
    delivered=len(order), inOrder=order == sorted(order), longestAnswer=max(answers),
    median=latencies[len(latencies) // 2] if latencies else None,
    p99=latencies[len(latencies) * 99 // 100] if latencies else None, longest=latencies[-1] if latencies else None)
