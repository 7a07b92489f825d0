"""Opens streams, reads none of what comes, and stays until it is ended."""

import signal

from connection import context, parser, report, tls

arguments = parser(__doc__)
arguments.add_argument("--token", required=True)
arguments.add_argument("--count", type=int, required=True)
options = arguments.parse_args()

tls_context = context(options.ca)
request = f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {options.token}\r\n\r\n".encode()
held = []
for _ in range(options.count):
    connection = tls(options.port, tls_context, receive_buffer=4096)
    connection.sendall(request)
    held.append(connection)
report(open=len(held))
signal.pause()
