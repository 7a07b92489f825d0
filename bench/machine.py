"""Prints, as JSON, on what a measurement is made: hardware, system, and the versions that matter."""

import json
import os
import platform
import re
import subprocess
import time


def said(*command):
    """What a program says, or nothing when it is not there."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return (result.stdout + result.stderr).strip()


def field(path, name):
    with open(path, encoding="utf-8") as file:
        found = re.search(rf"^{name}\s*[:=]\s*\"?([^\"\n]*)", file.read(), re.MULTILINE)
    return found.group(1).strip() if found else ""


print(json.dumps({
    "date": time.strftime("%Y-%m-%d"),
    "processor": field("/proc/cpuinfo", "model name") or platform.machine(),
    "cores": os.cpu_count(),
    "memory_gib": round(int(field("/proc/meminfo", "MemTotal").split()[0]) / (1 << 20)),
    "system": field("/etc/os-release", "PRETTY_NAME"),
    "kernel": platform.release(),
    "openssl": " ".join(said("openssl", "version").split()[:2]),
    "nginx": said("nginx", "-v").rpartition("/")[2],
    "nchan": said("dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan"),
    "commit": said("git", "rev-parse", "--short", "HEAD"),
}))
