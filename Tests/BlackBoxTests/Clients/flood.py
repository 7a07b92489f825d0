"""One address at the door: connects again and again, as fast as it is told, and holds on to what it is given.

Reports how many connections it was given, how many were closed before TLS, and how many it holds.
"""

import socket
import ssl
import threading
import time

from connection import context, parser, report

arguments = parser(__doc__)
arguments.add_argument("--source", default="127.0.0.2", help="the address that it comes from")
arguments.add_argument("--rate", type=float, required=True, help="connections a second")
arguments.add_argument("--seconds", type=float, required=True)
arguments.add_argument("--hold", type=int, default=0, help="how many to hold; others are closed at once")
options = arguments.parse_args()

WORKERS = 8
tls_context = context(options.ca)
lock = threading.Lock()
held, given, closed = [], 0, 0
end = time.monotonic() + options.seconds


def come():
    global given, closed
    try:
        sock = socket.create_connection(("127.0.0.1", options.port), 5, (options.source, 0))
        sock = tls_context.wrap_socket(sock, server_hostname="localhost")
    except (ssl.SSLError, OSError):
        with lock:
            closed += 1
        return
    with lock:
        given += 1
        if len(held) < options.hold:
            return held.append(sock)
    sock.close()


def work(number):
    due = time.monotonic() + number / options.rate
    while due < end:
        time.sleep(max(0, due - time.monotonic()))
        come()
        due += WORKERS / options.rate


threads = [threading.Thread(target=work, args=(number,)) for number in range(WORKERS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
report(given=given, closed=closed, held=len(held))
