"""Opens and cancels streams over one HTTP/2 connection, as a page that is loaded anew again and again, and reports."""

import time

from connection import parser, report
from h2connection import Connection

arguments = parser(__doc__)
arguments.add_argument("--token", required=True)
arguments.add_argument("--live", type=int, required=True, help="so many, by twenty, are cancelled when they have been answered")
arguments.add_argument("--rapid", type=int, required=True, help="and so many before")
options = arguments.parse_args()

connection = Connection(options.port, options.ca)
connection.receive(0.3)
start = time.monotonic()
served = 0
for _ in range(options.live // 20):
    streams = [connection.request("/v1/stream", options.token) for _ in range(20)]
    connection.until(lambda: all(stream in connection.statuses for stream in streams) or connection.is_closed, 5)
    served += sum(connection.statuses.get(stream) == 200 for stream in streams)
    if connection.is_closed:
        break
    for stream in streams:
        connection.h2.reset_stream(stream, 8)
    connection.flush()
seconds = time.monotonic() - start

for _ in range(options.rapid):
    if connection.is_closed:
        break
    connection.h2.reset_stream(connection.request("/v1/stream", options.token), 8)
    connection.flush()
connection.receive(0.3)

last = None
if not connection.is_closed and options.rapid == 0:
    stream = connection.request("/v1/stream", options.token)
    connection.until(lambda: stream in connection.statuses or connection.is_closed, 5)
    last = connection.statuses.get(stream)
else:
    connection.until(lambda: connection.is_closed, 10)
report(
    served=served, seconds=seconds, last=last, closed=connection.is_closed, goodbye=connection.goodbye)
