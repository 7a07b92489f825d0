"""A proxy before the gateway that ends TLS and gets one thing wrong, as proxies in the field do. Runs until it is killed."""

import datetime
import email.utils
import re
import ssl
import socket
import threading
import zlib

from connection import context, parser, report, tls

arguments = parser(__doc__)
arguments.add_argument("--listen", type=int, required=True)
arguments.add_argument("--certificate", required=True)
arguments.add_argument("--key", required=True)
arguments.add_argument("--manner", required=True, choices=[
    "buffering", "http1", "wildcard", "reflecting", "compressing", "late-clock", "cookie-rewriting"])
options = arguments.parse_args()


def read_head(sock):
    """A head with the empty line that ends it, and what came behind it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            raise ConnectionError("closed within a head")
        data += more
    head, rest = data.split(b"\r\n\r\n", 1)
    return head.decode(), rest


def field(head, name):
    found = re.search(rf"(?im)^{name}: *(.*?)\r?$", head)
    return found.group(1) if found else None


def replace(head, name, value):
    return re.sub(rf"(?im)^{name}: .*?(?=\r?$)", f"{name}: {value}", head)


def meddle(head, request):
    """The response's head as this proxy passes it on."""
    if options.manner == "wildcard":
        return replace(head, "access-control-allow-origin", "*")
    if options.manner == "reflecting" and not field(head, "access-control-allow-origin"):
        return head + f"\r\naccess-control-allow-origin: {field(request, 'origin')}"
    if options.manner == "late-clock":
        late = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=120)
        return replace(head, "date", email.utils.format_datetime(late, usegmt=True))
    if options.manner == "cookie-rewriting" and (cookie := field(head, "set-cookie")):
        return replace(head, "set-cookie", cookie.replace("Path=/", "Path=/v1"))
    if options.manner == "compressing" and "text/event-stream" in head:
        return head + "\r\ncontent-encoding: gzip"
    return head


def copy(source, sink, first):
    """Passes bytes on as they come."""
    data = first or source.recv(65536)
    while data:
        sink.sendall(data)
        data = source.recv(65536)


def hold(source, sink, first):
    """Passes bytes on when there are many, or no more."""
    held = first
    while data := source.recv(65536):
        held += data
        if len(held) > 65536:
            sink.sendall(held)
            held = b""
    sink.sendall(held)


def compress(source, sink, first):
    """Passes each chunk on compressed, at once: the best that a compressor can do."""
    packer = zlib.compressobj(wbits=31)
    held = first
    while True:
        while found := re.match(rb"([0-9a-f]+)\r\n", held):
            end = found.end() + int(found.group(1), 16) + 2
            if len(held) < end:
                break
            packed = packer.compress(held[found.end():end - 2]) + packer.flush(zlib.Z_SYNC_FLUSH)
            sink.sendall(b"%x\r\n%b\r\n" % (len(packed), packed))
            held = held[end:]
        data = source.recv(65536)
        if not data:
            return
        held += data


def serve(client, gateway_context):
    with client, tls(options.port, gateway_context, timeout=None) as gateway:
        request, rest = read_head(client)
        gateway.sendall(request.encode() + b"\r\n\r\n" + rest)
        head, rest = read_head(gateway)
        is_stream = "text/event-stream" in head
        # A client that leaves ends both sides, so that the gateway sees it leave.
        threading.Thread(target=end_with, args=(client, gateway), daemon=True).start()
        client.sendall(meddle(head, request).encode() + b"\r\n\r\n")
        manner = {"buffering": hold, "compressing": compress}.get(options.manner, copy) if is_stream else copy
        manner(gateway, client, rest)


def end_with(client, gateway):
    try:
        while client.recv(65536):
            pass
    except OSError:
        pass
    try:
        gateway.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def quietly(client, gateway_context):
    try:
        serve(client, gateway_context)
    except OSError:
        pass


server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
server_context.load_cert_chain(options.certificate, options.key)
server_context.set_alpn_protocols(["http/1.1"])
listener = socket.create_server(("127.0.0.1", options.listen))
report(listens=options.listen)
while True:
    accepted, _ = listener.accept()
    try:
        secured = server_context.wrap_socket(accepted, server_side=True)
    except OSError:
        continue
    threading.Thread(target=quietly, args=(secured, context(options.ca)), daemon=True).start()
