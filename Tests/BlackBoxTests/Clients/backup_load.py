"""Publishes without a pause while `sluice log backup` runs, and accounts for each event in the copy and in the log.

Prints one JSON line: what was refused or is missing, and how long publishes took before and during the backup.
"""

import argparse
import http.client
import json
import sqlite3
import ssl
import subprocess
import threading
import time

parser = argparse.ArgumentParser()
for name in ["port", "ca", "token", "program", "config", "copy"]:
    parser.add_argument("--" + name, required=True)
arguments = parser.parse_args()

PUBLISHERS, FILLERS = 4, 48
context = ssl.create_default_context(cafile=arguments.ca)
answers, lock, done = [], threading.Lock(), threading.Event()


def connect():
    return http.client.HTTPSConnection("localhost", int(arguments.port), context=context, timeout=30)


def publish(connection, body, kind="application/json"):
    headers = {"Authorization": "Bearer " + arguments.token, "Content-Type": kind}
    connection.request("POST", "/v1/publish", body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def line(data):
    return json.dumps({"to": {"user": "alice"}, "data": data}) + "\n"


def fill():
    """So that there is something to copy: 48 MiB."""
    connection = connect()
    for _ in range(FILLERS):
        status, _ = publish(connection, line("x" * 60_000) * 17, "application/x-ndjson")
        assert status == 200, status


def publisher(number):
    connection, count = connect(), 0
    while not done.is_set():
        count += 1
        name, begun = f"{number}/{count}", time.monotonic()
        status, _ = publish(connection, line(name))
        with lock:
            answers.append((name, status, begun, time.monotonic()))


def quantile(times, part):
    return round(sorted(times)[min(len(times) - 1, int(len(times) * part))] * 1000, 1) if times else None


def names(path):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    return {data.decode() for (data,) in connection.execute("SELECT data FROM event WHERE length(data) < 100")}


fill()
threads = [threading.Thread(target=publisher, args=(number,)) for number in range(PUBLISHERS)]
for thread in threads:
    thread.start()
time.sleep(2)
start = time.monotonic()
subprocess.run(
    [arguments.program, "log", "backup", arguments.copy, "--config", arguments.config], check=True, capture_output=True)
end = time.monotonic()
time.sleep(0.5)
done.set()
for thread in threads:
    thread.join()

taken = {name for name, status, _, _ in answers if status == 200}
before = {name for name, status, _, answered in answers if status == 200 and answered < start}
times = [answered - begun for _, _, begun, answered in answers if answered < start]
during = [answered - begun for _, _, begun, answered in answers if begun < end and answered > start]
with open(arguments.config) as file:
    log = next(text.split(":", 1)[1].strip() for text in file if text.strip().startswith("path:"))
print(json.dumps({
    "refused": sum(status != 200 for _, status, _, _ in answers), "published": len(answers),
    "published during the backup": len(during), "backup ms": round((end - start) * 1000),
    "missing in the copy": len(before - names(arguments.copy)), "missing in the log": len(taken - names(log)),
    "p99 ms before": quantile(times, 0.99), "p99 ms during": quantile(during, 0.99),
    "slowest ms during": quantile(during, 1),
}))
