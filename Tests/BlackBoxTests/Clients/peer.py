"""A small server of event streams that is not a gateway: streams over TLS at /sse/USER, publishes in the clear at /publish/USER or,
for everyone, at /publish. A publish's body is the event's data. Runs until it is killed."""

import argparse
import http.server
import ssl
import threading

from connection import report

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--certificate", required=True)
arguments.add_argument("--key", required=True)
arguments.add_argument("--losing", type=int, default=0, help="of so many publishes, one is taken and not delivered")
options = arguments.parse_args()

lock = threading.Lock()
readers = []  # of each stream: its user, and where to write
published = 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        # In one step: whoever has read the head gets every event from here on.
        with lock:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            readers.append((self.path.removeprefix("/sse/"), self.wfile))
        threading.Event().wait()

    def do_POST(self):
        global published
        data = self.rfile.read(int(self.headers["Content-Length"]))
        user = self.path.removeprefix("/publish").removeprefix("/")
        with lock:
            published += 1
            if not options.losing or published % options.losing:
                for reader, file in readers:
                    if user in ("", reader):
                        file.write(b"id: %d\ndata: %b\n\n" % (published, data))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


def serve():
    streams, publishes = (Server(("127.0.0.1", 0), Handler) for _ in range(2))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.key)
    streams.socket = context.wrap_socket(streams.socket, server_side=True)
    threading.Thread(target=streams.serve_forever, daemon=True).start()
    report(streams=streams.server_port, publishes=publishes.server_port)
    publishes.serve_forever()


serve()
