"""Uses the demo on a cluster with Chromium: alice in three tabs, bob in a browser of his own, and kills the gateway that
alice's first tab is at, by the button on the page. Prints one JSON object with what was seen."""

import argparse
import itertools
import json
import time

import demo_looks
from demo_person import Person

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--url", required=True, help="the page, with the token of the cluster's own page behind #")
arguments.add_argument("--key", required=True, help="base64 of the SHA-256 of the server's public key, to be trusted")
arguments.add_argument("--shots", required=True, help="folder for screenshots")
options = arguments.parse_args()

HERE = "return document.querySelector('#here').dataset.gateway"
# What came over the stream twice.
TWICE = """
const ids = [...document.querySelectorAll('#wire li')].map((item) => item.dataset.id);
return ids.length - new Set(ids).size
"""


def remark(text):
    """By bob, to alice: when each of her tabs had it, in milliseconds."""
    sent = bob.comment(text)
    delays = []
    for _ in alice.each_tab():
        alice.until(f"return [...document.querySelectorAll('#inbox q')].some((one) => one.textContent === '{text}')", 40)
        delays.append(round(time.time() * 1000 - sent))
    return delays


def places():
    for _ in alice.each_tab():
        alice.until(HERE, 40)
    return alice.in_each_tab(HERE)


address = {"url": options.url, "key": options.key, "protocol": "h2", "by": "mouse"}
people = alice, bob = [Person(name, **address) for name in ["alice", "bob"]]
try:
    for person in people:
        person.sign_in()
    for _ in range(2):
        alice.another_tab()
        alice.until_light("live")
    before = places()
    delays = remark("at different gateways")
    alice.use(0)
    # Dark on a desk, and light on a phone.
    shots = itertools.islice(demo_looks.shots(alice, "cluster", options.shots), 1, 3)
    flaws = [flaw for _, found in shots for flaw in found]
    send = alice.driver.execute_cdp_cmd
    send("Emulation.clearDeviceMetricsOverride", {})
    send("Emulation.setEmulatedMedia", {"features": []})
    killed_at = time.monotonic()
    alice.press(f"button[data-gateway={before[0]}]")
    alice.until(f"const here = document.querySelector('#here').dataset.gateway; return here && here !== '{before[0]}'", 40)
    back = time.monotonic() - killed_at
    alice.until(f"return document.querySelector('button[data-gateway={before[0]}]').textContent === 'start'", 20)
    alice.until_each_tab("return document.querySelector('#light').dataset.state === 'live'", 40)
    late = remark("after the kill")
    print(json.dumps({
        "before": before, "after": places(), "delays": delays, "late": late, "back": round(back, 1),
        "flaws": flaws, "twice": alice.in_each_tab(TWICE), "hash": alice.run("return location.hash")}), flush=True)
finally:
    for person in people:
        person.driver.quit()
