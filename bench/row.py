"""Prints a report of `sluice bench --json` as one row in Markdown: a name, and the figures that say something."""

import json
import sys

FIGURES = [
    ("events_per_second", "{:,.0f} events/s"), ("deliveries_per_second", "{:,.0f} deliveries/s"),
    ("latency_p50_us", "p50 {:,.0f} µs"), ("latency_p99_us", "p99 {:,.0f} µs"),
    ("server_cpu_us_per_delivery", "server {:.1f} µs per delivery"),
    ("server_resident_open_kib", "memory {:,.0f} KiB open"), ("server_resident_peak_kib", "{:,.0f} KiB at most"),
    ("lost", "lost {}"), ("doubled", "doubled {}"), ("out_of_order", "out of order {}"), ("gaps", "gaps told {}"),
]
STALLED = [("stalled_complete", "stalled: complete {}"), ("stalled_gaps", "with a gap told {}"), ("stalled_lost", "lost {}")]
RESUME = [
    ("resume_seconds", "all back after {:.1f} s"), ("steady_quiet_p99_us", "others' p99 {:,.0f} µs before"),
    ("steady_reconnect_p99_us", "{:,.0f} µs meanwhile"),
]

name, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    report = json.load(file)
figures = FIGURES + (STALLED if report.get("stalled_streams") else []) + (RESUME if report.get("resume_streams") else [])
texts = [text.format(report[key]) for key, text in figures if report.get(key) is not None]
print(f"| {name} | {', '.join(texts)} |")
