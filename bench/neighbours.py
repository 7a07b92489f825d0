#!/usr/bin/env python3
"""What a gateway's knowledge of another one's users costs it: memory and processor time, with 10,000 and 100,000 users.

Starts one nats-server and one gateway, and tells the gateway over NATS what another gateway would: all users at once,
and then 100 changes a second for ten seconds. No stream is opened, so that nothing else is measured.
"""
import argparse, json, pathlib, shutil, socket, subprocess, sys, tempfile, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
NODE = "00000000000000aa"


class NATS:
    """Publishes, and answers PINGs only when it is told to, between two things to say."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(b'CONNECT {"verbose":false}\r\n')
        self.sequence = 0

    def tell(self, streams, users, **members):
        self.sequence += 1
        names = [{"n": name, "s": count} for name, count in users]
        text = {"v": 1, "presence": NODE, "sequence": self.sequence, "streams": streams, "users": names, **members}
        body = json.dumps(text, separators=(",", ":")).encode()
        self.socket.sendall(b"PUB sluice.p.all %d\r\n%s\r\n" % (len(body), body))


def sample(port):
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#")
    return {name: float(values.get(name, 0)) for name in
            ("process_resident_memory_bytes", "process_cpu_seconds_total", "sluice_cluster_presence_bytes")}


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit("it did not come about in time")
        time.sleep(0.05)


def ready(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").status == 200
    except OSError:
        return False


def settled(port):
    last = sample(port)
    while True:
        time.sleep(0.5)
        now = sample(port)
        if now["sluice_cluster_presence_bytes"] == last["sluice_cluster_presence_bytes"] > 0:
            return now
        last = now


def used(before, after, seconds):
    return 100 * (after["process_cpu_seconds_total"] - before["process_cpu_seconds_total"]) / seconds


def measure(count, nats, admin):
    idle = sample(admin)
    time.sleep(5)
    rest = sample(admin)
    users = [(f"user-{number:012d}", 1) for number in range(count)]
    began = time.monotonic()
    for start in range(0, count, 600):
        piece = users[start:start + 600]
        nats.tell(count, piece, begins=start == 0, ends=start + 600 >= count)
    filled = settled(admin)
    for second in range(10):
        # Within the eight seconds for which a gateway is remembered, too.
        for number in range(4):
            place = (second * 4 + number) * 25 % count
            nats.tell(count, [(name, 2 + second % 2) for name, _ in users[place:place + 25]])
            time.sleep(0.25)
    churned = sample(admin)
    grown = filled["process_resident_memory_bytes"] - rest["process_resident_memory_bytes"]
    print(f"{count:>7} users: counted {filled['sluice_cluster_presence_bytes'] / 1e6:.1f} MB, resident +{grown / 1e6:.1f}"
          f" MB; processor {used(idle, rest, 5):.1f} % at rest, {used(rest, filled, 1) * 10:.0f} ms for all of them,"
          f" {used(filled, churned, 10):.1f} % with 100 changes a second ({time.monotonic() - began:.0f} s)", flush=True)
    nats.tell(0, [], leaves=True)
    until(lambda: sample(admin)["sluice_cluster_presence_bytes"] == 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / ".build/release/sluice"))
    parser.add_argument("--nats", default=str(ROOT / ".venv/bin/nats-server"))
    parser.add_argument("--certificates", default=str(ROOT / "certs/dev"))
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp())
    ports = [free() for _ in range(3)]
    (folder / "nats.conf").write_text(f'listen: "127.0.0.1:{ports[0]}"\njetstream {{ store_dir: "{folder}/store" }}\n')
    (folder / "sluice.yaml").write_text(f"""
listen: {{address: 127.0.0.1, port: {ports[1]}}}
admin: {{address: 127.0.0.1, port: {ports[2]}}}
tls: {{certificate: {options.certificates}/server.pem, key: {options.certificates}/server.key}}
auth: {{keys: {options.certificates}/keys.json}}
log:
  kind: jetstream
  durability: replicated
  jetstream: {{servers: ["nats://127.0.0.1:{ports[0]}"], replicas: 1, create: true}}
""")
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([options.nats, "-c", str(folder / "nats.conf")], stdout=log, stderr=log)
        until(lambda: "Server is ready" in (folder / "log").read_text())
        gateway = subprocess.Popen(
            [options.program, "serve", "--config", str(folder / "sluice.yaml")], stdout=log, stderr=log)
    try:
        until(lambda: ready(ports[2]))
        for count in (10_000, 100_000):
            measure(count, NATS(ports[0]), ports[2])
    except SystemExit:
        sys.stderr.write((folder / "log").read_text()[-2000:])
        raise
    finally:
        for process in (gateway, server):
            process.terminate()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
