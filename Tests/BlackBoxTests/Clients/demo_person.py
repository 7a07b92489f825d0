"""A person at the demo: one browser with a profile of its own, and its tabs."""

import json
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

# How the focused element can be seen to be it: an outline, and nothing in front of it.
FOCUS = """
const element = document.activeElement, box = element.getBoundingClientRect(), style = getComputedStyle(element);
if (element === document.body) return "";
const front = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 10));
const isClear = element.contains(front) || front?.contains(element);
const isOutlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
return isClear && isOutlined ? "" : `${element.tagName} #${element.id} ${element.textContent.slice(0, 20)}`;
"""


class Person:
    """`line` is the network, or None; `by` is keyboard or mouse."""

    def __init__(self, name, url, key, protocol, by, line=None):
        self.name, self.url, self.by = name, url, by
        self.unseen = []
        chrome = webdriver.ChromeOptions()
        chrome.binary_location = "/usr/bin/chromium"
        arguments = ["headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "window-size=1280,900",
                     f"ignore-certificate-errors-spki-list={key}"]
        if protocol == "http/1.1":
            arguments.append("disable-http2")
        if line:
            arguments.append("host-resolver-rules=" + ",".join(line.rules))
        for argument in arguments:
            chrome.add_argument(f"--{argument}")
        chrome.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=chrome, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        self.driver.get(url)
        self.tabs = [self.driver.current_window_handle]

    # Tabs

    def another_tab(self, prepare=None):
        """Opens one more tab. `prepare` is a script that runs in it ahead of the page's own."""
        self.driver.switch_to.new_window("tab")
        if prepare:
            self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": prepare})
        self.driver.get(self.url)
        self.tabs.append(self.driver.current_window_handle)

    def close_tab(self):
        self.driver.switch_to.window(self.tabs.pop())
        self.driver.close()
        self.use(0)

    def use(self, tab):
        self.driver.switch_to.window(self.tabs[tab])

    def each_tab(self):
        for tab in range(len(self.tabs)):
            self.use(tab)
            yield tab

    def in_each_tab(self, script):
        return [self.run(script) for _ in self.each_tab()]

    def until_each_tab(self, script, within=20):
        for _ in self.each_tab():
            self.until(script, within)

    # Looking

    def run(self, script, *values):
        return self.driver.execute_script(script, *values)

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

    def messages(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def protocols(self, path):
        """What was spoken with the gateway when it answered at this path."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        responses = [event["params"]["response"] for event in events if event["method"] == "Network.responseReceived"]
        return sorted({response["protocol"] for response in responses if response["url"].endswith(path)})

    # Doing

    def press(self, selector, key=Keys.ENTER):
        """By mouse, or by keyboard alone."""
        self.until(f"const found = document.querySelector('{selector}'); return found && !found.disabled")
        if self.by == "keyboard":
            self.tab_to(selector)
            self.type(key)
        else:
            element = self.driver.find_element(By.CSS_SELECTOR, selector)
            self.run("arguments[0].scrollIntoView({block: 'center'})", element)
            element.click()

    def tab_to(self, selector):
        """On with the Tab key, until the focus is there. Notes where it could not be seen."""
        for _ in range(100):
            if self.run("return document.activeElement.matches(arguments[0])", selector):
                return
            self.type(Keys.TAB)
            if unseen := self.run(FOCUS):
                self.unseen.append(unseen)
        raise SystemExit(f"{self.name}: the Tab key does not lead to {selector}")

    def type(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def sign_in(self, name=None):
        self.press(f"#people button[data-user={name or self.name}]")
        self.until_light("live")

    def comment(self, text, on="alice"):
        """On someone's newest post. Returns when it was sent, by the page's clock."""
        post = f"article[data-by={on}]"
        self.until(f"return document.querySelector('{post} input')?.value === ''")
        self.run("window.sentAt = null; document.querySelector(arguments[0] + ' form')"
                 ".addEventListener('submit', () => { window.sentAt ??= Date.now() }, {once: true, capture: true})", post)
        self.press(f"{post} input", text)
        self.type(*([] if self.by == "keyboard" else [text]), Keys.ENTER)
        return self.until("return window.sentAt")
