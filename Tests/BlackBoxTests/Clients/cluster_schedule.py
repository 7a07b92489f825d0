"""Which faults come when: drawn from a seed, before anything runs, so that the seed repeats them."""

import dataclasses
import random

# What may happen, and how long it lasts at the least and at the most, in seconds. An election of NATS takes four to
# nine seconds: the long pauses reach over one.
KINDS = {
    "nats-kill-leader": (0.1, 4),
    "nats-kill-follower": (0.1, 4),
    "nats-kill-two": (0.1, 6),
    "nats-kill-all": (0.1, 3),
    "nats-pause-leader-short": (0.05, 2),
    "nats-pause-leader-long": (4, 12),
    "nats-pause-follower": (0.5, 12),
    "nats-pause-all": (0.5, 6),
    "gateway-kill": (0, 4),
    "gateway-stop": (0, 2),
    "gateway-pause-short": (0.05, 2),
    "gateway-pause-long": (4, 12),
    "link-cut-one": (0.1, 4),
    "link-cut-all": (0.1, 9),
    "link-delay": (1, 6),
    "link-half-up": (0.5, 8),
    "link-half-down": (0.5, 8),
    "link-tear": (0.1, 1),
    "route-cut-leader": (0.5, 12),
    "route-cut-follower": (0.5, 12),
    "route-cut-pair": (0.5, 12),
    "route-half-leader": (0.5, 12),
    "split-leader": (0.5, 12),
    "split-follower": (0.5, 12),
}


@dataclasses.dataclass(frozen=True)
class Fault:
    at: float
    kind: str
    number: int  # of the gateway, or for choosing a server that is no leader: 1 … 3
    seconds: float
    delay: float  # of a link
    coin: bool  # for what has two forms

    def __str__(self):
        return f"{self.kind} ({self.number}) for {self.seconds:.1f} s"


def draw(seed, seconds, every, kinds=None):
    """One fault after the other, as many of each kind as of any other, in the order of the seed."""
    chance, deck, faults = random.Random(f"{seed}/schedule"), [], []
    at = every
    # The last ones have time to end.
    while at <= seconds - every:
        if not deck:
            deck = list(kinds or KINDS)
            chance.shuffle(deck)
        kind = deck.pop()
        faults.append(
            Fault(
                at, kind, chance.randint(1, 3), chance.uniform(*KINDS[kind]), chance.uniform(0.02, 0.4),
                chance.random() < 0.5))
        at += every
    return faults
