#!/usr/bin/env python3
"""Runs scanners against a gateway, each against one of its own: `scan.py [NAME...]`.

A scan fails when its tool finds something of medium severity or worse, when an event of others is missed or late, or when
the gateway does not come back to what it held before: connections, descriptors, memory.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import time

from under_scan import CERTS, ROOT, UnderScan

TLS_FOLDER = ROOT / ".venv" / "bin"
RESULTS = ROOT / ".build" / "scans"


def run(command, seconds, **options):
    """A tool's standard output; its standard error, and what it leaves behind, are in the results' folder."""
    with open(RESULTS / f"{pathlib.Path(command[0]).name}.err", "a", encoding="utf-8") as errors:
        return subprocess.run(
            [str(word) for word in command], stdout=subprocess.PIPE, stderr=errors, text=True, timeout=seconds,
            stdin=subprocess.DEVNULL, cwd=RESULTS, **options)


# MARK: TLS

# What testssl.sh holds against any server of its kind here: the certificate is the developer's own.
OF_DEVELOPMENT = {"cert_chain_of_trust", "cert_trust", "cert_revocation", "cert_crlDistributionPoints", "OCSP_stapling",
                  "DNS_CAArecord", "certificate_transparency", "overall_grade"}


def testssl(scanned):
    """Debian's testssl.sh: protocols, ciphers, server preferences, defaults, headers, all its known vulnerabilities."""
    report = RESULTS / "testssl.json"
    report.unlink(missing_ok=True)
    run(["testssl", "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1", "--add-ca",
         CERTS / "ca.pem", "--jsonfile", report, "-p", "-s", "-f", "-P", "-S", "-U", "-h",
         f"https://localhost:{scanned.gateway.port}/v1/sluice.js"], 3600)
    findings = json.loads(report.read_text())
    scanned.expect(len(findings) > 60, "it made", len(findings), "findings only")
    for one in findings:
        severe = one["severity"] in ("MEDIUM", "HIGH", "CRITICAL", "FATAL") and one["id"] not in OF_DEVELOPMENT
        scanned.expect(not severe, one["id"], one["severity"], one["finding"])
    return f"{len(findings)} findings, none of medium severity or worse"


def sslyze(scanned):
    """sslyze's checks, by Mozilla's intermediate configuration and by its own tests of vulnerabilities."""
    report = RESULTS / "sslyze.json"
    done = run([TLS_FOLDER / "sslyze", "--mozilla_config=intermediate", "--early_data", f"--certinfo_ca_file={CERTS / 'ca.pem'}",
                f"--json_out={report}", f"localhost:{scanned.gateway.port}"], 300)
    scanned.expect(done.returncode == 0 and "OK - Compliant" in done.stdout, done.stdout[-2000:])
    result = json.loads(report.read_text())["server_scan_results"][0]["scan_result"]
    bad = {"heartbleed": ["is_vulnerable_to_heartbleed"], "openssl_ccs_injection": ["is_vulnerable_to_ccs_injection"],
           "tls_compression": ["supports_compression"], "tls_1_3_early_data": ["supports_early_data"],
           "session_renegotiation": ["is_vulnerable_to_client_renegotiation_dos"]}
    good = {"tls_fallback_scsv": ["supports_fallback_scsv"], "tls_extended_master_secret": ["supports_ems_extension"]}
    for names, wanted in [(bad, False), (good, True)]:
        for name, keys in names.items():
            found = result[name]["result"]
            scanned.expect(found and all(found[key] is wanted for key in keys), name, found)
    robot = result["robot"]["result"]["robot_result"]
    scanned.expect(robot.startswith("NOT_VULNERABLE"), "robot:", robot)
    old = ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"]
    accepted = {name: len(result[f"{name}_cipher_suites"]["result"]["accepted_cipher_suites"]) for name in old}
    scanned.expect(not any(accepted.values()), "old versions are spoken:", accepted)
    return f"compliant; {len(bad) + len(good) + 1} tests of vulnerabilities passed, no version before TLS 1.2"


def malformed(scanned):
    """Conversations of a client that breaks TLS's rules, on tlslite-ng: each has to end as RFC 8446 or RFC 5246 says."""
    done = run([ROOT / ".build" / "scan-venv" / "bin" / "python", ROOT / "Tests" / "Scans" / "malformed.py", "--port",
                scanned.gateway.port], 300)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    scanned.expect(done.returncode == 0 and len(results) > 50, len(results), "conversations, and it ended with", done.returncode)
    for one in results:
        scanned.expect(one["outcome"] in one["expected"], one["name"], "ended with", one["outcome"], "not", one["expected"])
    return f"{len(results)} conversations, each ended as it has to"


# MARK: Slow clients

SLOW = {
    # Every few seconds a few bytes more, or fewer: none of it may keep a connection.
    "headers": ["-H", "-i", "5", "-t", "GET"],
    "body": ["-B", "-i", "5", "-s", "8192", "-t", "POST", "-f", "application/json"],
    "read": ["-X", "-n", "5", "-w", "10", "-y", "20", "-z", "5", "-k", "3", "-t", "GET"],
    "range": ["-R", "-t", "GET", "-a", "5", "-b", "3000"],
}


def slow(mode):
    def scan(scanned):
        path = "/v1/publish" if mode == "body" else "/v1/sluice.js"
        command = ["slowhttptest", *SLOW[mode], "-c", "1000", "-r", "200", "-l", "90", "-p", "5", "-u",
                   f"https://localhost:{scanned.gateway.port}{path}"]
        report, held = RESULTS / f"slow-{mode}.out", [0]
        with open(report, "w", encoding="utf-8") as file:
            with subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL) as tool:
                while tool.poll() is None:
                    time.sleep(0.5)
                    held.append(int(scanned.gateway.read_metric("sluice_connections")))
        text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", report.read_text())
        scanned.expect(re.search(r"initializing:\s*\d+", text), "the tool reported nothing")
        scanned.expect("NO" not in re.findall(r"service available:\s*(\w+)", text), "it was not available to the tool's probe")
        # What a client's own kernel still has to give it does not concern the gateway: its own count is looked at. The
        # tool comes back to nothing after 30 s (limits.stranger_lifetime); on a busy machine it is late with connecting.
        # Where the gateway has ended all of them the tool is over, while the last counts are still of their ends.
        late = 0 if "No open connections left" in text else max(held[-10:])
        scanned.expect(late <= 300, late, "connections are still held in the end")
        return f"1,000 connections, at most {max(held)} at once, {late} in the end"
    scan.__doc__ = f"slowhttptest, slow {mode}: 1,000 connections."
    return scan


# MARK: Load over HTTP/2

H2LOAD = [
    # Path, requests, who asks, and the kind of status that each of them has to get.
    ("/v1/sluice.js", 2000, None, "2xx"), ("/v1/nothing", 5000, None, "4xx"), ("/v1/publish", 10000, "publisher", "2xx"),
]


def h2load(scanned):
    """50 connections with 100 requests each at once: the module, refusals, publishes; then streams that are left open."""
    gateway = scanned.gateway
    body = RESULTS / "event.json"
    body.write_text(json.dumps({"to": {"user": "load"}, "data": "x" * 200}))
    token = gateway.make_token("load", "--publish", "user:*")
    publish = [f"--data={body}", "--header=content-type: application/json", f"--header=authorization: Bearer {token}"]
    for path, count, publisher, wanted in H2LOAD:
        done = run(["h2load", f"--requests={count}", "--clients=50", "--max-concurrent-streams=100",
                    *(publish if publisher else []), f"https://localhost:{gateway.port}{path}"], 300)
        text = done.stdout[done.stdout.find("finished"):]
        statuses = {kind: int(number) for number, kind in re.findall(r"(\d+) (\dxx)", text)}
        scanned.expect(statuses.get(wanted) == count and " 0 errored, 0 timeout" in text, path, text)
    return ", ".join(f"{count} × {path}" for path, count, *_ in H2LOAD) + "; " + streams(scanned)


def streams(scanned):
    """2,000 event streams on 20 connections; h2load goes away from them when its time is over."""
    gateway, reader = scanned.gateway, scanned.gateway.make_token("reader")
    command = ["h2load", "--duration=10", "--clients=20", "--max-concurrent-streams=100", "--warm-up-time=1",
               f"--header=authorization: Bearer {reader}", f"https://localhost:{gateway.port}/v1/stream"]
    most = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as load:
        while load.poll() is None:
            most = max(most, gateway.streams())
            time.sleep(0.2)
    scanned.expect(most > 2000, "at most", most, "streams were open")
    return f"{most} streams open at once"


SCANS = {"testssl": testssl, "sslyze": sslyze, "malformed": malformed} | {f"slow-{mode}": slow(mode) for mode in SLOW} | {
    "h2load": h2load}
MANY = {"connections": 1000}
SETTINGS = {f"slow-{mode}": MANY for mode in SLOW} | {
    "h2load": MANY | {"limits": {"streams_per_user": 3000, "streams_opened_per_user": 0}}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / ".build" / "release" / "sluice"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCANS))
    options = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in options.names or SCANS:
        with UnderScan(options.program, **SETTINGS.get(name, {})) as scanned:
            result = SCANS[name](scanned)
        for fault in scanned.faults:
            print(f"scan: {name}: FOUND {fault}", flush=True)
        print(f"scan: {name}: {'failed' if scanned.faults else 'passed'}: {result}; {scanned.figures}", flush=True)
        failed += [name] if scanned.faults else []
    sys.exit(f"scan: failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
