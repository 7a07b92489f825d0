"""Accounts for every event: what publishers were answered beside what each user's reader got.

Each publisher repeats a request under its Idempotency-Key until it is answered, as a backend would. Each user has one
reader, which reconnects with the last id that it saw. In the end each reader must have each of its user's events exactly
once, in the order of the ids that the publishers were answered, or have been told of a gap; and nothing else.
"""

import asyncio
import json
import random
import time

from traffic import Reader, answer


class Account:
    def __init__(self, door, tokens, seed, users):
        self.door, self.tokens, self.seed = door, tokens, seed
        self.publishing = True
        self.published = []  # (user, epoch, sequence, (publisher, number)), as answered
        self.repeats = 0
        self.unavailable = 0  # publishes that were answered 503
        self.longest = 0  # seconds, until a publish was answered
        self.readers = [Reader(door, user, tokens.issue(user)) for user in (f"user-{n}" for n in range(users))]
        self.tasks = []

    async def begin(self, publishers):
        """Returns when each page has had an event: one that has had none has no id, and starts with what comes."""
        self.tasks = [asyncio.create_task(reader.run()) for reader in self.readers]
        while any(reader.connections == 0 for reader in self.readers):
            await asyncio.sleep(0.02)
        self.publishers = [asyncio.create_task(self.publisher(name)) for name in range(publishers)]
        while any(reader.last is None for reader in self.readers):
            await asyncio.sleep(0.02)

    async def publisher(self, name):
        bearer = self.tokens.issue(f"publisher-{name}", {"publish": ["user:*"]})
        choice = random.Random(f"{self.seed} {name}")
        number, connection = 0, None
        while self.publishing:
            number += 1
            user = choice.choice(self.readers).user
            data = {"publisher": name, "number": number, "pad": "x" * choice.randrange(200)}
            body = json.dumps({"to": {"user": user}, "data": data}).encode()
            request = (
                f"POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {bearer}\r\n"
                f"Content-Type: application/json\r\nIdempotency-Key: {number}\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode() + body
            tries, began = 0, time.monotonic()
            while True:
                tries += 1
                try:
                    connection = connection or await self.door.connect()
                    connection[1].write(request)
                    status, text = await answer(connection[0])
                    if status == 503:
                        self.unavailable += 1
                        await asyncio.sleep(0.02)
                        continue
                    assert status == 200, (status, text)
                    break
                except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
                    if connection:
                        connection[1].close()
                    connection = None
                    await asyncio.sleep(0.02)
            self.repeats += tries > 1
            self.longest = max(self.longest, time.monotonic() - began)
            epoch, sequence = json.loads(text)["id"].split("-")
            self.published.append((user, epoch, int(sequence), (name, number)))
            # A machine of two cores has to run all of this, too.
            await asyncio.sleep(0.004)
        if connection:
            connection[1].close()

    def events(self, reader):
        """What a page got, as the publishers were answered."""
        return [(epoch, sequence, (data["publisher"], data["number"]))
                for kind, epoch, sequence, data in filter(lambda item: item[0] == "event", reader.items)]

    async def end(self):
        """Waits for what is still on its way, and gives the members of the report."""
        self.publishing = False
        await asyncio.gather(*self.publishers)
        expected = {reader.user: [] for reader in self.readers}
        for user, epoch, sequence, number in self.published:
            expected[user].append((epoch, sequence, number))
        for published in expected.values():
            published.sort(key=lambda event: event[1])
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and any(
                len(self.events(reader)) < len(expected[reader.user]) for reader in self.readers):
            await asyncio.sleep(0.05)
        # Whatever comes twice comes now.
        await asyncio.sleep(0.3)
        for reader in self.readers:
            reader.isReading = False
        for task in self.tasks:
            task.cancel()
        wrong = [
            {"user": reader.user, "received": len(self.events(reader)), "expected": len(expected[reader.user])}
            for reader in self.readers if self.events(reader) != expected[reader.user]
        ]
        return {
            "seed": self.seed, "published": len(self.published), "repeated": self.repeats,
            "received": sum(len(self.events(reader)) for reader in self.readers),
            "gaps": sum(item[0] == "gap" for reader in self.readers for item in reader.items),
            "reconnects": sum(reader.connections - 1 for reader in self.readers), "wrong": wrong[:5],
            "wrongUsers": len(wrong), "refused": self.door.refused, "broken": self.door.broken,
            "unavailable": self.unavailable, "longest": round(self.longest, 3),
        }
