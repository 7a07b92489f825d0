"""Takes the event log away under a running gateway, in every way that an operator or a disk can, and accounts for each
event that a publisher was told is safe.

Each run draws a situation and its moments from the seed. Publishers repeat a request under its Idempotency-Key until it
is answered 200. Each user has two pages; while the log is in trouble some of them sleep, and come back later with the
last id that they saw. In the end each page has each acknowledged event of its user, or was told `sluice.gap` between the
events that it did get before and behind the missing one.
"""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from connection import context, parser, report
from traffic import Door, Reader, Tokens, publish

arguments = parser(__doc__)
arguments.add_argument("--program", required=True)
arguments.add_argument("--config", required=True, help="its log.path is FOLDER/log/events.db")
arguments.add_argument("--folder", required=True)
arguments.add_argument("--admin-port", type=int, required=True)
arguments.add_argument("--keys", required=True)
arguments.add_argument("--runs", type=int, default=0, help="0 is one of each situation")
arguments.add_argument("--only", default=None)
arguments.add_argument("--seed", type=int, default=None)
options = arguments.parse_args()

USERS, PUBLISHERS, PAGES = 6, 3, 2
LOG = options.folder + "/log"
FILE = LOG + "/events.db"
BACKUP = options.folder + "/backup.db"
AWAY = options.folder + "/away"
CONTROL = options.folder + "/failing"

seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
print(f"seed: {seed}", file=sys.stderr, flush=True)
door = Door(options.port, context(options.ca), options.admin_port)
tokens = Tokens(options.keys)


class Run:
    """One gateway, from an empty log to the account."""

    def __init__(self, number, situation):
        self.number, self.situation = number, situation
        self.chance = random.Random(f"{seed}/{number}")
        self.publishing = True
        # Cleared while publishers have nothing to say.
        self.busy = asyncio.Event()
        self.busy.set()
        self.acknowledged = []  # (user, publisher, number)
        self.refusals = {}
        self.readers = []
        self.gateway = None
        self.pad = 60
        self.notes = []

    # The gateway

    async def start(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
        environment |= {"LD_PRELOAD": options.folder + "/failing_disk.so", "FAILING_DISK": CONTROL}
        with open(options.folder + "/gateway.log", "ab") as log:
            self.gateway = await asyncio.create_subprocess_exec(
                options.program, "serve", "--config", options.config, stderr=log, env=environment)
        await self.until("a ready gateway", lambda: self.isUp())

    async def isUp(self):
        if self.gateway.returncode is not None:
            raise Ended(self.gateway.returncode)
        return (await door.probe())[0] == 200

    async def stop(self, number=None):
        """With a signal of the seed's choice, unless one is given."""
        number = number or self.chance.choice([signal.SIGTERM, signal.SIGKILL])
        self.notes.append(signal.Signals(number).name)
        self.gateway.send_signal(number)
        await asyncio.wait_for(self.gateway.wait(), 20)

    async def until(self, what, condition, limit=15):
        deadline = time.monotonic() + limit
        while not await condition():
            if time.monotonic() > deadline:
                raise SystemExit(f"run {self.number} ({self.situation}), seed {seed}: no {what} within {limit} s")
            await asyncio.sleep(0.02)

    # Traffic

    class Progress:
        def __init__(self, run):
            self.run, self.connection = run, None

        def refused(self, problem):
            refusals = self.run.refusals
            refusals[problem["code"]] = refusals.get(problem["code"], 0) + 1
            for secret in ("events.db", "SQLite", options.folder):
                assert secret not in str(problem), problem

    async def publisher(self, name):
        bearer = tokens.issue(f"publisher-{name}", {"publish": ["user:*"]})
        choice = random.Random(f"{seed}/{self.number}/{name}")
        progress, number = Run.Progress(self), 0
        while self.publishing:
            await self.busy.wait()
            number += 1
            user = f"user-{choice.randrange(USERS)}"
            data = {"publisher": name, "number": number, "pad": "x" * choice.randrange(self.pad)}
            # Twice as many keys as runs of a number: a restored log forgets those that came behind it.
            await publish(door, bearer, f"{self.number}-{number}", {"to": {"user": user}, "data": data}, progress)
            self.acknowledged.append((user, name, number))
            await asyncio.sleep(0.004)
        if progress.connection:
            progress.connection[1].close()

    def sleepers(self):
        """Half of the pages go to sleep."""
        asleep = [reader for reader in self.readers if self.chance.random() < 0.5]
        for reader in asleep:
            reader.sleep()
        return asleep

    async def pause(self, least, most):
        await asyncio.sleep(self.chance.uniform(least, most))

    async def refusedOr(self, limit):
        """Lets publishers go on until one was refused, for the situations in which all must be."""
        before = sum(self.refusals.values())

        async def isRefused():
            return sum(self.refusals.values()) > before

        await self.until("refusal while the log is away", isRefused, limit)

    # The account

    def missing(self, reader, expected):
        """The acknowledged events that a page neither has nor was told of."""
        got = {}
        for place, item in enumerate(reader.items):
            if item[0] == "event":
                got.setdefault((item[3]["publisher"], item[3]["number"]), place)
        gaps = [place for place, item in enumerate(reader.items) if item[0] == "gap"]
        missed = []
        for publisher, number in expected:
            if (publisher, number) in got:
                continue
            # The publisher's events before and behind it bound the place in which the page has to be told.
            before = max((place for (name, other), place in got.items() if name == publisher and other < number),
                         default=-1)
            behind = min((place for (name, other), place in got.items() if name == publisher and other > number),
                         default=len(reader.items))
            if not any(before < place < behind for place in gaps):
                missed.append((publisher, number))
        return missed

    def account(self):
        expected = {}
        for user, publisher, number in self.acknowledged:
            expected.setdefault(user, []).append((publisher, number))
        return {reader: self.missing(reader, expected.get(reader.user, [])) for reader in self.readers}

    def strangers(self):
        """How many events came to a page of another user."""
        owner = {(publisher, number): user for user, publisher, number in self.acknowledged}
        return sum(
            1 for reader in self.readers for item in reader.items
            if item[0] == "event"
            and owner.get((item[3]["publisher"], item[3]["number"]), reader.user) != reader.user)

    async def perform(self):
        for path in (LOG, AWAY):
            shutil.rmtree(path, ignore_errors=True)
        for path in (BACKUP, CONTROL):
            if os.path.exists(path):
                os.remove(path)
        os.mkdir(LOG)
        prepare = getattr(self, self.situation.replace("-", "_") + "_prepare", None)
        if prepare:
            prepare()
        try:
            return await self.withTraffic()
        finally:
            if self.gateway and self.gateway.returncode is None:
                self.gateway.kill()
                await self.gateway.wait()
            clean = getattr(self, self.situation.replace("-", "_") + "_clean", None)
            if clean:
                clean()

    async def withTraffic(self):
        await self.start()
        self.readers = [
            Reader(door, f"user-{user}", tokens.issue(f"user-{user}")) for user in range(USERS) for _ in range(PAGES)]
        reading = [asyncio.create_task(reader.run()) for reader in self.readers]

        async def anchored():
            return all(reader.last for reader in self.readers)

        await self.until("anchor for each page", anchored)
        publishing = [asyncio.create_task(self.publisher(name)) for name in range(PUBLISHERS)]
        await self.pause(0.1, 0.3)
        await getattr(self, self.situation.replace("-", "_"))()
        await self.pause(0.1, 0.3)
        self.publishing = False
        for reader in self.readers:
            reader.awake.set()
        await asyncio.wait_for(asyncio.gather(*publishing), 30)
        deadline = time.monotonic() + 6
        while any(self.account().values()) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        missed = {reader: list for reader, list in self.account().items() if list}
        for reader in self.readers:
            reader.isReading = False
        for task in reading:
            task.cancel()
        await self.stop(signal.SIGTERM)
        return {
            "run": self.number, "situation": self.situation, "how": " ".join(self.notes),
            "acknowledged": len(self.acknowledged), "refused": self.refusals,
            "gaps": sum(item[0] == "gap" for reader in self.readers for item in reader.items),
            "missed": sum(map(len, missed.values())), "strangers": self.strangers(), "exit": self.gateway.returncode,
        }

    # Situations: a backup comes back

    async def backUp(self):
        """A copy as an operator makes it, in this run of the gateway or in the one before."""
        with sqlite3.connect(f"file:{FILE}?mode=ro", uri=True) as source, sqlite3.connect(BACKUP) as copy:
            source.backup(copy)
        source.close()
        copy.close()
        if self.chance.random() < 0.5:
            self.notes.append("earlier")
            await self.stop()
            await self.start()
        await self.pause(0.1, 0.3)

    async def restored(self, put):
        await self.backUp()
        asleep = self.sleepers()
        await self.stop()
        put()
        await self.start()
        await self.pause(0.05, 0.3)
        for reader in asleep:
            reader.awake.set()

    def withoutJournal(self):
        for suffix in ("-wal", "-shm"):
            if os.path.exists(FILE + suffix):
                os.remove(FILE + suffix)

    async def restore_cp(self):
        def put():
            shutil.copyfile(BACKUP, FILE)
            self.withoutJournal()

        await self.restored(put)

    async def restore_mv(self):
        def put():
            os.replace(BACKUP, FILE)
            self.withoutJournal()

        await self.restored(put)

    async def restore_shell(self):
        def put():
            with sqlite3.connect(BACKUP) as source, sqlite3.connect(FILE) as target:
                source.backup(target)
            source.close()
            target.close()

        await self.restored(put)

    async def restore_beside_journal(self):
        """The journal of the newer file is forgotten beside the older one: the start is refused, or all is well."""
        await self.backUp()
        asleep = self.sleepers()
        await self.stop()
        if self.chance.random() < 0.5:
            shutil.copyfile(BACKUP, FILE)
        else:
            os.replace(BACKUP, FILE)
        try:
            await self.start()
        except Ended:
            self.notes.append("refused")
            self.withoutJournal()
            await self.start()
        await self.pause(0.05, 0.3)
        for reader in asleep:
            reader.awake.set()

    async def restore_running(self):
        """Another file is put in the log's place while the gateway runs."""
        await self.backUp()
        asleep = self.sleepers()
        os.replace(BACKUP, FILE)
        await self.refusedOr(5)
        await self.stop()
        self.withoutJournal()
        await self.start()
        for reader in asleep:
            reader.awake.set()

    async def copied_running(self):
        """The three files are copied one after the other while the gateway writes, and come back."""
        os.mkdir(AWAY)
        for suffix in ("", "-wal"):
            shutil.copyfile(FILE + suffix, AWAY + "/events.db" + suffix)
        await self.pause(0.1, 0.3)
        asleep = self.sleepers()
        await self.stop()
        self.withoutJournal()
        for suffix in ("", "-wal"):
            shutil.copyfile(AWAY + "/events.db" + suffix, FILE + suffix)
        try:
            await self.start()
        except Ended:
            # Such a copy may be torn. The operator is told so, and begins anew.
            self.notes.append("refused")
            os.remove(FILE)
            self.withoutJournal()
            await self.start()
        await self.pause(0.05, 0.3)
        for reader in asleep:
            reader.awake.set()

    # Situations: the files go

    async def gone(self, take):
        asleep = self.sleepers()
        take()
        await self.refusedOr(5)
        await self.pause(0, 0.2)
        await self.stop()
        os.makedirs(LOG, exist_ok=True)
        await self.start()
        for reader in asleep:
            reader.awake.set()

    async def rm(self):
        await self.gone(lambda: [os.remove(LOG + "/" + name) for name in os.listdir(LOG)])

    async def rm_file(self):
        await self.gone(lambda: os.remove(FILE))

    async def rm_journal(self):
        await self.gone(lambda: os.remove(FILE + "-wal"))

    async def rm_folder(self):
        await self.gone(lambda: shutil.rmtree(LOG))

    async def mv_folder(self):
        await self.gone(lambda: os.rename(LOG, AWAY))

    async def mv(self):
        await self.gone(lambda: os.rename(FILE, FILE + ".old"))

    async def mv_and_back(self):
        """Without a restart: the gateway goes on by itself."""
        asleep = self.sleepers()
        os.rename(FILE, FILE + ".old")
        await self.refusedOr(5)
        os.rename(FILE + ".old", FILE)
        await self.goesOn()
        for reader in asleep:
            reader.awake.set()

    async def goesOn(self):
        before = len(self.acknowledged)

        async def more():
            return len(self.acknowledged) > before + PUBLISHERS

        await self.until("publish behind the fault", more)

    # Situations: the disk fails

    def fail(self, number):
        """Has writes to the log fail from now on."""
        with open(CONTROL + ".new", "w", encoding="utf-8") as control:
            control.write(str(number))
        os.rename(CONTROL + ".new", CONTROL)

    async def failing(self, number):
        asleep = self.sleepers()
        self.fail(number)
        await self.refusedOr(5)
        await self.pause(0, 0.3)
        if self.chance.random() < 0.3:
            await self.stop(signal.SIGKILL)
            os.remove(CONTROL)
            await self.start()
        else:
            os.remove(CONTROL)
        await self.goesOn()
        for reader in asleep:
            reader.awake.set()

    async def read_only(self):
        await self.failing(30)  # EROFS

    async def read_only_and_idle(self):
        """Nobody publishes: the probes find out by themselves, and that it is over, too."""

        async def probes(status):
            return [(await door.probe("/readyz" + query))[0] for query in ("?for=publish", "", "?for=streams")] == [
                status, status, 200]

        asleep = self.sleepers()
        self.busy.clear()
        await self.pause(0.05, 0.1)
        self.fail(30)
        await self.until("red probe", lambda: probes(503), 5)
        os.remove(CONTROL)
        await self.until("green probe", lambda: probes(200), 5)
        self.busy.set()
        await self.goesOn()
        for reader in asleep:
            reader.awake.set()

    async def io_error(self):
        await self.failing(5)  # EIO

    async def permission_lost(self):
        await self.failing(1)  # EPERM: what `chattr +i` does to an open file

    def full_disk_prepare(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", LOG], check=True)
        self.pad = 2000

    def full_disk_clean(self):
        subprocess.run(["umount", "--lazy", LOG], check=True)

    async def full_disk(self):
        asleep = self.sleepers()
        with open(LOG + "/ballast", "wb") as ballast:
            free = os.statvfs(LOG)
            # What the gateway takes meanwhile makes it too much; then the next smaller one fits.
            for pages in range(free.f_bavail, 0, -16):
                try:
                    os.posix_fallocate(ballast.fileno(), 0, pages * free.f_frsize)
                    break
                except OSError:
                    pass
        await self.refusedOr(10)
        await self.pause(0, 0.3)
        if self.chance.random() < 0.3:
            await self.stop(signal.SIGKILL)
        os.remove(LOG + "/ballast")
        if self.gateway.returncode is not None:
            await self.start()
        await self.goesOn()
        for reader in asleep:
            reader.awake.set()

    async def long_reader(self):
        """A shell holds a snapshot: the journal grows and nothing else happens."""
        asleep = self.sleepers()
        shell = sqlite3.connect(f"file:{FILE}?mode=ro", uri=True, isolation_level=None)
        shell.execute("BEGIN")
        shell.execute("SELECT count(*) FROM event").fetchone()
        await self.pause(0.2, 0.5)
        if self.chance.random() < 0.3:
            await self.stop()
            await self.start()
        await self.goesOn()
        shell.execute("COMMIT")
        shell.close()
        for reader in asleep:
            reader.awake.set()

    async def kill(self):
        asleep = self.sleepers()
        await self.stop(signal.SIGKILL)
        await self.start()
        for reader in asleep:
            reader.awake.set()


class Ended(Exception):
    """The gateway refused to start."""


SITUATIONS = [
    "restore-cp", "restore-mv", "restore-shell", "restore-beside-journal", "restore-running", "copied-running", "rm",
    "rm-file", "rm-journal", "rm-folder", "mv", "mv-folder", "mv-and-back", "read-only", "read-only-and-idle", "io-error",
    "permission-lost", "full-disk", "long-reader", "kill",
]


async def main():
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-o", options.folder + "/failing_disk.so",
         os.path.dirname(os.path.abspath(__file__)) + "/failing_disk.c", "-ldl"], check=True)
    situations = options.only.split(",") if options.only else SITUATIONS
    order = []
    while len(order) < (options.runs or len(situations)):
        order += situations
    runs = []
    for number, situation in enumerate(order[:options.runs or len(situations)]):
        try:
            runs.append(await Run(number, situation).perform())
        except Ended as ended:
            raise SystemExit(f"run {number} ({situation}), seed {seed}: the gateway ended with {ended}")
        print(runs[-1], file=sys.stderr, flush=True)
    report(
        seed=seed, runs=len(runs), acknowledged=sum(run["acknowledged"] for run in runs),
        refused=sum(sum(run["refused"].values()) for run in runs), gaps=sum(run["gaps"] for run in runs),
        violations=sum(run["missed"] + run["strangers"] for run in runs),
        bad=[run for run in runs if run["missed"] or run["strangers"] or run["exit"] != 0][:5])


asyncio.run(main())
