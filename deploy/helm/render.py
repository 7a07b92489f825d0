#!/usr/bin/env python3
"""Renders the chart without helm: `render.py [--values FILE] [--set a.b=JSON]... > OUTPUT`. Needs Go.

What it prints with the chart's own values is deploy/kubernetes/sluice.yaml, and with those of a cluster beside this file
deploy/kubernetes/sluice-cluster.yaml (`make manifests`).
"""

import json
import pathlib
import subprocess
import sys

import yaml

chart = pathlib.Path(__file__).parent / "sluice"
values = yaml.safe_load((chart / "values.yaml").read_text())
about = yaml.safe_load((chart / "Chart.yaml").read_text())


def merged(values, changes):
    """Map by map, as helm does."""
    both = isinstance(values, dict) and isinstance(changes, dict)
    return values | {key: merged(values.get(key), value) for key, value in changes.items()} if both else changes


arguments = sys.argv[1:]
file = None
while arguments:
    word, pair, *arguments = arguments
    if word == "--values":
        file = pathlib.Path(pair)
        values = merged(values, yaml.safe_load(file.read_text()))
        continue
    assert word == "--set", word
    path, value = pair.split("=", 1)
    *folders, last = path.split(".")
    place = values
    for folder in folders:
        place = place[folder]
    place[last] = json.loads(value)
data = {
    "Values": values,
    "Chart": {"Name": about["name"], "Version": about["version"], "AppVersion": about["appVersion"]},
    "Release": {"Name": "sluice", "Namespace": "default"},
}
templates = sorted(str(file) for file in (chart / "templates").iterdir())
rendered = subprocess.run(["go", "run", str(chart.parent / "render.go"), *templates], input=json.dumps(data), text=True,
                          capture_output=True)
sys.stderr.write(rendered.stderr)
if file is None:
    print("# What deploy/helm/sluice comes to with its own values: `make manifests` writes it, and a test holds it. Make a "
          "Secret\n# `sluice` with tls.crt, tls.key and keys.json first, and name your image.")
else:
    print(f"# What deploy/helm/sluice comes to with {file.name}: `make manifests` writes it, and a test holds it. That file "
          "says\n# which Secrets to make first. Name your image.")
sys.stdout.write(rendered.stdout)
sys.exit(rendered.returncode)
