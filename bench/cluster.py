#!/usr/bin/env python3
"""Measures a cluster on this machine, as `deploy/cluster` has it: three servers of NATS (R3, syncing always), three
gateways, HAProxy.

Three things: how late events are at the node that took them and at another; what a delivery costs beside a single node
whose log is in memory, in turn; and how 5,000 streams come to other nodes when theirs is killed.
"""

import argparse
import importlib
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from served import CERTS, ROOT, Gateway, Probes, free_ports


def load_script():
    sys.path.insert(0, str(ROOT / "deploy/cluster"))
    return importlib.import_module("try")


class ClusterNode(Gateway):
    """One of the gateways that are there already."""

    def __init__(self, program, process, port, admin):
        self.program, self.process, self.port, self.admin = program, process, port, admin
        self.keys = str(CERTS / "keys.json")
        self.token = self.make_token("operator", "--admin", "--publish", "topic:*")


class Cluster:
    def __init__(self, options, folder):
        self.script, self.folder = load_script(), folder
        self.ports = self.script.assigned(free_ports(16))
        paths = argparse.Namespace(sluice=options.program, nats=options.nats, certificates=CERTS)
        (folder / "ticket-keys").write_text("A" * 64)
        (folder / "ticket-keys").chmod(0o600)
        self.parts = {
            f"nats-{n}": self.script.Part(f"nats-{n}", self.script.nats(n, self.ports, paths, folder), folder)
            for n in (1, 2, 3)}
        for n in (1, 2, 3):
            command = self.script.gateway(n, self.ports, paths, folder) + ["--logging-level", "warning"]
            self.parts[f"gateway-{n}"] = self.script.Part(f"gateway-{n}", command, folder)
        self.parts["haproxy"] = self.script.Part("haproxy", self.script.haproxy(self.ports, folder), folder)
        self.start(options, paths)

    def start(self, options, paths):
        for n in (1, 2, 3):
            self.parts[f"nats-{n}"].start()
        self.script.create_streams(self.ports, paths)
        for n in (1, 2, 3):
            self.parts[f"gateway-{n}"].start()
            self.script.wait_for(self.parts[f"gateway-{n}"], self.ports[f"admin-{n}"])
        self.parts["haproxy"].start()
        self.nodes = {
            n: ClusterNode(options.program, self.parts[f"gateway-{n}"].process, self.ports[f"gateway-{n}"],
                           self.ports[f"admin-{n}"])
            for n in (1, 2, 3)}
        # HAProxy asks the gateways every other second.
        time.sleep(5)

    def stop(self):
        for part in reversed(self.parts.values()):
            part.finish()

    def nats_load(self):
        """Messages that all servers have taken in, and seconds of processor that they have used."""
        messages = seconds = 0
        for n in (1, 2, 3):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[f'monitor-{n}']}/varz", timeout=5) as answer:
                messages += json.load(answer)["in_msgs"]
            seconds += processor_seconds(self.parts[f"nats-{n}"].process.pid)
        return messages, seconds


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


class ProbesOfAnother(Probes):
    """Streams at one node, whose events are published at another."""

    def __init__(self, gateway, publisher, count):
        self.publisher = publisher
        super().__init__(gateway, count)

    def publish(self):
        # The other probes publish, to the same topic.
        pass


def measure_latency(cluster, seconds):
    at_one, at_other = Probes(cluster.nodes[1], 2), ProbesOfAnother(cluster.nodes[2], cluster.nodes[1], 2)
    time.sleep(2)
    at_one.window = at_other.window = "quiet"
    time.sleep(seconds)
    at_one.window = at_other.window = "end"
    time.sleep(0.5)
    print("one publisher, one event after the other; late is from before the publish to the page:")
    print("the node that took it ", end="")
    at_one.report("quiet")
    print("another node          ", end="")
    at_other.report("quiet")


def bench(node, *options):
    command = [
        node.program, "bench", "--url", f"https://localhost:{node.port}", "--ca", CERTS / "ca.pem", "--keys",
        CERTS / "keys.json", "--json", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def measure_fan_out(cluster, options):
    """A gateway's processor time per delivery, in turn with a single one.

    What an event costs once (it is published, and tailed) is not its fan-out: a load of few streams takes it away.
    """
    costs = {"cluster": [], "single": []}
    with tempfile.TemporaryDirectory() as folder:
        single = Gateway(options.program, pathlib.Path(folder), logging={"level": "warning"})
        try:
            turns = [("single", single), ("cluster", cluster.nodes[1])]
            for _ in range(options.rounds):
                for name, node in turns:
                    many, few = (spend(node, count) for count in (1000, 10))
                    costs[name].append((many[0] - few[0]) * 1e6 / (many[1] - few[1]))
                # What the machine does meanwhile is neither's.
                turns.reverse()
        finally:
            single.process.terminate()
            single.process.wait()
    for name, values in costs.items():
        print(f"µs of processor per delivery, {name}: " + ", ".join(f"{value:.2f}" for value in values))
    print(f"ratio of the medians: {statistics.median(costs['cluster']) / statistics.median(costs['single']):.3f}")


def spend(node, count):
    """Seconds of the processor, and deliveries, of 20 events a second to so many streams."""
    load = ["--streams", str(count), "--to", "everyone", "--rate", "20", "--duration", "6s", "--connect-rate", "1000"]
    report = json.loads(bench(node, *load, "--pid", str(node.process.pid)).communicate()[0])
    assert report["flawless"], report
    return report["server_cpu_seconds"], report["deliveries"]


def streams(cluster, numbers):
    return sum(cluster.nodes[n].streams() for n in numbers)


def measure_move(cluster, count, per_connection):
    probes = Probes(cluster.nodes[1], 4)
    front = ClusterNode(cluster.nodes[1].program, None, cluster.ports["haproxy"], None)
    shared = ["--http2", "--streams-per-connection", str(per_connection)] if per_connection > 1 else []
    fleet = bench(front, "--streams", str(count), "--rate", "50", "--duration", "45s", "--connect-rate", "400", *shared)
    while streams(cluster, (1, 2, 3)) < count + 4:
        time.sleep(0.2)
    time.sleep(3)
    probes.window = "before"
    time.sleep(5)
    moved, load = streams(cluster, (3,)), cluster.nats_load()
    probes.window = "while they move"
    cluster.parts["gateway-3"].kill()
    killed = time.monotonic()
    while streams(cluster, (1, 2)) < count + 4:
        if time.monotonic() > killed + 60:
            break
        time.sleep(0.05)
    took, after = time.monotonic() - killed, cluster.nats_load()
    print(f"{moved} streams of a killed node, of {count}: all are open again after {took:.1f} s")
    print(f"NATS meanwhile: {after[0] - load[0]} messages in, {after[1] - load[1]:.2f} s of processor, all servers")
    probes.window = "after"
    report = json.loads(fleet.communicate()[0])
    probes.window = "end"
    time.sleep(0.5)
    print({name: report[name] for name in (
        "deliveries", "lost", "doubled", "out_of_order", "unexpected", "events_failed", "gaps") if name in report})
    for window in ("before", "while they move", "after"):
        print(f"{'a stream that stays, ':>22}", end="")
        probes.report(window)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / ".build/release/sluice"))
    parser.add_argument("--nats", default=str(ROOT / ".venv/bin/nats-server"))
    parser.add_argument("--streams", type=int, default=15_000, help="a third of them moves")
    parser.add_argument(
        "--per-connection", type=int, default=3, help="streams that share one over HTTP/2; with 1 they are HTTP/1.1's")
    parser.add_argument("--rounds", type=int, default=3, help="of the fan-out, each of half a minute")
    parser.add_argument("--only", choices=["latency", "fan-out", "move"])
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-bench-cluster-"))
    cluster = Cluster(options, folder)
    try:
        if options.only in (None, "latency"):
            measure_latency(cluster, 10)
        if options.only in (None, "fan-out"):
            measure_fan_out(cluster, options)
        if options.only in (None, "move"):
            measure_move(cluster, options.streams, options.per_connection)
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
