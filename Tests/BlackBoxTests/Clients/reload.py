"""What scripts do with a gateway that reloads: change its files, tell it, and wait for the verdict."""

import http.client
import os
import re
import signal
import time


class Gateway:
    """A running gateway's process and its admin listener."""

    def __init__(self, process, admin_port):
        self.process, self.admin_port, self.admin = process, admin_port, None

    def metrics(self):
        """The metrics' text."""
        for _ in range(3):
            try:
                self.admin = self.admin or http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=10)
                self.admin.request("GET", "/metrics")
                return self.admin.getresponse().read().decode()
            except (OSError, http.client.HTTPException):
                self.admin = None
        raise SystemExit("the admin listener does not answer")

    def value(self, series, text=None):
        found = re.search("^" + re.escape(series) + r" (\S+)$", text or self.metrics(), re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    def reloads(self):
        """How many reloads went well, and how many did not."""
        text = self.metrics()
        return tuple(self.value(f'sluice_config_reloads_total{{result="{result}"}}', text) for result in ("ok", "failed"))

    def reload(self, seconds=10):
        """Sends SIGHUP; whether the reload went well."""
        before = self.reloads()
        os.kill(self.process, signal.SIGHUP)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            after = self.reloads()
            if after != before:
                return after[0] > before[0]
            time.sleep(0.005)
        raise SystemExit("no reload within the time")


def replace(path, text):
    """Puts a file in another's place, as `mv` does."""
    draft = path + ".new"
    with open(draft, "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(draft, path)


def overwrite(path, text):
    """Writes into the file that is there."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
