"""Those whom an attack must not hurt: streams that have to get every event, in order and soon."""

import http.client
import json
import threading
import time

from connection import context


class Others:
    """Two streams, and who publishes to them twenty times a second until the end."""

    def __init__(self, port, ca, reader, publisher):
        self.port, self.ca, self.tokens = port, ca, (reader, publisher)
        self.over, self.published, self.late, self.seen = threading.Event(), 0, [], [[], []]
        self.retries = 0
        self.reading = [threading.Thread(target=self.read, args=(place,), daemon=True) for place in range(2)]
        self.publishing = threading.Thread(target=self.publish, daemon=True)

    def start(self):
        for thread in self.reading:
            thread.start()
        while not all(self.seen):
            time.sleep(0.01)
        self.publishing.start()

    def connect(self):
        return http.client.HTTPSConnection("localhost", self.port, context=context(self.ca), timeout=60)

    def open(self):
        """A busy machine may take so long that the gateway gives up on it: once it is open, it has to stay so."""
        while True:
            connection = self.connect()
            try:
                connection.request("GET", "/v1/stream", headers={"Authorization": f"Bearer {self.tokens[0]}"})
                return connection, connection.getresponse()
            except (OSError, http.client.HTTPException):
                connection.close()

    def read(self, place):
        """The first line only says that the stream is there."""
        (connection, stream), seen = self.open(), self.seen[place]
        for line in stream:
            if not seen:
                seen.append(None)
            if line.startswith(b"data:") and b"sent" in line:
                data = json.loads(line[5:])
                self.late.append(time.monotonic() - data["sent"])
                seen.append(data["number"])
                if data["last"]:
                    return connection.close()

    def publish(self):
        connection, last = self.connect(), False
        while not last:
            last = self.over.wait(0.05)
            data = {"sent": time.monotonic(), "number": self.published, "last": last}
            connection = self.send(connection, json.dumps({"to": {"everyone": True}, "data": data}))
            self.published += 1
        connection.close()

    def send(self, connection, event):
        """A connection that was idle for too long is closed: then again over another one, under the same key."""
        fields = {"Authorization": f"Bearer {self.tokens[1]}", "Content-Type": "application/json",
                  "Idempotency-Key": f"others-{self.published}"}
        for _ in range(3):
            try:
                connection.request("POST", "/v1/publish", event, fields)
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200, answer.status
                return connection
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = self.connect()
                self.retries += 1
        raise SystemExit("nobody can publish")

    def end(self):
        self.over.set()
        for thread in [self.publishing, *self.reading]:
            thread.join(30)

    def figures(self):
        """How many streams are not whole, and how late events were, in seconds."""
        late = sorted(self.late)
        missed = sum(seen[1:] != list(range(self.published)) for seen in self.seen)
        return {"missed": missed, "published": self.published, "retries": self.retries, "median": late[len(late) // 2],
                "p99": late[len(late) * 99 // 100], "longest": late[-1]}
