"""Publishes with a client certificate that ends soon: on one connection before and behind its end, and on new connections that
offer the first one's session."""

import ssl
import time

from connection import context, parser, report, tcp

BODY = b'{"to":{"user":"alice"},"data":1}'


def publish(sock, token):
    sock.sendall(
        b"POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b" % (token.encode(), len(BODY), BODY))
    answer = b""
    while b"\r\n\r\n" not in answer or b"}" not in answer:
        data = sock.recv(65536)
        if not data:
            break
        answer += data
    return answer


def connect(options, version):
    tls_context = context(options.ca)
    tls_context.load_cert_chain(options.certificate, options.key)
    tls_context.minimum_version = tls_context.maximum_version = version
    return tls_context.wrap_socket(tcp(options.port), server_hostname="localhost")


def is_reused(options, sock):
    """Whether another connection resumes the session of this one."""
    with sock.context.wrap_socket(
        tcp(options.port), server_hostname="localhost", session=sock.session
    ) as again:
        return again.session_reused


def main():
    arguments = parser(__doc__)
    arguments.add_argument("--token", required=True)
    arguments.add_argument("--certificate", required=True)
    arguments.add_argument("--key", required=True)
    options = arguments.parse_args()
    socks = [connect(options, version) for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)]
    firsts = [publish(sock, options.token) for sock in socks]
    reused = [is_reused(options, sock) for sock in socks]
    for sock, first, is_resumed in zip(socks, firsts, reused):
        behind, deadline = b"", time.monotonic() + 20
        while b" 403 " not in behind and time.monotonic() < deadline:
            time.sleep(0.2)
            behind = publish(sock, options.token)
        try:
            late = sock.context.wrap_socket(tcp(options.port), server_hostname="localhost", session=sock.session)
            is_refused = not publish(late, options.token)
        except OSError:
            is_refused = True
        report(
            version=sock.version(), first=first.decode(), behind=behind.decode(), reused=is_resumed,
            refused=is_refused)
        sock.close()


main()
