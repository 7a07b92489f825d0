"""Prints the results of bench/run.sh as a table in Markdown: the median of the runs, the gateway beside the floor."""

import collections
import json
import statistics
import sys

COLUMNS = {
    "fanout": [
        ("server_cpu_us_per_delivery", "CPU µs per delivery"), ("lat_p50_us", "p50 µs"), ("lat_p99_us", "p99 µs"),
        ("lost", "lost"), ("out_of_order", "out of order")],
    "hold": [
        ("rss_idle_bytes_per_stream", "resident bytes per stream"),
        ("server_cpu_us_per_handshake", "CPU µs per handshake"), ("failed", "failed")],
}
COLUMNS["targeted1"] = COLUMNS["targeted8"] = [("publish_per_s", "publishes/s")] + COLUMNS["fanout"]

runs = collections.defaultdict(list)
with open(sys.argv[1], encoding="utf-8") as file:
    for line in file:
        run = json.loads(line)
        runs[run["scenario"], run["label"]].append(run)

for scenario in dict.fromkeys(scenario for scenario, _ in runs):
    columns = COLUMNS[scenario]
    print(f"\n| {scenario} | " + " | ".join(title for _, title in columns) + " |")
    print("|---|" + "---|" * len(columns))
    for (other, label), results in runs.items():
        if other == scenario:
            medians = [statistics.median(run.get(key, 0) for run in results) for key, _ in columns]
            print(f"| {label} | " + " | ".join(f"{value:,.1f}" for value in medians) + " |")
