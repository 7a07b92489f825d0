"""Holds what pages got to what publishers were answered."""

import collections


class Ledger:
    """What publishers were told of their events: (publisher, number) of each."""

    def __init__(self):
        self.answered = {}  # to (users, epoch, sequence)
        self.users = {}  # of all that were ever sent
        self.unkeyed = set()  # publishers that send no Idempotency-Key
        self.refused = collections.Counter()  # 503s, by code
        self.unknown = 0  # sent without a key, and never answered


VERDICTS = {
    "missed": "missed in silence", "twice": "came twice", "disorder": "came out of order",
    "strangers": "came to another user", "renamed": "came under another id than was answered",
}


class Account:
    """What each page is owed, and what became of it."""

    def __init__(self, ledger, pages):
        self.ledger, self.pages = ledger, pages
        self.owed = collections.defaultdict(list)
        for event, (users, _, _) in ledger.answered.items():
            for user in users:
                self.owed[user].append(event)

    def is_complete(self):
        return all(not self.missing(page) for page in self.pages)

    def missing(self, page):
        """The answered events that a page neither has nor was told of."""
        got = page.got
        absent = [event for event in self.owed[page.user] if event not in got]
        if not absent:
            return []
        gaps = [place for place, item in enumerate(page.items) if item[0] == "gap"]
        return [event for event in absent if not self.is_told(event, got, gaps, len(page.items))]

    @staticmethod
    def is_told(event, got, gaps, end):
        """The publisher's events before and behind it bound the place at which the page has to be told."""
        publisher, number = event
        same = [(other, place) for (name, other), place in got.items() if name == publisher]
        before = max((place for other, place in same if other < number), default=-1)
        behind = min((place for other, place in same if other > number), default=end)
        return any(before < place < behind for place in gaps)

    def close(self):
        """The violations, by their kind; each has its page and event."""
        found = {verdict: [] for verdict in VERDICTS}
        for page in self.pages:
            found["missed"] += [(page.name, event) for event in self.missing(page)]
            self.look(page, found)
        return found

    def look(self, page, found):
        seen, newest, last = set(), {}, (None, 0)
        for item in page.items:
            if item[0] != "event":
                continue
            _, epoch, sequence, data = item
            event = (data["publisher"], data["number"])
            where = (page.name, event, f"{epoch}-{sequence}")
            if event in seen:
                found["twice"].append(where)
            seen.add(event)
            if epoch == last[0] and sequence <= last[1]:
                found["disorder"].append(where)
            last = (epoch, sequence)
            # What was sent without a key and not answered may have come late; all else has the publisher's order.
            if event[0] not in self.ledger.unkeyed or event in self.ledger.answered:
                if event[1] <= newest.get(event[0], 0):
                    found["disorder"].append(where)
                newest[event[0]] = event[1]
            if page.user not in self.ledger.users.get(event, ()):
                found["strangers"].append(where)
            answer = self.ledger.answered.get(event)
            if answer and answer[1:] != (epoch, sequence):
                found["renamed"].append(where + (f"answered {answer[1]}-{answer[2]}",))
