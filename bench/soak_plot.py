"""Draws a soak: `soak_plot.py SAMPLES >soak.svg`. Memory, streams and descriptors over time, readable on a light and a dark page."""

import json
import sys

from plot import ceiling

WIDTH, HEIGHT, LEFT, TOP, GAP = 860, 170, 62, 40, 84
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-weight: 600; font-size: 13px }
.grid { stroke: #8884 } .axis { stroke: #888 } .warm { fill: #8882 } polyline { fill: none; stroke-width: 1.5 }
.resident { stroke: #0a7d5a } .log { stroke: #b06000; stroke-dasharray: 5 4 } .streams { stroke: #2a5db0 }
.descriptors { stroke: #b06000; stroke-dasharray: 5 4 } .behind { stroke: #a03060 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .resident { stroke: #4fd6a8 } .log, .descriptors { stroke: #f0a860 } .streams { stroke: #7aa8f0 }
  .behind { stroke: #f080a8 }
}
"""
# Title, and of each curve its style, its words, and what it is divided by.
PANELS = [
    ("MiB of the process, by minutes", [("resident", "resident memory", 1 << 20), ("log", "the log's events in its file", 1 << 20)]),
    ("by minutes", [("streams", "open streams", 1), ("descriptors", "descriptors", 1), ("behind", "streams behind", 1)]),
]


def axes(y, title, top, minutes, warm):
    yield f'<text class="title" x="{LEFT}" y="{y - 12}">{title}</text>'
    yield f'<rect class="warm" x="{LEFT}" y="{y}" width="{WIDTH * warm / minutes:.1f}" height="{HEIGHT}"/>'
    yield f'<text x="{LEFT + 6}" y="{y + HEIGHT - 8}">warm-up</text>'
    for step in range(5):
        at = y + HEIGHT * (1 - step / 4)
        yield f'<line class="grid" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{at}" y2="{at}"/>'
        yield f'<text x="{LEFT - 8}" y="{at + 4}" text-anchor="end">{top * step / 4:g}</text>'
    yield f'<line class="axis" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y + HEIGHT}" y2="{y + HEIGHT}"/>'
    for step in range(11):
        x = LEFT + WIDTH * step / 10
        yield f'<text x="{x:.1f}" y="{y + HEIGHT + 18}" text-anchor="middle">{minutes * step / 10:g}</text>'


def curve(samples, y, top, minutes, name, divisor):
    places = " ".join(
        f"{LEFT + WIDTH * one['second'] / 60 / minutes:.1f},{y + HEIGHT * (1 - one[name] / divisor / top):.1f}"
        for one in samples if one["second"] / 60 <= minutes)
    yield f'<polyline class="{name}" points="{places}"/>'


def legend(y, curves):
    x = LEFT + 220
    for name, words, _ in curves:
        yield f'<line class="{name}" stroke-width="2" x1="{x}" x2="{x + 24}" y1="{y - 16}" y2="{y - 16}"/>'
        yield f'<text x="{x + 30}" y="{y - 12}">{words}</text>'
        x += 50 + 7 * len(words)


def drawing(samples, warm_seconds):
    """The plot as SVG."""
    minutes = max(round(samples[-1]["second"] / 60), 1)
    # A point every five seconds at most: the page is loaded by people.
    samples = samples[::max(1, len(samples) // 400)]
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 30} {TOP + 2 * HEIGHT + GAP + 30}" role="img">',
             "<title>What a gateway holds while all kinds of traffic come and go</title>", f"<style>{STYLE}</style>"]
    for place, (title, curves) in enumerate(PANELS):
        y = TOP + place * (HEIGHT + GAP)
        top = ceiling(1.05 * max(one[name] / divisor for one in samples for name, _, divisor in curves))
        parts += axes(y, title, top, minutes, warm_seconds / 60)
        parts += legend(y, curves)
        for name, _, divisor in curves:
            parts += curve(samples, y, top, minutes, name, divisor)
    return "\n".join(parts + ["</svg>\n"])


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    print(drawing(lines, lines[-1]["second"] / 4), end="")
