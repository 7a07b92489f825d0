"""Makes a model of many cores of what `make bench-hub` has measured: `cores.py TABLE [RESULTS]`.

It is a model, not a measurement: as many event loops as cores publish as fast as they can. A publish is a time that is
the loop's own, and a time under the log's lock, for which all loops wait in one queue. This is the closed network with
one queue that mean value analysis solves exactly (both times vary; by a constant time under the lock there is less
waiting). What it leaves out: memory and caches that cores share, the kernel's own locks, and the network.
"""

import pathlib
import re
import sys

from results import Results

CORES = [1, 2, 4, 8, 16, 32]
PUBLISH_CPU = "server_cpu_us_per_publish"


def held_by_loops(table, audience):
    """Microseconds under the log's lock for a publish, by the number of event loops: what the log takes, its waking included."""
    rows = re.findall(rf"^\| (\d+) \| {audience} \| [\d.]+ µs \| ([\d.]+) µs", table, re.MULTILINE)
    return {int(loops): float(held) for loops, held in rows}


def at(held, loops):
    """The value of the next greater number of loops that was measured: rather too much than too little."""
    return held[min(number for number in held if number >= loops)]


def throughput(customers, own, held):
    """Publishes a second, and the lock's share of the time, by mean value analysis."""
    waiting = 0.0
    for number in range(1, customers + 1):
        response = held * (1 + waiting)
        rate = number / (own + response)
        waiting = rate * response
    return rate * 1e6, rate * held


def table(held, whole):
    lines = ["| cores, each with an event loop | publishes/s | of as many alone | the log's lock is held |", "|---|---|---|---|"]
    alone, _ = throughput(1, whole - at(held, 1), at(held, 1))
    for cores in CORES:
        own = whole - at(held, 1)
        rate, busy = throughput(cores, own, at(held, cores))
        lines.append(f"| {cores} | {rate:,.0f} | {100 * rate / alone / cores:.0f} % | {100 * busy:.0f} % |")
    return "\n".join(lines)


def main(path, folder="bench/results"):
    held = held_by_loops(pathlib.Path(path).read_text(encoding="utf-8"), "user")
    whole = Results(folder).median("target8", PUBLISH_CPU)
    if not held or not whole:
        return "cores: the table or the results of target8 are missing; run make bench-hub, and make bench with YARDSTICK"
    print(f"\nA model, not a measurement: a publish with its delivery takes {whole:.1f} µs of a core, as measured.\n")
    print(table(held, whole))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
