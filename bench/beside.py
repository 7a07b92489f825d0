"""Makes the table of what `sluice bench` has measured on the gateway and on other servers, without a yardstick."""

from results import CPU

PEERS = {"nchan": "nchan", "goseed": "Go seed", "sluice": "**Sluice**"}
LOSSES = ["lost", "doubled", "out_of_order", "unexpected", "events_failed"]


def micro(value): return f"{value:.1f} µs"
def milli(value): return f"{value / 1000:.1f} ms"
def count(value): return f"{value:,.0f}"
def wrong(run): return sum(run[name] for name in LOSSES)


ROWS = [
    ("CPU per delivery, 1000 streams × 20 events/s", "fan", CPU, micro),
    ("the same: p50 from publish to arrival", "fan", "latency_p50_us", milli),
    ("the same: p99", "fan", "latency_p99_us", milli),
    ("the same: events not as they should be", "fan", wrong, count),
    ("publishes/s to one of 2000 users, 8 publishers", "target", "publishes_per_second", count),
    ("the same: p99 from publish to arrival", "target", "latency_p99_us", milli),
    ("the same: events not as they should be", "target", wrong, count),
]
NOTE = (
    "By `sluice bench` over HTTP/1.1, streams over TLS 1.3. The gateway's publishes are over TLS with a token, the others' in the "
    "clear. An event is as it should be that arrived once, in order, and nowhere else.")


def line(cells): return "| " + " | ".join(cells) + " |"


def blocks(results):
    """The block by its name; none when nothing was measured."""
    shown = [peer for peer in PEERS if any((scenario, peer) in results.runs for scenario in ("fan", "target"))]
    if not shown:
        return {}
    lines = [line([""] + [PEERS[peer] for peer in shown]), "|" + "---|" * (len(shown) + 1)]
    for title, scenario, key, text in ROWS:
        values = [results.median(scenario, key, peer) for peer in shown]
        lines.append(line([title] + ["" if value is None else text(value) for value in values]))
    return {"beside": "\n".join(lines + ["", NOTE])}
