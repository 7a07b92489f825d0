"""An HTTP/2 connection to the gateway under test, on the h2 library; the socket and all windows are the test's own."""

import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from connection import context, tls


class Connection:
    """One connection. Streams are credited when a test says so, the connection always."""

    def __init__(self, port, ca, certificate=None):
        tls_context = context(ca)
        if certificate:
            tls_context.load_cert_chain(*certificate)
        tls_context.set_alpn_protocols(["h2"])
        self.sock = tls(port, tls_context)
        self.protocol = self.sock.selected_alpn_protocol()
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.bodies = {}
        self.statuses = {}
        self.ended = set()
        self.resets = {}
        self.goodbye = None
        self.is_closed = False
        self.stalled = set()
        self.flush()

    def flush(self):
        data = self.h2.data_to_send()
        if data and not self.is_closed:
            try:
                self.sock.sendall(data)
            except OSError:
                self.is_closed = True

    def request(self, path, token=None, method="GET", fields=(), body=None):
        """Sends a request; the stream's number."""
        stream = self.h2.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path), *fields]
        if token:
            head.append(("authorization", f"Bearer {token}"))
        self.h2.send_headers(stream, head, end_stream=body is None)
        if body is not None:
            self.h2.send_data(stream, body, end_stream=True)
        self.bodies[stream] = b""
        self.flush()
        return stream

    def receive(self, seconds=0.1):
        """Handles what comes within a time."""
        deadline = time.monotonic() + seconds
        while not self.is_closed and time.monotonic() < deadline:
            self.sock.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                break
            except OSError:
                data = b""
            if not data:
                self.is_closed = True
                break
            try:
                for event in self.h2.receive_data(data):
                    self.handle(event)
            except h2.exceptions.ProtocolError:
                self.is_closed = True
            self.flush()

    def handle(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            self.statuses[event.stream_id] = int(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id] += event.data
            count = event.flow_controlled_length
            if count and event.stream_id not in self.stalled:
                self.h2.acknowledge_received_data(count, event.stream_id)
            elif count:
                self.h2.increment_flow_control_window(count)
        elif isinstance(event, h2.events.StreamEnded):
            self.ended.add(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self.resets[event.stream_id] = event.error_code
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goodbye = int(event.error_code)

    def until(self, condition, seconds=20):
        """Receives until something holds; False when time is over."""
        deadline = time.monotonic() + seconds
        while not condition():
            if self.is_closed or time.monotonic() > deadline:
                return condition()
            self.receive(0.1)
        return True

    def data(self, stream):
        """The data lines of a stream so far, behind the event that says where it begins."""
        text = self.bodies[stream].decode()
        complete = text[: text.rfind("\n\n") + 2]
        blocks = [block for block in complete.split("\n\n") if "event: sluice.open" not in block]
        return [line[6:] for block in blocks for line in block.split("\n") if line.startswith("data: ")]
