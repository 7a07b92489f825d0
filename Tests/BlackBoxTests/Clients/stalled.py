"""Opens streams and reads none of what comes, until SIGUSR1: then it reads everything and reports what each had."""

import json
import signal

from connection import context, parser, report, tls

arguments = parser(__doc__)
arguments.add_argument("--token", required=True)
arguments.add_argument("--count", type=int, required=True)
arguments.add_argument("--until", help="read until an event with this data has come")
options = arguments.parse_args()

# Before anybody can send it.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
tls_context = context(options.ca)
request = f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {options.token}\r\n\r\n".encode()
held = []
for _ in range(options.count):
    connection = tls(options.port, tls_context, receive_buffer=4096)
    connection.sendall(request)
    held.append(connection)
report(open=len(held))
signal.sigwait([signal.SIGUSR1])


def blocks(connection):
    """The stream's blocks, whatever chunks they came in."""
    file = connection.makefile("rb")
    while file.readline() not in (b"\r\n", b""):
        pass
    pending = b""
    while size := int(file.readline().strip() or b"0", 16):
        pending += file.read(size + 2)[:-2]
        *whole, pending = pending.split(b"\n\n")
        yield from whole


for number, connection in enumerate(held):
    connection.settimeout(60)
    numbers, gaps = [], 0
    for block in blocks(connection):
        fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
        if fields.get(b"event") == b"sluice.gap":
            gaps += 1
        elif b"data" in fields and fields.get(b"event") != b"sluice.open":
            data = json.loads(fields[b"data"])
            if data == options.until:
                break
            numbers.append(data["number"])
    report(stream=number, received=len(numbers), inOrder=numbers == sorted(set(numbers)), gaps=gaps,
           first=numbers[0] if numbers else None, last=numbers[-1] if numbers else None)
