"""Looks at the gateway's dashboard with Chromium, as an operator would, and reports what it shows.

Each step is a line of JSON with what the page shows at the step. It waits for what the test does meanwhile: `open`, `moved`
(there are streams and events), `lost` (the gateway stands still), `back`, then what can be measured of its looks.
"""

import argparse
import pathlib
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

import demo_looks
from connection import report

SHOWN = """
const text = (selector) => document.querySelector(selector)?.textContent ?? "";
const plots = [...document.querySelectorAll(".plot")].filter((one) => !one.hidden);
return {
  headline: text("#headline"), level: document.querySelector("#status").dataset.level, detail: text("#detail"),
  contact: document.querySelector("#contact").dataset.state, title: document.title,
  plots: plots.map((one) => one.dataset.plot), streams: text('[data-plot="streams"] .value'),
  events: text('[data-plot="events"] .value') || text('[data-plot="events"] .legend b'),
  troubles: [...document.querySelectorAll("#troubles li")].map((one) => one.textContent),
  changes: [...document.querySelectorAll("#changes li")].map((one) => one.textContent),
  refusals: [...document.querySelectorAll("#refusals li")].map((one) => one.textContent),
}
"""
READ_A_MOMENT = """
const picture = document.querySelector('[data-plot="streams"] .stage svg');
picture.focus();
for (const key of ["ArrowLeft", "ArrowLeft"]) picture.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const moments = document.querySelectorAll(".moment").length;
picture.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape", bubbles: true}));
return [moments, document.querySelectorAll(".moment").length];
"""
PAUSE = """
const button = document.querySelector("#pause"), picture = document.querySelector('[data-plot="streams"] svg');
button.click();
const before = picture.innerHTML;
await new Promise((done) => setTimeout(done, 2500));
const isHeld = picture.innerHTML === before;
button.click();
return isHeld;
"""
WIDTHS = [390, 320]


class Page:
    def __init__(self, driver):
        self.driver = driver

    def run(self, script):
        return self.driver.execute_script(script)

    def wait(self, body):
        """The value of the body of an async function."""
        return self.driver.execute_async_script(f"const done = arguments[arguments.length - 1]; (async () => {{ {body} }})().then(done)")

    def until(self, step, condition):
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            shown = self.run(SHOWN)
            if condition(shown):
                report(step=step, **shown)
                return
            time.sleep(0.1)
        report(step="late", waited_for=step, **self.run(SHOWN))
        raise SystemExit(1)


def width(page):
    for size in WIDTHS:
        page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size, "height": 844, "deviceScaleFactor": 1, "mobile": True})
        yield page.run("return document.documentElement.scrollWidth - innerWidth")
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def start(home):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--user-data-dir={home}/data",
                     "--window-size=1280,1000"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_script_timeout(30)
    return driver


def look_at_broken(page, options):
    """Waits until the page says that something is wrong, and a while for its plots."""
    page.driver.get(options.url)
    page.until("broken", lambda shown: shown["level"] not in ("well", "unknown", "") and shown["streams"] != "")
    time.sleep(8)
    report(step="seen", **page.run(SHOWN))
    take_shots(page, options)


def take_shots(page, options):
    for name, flaws in demo_looks.shots(page, options.name, options.shots):
        report(step="shot", name=name, flaws=flaws)


def look(page, options):
    page.driver.get(options.url)
    page.until("open", lambda shown: shown["level"] == "well" and shown["streams"] != "")
    page.until("moved", lambda shown: shown["streams"] == options.streams and shown["events"] not in ("", "0/s"))
    report(step="read", moments=page.run(READ_A_MOMENT), held=page.wait(PAUSE))
    if options.stands_still:
        page.until("lost", lambda shown: shown["headline"].startswith("No contact"))
        page.until("back", lambda shown: shown["contact"] == "live")
    report(step="width", too_wide=list(width(page)))
    if options.shots:
        take_shots(page, options)
    report(step="end", messages=[entry["message"] for entry in page.driver.get_log("browser")])


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", required=True, help="the dashboard's")
    arguments.add_argument("--streams", default="2", help="how many streams the test opens")
    arguments.add_argument("--stands-still", action="store_true", help="the test stops the gateway for a while")
    arguments.add_argument("--broken", action="store_true", help="something is broken: look at that only")
    arguments.add_argument("--shots", help="folder for screenshots; without it there are none")
    arguments.add_argument("--name", default="dashboard", help="what screenshots are called")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        driver = start(home)
        try:
            (look_at_broken if options.broken else look)(Page(driver), options)
        finally:
            driver.quit()


main()
