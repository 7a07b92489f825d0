"""Asks a loaded gateway the runbook's questions, each by its query, with promtool, of a Prometheus that looks at the
gateway each second. Prints what it answers; --write puts it into the runbook. A query without an answer is a failure."""

import argparse
import asyncio
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

from broken_gateway import ROOT, Gateway, build, free_ports, run_client
from connection import context, report, tcp, tls

RUNBOOK = ROOT / "RUNBOOK.md"
MARKS = ("<!-- questions:begin -->\n", "<!-- questions:end -->\n")
HEAD = "| Question | Query | For instance |\n|---|---|---|\n"
LOADS = (
    ["--streams", "200", "--rate", "200", "--publishers", "4", "--stalled", "10", "--payload", "2000"],
    ["--streams", "100", "--rate", "50", "--http2", "--streams-per-connection", "10"],
)


def number(text):
    value = float(text)
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def in_words(series):
    """The labels that differ, and the value: of the first three."""
    def name(labels):
        own = [(key, value) for key, value in labels.items() if key not in ("__name__", "instance", "job")]
        return " ".join(f"{key} {value}" if value[0].isdigit() else pathlib.Path(value).name for key, value in own)

    return ", ".join(f"{name(one['metric'])}: {number(one['value'][1])}".removeprefix(": ") for one in series[:3])


class Trouble:
    """What makes gaps, refusals and resumed handshakes."""

    def __init__(self, gateway):
        self.gateway, self.context = gateway, context(gateway.options.ca)

    def ask(self, bearer, field="", session=None):
        sock = tls(self.gateway.port, self.context) if session is None else self.resume(session)
        sock.sendall(
            f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {bearer}\r\n{field}\r\n".encode())
        sock.recv(4096)
        sock.close()
        return sock.session

    def resume(self, session):
        return self.context.wrap_socket(tcp(self.gateway.port), server_hostname="localhost", session=session)

    def make(self):
        session = self.ask(self.gateway.token("alice"), "Last-Event-ID: 0000000000000000-7\r\n")
        self.ask(self.gateway.token("alice"), session=session)
        self.ask("no-token")


class Load:
    """A gateway that does a little of everything, and an issuer whose keys it fetches."""

    def __init__(self, options, folder):
        self.options = options
        self.gateway = Gateway(options, folder / "gateway")
        port = free_ports(1)[0]
        self.provider = run_client(
            "openid_provider.py", "--port", port, "--certificate", options.certificate, "--key", options.key)
        file = self.gateway.folder / "sluice.yaml"
        file.write_text(json.dumps({"auth": {"issuers": [{
            "issuer": f"https://localhost:{port}", "discovery": True, "ca": options.ca, "audience": "sluice"}]}}))
        # The publishers have one name, and no other publishes beside them.
        self.gateway.settings |= {"config": file, "log-retention-share-age": "0s"}
        self.benches = []

    async def run(self, work):
        try:
            await asyncio.to_thread(self.provider.stdout.readline)
            await self.gateway.start()
            self.benches = [
                subprocess.Popen(
                    [self.options.program, "bench", "--url", f"https://localhost:{self.gateway.port}", "--ca",
                     self.options.ca, "--keys", self.options.keys, "--duration", f"{self.options.seconds + 60}s"]
                    + load, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for load in LOADS]
            trouble = Trouble(self.gateway)
            for _ in range(self.options.seconds):
                await asyncio.to_thread(trouble.make)
                await asyncio.sleep(1)
            return await asyncio.to_thread(work, self.gateway)
        finally:
            for process in [*self.benches, self.provider]:
                process.kill()
                process.wait()
            await self.gateway.stop()


def questions():
    """The rows of the runbook's table, each with its queries."""
    rows = RUNBOOK.read_text().split(MARKS[0])[1].split(MARKS[1])[0].splitlines()[2:]
    for row in rows:
        question, queries = [cell.strip() for cell in row.split(" | ")][:2]
        yield question.lstrip("| "), queries, [one for one in re.findall(r"`([^`]+)`", queries)]


def ask(gateway, query):
    answer = subprocess.run(
        ["promtool", "query", "instant", "--format=json", f"http://127.0.0.1:{gateway.prometheus_port}", query],
        capture_output=True, text=True, check=False)
    series = json.loads(answer.stdout or "[]") if answer.returncode == 0 else []
    report(query=query, answer=in_words(series) or answer.stderr)
    return in_words(series)


def ask_all(gateway):
    table, unanswered = HEAD, []
    for question, cell, queries in questions():
        answers = {query: ask(gateway, query) for query in queries if not query.startswith("sluice ")}
        unanswered += [query for query, answer in answers.items() if not answer]
        table += f"| {question} | {cell.removesuffix(' |')} | {'; '.join(answers.values())} |\n"
    return table, unanswered


def write(table):
    before, rest = RUNBOOK.read_text().split(MARKS[0])
    RUNBOOK.write_text(before + MARKS[0] + table + MARKS[1] + rest.split(MARKS[1])[1])


async def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    for name in ("program", "certificate", "key", "ca", "keys"):
        arguments.add_argument("--" + name, required=True)
    arguments.add_argument("--seconds", type=int, default=60, help="of load, before it is asked")
    arguments.add_argument("--write", action="store_true")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        build(pathlib.Path(home))
        table, unanswered = await Load(options, pathlib.Path(home)).run(ask_all)
    print(table)
    if options.write:
        write(table)
    if unanswered:
        raise SystemExit(f"no answer to {unanswered}")


# Whoever ends it ends what it has started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
asyncio.run(main())
