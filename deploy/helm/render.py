#!/usr/bin/env python3
"""Renders the chart without helm: `render.py [--set a.b=JSON]... > FILE`. Needs Go.

What it prints with the chart's own values is deploy/kubernetes/sluice.yaml (`make manifests`).
"""

import json
import pathlib
import subprocess
import sys

import yaml

chart = pathlib.Path(__file__).parent / "sluice"
values = yaml.safe_load((chart / "values.yaml").read_text())
about = yaml.safe_load((chart / "Chart.yaml").read_text())
arguments = sys.argv[1:]
while arguments:
    word, pair, *arguments = arguments
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
print("# What deploy/helm/sluice comes to with its own values: `make manifests` writes it, and a test holds it. Make a Secret\n"
      "# `sluice` with tls.crt, tls.key and keys.json first, and name your image.")
sys.stdout.write(rendered.stdout)
sys.exit(rendered.returncode)
