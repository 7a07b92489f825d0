"""Has something happen to a cluster every few seconds, for a while, and accounts for every event that was answered 2xx.

Three servers of NATS (R3, `sync_interval: always`) and three gateways as `deploy/cluster` has them; publishers at any
of them, and three pages of each user, at different ones. Servers and gateways are killed and paused, the links between
them, and between servers, cut, delayed and blocked in one direction. In the end each page has each answered event of
its user exactly once, in the order of the log and of its publisher, or was told `sluice.gap` where it would have been;
no other event; and no gateway has ended by itself.

The seed is printed; --seed repeats which faults come when. The processes' own timing is theirs.
"""

import argparse
import asyncio
import pathlib
import random
import shutil
import sys
import tempfile

from cluster_nodes import ROOT, Cluster
from cluster_run import Run
from cluster_schedule import KINDS
from cluster_trials import TRIALS


def parse():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", default=str(ROOT / ".build/release/sluice"))
    arguments.add_argument("--nats", default=str(ROOT / ".venv/bin/nats-server"))
    arguments.add_argument("--certificates", default=str(ROOT / "certs/dev"), help="the folder that `make certs` made")
    arguments.add_argument("--ca", default=str(ROOT / "certs/dev/ca.pem"))
    arguments.add_argument("--ports", default=",".join(map(str, range(8450, 8466))), help="as deploy/cluster/try.py's")
    arguments.add_argument("--seconds", type=float, default=120)
    arguments.add_argument("--every", type=float, default=5, help="seconds from one fault to the next")
    arguments.add_argument("--only", type=lambda text: text.split(","), help="kinds of faults, of " + ", ".join(KINDS))
    arguments.add_argument("--trial", choices=TRIALS, help="one thing that an operator or a disk does, instead")
    arguments.add_argument("--publishers", type=int, default=8)
    arguments.add_argument("--users", type=int, default=100)
    arguments.add_argument("--pause", type=float, default=0.05, help="seconds between a publisher's events")
    arguments.add_argument("--pad", type=int, default=200, help="how long an event's data may be, about")
    arguments.add_argument("--logging", default="notice", help="the gateways' logging.level")
    arguments.add_argument("--seed", type=int, default=None)
    return arguments.parse_args()


async def main():
    options = parse()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed: {seed}", file=sys.stderr, flush=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-cluster-faults-"))
    cluster = Cluster(options, [int(port) for port in options.ports.split(",")], folder)
    violations = None
    trial = TRIALS.get(options.trial)
    try:
        if trial:
            trial.prepare(cluster)
        await cluster.start()
        keeping = asyncio.create_task(cluster.keep_running())
        run = Run(options, cluster, seed)
        found = await run.perform(trial and trial.perform)
        keeping.cancel()
        await cluster.stop()
        violations = run.verdict(*found)
    finally:
        for node in cluster.nodes.values():
            node.kill()
        cluster.unmount()
        if violations == 0:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"the logs of all are in {folder}", file=sys.stderr, flush=True)
    sys.exit(1 if violations else 0)


asyncio.run(main())
