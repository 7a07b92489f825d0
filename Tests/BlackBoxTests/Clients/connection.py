"""TLS connections to the gateway under test, on Python's standard library alone."""

import argparse
import json
import socket
import ssl


def parser(description):
    """The arguments that every client takes."""
    result = argparse.ArgumentParser(description=description)
    result.add_argument("--port", type=int, required=True)
    result.add_argument("--ca", required=True)
    return result


def context(ca):
    result = ssl.create_default_context(cafile=ca)
    result.set_alpn_protocols(["http/1.1"])
    return result


def tcp(port, receive_buffer=None, timeout=10):
    """A TCP connection; a receive buffer has to be set before the handshake, which announces the window."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(timeout)
    sock.connect(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def tls(port, tls_context, **options):
    return tls_context.wrap_socket(tcp(port, **options), server_hostname="localhost")


def report(**members):
    """Prints one line for the test to read."""
    print(json.dumps(members), flush=True)
