"""Drives Debian's Chromium through pages of other origins than the gateway's, as the test says, command by command.

Reads one JSON object a line from a file that the test appends to, and answers each with one line: `value`, or `error`.
`do` is one of open (tab, url), run (tab, script, arguments), close (tab), console, answers, cookies, plant (url, cookie)
and end.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import traceback

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

import pages
from connection import parser, report


def trust(home, authority):
    """Chromium on Linux trusts what the user's NSS database does."""
    folder = pathlib.Path(home, ".pki", "nssdb")
    folder.mkdir(parents=True)
    database = ["certutil", "-d", f"sql:{folder}"]
    subprocess.run(database + ["-N", "--empty-password"], check=True)
    subprocess.run(database + ["-A", "-n", "development", "-t", "C,,", "-i", authority], check=True)


def start(home, protocol):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    # Without a sandbox: it does not start as root, and these pages are our own.
    for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--user-data-dir={home}/data"]:
        options.add_argument(argument)
    if protocol == "http/1.1":
        options.add_argument("--disable-http2")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = Service("/usr/bin/chromedriver", env={**os.environ, "HOME": home})
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(30)
    return driver


class Browser:
    """What the test may ask for. Every tab is a window of the driver."""

    def __init__(self, driver):
        self.driver = driver
        self.blank = driver.current_window_handle
        self.tabs = {}

    def open(self, tab, url):
        """Opens a page in a tab of its own; in a tab that is open it is a page load."""
        if tab in self.tabs:
            self.driver.switch_to.window(self.tabs[tab])
        else:
            self.driver.switch_to.new_window("tab")
            self.tabs[tab] = self.driver.current_window_handle
        self.driver.get(url)

    def run(self, tab, script, arguments=()):
        """The value of the body of an async function."""
        self.driver.switch_to.window(self.tabs[tab])
        body = f"const done = arguments[arguments.length - 1]; (async () => {{ {script} }})()"
        answer = self.driver.execute_async_script(
            body + ".then(value => done({value}), error => done({error: String(error)}))", *arguments)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    def close(self, tab):
        self.driver.switch_to.window(self.tabs.pop(tab))
        self.driver.close()
        self.driver.switch_to.window(self.blank)

    def console(self):
        """What the console has said since it was last asked for."""
        return "\n".join(entry["message"] for entry in self.driver.get_log("browser"))

    def cookies(self):
        """All cookies of the session's name that the browser keeps."""
        kept = self.driver.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]
        return [
            {"value": one["value"], "sameSite": one.get("sameSite"), "isPartitioned": "partitionKey" in one}
            for one in kept if one["name"] == "__Host-sluice"]

    def plant(self, url, cookie):
        """Has the browser keep one that is not partitioned, as if it had got it earlier."""
        cookie = {"name": "__Host-sluice", "value": cookie, "url": url, "secure": True, "httpOnly": True}
        return self.driver.execute_cdp_cmd("Network.setCookie", {**cookie, "path": "/", "sameSite": "Lax"})["success"]

    def answers(self):
        """The gateway's answers to subscribes of pages: one line each, status, protocol and Sluice-Stream."""
        lines = []
        for entry in self.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            response = event["params"].get("response", {})
            if event["method"] == "Network.responseReceived" and "/v1/stream" in response["url"]:
                fields = {name.lower(): value for name, value in response["headers"].items()}
                lines.append(f'{response["status"]} {response["protocol"]} {fields.get("sluice-stream", "-")}')
        return "\n".join(lines)


def commands(path):
    """The lines of a file that grows."""
    with open(path, encoding="utf-8") as file:
        text = ""
        while True:
            text += file.readline()
            if text.endswith("\n"):
                yield json.loads(text)
                text = ""
            else:
                time.sleep(0.01)


def obey(browser, command):
    try:
        value = getattr(browser, command.pop("do"))(**command)
        report(value=value if isinstance(value, str) else json.dumps(value))
    except Exception:
        report(error=traceback.format_exc())


def main():
    arguments = parser(__doc__)
    for name in ["chain", "key", "keys", "commands", "protocol"]:
        arguments.add_argument("--" + name, required=True)
    arguments.add_argument("--sites", type=int, nargs="+", required=True)
    arguments.add_argument("--plain-sites", type=int, nargs="*", default=[])
    arguments.add_argument("--built", help="folder with files that the test has built")
    options = arguments.parse_args()
    pages.serve(options)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        trust(home, options.ca)
        driver = start(home, options.protocol)
        try:
            report(value=driver.capabilities["browserVersion"])
            browser = Browser(driver)
            for command in commands(options.commands):
                if command["do"] == "end":
                    break
                obey(browser, command)
        finally:
            driver.quit()


main()
