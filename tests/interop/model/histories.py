#!/usr/bin/env python3
"""Histories that once broke a rule, each with the right value."""

import unittest

from judgement.custodian import Custodian
from judgement.receipts import Verdict
from judgement.room import At
from judgement.roots import Bounds
from judgement.statements import (Approval, Cancellation, Entry, ExpiryKey, Loss, Notice, Preservation, Receipt, Request,
                                  Sighting, Succession, Withdrawal, expiry_key, exported, request_key)
from scenes.grant import FOOTAGE, RECEIPT, T, release
from town import ALWAYS, LIMITS, ROOTS, Town, cosigned, embedded

KEY, FILE, REQUEST = expiry_key("C1", "k1"), exported(T, "x"), request_key("A", 0)
ROOMS: dict[str, type] = {}                             # `wrong` breaks single rules
NEW = ROOTS._replace(log_key="new", witnesses=("v1", "v2", "v3", "v4"))


class History:
    """A log that is written by hand. Times are true."""

    def __init__(self, *entries: Entry, parties: tuple[str, ...] = ("A", "B", "C1", "C2", "C3")) -> None:
        self.town = Town(ROOMS, parties=parties)
        for entry in entries:
            self.town.take(entry, 0)
        self.ledger = self.town.ledger

    @property
    def anchor(self):
        return self.ledger.entries[self.town.checkpoints()[-1]].anchor

    def at(self, time: int, *entries: Entry, size: int | None = None, roots=ROOTS) -> "History":
        """Embeds a checkpoint, and logs entries after it."""
        self.town.take(embedded(cosigned(size or self.town.size, time, roots)), time)
        return self.then(*entries)

    def then(self, *entries: Entry) -> "History":
        for entry in entries:
            self.town.take(entry, self.town.truth[-1])
        return self

    def passes(self, first: int, last: int) -> "History":
        """Lets the log go on, in small steps."""
        for time in range(first, last + 1, 2):
            self.at(time)
        return self

    def seen(self, *custodians: str, ids: tuple[Entry, ...] = ()) -> "History":
        named = self.town.checkpoints()[-1]
        return self.then(*(Entry(Sighting(named, frozenset(ids)), each, None, self.town.size) for each in custodians))

    def both(self, body, *registrars: str) -> "History":
        """Signed by registrars, with the newest anchor."""
        return self.then(*(Entry(body, each, self.anchor, self.town.size) for each in registrars or ("r1", "r2")))

    def verdict(self, subject: tuple) -> Verdict | None:
        return self.ledger.verdict(subject)

    def stands(self, key: str, role: str = "agency") -> bool:
        return self.ledger.approvals.standing(key, role, At(self.town.size - 1, self.town.log_time())) is not None

    def lapses(self, party: str, end: int) -> "History":
        approvals = self.ledger.approvals
        approvals.begun = [stands._replace(approval=stands.approval._replace(end=end)) if stands.approval.party == party
                           else stands for stands in approvals.begun]
        return self


def overdue() -> History:
    """A grant that is overdue, as two custodians heard."""
    return History(release(1)).at(0).at(100).seen("c1", "c2").passes(102, 122)


def receipt(subject: tuple, party: str, nonce: int = 0) -> Entry:
    return Entry(Receipt(subject, party), party.lower(), None, nonce)


class Duties(unittest.TestCase):
    def test_a_notice_after_the_end_opens_nothing(self) -> None:
        log = History(release(1)).at(0)
        log.then(Entry(Notice((T, 1)), "c1", log.anchor)).at(25).seen("c1", "c2", ids=(RECEIPT,))
        log.at(100).seen("c1", "c2").passes(102, 122)
        log.then(Entry(Notice((T, 1)), "c3", log.anchor), RECEIPT).at(124)
        self.assertIs(log.verdict(FOOTAGE), Verdict.ON_TIME)

    def test_an_honest_custodian_is_heard_before_its_key_is_due(self) -> None:
        end = 100
        for sees, clock in ((lambda time: time < end, 0), (lambda time: True, 25)):
            custodian, destroyed = Custodian(LIMITS, end), None
            log = History().at(0)
            log.then(Entry(ExpiryKey(end, "k1"), "c1", log.anchor))
            own = receipt(KEY, "C1")
            for time in range(2, end + LIMITS.key_grace + 6, 2):
                log.at(time)
                if destroyed is None:
                    custodian = custodian.see(Bounds(time, time), time) if sees(time) else custodian
                    destroyed = time if custodian.destroys(time, time + clock) else None
                # Honest custodians name the receipt once it is handed to them; the operator keeps what names it.
                if time % 12 == 0 and destroyed is None:
                    log.seen("c2", "c3")
            self.assertLess(destroyed, end + LIMITS.key_grace - LIMITS.sighted)
            log.then(own).at(end + LIMITS.key_grace + 8)
            self.assertIs(log.verdict(KEY), Verdict.HELD_UP)

    def test_a_renewal_that_was_handed_over_counts_after_the_receipt(self) -> None:
        for renewed_first in (False, True):
            log = History(release(1)).at(0).at(24)
            log.then(Entry(Preservation(T, "x", 1000), "a", log.anchor))
            log.at(26).at(400).at(900).at(990)
            renewal = Entry(Preservation(T, "x", 2000), "a", log.anchor)
            log.seen("c1", "c2", ids=(renewal,)).at(1060).seen("c1", "c2").passes(1062, 1100)
            own = receipt(FILE, "A")
            log.then(*((renewal, own) if renewed_first else (own, renewal))).at(1102)
            self.assertIs(log.verdict(FILE), Verdict.ON_TIME)

    def test_a_custodian_that_names_too_early_harms_nobody(self) -> None:
        # A preservation, in a gap of approval.
        log = History(release(1)).lapses("A", 30).at(0).at(24).at(31)
        kept = Entry(Preservation(T, "x", 1000), "a", log.anchor)
        log.seen("c3", ids=(kept,)).both(Approval("agency", "A", "a", 600)).seen("c1", ids=(kept,)).then(kept).at(33)
        self.assertIs(log.verdict(FILE), Verdict.OPEN)
        # A receipt by a key that is approved a little later.
        log = History(release(1)).at(0).at(24).both(Withdrawal("a"))
        own = Entry(Receipt(FOOTAGE, "A"), "a2")
        log.seen("c3", ids=(own,)).both(Approval("agency", "A", "a2", 600)).at(26).seen("c1", "c2", ids=(own,))
        log.at(100).seen("c1", "c2").passes(102, 124).then(own).at(126)
        self.assertIs(log.verdict(FOOTAGE), Verdict.ON_TIME)

    def test_a_verdict_only_improves(self) -> None:
        log, other = History(release(1)).at(0).at(100), RECEIPT._replace(nonce=1)
        log.seen("c1", ids=(RECEIPT,))
        sighted = log.town.size - 1
        log.then(other).at(123, size=sighted + 1).at(101, size=sighted + 2)
        self.assertIs(log.verdict(FOOTAGE), Verdict.ON_TIME)
        log.then(RECEIPT)
        self.assertIs(log.verdict(FOOTAGE), Verdict.ON_TIME)

    def test_a_loss_after_the_due_time_is_late(self) -> None:
        log = History().at(0)
        log.then(Entry(ExpiryKey(24, "k1"), "c1", log.anchor)).at(2).at(180).seen("c2", "c3").passes(182, 220)
        self.assertIs(log.verdict(KEY), Verdict.OVERDUE)
        log.then(Entry(Loss("k1", True), "c1")).at(222)
        self.assertIs(log.verdict(KEY), Verdict.LATE)

    def test_registrars_speak_for_nobody_who_can_speak(self) -> None:
        log = overdue()
        log.both(Receipt(FOOTAGE, "A"))
        self.assertIs(log.verdict(FOOTAGE), Verdict.OVERDUE)
        log.both(Withdrawal("a")).both(Receipt(FOOTAGE, "A"))
        self.assertIs(log.verdict(FOOTAGE), Verdict.BY_REGISTRARS)

    def test_a_sighting_before_a_duty_begins_closes_nothing(self) -> None:
        log = History(release(1)).at(0).at(24)
        own = receipt(FILE, "A")
        log.seen("c3", ids=(own,)).then(Entry(Preservation(T, "x", 100), "a", log.anchor))
        log.at(26).at(170).seen("c1", "c2").passes(172, 202).at(2000, own).at(2001)
        self.assertIs(log.verdict(FILE), Verdict.LATE)
        log = History().at(0)
        own = receipt(KEY, "C1")
        log.seen("c1", ids=(own,)).then(Entry(ExpiryKey(24, "k1"), "c1", log.anchor))
        log.at(2).at(180).seen("c2", "c3").passes(182, 220).at(2000, own).at(2001)
        self.assertIs(log.verdict(KEY), Verdict.LATE)
        log = History().at(1)
        own = receipt(REQUEST, "A")
        log.seen("c3", ids=(own,)).then(Entry(Request(0, 24, (0, 1), ("a",), "case"), "a", log.anchor))
        log.at(2).at(100).seen("c1", "c2").passes(102, 122).at(2000, own).at(2001)
        self.assertIs(log.verdict(REQUEST), Verdict.LATE)

    def test_a_key_is_owed_also_after_an_earlier_receipt(self) -> None:
        log = History().at(0, receipt(KEY, "C1"))
        log.then(Entry(ExpiryKey(24, "k1"), "c1", log.anchor)).at(2)
        self.assertIs(log.verdict(KEY), Verdict.OPEN)

    def test_nobody_signs_for_another_or_with_a_withdrawn_key(self) -> None:
        log = overdue().then(Entry(Receipt(FOOTAGE, "A"), "b"))
        self.assertIs(log.verdict(FOOTAGE), Verdict.OVERDUE)
        log.both(Withdrawal("a")).then(RECEIPT)
        self.assertIs(log.verdict(FOOTAGE), Verdict.OVERDUE)


    def test_only_members_who_are_not_the_debtor_hear_and_only_in_time(self) -> None:
        def heard(*custodians: str, at: int = 100) -> Verdict | None:
            log = History(release(1)).at(0)
            for time in range(2, 150, 2):
                log.at(time)
                if time == at:
                    log.seen(*custodians)
            return log.verdict(FOOTAGE)
        self.assertIs(heard("c1", "c2"), Verdict.OVERDUE)
        self.assertIs(heard("c1"), Verdict.OVERDUE_OR_HELD_UP)
        self.assertIs(heard("c1", "a"), Verdict.OVERDUE_OR_HELD_UP)
        self.assertIs(heard("c1", "c2", at=70), Verdict.OVERDUE_OR_HELD_UP)
        self.assertIs(heard("c1", "c2", at=122), Verdict.OVERDUE_OR_HELD_UP)
        # A key of C1's own, of which C1 and C2 hear.
        log = History().at(0)
        log.then(Entry(ExpiryKey(24, "k1"), "c1", log.anchor)).at(2).at(180).seen("c1", "c2").passes(182, 220)
        self.assertIs(log.verdict(KEY), Verdict.OVERDUE_OR_HELD_UP)

    def test_a_step_moves_the_due_time_once(self) -> None:
        log = History(release(1)).at(0).at(118).at(124)
        self.assertEqual(log.ledger.receipts.due(log.ledger.receipts.duties[FOOTAGE], log.ledger.eras), 148)
        log.at(144).at(152)
        self.assertEqual(log.ledger.receipts.due(log.ledger.receipts.duties[FOOTAGE], log.ledger.eras), 148)

    def test_what_is_not_dated_has_no_verdict(self) -> None:
        log = History(release(1), RECEIPT)
        self.assertIs(log.verdict(FOOTAGE), Verdict.NOT_YET_DATED)

    def test_preservations_go_on_in_time(self) -> None:
        log = History(release(1)).at(0).at(24)
        log.then(Entry(Preservation(T, "x", 300), "a", log.anchor)).at(26).at(200)
        log.then(Entry(Preservation(T, "x", 250), "a", log.anchor))
        self.assertEqual(log.ledger.receipts.duties[FILE].end, 300)
        log.then(Entry(Preservation(T, "x", 350), "a", log.anchor))
        self.assertEqual(log.ledger.receipts.duties[FILE].end, 350)
        for time in range(202, 460, 2):
            log.at(time)
        log.then(Entry(Preservation(T, "x", 900), "a", log.anchor))
        self.assertEqual(log.ledger.receipts.duties[FILE].end, 350)

    def test_a_release_after_its_end_is_nothing(self) -> None:
        log = History().at(25)
        log.then(Entry(release(1).body, "a", log.anchor))
        self.assertIsNone(log.verdict(FOOTAGE))

    def test_members_alone_answer_and_know_the_release(self) -> None:
        log = History(release(1))
        before = log.anchor
        log.at(2)
        log.then(Entry(Notice((T, 1)), "c1", before), Entry(Notice((T, 1)), "b", log.anchor))
        self.assertEqual(log.ledger.grants.notices, {})
        log.then(Entry(Notice((T, 1)), "c1", log.anchor))
        self.assertEqual(len(log.ledger.grants.notices[T, 1]), 1)


class Standing(unittest.TestCase):
    def test_a_replaced_key_does_not_come_back(self) -> None:
        for who in ("r3", "r1"):
            log = History(parties=())
            old, new = Approval("agency", "A", "K", 500), Approval("agency", "A", "L", 510)
            log.both(old).at(10)
            held = Entry(old, who, log.anchor)
            log.at(20).both(new).at(30).both(Withdrawal("L")).then(held)
            self.assertFalse(log.stands("K") or log.stands("L"))

    def test_a_key_of_one_custodian_takes_none_from_another(self) -> None:
        log = History().at(0)
        log.then(Entry(ExpiryKey(24, "k1"), "c3", log.anchor), Entry(ExpiryKey(24, "k1"), "c1", log.anchor))
        self.assertEqual([log.ledger.custodians.key(each, 24).fingerprint for each in ("C1", "C3")], ["k1", "k1"])

    def test_a_key_that_was_stated_lost_never_counts(self) -> None:
        log = History().at(0)
        log.then(Entry(Loss("k1", True), "c1"), Entry(ExpiryKey(24, "k1"), "c1", log.anchor))
        self.assertIsNone(log.ledger.custodians.key("C1", 24))


class Requests(unittest.TestCase):
    def broken(self, *requests: Request) -> tuple[str, ...]:
        log = History().at(1000)
        for request in requests:
            log.then(Entry(request, "a", log.anchor))
        self.assertEqual(len(log.ledger.requests.good), len(requests))
        return log.ledger.requests.good[-1].broken

    def test_limits(self) -> None:
        one = Request(0, 1100, (990, 1000), ("ab",), "case")
        other = one._replace(number=1, case="other", cells=("b",))
        self.assertEqual(self.broken(one), ())
        self.assertEqual(self.broken(one._replace(window=(980, 1000))), ("window",))
        self.assertEqual(self.broken(one._replace(window=(995, 1001))), ("window not past",))
        self.assertEqual(self.broken(one._replace(closes=1169)), ("open too long",))
        self.assertEqual(self.broken(one, other), ())
        self.assertEqual(self.broken(one, other, other._replace(number=2, case="third", cells=("c",))), ("budget",))
        self.assertEqual(self.broken(one._replace(number=0), one._replace(number=2, cells=("c",))), ("budget",))
        self.assertEqual(self.broken(one, one._replace(number=1, cells=("a",), window=(985, 1000), case="other")),
                         ("window", "cell"))
        three = [one._replace(number=number, cells=(cell,)) for number, cell in enumerate("abc")]
        self.assertEqual(self.broken(*three), ("budget", "case"))

    def test_what_is_stale_or_signed_by_a_lapsed_key_is_void(self) -> None:
        one = Request(0, 1100, (0, 1), ("a",), "case")
        for end, later, good in ((ALWAYS, 24, 1), (ALWAYS, 25, 0), (1010, 24, 0)):
            log = History().lapses("A", end).at(1000)
            anchor = log.anchor
            log.at(1000 + later).then(Entry(one, "a", anchor))
            self.assertEqual(len(log.ledger.requests.good), good)


class Roots(unittest.TestCase):
    def test_a_succession_changes_little(self) -> None:
        for witnesses, registrars, stands in ((("w1", "w2", "w3", "w5"), ("r1", "r2", "r3"), True),
                                              (("w1", "w2", "w5", "w6"), ("r1", "r2", "r3"), False),
                                              (ROOTS.witnesses, ("r1", "r4", "r5"), False)):
            log, signers = History().at(1), {"r1", "r2", *registrars}
            roots = ROOTS._replace(witnesses=witnesses, registrars=registrars)
            log.both(Succession(1, roots), *sorted(signers))
            self.assertEqual(log.ledger.eras.succession is not None, stands)

    def test_a_registrar_who_left_does_not_count(self) -> None:
        roots = ROOTS._replace(registrars=("r1", "r2", "r4"))
        log = History(parties=()).at(1).both(Succession(1, roots), "r1", "r2", "r4")
        log.at(336)
        approval = Approval("agency", "A", "K", 500)
        log.both(approval, "r3").at(338)
        self.assertEqual(log.ledger.eras.in_force(), roots)
        log.both(approval, "r1")
        self.assertFalse(log.stands("K"))
        log.both(approval, "r4")
        self.assertTrue(log.stands("K"))

    def test_a_cancellation_cancels_one_succession(self) -> None:
        one, two = (ROOTS._replace(witnesses=("w1", "w2", "w3", each)) for each in ("w5", "w6"))
        log = History().at(1).both(Succession(1, one)).at(2).both(Cancellation(1))
        self.assertIsNone(log.ledger.eras.succession)
        log.at(2000).both(Succession(1, two)).at(2001).both(Cancellation(1), "r3")
        self.assertIsNotNone(log.ledger.eras.succession)
        log.both(Cancellation(1), "r1")
        self.assertIsNone(log.ledger.eras.succession)

    def test_lost_keys_neither_date_nor_end_a_log_that_goes_on(self) -> None:
        log = History(release(1)).at(10)
        log.ledger.eras.continued(NEW)
        size = log.town.size
        log.then(embedded(cosigned(size, ALWAYS)), Entry(None, None, cosigned(size + 1, 10, ROOTS, "other")))
        self.assertEqual(log.town.log_time(), 10)
        log.at(11, roots=NEW)
        self.assertEqual((log.town.log_time(), log.ledger.eras.forked), (11, None))
        self.assertEqual(log.town.phone().requests.good, log.ledger.requests.good)


if __name__ == "__main__":
    unittest.main()
