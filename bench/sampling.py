"""Sorts the samples of perf's reports by who was at work: `sampling.py FOLDER OUTPUT SCENARIO…` reads FOLDER/SCENARIO.txt.

A sample belongs to the function that ran, not to its callers: so the kernel's part is what all system calls took.
"""

import json
import pathlib
import re
import sys

LIBRARIES = [
    (r"\[kernel", "kernel"), (r"libcrypto|libssl", "OpenSSL"), (r"libnghttp2", "nghttp2"),
    (r"libswift|libFoundation|lib_Foundation", "Swift runtime"), (r"libc\.|ld-linux|vdso|libm\.|libstdc", "C library"),
]
# A mangled name begins with its module's, behind the length of that.
MODULES = [
    (r"10OpenSSLKit|10NIOOpenSSL", "TLS records and handler"), (r"8EventHub|11EventStream", "hub"),
    (r"8HTTP2Kit|11HTTPServing|12GatewayRules|9HTTPTypes|8NIOHTTP1|c_nio_llhttp", "HTTP"), (r"9TokenAuth|10StrictJSON", "token and JSON"),
    (r"7NIOCore|8NIOPosix|16NIOConcurrency|6NIOTLS|18_NIODataStructures", "NIO"),
]
ORDER = ["kernel", "OpenSSL", "TLS records and handler", "nghttp2", "HTTP", "token and JSON", "hub", "NIO", "Swift runtime",
         "C library", "other"]


def owner(library, symbol):
    for pattern, name in LIBRARIES:
        if re.search(pattern, library):
            return name
    found = [(match.start(), name) for pattern, name in MODULES if (match := re.search(pattern, symbol))]
    return min(found)[1] if found else "other"


def shares(path):
    """How much of the samples each owner has, in per cent."""
    found = dict.fromkeys(ORDER, 0.0)
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) >= 3 and cells[0].endswith("%"):
            found[owner(cells[1], cells[2])] += float(cells[0][:-1])
    return found


def table(path):
    """The capacity page's table of a file that this has written."""
    profile = json.loads(path.read_text(encoding="utf-8"))
    titles = {"fan1": "delivery, HTTP/1.1", "h2": "delivery, HTTP/2", "target8": "publish and delivery", "hold": "handshake"}
    scenarios = [name for name in titles if name in profile]
    lines = ["| share of the gateway's time | " + " | ".join(titles[name] for name in scenarios) + " |"]
    lines.append("|---|" + "---|" * len(scenarios))
    for who in ORDER:
        cells = [profile[name][who] for name in scenarios]
        if any(cell >= 0.5 for cell in cells):
            lines.append(f"| {who} | " + " | ".join(f"{cell:.0f} %" for cell in cells) + " |")
    return "\n".join(lines)


def main(folder, output, *scenarios):
    found = {name: shares(pathlib.Path(folder) / f"{name}.txt") for name in scenarios}
    pathlib.Path(output).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(table(pathlib.Path(output)))


if __name__ == "__main__":
    main(*sys.argv[1:])
