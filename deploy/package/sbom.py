#!/usr/bin/env python3
"""Writes what the program is made of (CycloneDX 1.5, JSON): packages in it, Swift's libraries, the system's libraries.

The packages are those of Package.resolved, with the licence that their own file is. The system's libraries are those
that the program asks its loader for; the distribution patches them.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import time
import uuid

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--program", required=True)
parser.add_argument("--resolved", required=True)
parser.add_argument("--checkouts", required=True)
parser.add_argument("--swift", required=True, help="the version of the toolchain")
options = parser.parse_args()

LICENCES = [  # the first that is found in a licence's text
    ("Apache-2.0", "Apache License"),
    ("MIT", "Permission is hereby granted, free of charge"),
    ("BSD-3-Clause", "Redistribution and use in source and binary forms"),
]


def licences(folder):
    for file in sorted(folder.glob("LICENSE*")) if folder.is_dir() else []:
        text = file.read_text(errors="replace")
        for name, words in LICENCES:
            if words in text:
                return {"licenses": [{"license": {"id": name}}]}
    return {}


def package(pin):
    """A pin of Package.resolved."""
    place = re.sub(r"^https?://|\.git$", "", pin["location"])
    state = pin["state"]
    version = state.get("version", state["revision"])
    return {
        "type": "library",
        "bom-ref": f"pkg:swift/{place}@{version}",
        "name": place.rsplit("/", 1)[1],
        "version": version,
        "purl": f"pkg:swift/{place}@{version}",
        "scope": "required",
        **licences(pathlib.Path(options.checkouts) / place.rsplit("/", 1)[1]),
        "externalReferences": [{"type": "vcs", "url": pin["location"]}],
        "properties": [{"name": "sluice:revision", "value": state["revision"]}, {"name": "sluice:linked", "value": "static"}],
    }


def toolchain():
    return {
        "type": "framework",
        "bom-ref": f"pkg:generic/swift@{options.swift}",
        "name": "swift",
        "description": "Swift's standard library, concurrency, Foundation (with ICU) and libdispatch",
        "version": options.swift,
        "purl": f"pkg:generic/swift@{options.swift}",
        "scope": "required",
        "licenses": [{"expression": "Apache-2.0 WITH Swift-exception"}],
        "properties": [{"name": "sluice:linked", "value": "static"}],
    }


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def system(library):
    """A shared library, with the version of the Debian package that it came from at the build."""
    path = re.search(rf"{re.escape(library)} => (\S+)", run("ldd", options.program))
    component = {"type": "library", "bom-ref": library, "name": library, "scope": "required"}
    if path:
        found = [run_or_nothing("dpkg", "-S", place) for place in (path[1], os.path.realpath(path[1]), "/usr" + path[1])]
        owner = next((text.split(":")[0] for text in found if text), None)
        if owner:
            version = run("dpkg-query", "-W", "-f", "${Version}\n", owner).split("\n")[0]
            component.update(version=version, purl=f"pkg:deb/debian/{owner}@{version}")
            component["bom-ref"] = component["purl"] + f"#{library}"
    component["properties"] = [{"name": "sluice:linked", "value": "dynamic"}]
    return component


def run_or_nothing(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout


pins = json.loads(pathlib.Path(options.resolved).read_text())["pins"]
needed = re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", options.program))
version = run(options.program, "--version").strip()
components = [package(pin) for pin in pins] + [toolchain()] + [system(library) for library in sorted(needed)]
moment = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
reference = f"pkg:generic/sluice@{version}"
content = json.dumps(components, sort_keys=True)
print(json.dumps({
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, reference + content)}",
    "version": 1,
    "metadata": {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", moment),
        "component": {
            "type": "application", "bom-ref": reference, "name": "sluice", "version": version, "purl": reference,
            "licenses": [{"license": {"id": "Apache-2.0"}}],
        },
    },
    "components": components,
    "dependencies": [{"ref": reference, "dependsOn": [component["bom-ref"] for component in components]}],
}, indent=2))
