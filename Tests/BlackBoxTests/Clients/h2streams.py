"""Opens several streams over one HTTP/2 connection and reports what each got.

With `--stalled`, the first is not credited until the others have everything; then it reads on, too.
"""

from connection import parser, report
from h2connection import Connection

arguments = parser(__doc__)
arguments.add_argument("--token", required=True)
arguments.add_argument("--streams", type=int, default=4)
arguments.add_argument("--count", type=int, default=0, help="events that each stream waits for")
arguments.add_argument("--stalled", action="store_true")
options = arguments.parse_args()

connection = Connection(options.port, options.ca)
streams = [connection.request("/v1/stream", options.token) for _ in range(options.streams)]
if options.stalled:
    connection.stalled.add(streams[0])
connection.until(lambda: all(connection.bodies[stream] for stream in streams))
report(open=len(connection.statuses), protocol=connection.protocol)


def complete(wanted):
    return all(len(connection.data(stream)) >= options.count for stream in wanted)


connection.until(lambda: complete(streams[1:] if options.stalled else streams), 60)
if options.stalled:
    report(stalledAt=len(connection.data(streams[0])))
    connection.stalled.clear()
    taken = len(connection.bodies[streams[0]])
    connection.h2.increment_flow_control_window(max(1, taken), streams[0])
    connection.flush()
    connection.until(lambda: complete(streams), 30)
for stream in streams:
    report(
        stream=stream, status=connection.statuses.get(stream), data="\n".join(connection.data(stream)),
        events=len(connection.data(stream)))
