"""Restarts the gateways of a cluster one after another behind HAProxy, and accounts for every event and connection."""

import asyncio
import random
import sys

from accounting import Account
from connection import parser, report
from rolling_cluster import RollingCluster, take_arguments
from traffic import Tokens

arguments = parser(__doc__)
take_arguments(arguments)
arguments.add_argument("--program", required=True)
arguments.add_argument("--restarts", type=int, required=True)
options = arguments.parse_args()

seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
print(f"seed: {seed}", file=sys.stderr, flush=True)


async def main():
    cluster = RollingCluster(options)
    await cluster.begin(options.program)
    account = Account(cluster.door, Tokens(options.keys), seed, options.users)
    await account.begin(options.publishers)
    for restart in range(options.restarts):
        await cluster.replace(restart % 3 + 1)
        print(f"{restart + 1} of {options.restarts} restarts", file=sys.stderr, flush=True)
    result = await account.end()
    report(restarts=options.restarts, exit=await cluster.end(), **result)


asyncio.run(main())
