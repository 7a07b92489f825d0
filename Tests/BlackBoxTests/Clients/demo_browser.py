"""Uses the demo with Chromium, as three people would, and reports what each of their tabs showed.

When it prints the step `restart`, the demo is to be stopped and started anew on the same ports.
"""

import argparse
import json
import os
import time

from selenium.webdriver.common.keys import Keys

import demo_looks
import demo_races
from demo_line import Line
from demo_person import Person

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--page", type=int, required=True, help="the port of the demo's page")
arguments.add_argument("--gateway", type=int, required=True, help="the port of the gateway")
arguments.add_argument("--key", required=True, help="base64 of the SHA-256 of the server's public key, to be trusted")
arguments.add_argument("--protocol", required=True, choices=["h2", "http/1.1"], help="what to speak with the gateway")
arguments.add_argument("--by", required=True, choices=["keyboard", "mouse"])
arguments.add_argument("--log", required=True, help="the file of the gateway's log, to be taken away for a while")
arguments.add_argument("--without", nargs="*", default=[], help="steps that are left out")
arguments.add_argument("--shots", help="folder for screenshots; without it there are none")
options = arguments.parse_args()

# Notes when the list of notifications, the clock or the light changes.
WATCH = """
window.seen = []; window.timeSeen = 0; window.lights = [];
const watch = (selector, note) => new MutationObserver(note).observe(
  document.querySelector(selector), {childList: true, attributes: true});
watch("#inbox", () => {
  for (const q of document.querySelectorAll('#inbox q')) {
    if (!window.seen.some((one) => one.text === q.textContent)) window.seen.push({text: q.textContent, at: Date.now()});
  }
});
watch("#clock", () => { window.timeSeen += 1 });
watch("#light", () => {
  const state = document.querySelector("#light").dataset.state;
  if (window.lights.at(-1) !== state) window.lights.push(state);
});
"""
UNREAD = "return [Number(document.querySelector('#unread').dataset.count), document.title]"
LIGHT = "return document.querySelector('#light-text').textContent"
STATE = "return document.querySelector('#light').dataset.state"
NOTICES = "return document.querySelectorAll('#inbox li').length"
COMMENTS = "return [...document.querySelectorAll('#inbox q')].map((q) => q.textContent).reverse()"
# What came over the stream, and how often something came that had come before.
WIRE = "return [...document.querySelectorAll('#wire li')].map((item) => item.textContent)"
TWICE = """
const ids = [...document.querySelectorAll('#wire li')].map((item) => item.dataset.id);
return ids.length - new Set(ids).size
"""
# Everything that is one user's alone.
TRACES = """
const text = (id) => document.getElementById(id).textContent;
return [text("wire"), text("inbox"), text("said"), text("last-id"), text("received"), text("clock"), document.title,
  document.getElementById("compose-text").value]
"""
REMARKS = ["That crust!", "Keep me a slice.", "Two, please.", "Rye next time?", "I bring the butter."]


def report(step, **members):
    print(json.dumps({"step": step, **members}), flush=True)


def seen(text):
    return f"return window.seen.find((one) => one.text === '{text}')"


def shots(name):
    """On alice's tab. They take their time, so only one of the runs has them."""
    for file, flaws in demo_looks.shots(alice, name, options.shots) if options.shots else []:
        report("shot", name=file, flaws=flaws)


def start():
    shots("welcome")
    for person in people:
        person.sign_in()
    alice.another_tab()
    alice.until_light("live")
    report("signed-in", modes=alice.in_each_tab("return document.querySelector('#mode').textContent"))
    for person in people:
        person.in_each_tab(WATCH)


def comment():
    """In both of alice's tabs at once, and not at carol's."""
    delays = []
    for text in REMARKS:
        sent = bob.comment(text)
        delays += [alice.until(seen(text))["at"] - sent for _ in alice.each_tab()]
    unread = alice.in_each_tab(UNREAD)
    bob.press("article[data-by=alice] [data-reaction=love]")
    alice.until_each_tab("return document.querySelector('#unread').dataset.count === '6'")
    report("comment", delays=delays, unread=unread, reacted=alice.in_each_tab(UNREAD),
           others=carol.run(WIRE) + bob.run(WIRE), notices=carol.run(NOTICES) + bob.run(NOTICES))
    shots("board")


def read():
    """Read in one tab, read in all."""
    alice.use(0)
    alice.press("#read")
    alice.until_each_tab("return document.querySelector('#unread').dataset.count === '0'")
    report("read", unread=alice.in_each_tab(UNREAD), others=carol.run(WIRE) + bob.run(WIRE))


def the_time():
    """To one, and to everyone."""
    choose(bob, "alice")
    bob.press("#time button", Keys.SPACE)
    alice.until_each_tab("return window.timeSeen === 1")
    to_one = carol.run(WIRE) + bob.run(WIRE)
    choose(bob, "")
    bob.press("#time button", Keys.SPACE)
    for person in people:
        person.until(f"return window.timeSeen === {2 if person is alice else 1}")
    report("time", others=to_one, everyone=[person.run("return window.timeSeen") for person in people])


def choose(person, user):
    """To whom the time goes."""
    if person.by == "keyboard":
        person.tab_to("#time-to")
        person.type(Keys.HOME, *[Keys.ARROW_DOWN] * ["", "alice", "bob", "carol"].index(user))
    else:
        person.run(f"document.querySelector('#time-to').value = '{user}'")
    person.until(f"return document.querySelector('#time-to').value === '{user}'")


def offline():
    """The network is gone for ten seconds: then all that was missed, once."""
    alice.use(0)
    line.cut()
    cut_at = time.monotonic()
    alice.until_each_tab(f"{STATE} === 'reconnecting'")
    for number in range(3):
        bob.comment(f"missed {number}")
    alice.use(0)
    alice.press("#time button")
    told = alice.until("return document.querySelector('#toasts').textContent")
    shots("offline")
    time.sleep(max(0, cut_at + 10 - time.monotonic()))
    missed = alice.in_each_tab("return window.seen.filter((one) => one.text.startsWith('missed')).length")
    line.mend()
    # After an attempt that failed the browser waits for what `retry:` says.
    alice.until_each_tab("return window.seen.filter((one) => one.text.startsWith('missed')).length === 3")
    alice.until_each_tab(f"{STATE} === 'live'")
    bob.comment("after")
    alice.until_each_tab(seen("after"))
    report("offline", missed=missed, told=told, twice=alice.in_each_tab(TWICE), comments=alice.in_each_tab(COMMENTS),
           lights=alice.in_each_tab("return window.lights"), others=carol.run(WIRE)[:-1] + bob.run(WIRE)[:-1])


def cut():
    """The page's own button does what it says, for all tabs."""
    alice.use(0)
    alice.press("#cut")
    alice.until_each_tab(f"{LIGHT} === 'network cut'")
    bob.comment("while cut")
    alice.use(0)
    shots("cut")
    missed = alice.in_each_tab(seen("while cut"))
    alice.use(0)
    alice.press("#cut", Keys.SPACE)
    alice.until_each_tab(seen("while cut"))
    alice.until_each_tab(f"{STATE} === 'live'")
    report("cut", missed=missed, twice=alice.in_each_tab(TWICE))


def outage():
    """The gateway is cut off from its log: streams stay open, and the page says that what it shows may be old."""
    for person in people:
        person.in_each_tab("window.lights.length = 0")
    os.rename(options.log, options.log + ".away")
    for person in people:
        person.until_each_tab(f"{STATE} === 'delayed'")
    light = alice.run(LIGHT)
    os.rename(options.log + ".away", options.log)
    for person in people:
        person.until_each_tab(f"{STATE} === 'live'")
    bob.comment("after the outage")
    alice.until_each_tab(seen("after the outage"))
    report("outage", light=light, twice=alice.in_each_tab(TWICE),
           lights=[lights for person in people for lights in person.in_each_tab("return window.lights")])


def sleep():
    """For ten seconds."""
    alice.use(0)
    alice.press("#sleep", Keys.SPACE)
    alice.until_each_tab(f"{LIGHT} === 'asleep'")
    bob.comment("while asleep")
    missed = alice.in_each_tab(seen("while asleep"))
    alice.until_each_tab(seen("while asleep"))
    alice.until_each_tab(f"{STATE} === 'live'")
    report("sleep", missed=missed, twice=alice.in_each_tab(TWICE))


def expire():
    """The stream ends and says why; a new token goes on where it was."""
    alice.use(0)
    alice.press("#expire")
    alice.until_each_tab(f"{LIGHT} === 'stream ended: token expired'", within=40)
    alice.use(0)
    shots("expired")
    bob.comment("while signed out")
    alice.press("#expire")
    alice.until_each_tab(seen("while signed out"))
    alice.until_each_tab(f"{STATE} === 'live'")
    report("expire", twice=alice.in_each_tab(TWICE))


def restart():
    """Another log begins: the page is behind until it has read everything anew."""
    alice.use(0)
    alice.run(demo_races.HOLD + "window.failing = '/posts'")
    report("restart")
    alice.until(f"{STATE} === 'behind'", within=60)
    behind = alice.run(LIGHT)
    alice.until("return document.querySelector('#toasts').textContent.includes('be reached')")
    shots("behind")
    still = alice.run(LIGHT)
    # It tries again by itself.
    alice.run("window.failing = null")
    alice.until_each_tab(f"{STATE} === 'live'")
    for person in [bob, carol]:
        person.until_light("live")
    report("behind", light=behind, still=still, lights=alice.in_each_tab("return window.lights"), notices=alice.in_each_tab(NOTICES))


def switch():
    """Signing out ends the stream in every tab; then someone else signs in there, and finds no trace of alice."""
    bob.comment("for alice")
    alice.until_each_tab(seen("for alice"))
    alice.use(0)
    before = alice.run(TRACES)
    alice.tab_to("#compose-text")
    alice.type("a draft")
    alice.press("#sign-out")
    for _ in alice.each_tab():
        alice.until_light("signed-out")
        alice.until("return !document.querySelector('#welcome').hidden")
    left = alice.in_each_tab(TRACES)
    alice.sign_in("carol")
    alice.until_each_tab(f"{STATE} === 'live'")
    bob.comment("for alice alone")
    time.sleep(0.5)
    report("switch", before=before, left=left, found=alice.in_each_tab(TRACES))


def end():
    report("end", unseen=[stop for person in people for stop in person.unseen],
           protocols=[protocol for person in people for protocol in person.protocols("/v1/session")],
           messages=[message for person in people for message in person.messages()])


address = {"url": f"https://localhost:{options.page}", "key": options.key, "protocol": options.protocol, "by": options.by}
line = Line([options.page, options.gateway])
alice, bob, carol = people = [Person(name, line=line if name == "alice" else None, **address)
                              for name in ["alice", "bob", "carol"]]
try:
    for step in [start, comment, read, the_time, offline, cut, outage, sleep, expire, restart, switch]:
        if step.__name__ not in options.without:
            step()
    if "races" not in options.without:
        report("races", **demo_races.all_of(alice, bob))
    end()
finally:
    for person in people:
        person.driver.quit()
