//! That the model bites: each test changes one thing that the design says, and crate and model no longer agree.

use super::model::facts::Design;
use super::model::run;
use super::{ANSWERED, ASKED, ENDED, GRANTED, NOTICED, OPENED, Phrase, RELEASED, bytes};

/// With the design they agree on a sequence; with the change they do not.
fn bites(change: impl FnOnce(&mut Design), story: &[Phrase<'_>]) {
    let (mut wrong, story) = (Design::default(), bytes(story));
    change(&mut wrong);
    run(&story, Design::default()).unwrap_or_else(|disagreement| panic!("{disagreement}"));
    assert!(run(&story, wrong).is_err(), "nobody notices");
}

#[test]
fn one_answer_is_too_few() {
    bites(|wrong| wrong.answers = 1, &[ASKED, GRANTED, RELEASED, NOTICED, &[("Answer", 0, 0)], OPENED]);
}

#[test]
fn three_answers_are_not_needed() {
    bites(|wrong| wrong.answers = 3, &[ASKED, GRANTED, RELEASED, NOTICED, ANSWERED, OPENED]);
}

#[test]
fn a_notice_has_to_be_logged() {
    let lost: Phrase<'_> = &[("Deliver", 0, 128), ("Witness", 0, 0), ("Answer", 0, 0)];
    bites(|wrong| wrong.notice_logged = false, &[ASKED, GRANTED, RELEASED, lost]);
}

#[test]
fn a_notice_has_to_be_witnessed_in_time() {
    let late: Phrase<'_> = &[("Deliver", 0, 64), ("Deliver", 0, 65)];
    let admitted: Phrase<'_> = &[("Admit", 0, 0), ("Witness", 0, 0)];
    bites(|wrong| wrong.notice_in_time = false, &[ASKED, GRANTED, RELEASED, late, ENDED, admitted]);
}

#[test]
fn access_ends() {
    bites(|wrong| wrong.destroys = false, &[ASKED, GRANTED, RELEASED, ENDED, &[("Deliver", 0, 0)]]);
}

#[test]
fn a_release_has_to_be_the_agencys_own() {
    let stolen: Phrase<'_> = &[("Steal", 0, 0), ("Witness", 0, 0), ("Deliver", 0, 0)];
    bites(|wrong| wrong.own_release = false, &[ASKED, GRANTED, RELEASED, stolen]);
}

#[test]
fn an_agency_that_was_withdrawn_gets_no_answers() {
    let withdrawn: Phrase<'_> = &[("Withdraw", 0, 0), ("Witness", 0, 0), ("Deliver", 0, 0)];
    bites(|wrong| wrong.approved_now = false, &[ASKED, GRANTED, RELEASED, withdrawn]);
}

#[test]
fn a_revoked_grant_is_not_answered_for() {
    let revoked: Phrase<'_> = &[("Revoke", 0, 128), ("Deliver", 0, 0)];
    bites(|wrong| wrong.revocation = false, &[ASKED, GRANTED, RELEASED, revoked]);
}

#[test]
fn nor_is_a_deleted_one() {
    let deleted: Phrase<'_> = &[("Delete", 0, 0), ("Witness", 0, 0), ("Deliver", 0, 0)];
    bites(|wrong| wrong.deleted = false, &[ASKED, GRANTED, RELEASED, deleted]);
}

#[test]
fn what_is_granted_lies_in_the_window() {
    let half: Phrase<'_> = &[("Ask", 0, 2), ("Witness", 0, 0), ("Consent", 0, 6)];
    bites(|wrong| wrong.range_in_window = false, &[half]);
}

#[test]
fn the_budget_is_not_one_more() {
    let last: Phrase<'_> = &[("Check", 0, 0)];
    bites(|wrong| wrong.budget += 1, &[ASKED, ASKED, ASKED, ASKED, ASKED, ASKED, last]);
    bites(|wrong| wrong.budget -= 1, &[ASKED, ASKED, ASKED, ASKED, ASKED, last]);
}

#[test]
fn custodians_count_for_themselves() {
    let last: Phrase<'_> = &[("Deliver", 0, 0)];
    let story = [ASKED, ASKED, ASKED, ASKED, ASKED, GRANTED, RELEASED, last];
    bites(|wrong| wrong.custodians_budget += 1, &story);
}

#[test]
fn custodians_look_for_forks() {
    let forked: Phrase<'_> = &[("Ask", 0, 16), ("Witness", 0, 0), ("Deliver", 0, 0)];
    bites(|wrong| wrong.conduct = false, &[ASKED, ASKED, GRANTED, RELEASED, forked]);
}

#[test]
fn a_case_has_two_requests() {
    let same: Phrase<'_> = &[("Ask", 0, 11), ("Witness", 0, 0), ("Check", 0, 0)];
    bites(|wrong| wrong.per_case = 3, &[same, same, same]);
    bites(|wrong| wrong.per_case = 1, &[same, same, same]);
}

#[test]
fn a_clock_may_be_ahead_by_a_day() {
    let ahead: Phrase<'_> = &[("Clock", 1, 2), ("Deliver", 0, 0)];
    bites(|wrong| wrong.behind *= 2, &[ASKED, GRANTED, RELEASED, ahead]);
}

#[test]
fn a_receipt_is_due_within_a_day() {
    let deleted: Phrase<'_> = &[("Delete", 0, 0), ("Witness", 0, 0)];
    let almost_two_days: Phrase<'_> = &[("Pass", 3, 0), ("Pass", 2, 0), ("Witness", 0, 0)];
    bites(
        |wrong| wrong.grace *= 2,
        &[ASKED, GRANTED, RELEASED, NOTICED, ANSWERED, OPENED, ENDED, almost_two_days, deleted],
    );
}

#[test]
fn a_receipt_in_advance_proves_nothing() {
    let early: Phrase<'_> = &[("Delete", 0, 48), ("Witness", 0, 0)];
    bites(|wrong| wrong.receipt_after_duty = false, &[ASKED, GRANTED, RELEASED, NOTICED, early]);
}
