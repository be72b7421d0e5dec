"""Requests and their numbers."""

from collections.abc import Iterator

from judgement.statements import Entry, Receipt, Request, request_key
from scenes.grant import kinds
from town import LIMITS, RULES, Scene, Town, cosigned, embedded

class Numbers(Scene):
    """An agency uses its numbers as it likes, and the operator holds its requests back."""

    name, depths = "numbers", (3, 5)

    def moves(self, town: Town) -> Iterator[Town]:
        now, top = town.log_time(), town.ledger.requests.number.get("A", -1)
        for later in (25, LIMITS.month, LIMITS.month + 1):
            yield town.with_entry(embedded(cosigned(town.size, now + later)), now + later)
        for number in sorted({0, top + 1, top + 2, top + LIMITS.ahead, top + LIMITS.ahead + 1}):
            for index in town.checkpoints()[-2:]:
                yield town.with_entry(self.request(town, number, index), now)
        yield town.with_entry(Entry(Receipt(request_key("A", top + 1), "A"), "a"), now)

    @staticmethod
    def request(town: Town, number: int, index: int) -> Entry:
        time = town.log_time(index)
        return Entry(Request(number, time + 168, (time - 1, time), (f"cell {number}",), number), "a",
                     town.ledger.entries[index].anchor, number)

    def check(self, town: Town, before: Town) -> Iterator[str]:
        permitted = [good for good in town.ledger.requests.good if good.permitted]
        for good in permitted:
            month = [other for other in permitted if 0 <= good.at.now - other.at.now <= LIMITS.month and other.at <= good.at]
            if len(month) > RULES.budget:
                yield "more is permitted in a month than the rules say"
        for entry in kinds(town, Receipt):
            duty = town.ledger.receipts.duties.get(entry.body.subject)
            if duty is not None and duty.begun > town.ledger.entries.index(entry):
                yield "a request that was held back begins a duty after its receipt"
        if town.phone().requests.good != town.ledger.requests.good:
            yield "a phone counts other requests"
        # A month of silence, and a request is permitted.
        after = town.copy()
        after.take(embedded(cosigned(after.size, after.log_time() + LIMITS.month + 1)), 0)
        top = after.ledger.requests.number.get("A", -1)
        tried = [after.with_entry(self.request(after, top + above, after.size - 1), 0).ledger.requests.good
                 for above in range(1, LIMITS.ahead + 1)]
        if not any(good and good[-1].request.number > top and good[-1].permitted for good in tried):
            yield "no number is permitted after a month of silence"
