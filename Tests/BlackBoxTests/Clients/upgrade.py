"""Replaces the gateways of a cluster by another version, one after another behind HAProxy, and then goes back; accounts
for every event and connection, and looks at what the versions make of each other's words while they stand side by side.

At each step a user has a stream at each gateway, and its tokens are revoked at one of them: all three have to end. What
each gateway knows of the users at the others, and which did not say how many streams they ended, is in the report:
versions may differ in it.
"""

import asyncio
import json
import random
import sys

from accounting import Account
from connection import parser, report
from rolling_cluster import RollingCluster, take_arguments
from traffic import Reader, Tokens, answer

arguments = parser(__doc__)
take_arguments(arguments)
arguments.add_argument("--old", required=True, help="the program that is replaced")
arguments.add_argument("--new", required=True, help="the program that takes its place")
options = arguments.parse_args()

seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
print(f"seed: {seed}", file=sys.stderr, flush=True)
tokens = Tokens(options.keys)


async def ask(door, method, path, body=None):
    """An administrator's request at one gateway."""
    bearer = tokens.issue("operator", {"admin": True})
    content = json.dumps(body).encode() if body is not None else b""
    reader, writer = await door.connect()
    try:
        writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {bearer}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
        status, text = await answer(reader)
        return status, json.loads(text)
    finally:
        writer.close()


class Victim(Reader):
    """A page whose token is revoked."""

    hasEnded = False
    isOpen = False

    def opened(self):
        self.isOpen = True

    def refused(self, head):
        self.isReading, self.hasEnded = False, b" 401 " in head

    def take(self, block):
        if "token-revoked" in block:
            self.isReading, self.hasEnded = False, True


async def revoked(cluster, step, at):
    """Whether streams at all gateways end by a revocation at one, and what that one was told of it."""
    user = f"victim-{step}"
    bearer = Tokens(options.keys).issue(user)
    pages = [Victim(door, user, bearer) for door in cluster.gateways.values()]
    tasks = [asyncio.create_task(page.run()) for page in pages]
    await until(lambda: all(page.isOpen for page in pages))
    status, text = await ask(cluster.gateways[at], "POST", "/v1/revocations", {"sub": user})
    isDone = status == 200 and await until(lambda: all(page.hasEnded for page in pages))
    for task in tasks:
        task.cancel()
    return {"at": at, "ended": sum(page.hasEnded for page in pages), "isDone": isDone, "status": status,
            "streamsEnded": text.get("streamsEnded"), "unanswered": len(text.get("unanswered", []))}


async def until(condition, limit=10):
    for _ in range(limit * 20):
        if condition():
            return True
        await asyncio.sleep(0.05)
    return False


async def users(cluster):
    """How many streams each gateway knows of, at all of them."""
    counts = []
    for door in cluster.gateways.values():
        _, text = await ask(door, "GET", "/v1/users?limit=1000")
        counts.append(sum(user["streams"] for user in text["users"]))
    return counts


async def main():
    cluster, steps = RollingCluster(options), []
    await cluster.begin(options.old)
    account = Account(cluster.door, tokens, seed, options.users)
    await account.begin(options.publishers)
    for way, program in (("up", options.new), ("down", options.old)):
        cluster.use(program)
        for number in (1, 2, 3):
            await cluster.replace(number)
            step = f"{way}-{number}"
            # The one that was replaced, and one that was not, or was before.
            looks = [await revoked(cluster, f"{step}-{at}", at) for at in (number, number % 3 + 1)]
            steps.append({"step": step, "streams": await users(cluster), "revoked": looks})
            print(json.dumps(steps[-1]), file=sys.stderr, flush=True)
    result = await account.end()
    isRevoked = all(look["isDone"] for step in steps for look in step["revoked"])
    result |= {"revoked": isRevoked, "steps": steps, "exit": await cluster.end()}
    report(**result)
    isWhole = (
        isRevoked and result["exit"] == 0 and result["published"] == result["received"] > 0
        and not any(result[name] for name in ("wrongUsers", "gaps", "refused", "broken", "unavailable")))
    raise SystemExit(0 if isWhole else 1)


asyncio.run(main())
