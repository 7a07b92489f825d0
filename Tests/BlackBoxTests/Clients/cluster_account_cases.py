"""Pages to which something was done, each of which the account has to find; and one that is as it should be."""

import types

from cluster_account import Account, Ledger
from connection import report


def page(*items):
    """Items are numbers of a publisher's events, which have ids like them; pairs have another id; "gap" is one."""
    found, got = [], {}
    for item in items:
        if item == "gap":
            found.append(("gap", {}))
            continue
        number, sequence = item if isinstance(item, tuple) else (item, item)
        got.setdefault((0, number), len(found))
        found.append(("event", "e", sequence, {"publisher": 0, "number": number}))
    return types.SimpleNamespace(name="alice/1", user="alice", items=found, got=got)


def violations(*items):
    ledger = Ledger()
    for number in (1, 2, 3, 9):
        users = ["bob"] if number == 9 else ["alice"]
        ledger.users[0, number] = users
        ledger.answered[0, number] = (users, "e", number)
    found = Account(ledger, [page(*items)]).close()
    return sorted(kind for kind, where in found.items() if where)


CASES = [
    ((1, 2, 3), []), ((1, 3), ["missed"]), ((1, "gap", 3), []), (("gap", 1, 3), ["missed"]), ((1, 2), ["missed"]),
    ((1, 2, "gap"), []), ((1, 2, 2, 3), ["disorder", "twice"]), ((1, 3, 2), ["disorder"]),
    ((1, 2, 3, 9), ["strangers"]), ((1, 2, (3, 4)), ["renamed"]), ((), ["missed"]),
]

wrong = [(items, violations(*items), expected) for items, expected in CASES if violations(*items) != expected]
report(cases=len(CASES), wrong=len(wrong), first=str(wrong[:1]))
