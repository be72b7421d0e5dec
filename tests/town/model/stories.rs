//! Stories, which show how bytes speak: an action's name, which, and how, one after the other.

use super::model::action::Action;
use super::model::facts::Design;
use super::model::run;
use super::{ANSWERED, ASKED, ENDED, GRANTED, NOTICED, OPENED, Phrase, RELEASED, bytes};

/// Plays a story in which everything is accepted but what `refused` names, in its order.
fn tell(story: &[Phrase<'_>], refused: &[&str]) {
    let report = run(&bytes(story), Design::default()).unwrap_or_else(|disagreement| panic!("{disagreement}"));
    let expected = |name: &str| refused.iter().filter(|refused| **refused == name).count();
    for (n, name) in Action::NAMES.iter().enumerate() {
        assert_eq!((report.refused[n], report.idle[n]), (expected(name), 0), "{name}\n{report}");
    }
}

#[test]
fn from_request_to_receipts() {
    let receipts: Phrase<'_> = &[
        ("Delete", 0, 0),
        ("Close", 0, 0),
        ("Destroy", 0, 0),
        ("Destroy", 1, 0),
        ("Destroy", 2, 0),
        ("Witness", 0, 0),
    ];
    tell(&[ASKED, &[("Check", 0, 0)], GRANTED, RELEASED, NOTICED, ANSWERED, OPENED, ENDED, receipts], &[]);
}

/// Neither without the one-time key, nor for another agency; who has opened may open again.
#[test]
fn who_may_open() {
    let twice: Phrase<'_> = &[("Open", 0, 0)];
    let other: Phrase<'_> = &[("TakeIn", 0, 1), ("Open", 0, 1)];
    tell(&[ASKED, GRANTED, RELEASED, NOTICED, ANSWERED, other, OPENED, twice], &["TakeIn", "Open"]);
    let restarted: Phrase<'_> = &[("RestartAgency", 0, 1)];
    tell(&[ASKED, GRANTED, RELEASED, NOTICED, ANSWERED, restarted, OPENED], &["Open"]);
    // It is released by one key, which no release makes again.
    let again: Phrase<'_> = &[("RestartAgency", 0, 1)];
    tell(&[ASKED, GRANTED, RELEASED, NOTICED, ANSWERED, again, RELEASED, NOTICED, ANSWERED, OPENED], &["Open"]);
    // What is put together needs no one-time key any more, and what is deleted comes back in no way.
    tell(&[ASKED, GRANTED, RELEASED, NOTICED, ANSWERED, OPENED, restarted, OPENED], &[]);
    let deleted: Phrase<'_> = &[("Delete", 0, 0), ("Open", 0, 0), ("Release", 0, 0), ("TakeIn", 0, 0)];
    tell(&[ASKED, GRANTED, RELEASED, NOTICED, ANSWERED, OPENED, deleted], &["Open", "Release", "TakeIn"]);
}

/// One custodian gives its answer twice, and in another's name.
#[test]
fn one_answer_does_not_count_twice() {
    let one: Phrase<'_> = &[("Deliver", 0, 0), ("Witness", 0, 0), ("Answer", 0, 8)];
    tell(&[ASKED, GRANTED, RELEASED, one, &[("Open", 0, 0), ("Open", 0, 6)]], &["Open", "Open"]);
    tell(&[ASKED, GRANTED, RELEASED, one, one, OPENED], &["Open"]);
}

#[test]
fn an_excerpt_that_was_altered_is_not_taken_in() {
    let other: Phrase<'_> = &[("Consent", 0, 4)];
    let altered: Phrase<'_> = &[
        ("TakeIn", 0, 4),
        ("TakeIn", 1, 0b1110_0100),
        ("TakeIn", 0, 0b0000_1000),
        ("TakeIn", 0, 0b0010_1000),
        ("TakeIn", 0, 0b0100_1000),
        ("TakeIn", 0, 0b0110_1000),
        ("TakeIn", 0, 12),
        ("TakeIn", 0, 16),
    ];
    tell(&[ASKED, GRANTED, other, altered, &[("TakeIn", 0, 0)]], &["TakeIn"; 8]);
}

/// A custodian takes its own wrap with its own envelope, and tells a revocation by its signature.
#[test]
fn what_is_brought_to_a_custodian() {
    let another: Phrase<'_> = &[("Consent", 0, 4), ("TakeIn", 0, 0)];
    let brought: Phrase<'_> = &[("Deliver", 0, 16), ("Deliver", 0, 32), ("Deliver", 0, 36), ("Revoke", 0, 28)];
    tell(&[ASKED, GRANTED, another, RELEASED, brought], &["Deliver", "Deliver", "Revoke"]);
}

/// A notice that is witnessed after the end hands nothing out, and makes nobody overdue.
#[test]
fn a_notice_that_comes_too_late() {
    let late: Phrase<'_> = &[("Deliver", 0, 64), ("Deliver", 0, 65)];
    let then: Phrase<'_> = &[("Admit", 0, 0), ("Witness", 0, 0), ("Answer", 0, 0), ("Answer", 1, 0), ("Open", 0, 0)];
    tell(&[ASKED, GRANTED, RELEASED, late, ENDED, then], &["Answer", "Answer", "Open"]);
}

/// Custodians that are started from old images, with clocks set back.
#[test]
fn restored_stores_answer_nothing_after_the_end() {
    let restored: Phrase<'_> = &[
        ("Destroy", 0, 0),
        ("RestartCustodian", 0, 1),
        ("Clock", 1, 3),
        ("Deliver", 0, 0),
        ("Serve", 0, 0),
        ("Witness", 0, 0),
        ("Serve", 0, 0),
        ("Deliver", 0, 0),
    ];
    tell(&[ASKED, GRANTED, RELEASED, ENDED, restored], &["Deliver", "Serve", "Deliver"]);
}

/// A store from before a key was published makes a second one: neither is used.
#[test]
fn a_restored_store_spoils_its_keys() {
    let day: Phrase<'_> = &[("Pass", 3, 0), ("Witness", 0, 0)];
    let keys: Phrase<'_> = &[("PublishKeys", 0, 0), ("PublishKeys", 1, 0), ("PublishKeys", 2, 0), ("Witness", 0, 0)];
    let restored: Phrase<'_> =
        &[("RestartCustodian", 0, 1), ("Witness", 0, 0), ("Serve", 0, 0), ("PublishKeys", 0, 0), ("Witness", 0, 0)];
    let consent: Phrase<'_> = &[("Consent", 0, 0)];
    tell(&[day, day, day, keys, ASKED, consent, restored, consent], &["Consent"]);
}

/// Revoked at two of three custodians, the log of one of whom is lost, it opens no more.
#[test]
fn a_revocation_holds() {
    let revoked: Phrase<'_> = &[("Revoke", 0, 0), ("Revoke", 0, 129), ("Revoke", 0, 28), ("Witness", 0, 0)];
    let tried: Phrase<'_> = &[("Deliver", 0, 0), ("Deliver", 0, 1), ("Deliver", 0, 2), ("Witness", 0, 0)];
    let answered: Phrase<'_> = &[("Answer", 0, 0), ("Open", 0, 0)];
    tell(&[ASKED, GRANTED, RELEASED, revoked, tried, answered], &["Revoke", "Deliver", "Deliver", "Open"]);
}

/// A custodian that is set back to before it was told of a revocation finds it in the log.
#[test]
fn a_backup_does_not_forget_a_revocation() {
    let revoked: Phrase<'_> = &[("Revoke", 0, 0), ("Witness", 0, 0)];
    let restored: Phrase<'_> =
        &[("RestartCustodian", 0, 1), ("Witness", 0, 0), ("Serve", 0, 0), ("Deliver", 0, 0), ("Deliver", 0, 1)];
    tell(&[ASKED, GRANTED, RELEASED, revoked, restored], &["Deliver"]);
}

/// An agency that numbers twice gets nothing any more; one that only left a number out goes on if
/// its store knows nothing of it: it looks at the log.
#[test]
fn numbers_of_requests() {
    let twice: Phrase<'_> = &[("Ask", 0, 16), ("Witness", 0, 0), ("Check", 0, 0), ("Check", 1, 0)];
    tell(&[ASKED, twice], &["Check", "Check"]);
    let lost: Phrase<'_> = &[("Ask", 0, 128), ("Ask", 0, 0), ("Witness", 0, 0), ("Check", 0, 0)];
    let resumed: Phrase<'_> = &[("RestartAgency", 0, 2), ("Ask", 0, 0), ("Witness", 0, 0), ("Check", 0, 0)];
    tell(&[lost], &["Check"]);
    tell(&[ASKED, &[("Ask", 0, 128)], resumed], &[]);
}

/// Whoever logs a request key first has it; the other asks again.
#[test]
fn a_copied_request_key() {
    let copied: Phrase<'_> =
        &[("Ask", 0, 64), ("Ask", 1, 19), ("Witness", 0, 0), ("Admit", 0, 0), ("Witness", 0, 0), ("Check", 0, 0)];
    let granted: Phrase<'_> = &[("Check", 1, 0), ("Consent", 0, 0), ("TakeIn", 0, 0), ("TakeIn", 0, 1)];
    tell(&[copied, granted], &["Check", "TakeIn", "TakeIn"]);
}

/// A log that takes no receipts makes nobody overdue: a custodian carries them.
#[test]
fn a_carried_receipt() {
    let carried: Phrase<'_> = &[("Delete", 0, 4), ("Delete", 0, 64), ("Witness", 0, 0)];
    tell(&[ASKED, GRANTED, RELEASED, NOTICED, ANSWERED, OPENED, ENDED, carried], &[]);
}

/// Two of four witnesses are none; with three, the clock of one does not matter.
#[test]
fn witnesses() {
    tell(&[&[("Witness", 3, 0), ("Witness", 1, 2), ("Witness", 2, 1), ("Witness", 8, 0)], ASKED], &["Witness"]);
    tell(&[ASKED, &[("Show", 0, 0), ("Show", 0, 1), ("Show", 0, 2), ("Show", 0, 3)]], &["Show"; 4]);
}

/// A resident's app that does not follow the log gives nothing after a day, and custodians nothing to a withdrawn agency.
#[test]
fn whoever_stays_behind() {
    let behind: Phrase<'_> = &[("Follow", 0, 0), ("Pass", 3, 0), ("Renew", 0, 0), ("Witness", 0, 0), ("Consent", 0, 0)];
    tell(&[ASKED, behind, &[("Follow", 0, 1), ("Consent", 0, 0)]], &["Consent"]);
    let unknowing: Phrase<'_> = &[("Follow", 0, 0), ("Withdraw", 0, 0), ("Witness", 0, 0), ("Consent", 0, 0)];
    // The agency's own app signs no release that nobody would answer, unless it stays behind, too.
    tell(&[ASKED, unknowing, &[("TakeIn", 0, 0), ("Release", 0, 0)]], &["Release"]);
    let behind: Phrase<'_> = &[("Follow", 4, 0)];
    tell(&[ASKED, behind, unknowing, &[("TakeIn", 0, 0)], RELEASED, &[("Deliver", 0, 0)]], &["Deliver"]);
}

/// Withdrawn, approved anew and withdrawn again, an agency has standing no more.
#[test]
fn an_agency_that_is_withdrawn_again() {
    let withdrawn: Phrase<'_> = &[("Withdraw", 0, 0), ("Witness", 0, 0), ("Check", 0, 0)];
    let renewed: Phrase<'_> = &[("Pass", 0, 0), ("Renew", 0, 0), ("Witness", 0, 0), ("Check", 0, 0)];
    tell(&[ASKED, withdrawn, renewed, withdrawn, renewed], &["Check", "Check"]);
}
