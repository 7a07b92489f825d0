#!/usr/bin/env python3
"""What other gateways cost a gateway that has no stream open: memory and processor time.

Starts one nats-server and one gateway, and tells the gateway over NATS what another gateway would: 10,000 and 100,000
users at once, and then 100 changes a second for ten seconds. Then a second gateway takes 100,000 events to 10,000
users, and the first one tails them.
"""
import argparse, http.client, json, pathlib, shutil, socket, ssl, subprocess, sys, tempfile, threading, time
import urllib.request

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
            ("process_resident_memory_bytes", "process_cpu_seconds_total", "sluice_cluster_presence_bytes",
             "sluice_log_events")}


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


def tail(taker, admin, options, count=100_000, users=10_000, batch=500, publishers=4):
    """The cost of events that another gateway takes."""
    command = [options.program, "token", "--keys", f"{options.certificates}/keys.json", "--sub", "backend"]
    token = subprocess.check_output(command + ["--publish", "user:*"], text=True).strip()
    tls = ssl.create_default_context(cafile=f"{options.certificates}/ca.pem")
    fields = {"Authorization": "Bearer " + token, "Content-Type": "application/x-ndjson"}

    def publish(number):
        connection = http.client.HTTPSConnection("localhost", taker["port"], context=tls, timeout=60)
        for start in range(number * batch, count, publishers * batch):
            lines = [
                json.dumps({"to": {"user": f"user-{place % users:012d}"}, "data": "x" * 150})
                for place in range(start, start + batch)]
            connection.request("POST", "/v1/publish", "\n".join(lines), fields)
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status == 200, text

    # What is held besides has been paid for.
    time.sleep(2)
    idle = sample(admin)
    time.sleep(5)
    before, cost = sample(admin), sample(taker["admin"])
    began = time.monotonic()
    threads = [threading.Thread(target=publish, args=(number,)) for number in range(publishers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: sample(admin)["sluice_log_events"] >= count)
    took, after = time.monotonic() - began, sample(admin)
    share = used(idle, before, 5)
    seconds = lambda one, other: other["process_cpu_seconds_total"] - one["process_cpu_seconds_total"]
    grown = after["process_resident_memory_bytes"] - before["process_resident_memory_bytes"]
    each = (seconds(before, after) - share / 100 * took) / count * 1e6
    took_in = seconds(cost, sample(taker["admin"])) / count * 1e6
    print(
        f"{count:>7} events of 150 bytes to {users} users at another gateway, {count / took:.0f} a second: {each:.1f} µs"
        f" of processor each ({took_in:.1f} where they were taken, {batch} at a time), resident +{grown / 1e6:.1f} MB,"
        " of which the window of the newest events may be 64 MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / ".build/release/sluice"))
    parser.add_argument("--nats", default=str(ROOT / ".venv/bin/nats-server"))
    parser.add_argument("--certificates", default=str(ROOT / "certs/dev"))
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp())
    nats = free()
    (folder / "nats.conf").write_text(f'listen: "127.0.0.1:{nats}"\njetstream {{ store_dir: "{folder}/store" }}\n')
    parts = []
    try:
        with (folder / "log").open("wb") as log:
            parts.append(subprocess.Popen([options.nats, "-c", str(folder / "nats.conf")], stdout=log, stderr=log))
            until(lambda: "Server is ready" in (folder / "log").read_text())
            one = gateway("one", nats, folder, log, options, parts)
            for count in (10_000, 100_000):
                measure(count, NATS(nats), one["admin"])
            tail(gateway("other", nats, folder, log, options, parts), one["admin"], options)
    except SystemExit:
        sys.stderr.write((folder / "log").read_text()[-2000:])
        raise
    finally:
        for process in reversed(parts):
            process.terminate()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def gateway(name, nats, folder, log, options, parts):
    """Starts one, and returns its ports."""
    port, admin = free(), free()
    file = folder / f"{name}.yaml"
    file.write_text(f"""
listen: {{address: 127.0.0.1, port: {port}}}
admin: {{address: 127.0.0.1, port: {admin}}}
tls: {{certificate: {options.certificates}/server.pem, key: {options.certificates}/server.key}}
auth: {{keys: {options.certificates}/keys.json}}
log:
  kind: jetstream
  durability: replicated
  retention: {{bytes: 1GiB, events: 1000000}}
  jetstream: {{servers: ["nats://127.0.0.1:{nats}"], replicas: 1, create: true}}
""")
    command = [options.program, "serve", "--config", str(file)]
    parts.append(subprocess.Popen(command, stdout=log, stderr=log))
    until(lambda: ready(admin))
    return {"port": port, "admin": admin}


def free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
