"""One run of a cluster under traffic: publishers, pages, what happens meanwhile, and the account in the end."""

import asyncio
import collections
import sys
import time

from cluster_account import VERDICTS, Account, Ledger
from cluster_hands import Hands
from cluster_schedule import draw
from cluster_traffic import Page, Publisher
from connection import report
from traffic import Tokens


class Run:
    def __init__(self, options, cluster, seed):
        self.options, self.cluster, self.seed = options, cluster, seed
        self.ledger, self.hands, self.late = Ledger(), Hands(cluster), []
        self.began, self.is_publishing, self.words = time.monotonic(), True, []
        # Cleared while publishers have nothing to say.
        self.publishes = asyncio.Event()
        self.publishes.set()
        self.reading = []
        tokens, doors = Tokens(options.certificates + "/keys.json"), cluster.doors
        users = [f"user-{number}" for number in range(options.users)]
        self.pages = [
            Page(doors, first, user, tokens.issue(user), seed, self.late) for user in users for first in doors]
        # A quarter of the publishers sends no keys: what is not answered may be there, and at most once.
        self.publishers = [
            Publisher(
                name, doors, tokens.issue(f"publisher-{name}", {"publish": ["user:*"]}), self.ledger, users, seed,
                has_keys=name % 4 != 3, pad=options.pad)
            for name in range(options.publishers)]

    async def until(self, what, condition, limit):
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.1)
        return True

    async def ready(self):
        """Waits until all gateways are."""
        for door in self.cluster.doors.values():
            for _ in range(600):
                if (await door.probe())[0] == 200:
                    break
                await asyncio.sleep(0.1)
            else:
                raise SystemExit(f"a gateway does not become ready: {self.cluster.log_tails()}")

    async def perform(self, trial=None):
        """Has publishers publish and pages read while faults come, or a trial is made, and until all is settled."""
        await self.ready()
        self.read(self.pages)
        # A page that has had no event and no id starts with what comes.
        if not await self.until("an anchor", lambda: all(page.last for page in self.pages), 60):
            raise SystemExit(f"the pages get no stream: {self.cluster.log_tails()}")
        self.began = time.monotonic()
        publishing = [
            asyncio.create_task(publisher.run(self))
            for publisher in self.publishers]
        telling = asyncio.create_task(self.tell())
        await (trial(self) if trial else self.faults())
        self.is_publishing = False
        self.publishes.set()
        # Everything is well again: whoever waits is answered, and whoever is behind gets the rest.
        _, stuck = await asyncio.wait(publishing, timeout=60)
        account = Account(self.ledger, self.pages)
        settled = time.monotonic()
        await self.until("all events", account.is_complete, 60)
        settled = time.monotonic() - settled
        # Whatever comes twice comes now.
        await asyncio.sleep(1)
        telling.cancel()
        for page in self.pages:
            page.isReading = False
        for task in self.reading + list(stuck):
            task.cancel()
        ended = [task for task in publishing + self.reading if task.done() and not task.cancelled()]
        return account, settled, len(stuck), [task.exception() for task in ended if task.exception()]

    def read(self, pages):
        self.reading += [asyncio.create_task(page.run()) for page in pages]

    async def faults(self):
        tasks = []
        for fault in draw(self.seed, self.options.seconds, self.options.every, self.options.only):
            await asyncio.sleep(max(0, self.began + fault.at - time.monotonic()))
            self.words.append(str(fault))
            tasks.append(asyncio.create_task(self.hands.perform(fault)))
        await asyncio.sleep(max(0, self.began + self.options.seconds - time.monotonic()))
        await asyncio.gather(*tasks)

    # What whoever waits is shown

    async def tell(self):
        while True:
            await asyncio.sleep(self.options.every - 0.2)
            late, self.late[:] = sorted(self.late), []
            share = lambda part: late[int(part * (len(late) - 1))] * 1000 if late else 0
            words, self.words = "; ".join(self.words), []
            print(
                f"{time.monotonic() - self.began:4.0f} s  answered {len(self.ledger.answered):6}  "
                f"refused {sum(self.ledger.refused.values()):5}  came {self.came():7}  "
                f"open {sum(page.is_live for page in self.pages):3}  delayed {self.count('delayed'):4}  "
                f"gaps {self.gaps():3}  p50 {share(0.5):5.0f} ms  p99 {share(0.99):6.0f} ms  {words}",
                file=sys.stderr, flush=True)

    def came(self):
        return sum(len(page.got) for page in self.pages)

    def gaps(self):
        return sum(item[0] == "gap" for page in self.pages for item in page.items)

    def count(self, name):
        return sum(getattr(page, name) for page in self.pages)

    def endings(self):
        """How gateways ended by themselves, or did not end well when they were asked to."""
        found = []
        for name, node in self.cluster.nodes.items():
            if name.startswith("gateway"):
                found += [f"{name} ended by itself with {status}" for status in node.endings]
        return found

    def verdict(self, account, settled, stuck, failed):
        found, endings = account.close(), self.endings()
        found["failed"] = [repr(error) for error in failed] + ["a publisher waits on"] * stuck
        found["ended"] = endings
        owed = sum(len(account.owed[page.user]) for page in self.pages)
        rows = [
            ("faults", f"{len(self.hands.done)}, and {self.hands.skipped} left out: their victims were down"),
            ("events answered 2xx", len(self.ledger.answered)),
            ("refused or not answered", dict(self.ledger.refused)),
            ("sent once, without a key, and not answered", self.ledger.unknown),
            ("owed to pages", owed), ("came", self.came()), ("gaps that pages were told", self.gaps()),
            ("sluice.delayed that pages were told", self.count("delayed")),
            ("streams opened again", sum(page.connections - 1 for page in self.pages)),
            ("longest wait of a publisher", f"{max(one.longest for one in self.publishers):.1f} s"),
            ("all had all, after the end, within", f"{settled:.1f} s"),
        ] + [(VERDICTS.get(kind, kind), len(where)) for kind, where in found.items()]
        print("\n".join(f"{name:>44}  {value}" for name, value in rows), file=sys.stderr)
        kinds = collections.Counter(fault.kind for fault, _ in self.hands.done)
        print(f"{'what happened':>44}  {dict(sorted(kinds.items()))}", file=sys.stderr, flush=True)
        for kind, where in found.items():
            for violation in where[:10]:
                print(f"{VERDICTS.get(kind, kind)}: {violation}", file=sys.stderr, flush=True)
        violations = {kind: len(where) for kind, where in found.items()}
        report(
            seed=self.seed, faults=len(self.hands.done), kinds=len(kinds), answered=len(self.ledger.answered),
            refused=sum(self.ledger.refused.values()), owed=owed, came=self.came(), gaps=self.gaps(),
            delayed=self.count("delayed"), settled=round(settled, 1), violations=sum(violations.values()), **violations)
        return sum(violations.values())
