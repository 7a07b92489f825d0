"""Draws the capacity page's plot: `plot.py FOLDER >capacity.svg`. Four curves, readable on a light and on a dark page."""

import math
import sys

from capacity import shares
from results import CPU, Results

WIDTH, HEIGHT, LEFT, TOP, GAP_X, GAP_Y = 380, 210, 62, 44, 96, 96
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-weight: 600; font-size: 13px }
.grid { stroke: #8884 } .axis { stroke: #888 } polyline { fill: none; stroke-width: 2 }
.sluice { stroke: #0a7d5a } .floor { stroke: #b06000; stroke-dasharray: 5 4 }
circle.sluice { fill: #0a7d5a } circle.floor { fill: #b06000 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .sluice { stroke: #4fd6a8 } .floor { stroke: #f0a860 }
  circle.sluice { fill: #4fd6a8 } circle.floor { fill: #f0a860 }
}
"""


def costs(results, name): return results.points(name, CPU)


# Title, the curve's name, what stands upwards, whether the floor is drawn too, whether numbers to the right grow by factors.
PANELS = [
    ("µs per delivery, by streams (16,000 deliveries/s)", "streams", costs, True, True),
    ("CPU, % of a core, by events/s to 1000 streams", "rate", shares, False, False),
    ("µs per delivery, by bytes of data", "payload", costs, True, True),
    ("µs per delivery, by topics of each stream", "topics", costs, False, False),
]


def ceiling(value):
    """The next 1, 2 or 5 times a power of ten."""
    size = 10 ** math.floor(math.log10(value)) if value > 0 else 1
    return next(size * step for step in (1, 2, 5, 10) if size * step >= value)


def short(value):
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


class Panel:
    """One pair of axes and what is drawn between them."""

    def __init__(self, x, y, numbers, top, by_factors):
        self.x, self.y, self.numbers, self.top, self.by_factors = x, y, numbers, top, by_factors

    def across(self, value):
        low, high = self.numbers[0], self.numbers[-1]
        if self.by_factors:
            value, low, high = math.log(value), math.log(low), math.log(high)
        return self.x + (WIDTH * (value - low) / (high - low) if high > low else WIDTH / 2)

    def up(self, value): return self.y + HEIGHT * (1 - value / self.top)

    def axes(self, title):
        yield f'<text class="title" x="{self.x}" y="{self.y - 14}">{title}</text>'
        for step in range(5):
            value = self.top * step / 4
            yield f'<line class="grid" x1="{self.x}" x2="{self.x + WIDTH}" y1="{self.up(value):.1f}" y2="{self.up(value):.1f}"/>'
            yield f'<text x="{self.x - 8}" y="{self.up(value) + 4:.1f}" text-anchor="end">{value:g}</text>'
        bottom, last = self.y + HEIGHT, -math.inf
        yield f'<line class="axis" x1="{self.x}" x2="{self.x + WIDTH}" y1="{bottom}" y2="{bottom}"/>'
        for value in self.numbers:
            place = self.across(value)
            if place - last >= 30:
                yield f'<text x="{place:.1f}" y="{bottom + 18}" text-anchor="middle">{short(value)}</text>'
                last = place

    def curve(self, points, style):
        places = [(self.across(at), self.up(value)) for at, value in points]
        yield f'<polyline class="{style}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'
        for (x, y), (at, value) in zip(places, points):
            yield f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{style}, {at:,}: {value:.1f}</title></circle>'


def panel(results, place, title, name, take, has_floor, by_factors):
    curves = {"sluice": take(results, name)} | ({"floor": results.points(name, CPU, "floor")} if has_floor else {})
    numbers = sorted({at for points in curves.values() for at, _ in points})
    if not numbers:
        return
    top = ceiling(1.05 * max(value for points in curves.values() for _, value in points))
    x, y = LEFT + place % 2 * (WIDTH + GAP_X), TOP + place // 2 * (HEIGHT + GAP_Y)
    axes = Panel(x, y, numbers, top, by_factors)
    yield from axes.axes(title)
    for style, points in curves.items():
        if points:
            yield from axes.curve(points, style)


def drawing(results):
    """The plot as SVG."""
    width, height = LEFT + 2 * WIDTH + GAP_X + 30, TOP + 2 * HEIGHT + GAP_Y + 60
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
             "<title>What a delivery costs, by streams, events, payload and topics</title>", f"<style>{STYLE}</style>"]
    for place, settings in enumerate(PANELS):
        parts += panel(results, place, *settings)
    for place, (style, name) in enumerate([("sluice", "Sluice"), ("floor", "floor: a C program that only writes")]):
        x, y = LEFT + 110 * place, height - 14
        parts += [f'<line class="{style}" stroke-width="2" x1="{x}" x2="{x + 24}" y1="{y - 4}" y2="{y - 4}"/>',
                  f'<text x="{x + 30}" y="{y}">{name}</text>']
    return "\n".join(parts + ["</svg>\n"])


if __name__ == "__main__":
    print(drawing(Results(sys.argv[1])), end="")
