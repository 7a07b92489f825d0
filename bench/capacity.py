"""The capacity page's figures: what one core and one GiB hold, and what that means for millions of streams."""

from results import CPU

PUBLISH_CPU = "server_cpu_us_per_publish"

GIB = 1 << 30
SECONDS_PER_MINUTE = 60


def line(*cells): return "| " + " | ".join(cells) + " |"
def number(value): return f"{value:,.0f}"


def round_down(value):
    """Two digits that say something: a capacity is no exact number."""
    size = 10 ** max(0, len(str(int(value))) - 2)
    return f"{int(value) // size * size:,}"


class Figures:
    """What the page is computed from: medians of the gateway's runs."""

    def __init__(self, results):
        self.delivery = {"HTTP/1.1": results.median("fan1", CPU), "HTTP/2": results.median("h2", CPU)}
        self.memory = {name: results.median(scenario, "rss_idle_bytes_per_stream")
                       for name, scenario in [("HTTP/1.1", "hold"), ("HTTP/2", "hold2")]}
        # Of the kernel's memory for both ends of a connection on one machine, half is the server's.
        self.sockets = (results.median("hold", "slab_bytes_per_stream_both_ends") or 0) / 2
        self.handshake = results.median("hold", "server_cpu_us_per_handshake")
        self.resumed = results.median("resumed", "reopen_server_cpu_us_per_handshake")
        self.idle = results.median("idle", lambda run: 1e6 * run["idle_server_cpu_s"] / run["idle_s"] / run["opened"])
        self.burst = results.median("burst", "deliveries_per_s")
        self.publishes = results.median("target8", "publish_per_s")
        self.batched = results.median("batch", "events_per_second")
        self.bytes = results.median("fan1", "bytes_per_delivery")

    @property
    def complete(self):
        return all(vars(self).values()) and all(self.delivery.values()) and all(self.memory.values())


def one_core(figures):
    rows = [
        ("deliveries/s, events one by one, HTTP/1.1", 1e6 / figures.delivery["HTTP/1.1"]),
        ("deliveries/s, events one by one, HTTP/2", 1e6 / figures.delivery["HTTP/2"]),
        ("deliveries/s in a burst, when several events of a stream share a record", figures.burst),
        ("publishes/s, each to one user and delivered", figures.publishes),
        ("the same in batches of 100: events/s", figures.batched),
        ("full TLS handshakes/s, with token check and attach", 1e6 / figures.handshake),
        ("resumed handshakes/s", 1e6 / figures.resumed),
        ("idle streams whose heartbeats (every 15 s) alone take all of it", 1e6 / figures.idle),
    ]
    return "\n".join([line("one core does", ""), "|---|---|"] + [line(what, round_down(value)) for what, value in rows])


def one_gib(figures):
    rows = []
    for name, size in figures.memory.items():
        whole = size + figures.sockets
        sizes = [f"{size / 1000:.1f} kB", f"{figures.sockets / 1000:.1f} kB"]
        rows.append(line(name, *sizes, round_down(GIB / size), round_down(GIB / whole)))
    head = line("", "gateway, per idle stream", "kernel, per connection", "streams in a GiB of the process", "with the kernel's part")
    return "\n".join([head, "|---|---|---|---|---|"] + rows)


def millions(figures):
    """What so many streams take, by HTTP/1.1's figures: a client with one stream per connection."""
    cost = figures.delivery["HTTP/1.1"]

    def row(title, take, unit=""):
        return line(title, *(f"{take(streams):,.0f}{unit}" for streams in (1_000_000, 10_000_000)))

    def cores(per_second_and_stream):
        return lambda streams: max(1, streams * per_second_and_stream / 1e6)

    memory = figures.memory["HTTP/1.1"]
    return "\n".join([
        line("", "1 million streams", "10 million"), "|---|---|---|",
        row("memory of the gateways", lambda n: n * memory / GIB, " GiB"),
        row("with the kernel's sockets", lambda n: n * (memory + figures.sockets) / GIB, " GiB"),
        row("cores for heartbeats alone", cores(figures.idle)),
        row("cores when each stream gets one event a minute", cores(figures.idle + cost / SECONDS_PER_MINUTE)),
        row("cores when each gets one a second", cores(cost)),
        row("network at one a second", lambda n: n * figures.bytes * 8 / 1e9, " Gbit/s"),
        row("core-seconds until all have come back, with full handshakes", lambda n: n * figures.handshake / 1e6),
        row("the same with resumed ones", lambda n: n * figures.resumed / 1e6),
    ])


# Deliveries a second that scenarios.sh asks for, by the number in a scenario's name.
PACES = {
    "streams": lambda n: 16000 // n * n, "rate": lambda n: 1000 * n, "payload": lambda n: 10_000, "topics": lambda n: 16_000,
}


def shares(results, name):
    """How much of one core the gateway takes, in per cent: the cost at the pace that was asked for."""
    return [(at, cost * PACES[name](at) / 10_000) for at, cost in results.points(name, CPU)]


def curve(results, name, title):
    """A table of one curve: the cost per delivery of each server that was measured."""
    titles = {"floor": "floor: µs per delivery", "sluice": "Sluice: µs per delivery"}
    columns = {peer: dict(points) for peer in titles if (points := results.points(name, CPU, peer))}
    head = line(title, "deliveries/s", *(titles[peer] for peer in columns), "Sluice: of one core")
    rows = []
    for at, share in shares(results, name):
        cells = [f"{column[at]:.1f}" if at in column else "" for column in columns.values()]
        rows.append(line(number(at), number(PACES[name](at)), *cells, f"{share:.1f} %"))
    return "\n".join([head, "|" + "---|" * (len(columns) + 3)] + rows) if rows else ""


def loops(results):
    """What a delivery and a publish cost with ever more event loops on one core, at one pace."""
    columns = [dict(results.points("loops", CPU)), dict(results.points("publishes", PUBLISH_CPU))]
    numbers = sorted(set(columns[0]) | set(columns[1]))
    rows = [line(number(at), *(f"{column[at]:.1f}" if at in column else "" for column in columns)) for at in numbers]
    head = line("event loops", "µs per delivery, 20,000 a second", "µs per publish and its delivery, 10,000 a second")
    return "\n".join([head, "|---|---|---|"] + rows) if rows else ""


CURVES = {"streams": "streams", "rate": "events/s to 1000 streams", "payload": "bytes of data", "topics": "topics of each stream"}


def blocks(results):
    """The page's blocks by name. What was not measured is left as it is."""
    found = {f"curve-{name}": curve(results, name, title) for name, title in CURVES.items()}
    found["loops"] = loops(results)
    figures = Figures(results)
    if figures.complete:
        found |= {"core": one_core(figures), "memory": one_gib(figures), "millions": millions(figures)}
    return {name: block for name, block in found.items() if block}
