"""One person's network: passes bytes on to ports of this machine, until it is cut."""

import socket
import struct
import threading


class Line:
    """Stands before each of the ports. Browsers are sent to it by rules, so that addresses and certificates stay true."""

    def __init__(self, ports):
        self.is_cut = False
        self.sockets = set()
        self.rules = []
        for port in ports:
            listener = socket.create_server(("127.0.0.1", 0))
            self.rules.append(f"MAP localhost:{port} 127.0.0.1:{listener.getsockname()[1]}")
            threading.Thread(target=self.accept, args=(listener, port), daemon=True).start()

    def cut(self):
        """What is open breaks, and nothing new opens."""
        self.is_cut = True
        for sock in list(self.sockets):
            reset(sock)

    def mend(self):
        self.is_cut = False

    def accept(self, listener, port):
        while True:
            near, _ = listener.accept()
            far = self.reach(port)
            if far is None:
                reset(near)
                near.close()
                continue
            for source, sink in [(near, far), (far, near)]:
                sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.copy, args=(source, sink), daemon=True).start()

    def reach(self, port):
        """None when the line is cut, or nobody is there for now."""
        try:
            return None if self.is_cut else socket.create_connection(("127.0.0.1", port))
        except OSError:
            return None

    def copy(self, source, sink):
        self.sockets.add(source)
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            reset(sink)
        self.sockets.discard(source)


def reset(sock):
    """Ends a connection without a farewell, and wakes who reads from it."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
