"""Publishers and pages that go from one gateway of a cluster to another."""

import asyncio
import json
import random
import time

from traffic import Reader, answer


class Page(Reader):
    """A stream that is opened at another gateway, by chance, whenever it ends."""

    patience = 6  # seconds; three heartbeats
    retry = 0.3

    def __init__(self, doors, first, user, bearer, seed, late):
        super().__init__(doors[first], user, bearer)
        self.doors, self.name = doors, f"{user}/{first}"
        self.chance = random.Random(f"{seed}/{self.name}")
        self.got = {}  # from (publisher, number) to the place among the items
        self.delayed = 0
        self.refusals = 0
        self.is_live = False
        self.late = late  # how late events were since somebody looked, in seconds

    async def stream(self):
        if self.connections or self.refusals:
            self.door = self.doors[self.chance.choice(list(self.doors))]
        try:
            await super().stream()
        finally:
            self.is_live = False

    def opened(self):
        self.is_live = True

    def refused(self, head):
        self.refusals += 1
        raise ConnectionRefusedError(head)

    def take(self, block):
        before = len(self.items)
        super().take(block)
        self.delayed += "event: sluice.delayed\n" in block
        if len(self.items) > before and self.items[-1][0] == "event":
            data = self.items[-1][3]
            self.got.setdefault((data["publisher"], data["number"]), before)
            self.late.append(time.monotonic() - data["at"])


class Publisher:
    """Sends one event after the other: with a key until it is answered, at whatever gateway; without one once."""

    patience = 6

    def __init__(self, name, doors, bearer, ledger, users, seed, has_keys, pad):
        self.name, self.doors, self.bearer, self.ledger = name, doors, bearer, ledger
        self.users, self.has_keys, self.pad = users, has_keys, pad
        self.chance = random.Random(f"{seed}/publisher/{name}")
        self.number = 0
        self.at = 1 + name % 3
        self.connection = None
        self.longest = 0  # seconds until an event was answered
        if not has_keys:
            ledger.unkeyed.add(name)

    async def run(self, run):
        while run.is_publishing:
            await run.publishes.wait()
            # One in ten is for several users.
            count = 3 if self.chance.random() < 0.1 else 1
            await self.publish(self.chance.sample(self.users, count))
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * run.options.pause)
        self.close()

    async def publish(self, users):
        self.number += 1
        event, began = (self.name, self.number), time.monotonic()
        self.ledger.users[event] = users
        request = self.request(users, began)
        found = await self.attempt(request)
        while found is None and self.has_keys:
            await asyncio.sleep(0.1)
            found = await self.attempt(request)
        self.longest = max(self.longest, time.monotonic() - began)
        if found is None:
            self.ledger.unknown += 1
        else:
            epoch, sequence = found.split("-")
            self.ledger.answered[event] = (users, epoch, int(sequence))

    def request(self, users, now):
        data = {
            "publisher": self.name, "number": self.number, "at": now, "pad": "x" * self.chance.randrange(self.pad)}
        to = {"user": users[0]} if len(users) == 1 else {"users": users}
        body = json.dumps({"to": to, "data": data}).encode()
        key = f"Idempotency-Key: {self.number}\r\n" if self.has_keys else ""
        return (
            f"POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.bearer}\r\n"
            f"Content-Type: application/json\r\n{key}Content-Length: {len(body)}\r\n\r\n").encode() + body

    async def attempt(self, request):
        """The event's id, or nothing; then the next attempt is at another gateway."""
        try:
            self.connection = self.connection or await asyncio.wait_for(self.doors[self.at].connect(), self.patience)
            self.connection[1].write(request)
            status, text = await asyncio.wait_for(answer(self.connection[0]), self.patience)
            if status == 200:
                return json.loads(text)["id"]
            self.ledger.refused[json.loads(text)["code"]] += 1
            # Whoever refuses with something else is mistaken.
            assert status == 503, (status, text)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            self.ledger.refused["no answer"] += 1
        self.close()
        self.at = self.chance.choice(list(self.doors))
        return None

    def close(self):
        if self.connection:
            self.connection[1].close()
        self.connection = None
