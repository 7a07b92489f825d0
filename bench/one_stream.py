#!/usr/bin/env python3
"""Measures where one stream of JetStream ends on this machine: `make bench-one-stream`. Three servers of NATS, each message
on all three and synced before it is acknowledged, as `deploy/cluster` has them. A bare client, so many messages under
way in each stream as the row says, and no gateway.

Each row: events/s, the processor time of a message at the servers that lead a stream, at the others and at this client, in
microseconds, and what all three wrote to the disk for it. Where the client takes all of a core, it is what ends. A message
has the bytes that the row says; those of a gateway have the names of whom it is for, too.
"""
import argparse, importlib.util, json, os, pathlib, signal, socket, subprocess, sys, tempfile, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
# How many streams, on how many servers, bytes of a message, messages under way in each stream.
ROWS = [
    (1, 1, 200, 1), (1, 1, 200, 256), (1, 3, 200, 1), (1, 3, 200, 256), (1, 3, 200, 2048), (1, 3, 1000, 256),
    (1, 3, 10_000, 256), (2, 3, 200, 256), (4, 3, 200, 256)]
TICKS = os.sysconf("SC_CLK_TCK")


def load_script():
    sys.path.insert(0, str(ROOT / "deploy/cluster"))
    spec = importlib.util.spec_from_file_location("try_cluster", ROOT / "deploy/cluster/try.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Client:
    """As much of NATS's protocol as a publisher needs."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb", 1 << 18)
        self.file.readline()
        self.send(b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB _INBOX.> 1\r\nPING\r\n')
        while self.file.readline() != b"PONG\r\n":
            pass

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """The next message: its subject and its payload."""
        while True:
            words = self.file.readline().split()
            if words[0] == b"PING":
                self.send(b"PONG\r\n")
            elif words[0] in (b"MSG", b"HMSG"):
                return words[1], self.file.read(int(words[-1]) + 2)[:-2]
            else:
                raise SystemExit(f"one_stream: the server says {words}")

    def ask(self, name, body):
        text = json.dumps(body).encode()
        self.send(b"PUB $JS.API.%s _INBOX.api %d\r\n%s\r\n" % (name.encode(), len(text), text))
        while True:
            subject, payload = self.answer()
            if subject == b"_INBOX.api":
                return json.loads(payload)


def wait_for_a_leader(port):
    """Before there is one, nobody answers requests."""
    for _ in range(300):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/jsz", timeout=5) as answer:
            if json.load(answer).get("meta_cluster", {}).get("leader"):
                return
        time.sleep(0.1)
    raise SystemExit("one_stream: the servers have no leader")


def done(port, name, body):
    """Again, by another connection, where no answer comes: there may be an election. What was done already is as good."""
    for _ in range(20):
        client = Client(port)
        client.socket.settimeout(5)
        try:
            return client.ask(name, body)
        except (TimeoutError, ValueError):
            time.sleep(0.5)
        finally:
            client.socket.close()
    raise SystemExit(f"one_stream: {name}: nobody answers")


def seconds(process):
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def written(process):
    return int(pathlib.Path(f"/proc/{process}/io").read_text().split("write_bytes: ")[1].split()[0])


def figures(parts):
    return {name: (seconds(part.process.pid), written(part.process.pid)) for name, part in parts.items()}


def publish(client, streams, size, events, window):
    """Fills each stream's window, and sends one more of a stream for each acknowledgement of it."""
    payload = b"x" * size
    lines = {name: b"PUB %s.e _INBOX.%s %d\r\n%s\r\n" % (name, name, size, payload) for name in streams}
    left = {name: events // len(streams) for name in streams}
    waiting = 0
    for name, line in lines.items():
        first = min(window, left[name])
        client.send(line * first)
        left[name] -= first
        waiting += first
    while waiting:
        subject, ack = client.answer()
        if b'"error"' in ack:
            raise SystemExit(f"one_stream: {ack}")
        name = subject[len(b"_INBOX."):]
        if left[name]:
            left[name] -= 1
            client.send(lines[name])
        else:
            waiting -= 1


def row(port, parts, count, replicas, size, window, events):
    names = [b"s%d" % number for number in range(count)]
    leaders = set()
    for name in names:
        made = done(port, f"STREAM.CREATE.{name.decode()}", {
            "name": name.decode(), "subjects": [f"{name.decode()}.e"], "retention": "limits", "storage": "file",
            "num_replicas": replicas, "max_bytes": 1 << 30, "discard": "old", "duplicate_window": 120_000_000_000})
        leaders.add(made["cluster"]["leader"])
    client = Client(port)
    publish(client, names, size, min(2000, events), window)
    before, began, own = figures(parts), time.monotonic(), time.process_time()
    publish(client, names, size, events, window)
    took, own = time.monotonic() - began, time.process_time() - own
    spent = {name: [new - old for new, old in zip(after, before[name])] for name, after in figures(parts).items()}
    for name in names:
        done(port, f"STREAM.DELETE.{name.decode()}", {})
    led = sum(spent[name][0] for name in leaders)
    others = sum(cost[0] for name, cost in spent.items() if name not in leaders)
    disk = sum(cost[1] for cost in spent.values())
    return {
        "streams": count, "replicas": replicas, "bytes": size, "under_way": window, "leaders": len(leaders),
        "events_per_second": round(events / took), "leaders_us": round(led / events * 1e6, 1),
        "others_us": round(others / events * 1e6, 1), "client_us": round(own / events * 1e6, 1),
        "disk_bytes": round(disk / events)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nats", default=str(ROOT / ".venv/bin/nats-server"))
    parser.add_argument("--events", type=int, default=50_000)
    options = parser.parse_args()
    script, folder = load_script(), pathlib.Path(tempfile.mkdtemp(prefix="one-stream-"))
    ports = script.assigned(free_ports(16))
    parts = {f"nats-{n}": script.Part(f"nats-{n}", script.nats(n, ports, options, folder), folder) for n in (1, 2, 3)}
    try:
        for part in parts.values():
            part.start()
        for n in (1, 2, 3):
            script.wait_until_it_listens(parts[f"nats-{n}"], ports[f"nats-{n}"])
        wait_for_a_leader(ports["monitor-1"])
        for count, replicas, size, window in ROWS:
            events = options.events // (10 if size > 1000 or replicas == 1 or window == 1 else 1)
            print(json.dumps(row(ports["nats-1"], parts, count, replicas, size, window, events)), flush=True)
    finally:
        for part in parts.values():
            part.finish(signal.SIGKILL)
        subprocess.run(["rm", "-rf", str(folder)])


main()
