"""Makes a table in Markdown of what run.sh has measured: `table.py FOLDER` prints it.

`table.py FOLDER --write` puts it between the `<!-- bench:begin NAME -->` marks of README.md and of the pages on costs and
capacity, and draws the plot, so that no figure is typed by hand.
"""

import dataclasses
import pathlib
import re
import sys
import textwrap
from collections.abc import Callable

import beside
import capacity
import plot
import sampling
from results import CPU, Results

PEERS = {"floor": "floor", "floord": "floor without `SSL`", "nchan": "nchan", "seed": "Go seed", "sluice": "**Sluice**"}
CATALOG = pathlib.Path("Sources/GatewayServer/Documentation.docc")
PAGES = [pathlib.Path("README.md"), CATALOG / "Costs.md", CATALOG / "Capacity.md"]
COLUMNS = 120


def micro(value): return f"{value:.1f} µs" if value < 100 else f"{value:,.0f} µs"
def count(value): return f"{value:,.0f}"
def kilo(value): return f"{value / 1000:.1f} kB"
def percent(value): return f"{value:.2f} %"
def milli(value): return f"{value / 1000:.1f} ms"


def idle_share(run): return 100 * run["idle_server_cpu_s"] / run["idle_s"]
def shared_memory(run): return 1024 * (run["server_resident_open_kib"] - run["server_resident_before_kib"]) / run["streams"]
def storm_ratio(run): return run["steady_reconnect_p99_us"] / run["steady_quiet_p99_us"]


@dataclasses.dataclass
class Row:
    title: str
    scenario: str
    key: str | Callable
    text: Callable
    target: str
    has_ratio: bool = False


ROWS = [
    Row("CPU per delivery, HTTP/1.1, 1000 streams × 20 events/s", "fan1", CPU, micro, "≤ 0.90 floors", True),
    Row("CPU per delivery, HTTP/1.1, 8000 × 2", "fan8", CPU, micro, "≤ 0.95 floors", True),
    Row("CPU per delivery, HTTP/2, 1000 × 20 (the floor: HTTP/1.1)", "h2", CPU, micro, "≤ 1.10 floors", True),
    Row("burst to 1000 streams: deliveries/s", "burst", "deliveries_per_s", count, "≥ 250,000", True),
    Row("publishes/s to one of 2000 users, 8 publishers", "target8", "publish_per_s", count, "≥ 0.72 floors", True),
    Row("the same in batches of 100: events/s", "batch", "events_per_second", count, "≥ 150,000"),
    Row("memory per idle stream, HTTP/1.1", "hold", "rss_idle_bytes_per_stream", kilo, "≤ 4 kB", True),
    Row("memory per idle stream, HTTP/2", "hold2", "rss_idle_bytes_per_stream", kilo, "≤ 14 kB"),
    Row("the same, ten streams on each connection", "share", shared_memory, kilo, ""),
    Row("CPU per full handshake, with token check and attach", "hold", "server_cpu_us_per_handshake", micro, "≤ 1.09 floors", True),
    Row("CPU per resumed handshake, likewise", "resumed", "reopen_server_cpu_us_per_handshake", micro, "≤ 1.09 floors", True),
    Row("10,000 idle streams, heartbeat every 15 s: of one core", "idle", idle_share, percent, "≤ 1.5 %"),
    Row("p99 of 100 live streams", "storm", "steady_quiet_p99_us", milli, ""),
    Row("the same while 5000 others reconnect at once", "storm", "steady_reconnect_p99_us", milli, "≤ 2 × quiet"),
]


def ratio_text(ratio):
    return "" if not ratio else f"{ratio[0]:.2f} ({ratio[1]:.2f}–{ratio[2]:.2f})"


def line(cells): return "| " + " | ".join(cells) + " |"


def storm_text(results):
    ratios = sorted(results.values("storm", storm_ratio))
    return f"{results.median('storm', storm_ratio):.1f} × quiet ({ratios[0]:.1f}–{ratios[-1]:.1f})"


def loops_line(results, shown):
    one, two = (results.median("loops", "deliveries_per_s", peer) for peer in ("sluice", "sluice2"))
    ratio = results.ratio("loops", "deliveries_per_s", "sluice2", "sluice")
    if not ratio:
        return []
    cells = ["burst with two event loops against one"] + [""] * (len(shown) - 1)
    return [line(cells + [f"{count(two)} : {count(one)}", ratio_text(ratio), "≥ 1.7 × where cores allow"])]


def main_table(results):
    """The table of the targets."""
    scenarios = {row.scenario for row in ROWS} | {"loops"}
    shown = [peer for peer in PEERS if any((scenario, peer) in results.runs for scenario in scenarios)]
    lines = [line([""] + [PEERS[peer] for peer in shown] + ["Sluice : floor", "target"]), "|" + "---|" * (len(shown) + 3)]
    for row in ROWS:
        values = [results.median(row.scenario, row.key, peer) for peer in shown]
        if not any(values):
            continue
        last = ratio_text(results.ratio(row.scenario, row.key)) if row.has_ratio else ""
        if row.key == "steady_reconnect_p99_us":
            last = storm_text(results)
        lines.append(line([row.title] + ["" if value is None else row.text(value) for value in values] + [last, row.target]))
    return "\n".join(lines + loops_line(results, shown))


def figures(results):
    """The five rows of the front page."""
    def text(scenario, key, show, peer="sluice"):
        value = results.median(scenario, key, peer)
        return "" if value is None else show(value)
    rows = [
        ("CPU per delivery, HTTP/1.1, 1000 streams", text("fan1", CPU, micro), text("fan1", CPU, micro, "floor")),
        ("CPU per full handshake, with token check", text("hold", "server_cpu_us_per_handshake", micro),
         text("hold", "server_cpu_us_per_handshake", micro, "floor")),
        ("memory per idle stream, HTTP/1.1", text("hold", "rss_idle_bytes_per_stream", kilo),
         text("hold", "rss_idle_bytes_per_stream", kilo, "floor")),
        ("publishes/s, each to one of 2000 users", text("target8", "publish_per_s", count),
         text("target8", "publish_per_s", count, "floor")),
        ("p99 of 100 streams while 5000 others reconnect", text("storm", "steady_reconnect_p99_us", milli), ""),
    ]
    return "\n".join([line(["", "Sluice", "floor"]), "|---|---|---|"] + [line(row) for row in rows])


def wrapped(block):
    """Paragraphs within the columns of the project's text; a row of a table is one line."""
    lines = block.split("\n")
    return "\n".join(text if text.startswith("|") else textwrap.fill(
        text, COLUMNS, subsequent_indent="  " if text.startswith("* ") else "", break_long_words=False,
        break_on_hyphens=False) for text in lines)


def latencies(results):
    lines = []
    for scenario, title in [("fan1", "HTTP/1.1, 1000 × 20/s"), ("fan8", "HTTP/1.1, 8000 × 2/s"), ("h2", "HTTP/2, 1000 × 20/s")]:
        pairs = [[results.median(scenario, key, peer) for key in ("lat_p50_us", "lat_p99_us")] for peer in PEERS]
        named = [(name.strip("*"), *pair) for name, pair in zip(PEERS.values(), pairs)]
        pieces = [f"{name} {p50 / 1000:.1f} / {p99 / 1000:.1f}" for name, p50, p99 in named if p50]
        if pieces:
            lines.append(f"* {title}: {', '.join(pieces)}")
    return "p50 / p99 in ms from a publish to the event's arrival, on streams that one thread reads one after the other:\n\n" + "\n".join(lines) if lines else ""


def account(results):
    """What arrived, and what of it not as it should."""
    runs = results.of_gateway()
    events = sum(run.get("delivered", run.get("deliveries", 0)) for run in runs)
    wrong = [f"{run['scenario']}: {run['wrong']}" for run in runs if run["wrong"]]
    verdict = "none was lost, doubled or out of order" if not wrong else "not as it should be: " + "; ".join(wrong)
    races = sum(1 for run in runs if run.get("mode") and run.get("publishers", 1) > 1)
    if races:
        verdict += f" (in {races} of the runs several connections publish and race, so that their order says nothing and is not judged)"
    return f"In the {len(runs)} runs of the gateway, those of the curves included, {count(events)} deliveries were accounted for: {verdict}."


def introduction(results):
    it, dates = results.machine, results.dates()
    repeats = max(len(runs) for (scenario, _), runs in results.runs.items() if "-" not in scenario)
    seconds = f" SECS={round(results.median('fan1', 'seconds'))}" if "fan1" in results else ""
    return (
        f"Measured by `YARDSTICK=… REPEAT={repeats}{seconds} make bench` on {' to '.join(dict.fromkeys([dates[0], dates[-1]]))}: "
        f"{it['processor']}, "
        f"{it['cores']} cores, {it['system']}, {it['openssl']}, nginx {it['nginx']} with nchan {it['nchan'].split(':')[-1]}. TLS 1.3, each "
        "server on one core with one event loop and the load on the other, a token on each of the gateway's streams and publishes. "
        "Medians; ratios are of runs next to each other, with the least and the greatest in brackets.")


def blocks(results):
    """All that is made of the results, by the names that the marks have."""
    table = "\n\n".join(filter(None, [introduction(results), main_table(results), latencies(results), account(results)]))
    profile = results.folder / "profile.json"
    profiled = {"profile": sampling.table(profile)} if profile.exists() else {}
    return {"table": wrapped(table), "figures": figures(results)} | beside.blocks(results) | capacity.blocks(results) | profiled


def write(results):
    texts = blocks(results)
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for name, block in texts.items():
            marks = rf"(<!-- bench:begin {name} -->\n).*?(<!-- bench:end -->)"
            text = re.sub(marks, lambda found, block=block: found[1] + block + "\n" + found[2], text, flags=re.DOTALL)
        page.write_text(text, encoding="utf-8")
    (CATALOG / "capacity.svg").write_text(plot.drawing(results), encoding="utf-8")


if __name__ == "__main__":
    found = Results(sys.argv[1])
    if "--write" in sys.argv[2:]:
        write(found)
    else:
        for name, block in blocks(found).items():
            print(f"\n{name}\n\n{block}")
