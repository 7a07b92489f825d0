"""A gateway of a release build, and probes that note how late its events are. For the benches that look for pauses."""

import http.client
import json
import os
import pathlib
import socket
import ssl
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CERTS = ROOT / "certs" / "dev"
TLS = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Gateway:
    """`sluice serve`, and what an administrator asks it."""

    def __init__(self, program, folder, keys=str(CERTS / "keys.json"), **changes):
        """`changes` are settings beside those that every bench needs, section by section."""
        self.keys = keys
        self.program, self.folder = program, folder
        self.port, self.admin = free_ports(2)
        settings = {
            "tls": {"certificate": str(CERTS / "server.pem"), "key": str(CERTS / "server.key")},
            "auth": {"keys": keys},
            "listen": {"address": "127.0.0.1", "port": self.port},
            "admin": {"port": self.admin},
            # In a file each event waits for the disk, which would hide the pauses that are looked for.
            "log": {"kind": "memory"},
        }
        for section, values in changes.items():
            settings.setdefault(section, {}).update(values)
        file = folder / "sluice.yaml"
        file.write_text(json.dumps(settings))
        self.process = subprocess.Popen([program, "serve", "--config", file], stderr=open(folder / "log", "w"))
        self.token = self.make_token("operator", "--admin", "--publish", "topic:*")
        try:
            self.wait_until_ready()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def wait_until_ready(self):
        deadline = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                if self.ask_admin("/readyz")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        raise SystemExit("the gateway does not start:\n" + (self.folder / "log").read_text())

    def make_token(self, user, *options):
        command = [self.program, "token", "--keys", self.keys, "--sub", user, *options]
        return subprocess.check_output(command, text=True).strip()

    def ask_admin(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def cpu_seconds(self):
        """How long its threads have run, by the kernel's account."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def streams(self):
        return int(self.read_metric("sluice_streams"))

    def connect(self):
        return http.client.HTTPSConnection("localhost", self.port, context=TLS, timeout=60)

    def read_metric(self, name):
        """The sum of a metric's samples."""
        lines = self.ask_admin("/metrics")[1].splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((name + " ", name + "{")))

    def ask(self, connection, method, path, body=None):
        fields = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
        connection.request(method, path, body, fields)
        answer = connection.getresponse()
        return json.loads(answer.read())

    def bench(self, *options):
        command = [
            self.program, "bench", "--url", f"https://localhost:{self.port}", "--ca", CERTS / "ca.pem", "--keys",
            CERTS / "keys.json", "--duration", "600s", "--rate", "1", *options,
        ]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Probes:
    """Streams of a topic, and a publisher to it: how late each event is, in milliseconds."""

    def __init__(self, gateway, count):
        self.gateway, self.delays, self.window = gateway, {}, "start"
        token = gateway.make_token("probe", "--subscribe", "probe")
        for _ in range(count):
            threading.Thread(target=self.read, args=(token,), daemon=True).start()
        threading.Thread(target=self.publish, daemon=True).start()

    def read(self, token):
        raw = TLS.wrap_socket(socket.create_connection(("localhost", self.gateway.port)), server_hostname="localhost")
        raw.sendall(
            f"GET /v1/stream?topic=probe HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        for line in raw.makefile("rb"):
            if line.startswith(b"data: @"):
                delay = (time.perf_counter() - float(line[7:])) * 1000
                self.delays.setdefault(self.window, []).append(delay)

    def publish(self):
        connection = self.gateway.connect()
        while self.window != "end":
            event = {"to": {"topic": "probe"}, "data": f"@{time.perf_counter()}"}
            self.gateway.ask(connection, "POST", "/v1/publish", json.dumps(event))
            time.sleep(0.005)
        connection.close()

    def report(self, window):
        delays = sorted(self.delays.get(window, []))
        at = lambda share: delays[min(len(delays) - 1, int(share * len(delays)))]
        print(
            f"{window:>10}: {len(delays):6} events, p50 {at(0.5):6.2f} ms, p99 {at(0.99):6.2f} ms, longest {delays[-1]:6.2f} ms",
            flush=True)
        return at(0.99)
