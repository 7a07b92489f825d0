"""Makes a table of two versions that versions.sh has measured in turn: `versions.py FOLDER` prints it.

A difference is one when all pairs of runs agree on its direction. With five pairs, one row of sixteen does so by chance.
What they don't agree on is called noise.
"""

import statistics
import sys

import beside
import table
from results import Results

OLD, NEW = "sluice-old", "sluice-new"


def rows():
    """What the tables of run.sh have: a title, a scenario, what to take out of a run, and how to write it."""
    yield from ((row.title, row.scenario, row.key, row.text) for row in table.ROWS)
    yield from beside.ROWS


def verdict(ratios):
    """What is to be believed of the pairs' ratios."""
    if all(ratio < 1 for ratio in ratios) or all(ratio > 1 for ratio in ratios):
        return f"{100 * (statistics.median(ratios) - 1):+.1f} %"
    return "noise"


def line_of(results, title, scenario, key, text):
    old, new = results.values(scenario, key, OLD), results.values(scenario, key, NEW)
    ratios = sorted(after / before for before, after in zip(old, new) if before)
    if not ratios:
        return None
    ratio = f"{statistics.median(ratios):.3f} ({ratios[0]:.3f}–{ratios[-1]:.3f})"
    return table.line(
        [title, text(statistics.median(old)), text(statistics.median(new)), ratio, verdict(ratios)])


def main(folder):
    results = Results(folder)
    lines = [line for row in rows() if (line := line_of(results, *row))]
    head = table.line(["", "before", "after", "after : before, median (least–greatest)", "difference"])
    print("\n".join([head, "|---|---|---|---|---|"] + lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
