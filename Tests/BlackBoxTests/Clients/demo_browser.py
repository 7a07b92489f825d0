"""Clicks through the demo with Chromium, as three people would, and reports what each of their tabs showed."""

import argparse
import json
import pathlib
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--url", required=True, help="the demo's page")
arguments.add_argument("--key", required=True, help="base64 of the SHA-256 of the server's public key, to be trusted")
arguments.add_argument("--shots", required=True, help="folder for screenshots")
options = arguments.parse_args()


def report(step, **members):
    print(json.dumps({"step": step, **members}), flush=True)


class Person:
    """One browser with a profile of its own, and its tabs."""

    def __init__(self, name):
        self.name = name
        chrome = webdriver.ChromeOptions()
        chrome.binary_location = "/usr/bin/chromium"
        for argument in ["headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "window-size=1280,900",
                         f"ignore-certificate-errors-spki-list={options.key}"]:
            chrome.add_argument(f"--{argument}")
        chrome.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=chrome, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        self.driver.get(options.url)
        self.tabs = [self.driver.current_window_handle]

    def another_tab(self):
        self.driver.switch_to.new_window("tab")
        self.driver.get(options.url)
        self.tabs.append(self.driver.current_window_handle)

    def use(self, tab):
        self.driver.switch_to.window(self.tabs[tab])

    def in_each_tab(self, script):
        results = []
        for tab in range(len(self.tabs)):
            self.use(tab)
            results.append(self.run(script))
        return results

    def run(self, script, *values):
        return self.driver.execute_script(script, *values)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def click(self, selector):
        self.until(f"const found = document.querySelector('{selector}'); return found && !found.disabled")
        element = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def until(self, script, within=20):
        end = time.monotonic() + within
        while time.monotonic() < end:
            if result := self.run(script):
                return result
            time.sleep(0.02)
        state = self.run("return [...document.querySelectorAll('.bar, #toasts')].map((one) => one.textContent).join(' ')")
        raise SystemExit(f"{self.name}: not within {within} s: {script}; the page says: {state.split()}")

    def until_light(self, state, within=20):
        self.until(f"return document.querySelector('#light').dataset.state === '{state}'", within)

    def sign_in(self):
        """By keyboard alone: to the first button, on to the own one, and in."""
        self.until("return document.querySelector('#people button')")
        self.run("document.querySelector('#people button').focus()")
        keys = webdriver.ActionChains(self.driver)
        for _ in range(["alice", "bob", "carol"].index(self.name)):
            keys.send_keys(Keys.TAB)
        keys.send_keys(Keys.ENTER).perform()
        self.until_light("live")

    def comment(self, text):
        """On the newest post of alice's. Returns when it was sent, by the page's clock."""
        post = "article[data-by=alice]"
        self.run("window.sentAt = null; document.querySelector(arguments[0] + ' form')"
                 ".addEventListener('submit', () => { window.sentAt ??= Date.now() }, true)", post)
        field = self.find(f"{post} input")
        self.run("arguments[0].scrollIntoView({block: 'center'})", field)
        field.send_keys(text, Keys.ENTER)
        return self.until("return window.sentAt")

    def messages(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


# Notes when the list of notifications, or the clock, changes.
WATCH = """
window.seen = []; window.timeSeen = 0;
new MutationObserver(() => {
  for (const q of document.querySelectorAll('#inbox q')) {
    if (!window.seen.some((one) => one.text === q.textContent)) window.seen.push({text: q.textContent, at: Date.now()});
  }
}).observe(document.querySelector('#inbox'), {childList: true});
new MutationObserver(() => { window.timeSeen += 1 }).observe(document.querySelector('#clock'), {childList: true});
"""
SEEN = "return window.seen"
UNREAD = "return [Number(document.querySelector('#unread').dataset.count), document.title]"
# How often each event came over the stream, by its id: never more than once.
TWICE = """
const ids = [...document.querySelectorAll('#wire li')].map((item) => item.dataset.id);
return ids.length - new Set(ids).size
"""
NOTICES = "return document.querySelectorAll('#inbox li').length"
REMARKS = ["That crust!", "Keep me a slice.", "Two, please.", "Rye next time?", "I bring the butter."]
COMMENTS = "return [...document.querySelectorAll('#inbox q')].map((q) => q.textContent).reverse()"

alice, bob, carol = people = [Person(name) for name in ["alice", "bob", "carol"]]


def shots(name):
    folder = pathlib.Path(options.shots)
    for width, height in [(1280, 1000), (390, 844)]:
        for scheme in ["light", "dark"]:
            send = alice.driver.execute_cdp_cmd
            send("Emulation.setDeviceMetricsOverride",
                 {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": width < 600})
            send("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
            time.sleep(0.7)  # for the arrival's animation
            wide = alice.run("return document.documentElement.scrollWidth")
            alice.driver.save_screenshot(str(folder / f"{name}-{width}-{scheme}.png"))
            report("shot", name=f"{name}-{width}-{scheme}", width=width, scrollWidth=wide)
    alice.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


try:
    shots("welcome")
    for person in people:
        person.sign_in()
    alice.another_tab()
    alice.until_light("live")
    modes = alice.in_each_tab("return document.querySelector('#mode').textContent")
    report("signed-in", lights=[person.find("#light-text").text for person in people], modes=modes)
    for person in people:
        person.in_each_tab(WATCH)

    # A comment: in both of alice's tabs at once, and not at carol's.
    delays = []
    for text in REMARKS:
        sent = bob.comment(text)
        for tab in range(2):
            alice.use(tab)
            found = alice.until(f"return window.seen.find((one) => one.text === '{text}')")
            delays.append(found["at"] - sent)
    report("comment", delays=delays, carol=len(carol.run(SEEN)), bob=len(bob.run(SEEN)),
           unread=alice.in_each_tab(UNREAD))
    bob.click("article[data-by=alice] [data-reaction=love]")
    alice.until("return document.querySelector('#unread').dataset.count === '6'")
    report("reaction", unread=alice.in_each_tab(UNREAD), carol=carol.run(NOTICES))
    shots("board")

    # Read in one tab, read in all.
    alice.use(0)
    alice.click("#read")
    alice.use(1)
    alice.until("return document.querySelector('#unread').dataset.count === '0'")
    report("read", unread=alice.in_each_tab(UNREAD))

    # The time, to one and to everyone.
    bob.run("document.querySelector('#time-to').value = 'alice'")
    bob.click("#time button")
    for tab in range(2):
        alice.use(tab)
        alice.until("return window.timeSeen === 1")
    report("time-to-one", carol=carol.run("return window.timeSeen"), bob=bob.run("return window.timeSeen"))
    bob.run("document.querySelector('#time-to').value = ''")
    bob.click("#time button")
    carol.until("return window.timeSeen === 1")
    alice.until("return window.timeSeen === 2")
    report("time-to-everyone", bob=bob.until("return window.timeSeen"))

    # Offline for ten seconds: then all that was missed, once.
    alice.use(0)
    alice.click("#cut")
    cut_at = time.monotonic()
    lights = alice.in_each_tab("return document.querySelector('#light-text').textContent")
    shots("cut")
    for number in range(3):
        bob.comment(f"missed {number}")
        time.sleep(1)
    missed = alice.in_each_tab("return window.seen.filter((one) => one.text.startsWith('missed')).length")
    time.sleep(max(0, cut_at + 10 - time.monotonic()))
    alice.use(0)
    alice.click("#cut")
    for tab in range(2):
        alice.use(tab)
        alice.until("return window.seen.filter((one) => one.text.startsWith('missed')).length === 3")
        alice.until_light("live")
    bob.comment("after")
    for tab in range(2):
        alice.use(tab)
        alice.until("return window.seen.some((one) => one.text === 'after')")
    report("cut", lights=lights, missed=missed, twice=alice.in_each_tab(TWICE), comments=alice.in_each_tab(COMMENTS),
           received=alice.in_each_tab("return Number(document.querySelector('#received').textContent)"))

    # Sleep for ten seconds.
    alice.use(0)
    alice.click("#sleep")
    bob.comment("while asleep")
    asleep = alice.in_each_tab("return document.querySelector('#light').dataset.state")
    for tab in range(2):
        alice.use(tab)
        alice.until("return window.seen.some((one) => one.text === 'while asleep')")
        alice.until_light("live")
    report("sleep", lights=asleep, twice=alice.in_each_tab(TWICE))

    # A token that expires: the stream ends and says why; a new one goes on where it was.
    alice.use(0)
    alice.click("#expire")
    light = "return document.querySelector('#light-text').textContent"
    alice.until(light + " === 'signed out: token-expired'", within=40)
    ended = alice.in_each_tab(light)
    alice.use(0)
    shots("expired")
    bob.comment("while signed out")
    alice.use(0)
    alice.click("#expire")
    alice.until("return window.seen.some((one) => one.text === 'while signed out')")
    alice.until_light("live")
    report("expire", lights=ended, twice=alice.in_each_tab(TWICE))

    # Signing out ends the stream in every tab; then someone else signs in here.
    alice.use(0)
    alice.click("#sign-out")
    for tab in range(2):
        alice.use(tab)
        alice.until_light("signed-out")
        alice.until("return !document.querySelector('#welcome').hidden")
    alice.click("#people button[data-user=carol]")
    alice.until_light("live")
    bob.comment("for alice alone")
    time.sleep(0.5)
    report("switch", inbox=alice.run(NOTICES),
           lights=alice.in_each_tab("return document.querySelector('#light-text').textContent"))
    report("end", messages=[message for person in people for message in person.messages()])
finally:
    for person in people:
        person.driver.quit()
