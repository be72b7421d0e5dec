//! The forms of records and what is refused of them, where no other test looks.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::common;

use common::{NOON, Pinned, World, at, cells};
use footage::cbor::limits;
use footage::crypto::{Digest, SigningKey};
use footage::policy::{Policy, SparseCell};
use footage::record::*;

fn disclosure(cents: u64) -> Disclosure {
    Disclosure {
        agency: AgencyId::new("OH0500100").unwrap(),
        vendor: common::name("Cameras"),
        incentive: Incentive::Money,
        cents: Some(cents),
        text: None,
    }
}

/// On however many cores: the results are in order, and a bad signature concerns its statement only.
#[test]
fn many_statements_are_verified_each_by_itself() {
    let key = SigningKey::generate(&mut Pinned(3)).unwrap();
    let good: Vec<_> = (0..300).map(|n| Verified::sign(disclosure(n), &key).into_signed()).collect();
    for count in [0, 1, 63, 64, 65, 128, 129, 300] {
        let mut statements = good[..count].to_vec();
        if let Some(last) = statements.last_mut() {
            let mut bytes = last.to_bytes();
            let at = bytes.len() - 1;
            bytes[at] ^= 1;
            *last = Signed::from_bytes(&bytes).unwrap();
        }
        let found = verify_all(statements);
        assert_eq!(found.len(), count);
        for (n, found) in found.into_iter().enumerate() {
            match found {
                Ok(verified) => assert_eq!((n + 1 < count, verified.id()), (true, good[n].id())),
                Err(error) => assert_eq!((n + 1, error), (count, StatementError::Signature)),
            }
        }
    }
}

#[test]
fn an_anchor_is_as_long_as_a_checkpoint_may_be() {
    for (length, fits) in [(0, true), (limits::CHECKPOINT_BYTES, true), (limits::CHECKPOINT_BYTES + 1, false)] {
        let text = "a".repeat(length);
        assert_eq!(Anchor::from_bytes(text.as_bytes()).is_ok(), fits);
        assert_eq!(Anchor::try_from(text).is_ok(), fits);
    }
    assert!(Anchor::from_bytes(b"\xff").is_err());
}

#[test]
fn what_a_resident_keeps_of_a_consent_is_read_again() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let consent = world.grant(&request, &clip).excerpted.consent;
    let bytes = consent.to_bytes();
    assert_eq!(Consent::from_bytes(&bytes).unwrap(), consent);
    assert!(Consent::from_bytes(&bytes[1..]).is_err());
}

#[test]
fn a_word_has_letters_digits_points_and_hyphens() {
    for good in ["a", "Z", "1.0", "srm-2.1b", &"w".repeat(32)] {
        assert_eq!(Word::new(good).unwrap().as_str(), good);
    }
    for bad in ["", "-a", "a-", "a b", "a_b", "a/b", "\u{e4}", "a\n", &"w".repeat(33)] {
        assert!(Word::new(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_group_has_a_threshold_within_its_size() {
    let town = || GroupId::new("town").unwrap();
    for size in 0..=255 {
        for threshold in [0, 1, 2, 15, 16, 17, 255] {
            let fits = 1 <= threshold && threshold <= size && size <= 16;
            let group = Group::new(town(), threshold, size);
            assert_eq!(group.is_ok(), fits, "{threshold} of {size}");
            let Ok(group) = group else { continue };
            assert_eq!((group.threshold(), group.size(), group.id()), (threshold, size, &town()));
        }
    }
}

#[test]
fn a_custody_names_each_member_and_each_key_once() {
    let member = |id: usize, key: u8| Member {
        custodian: CustodianId::new(&format!("c{id}")).unwrap(),
        expiry: StatementId::from_bytes([key; 32]),
        share: Digest::from_bytes([9; 32]),
    };
    let custody = |threshold, members| Custody::new(GroupId::new("town").unwrap(), threshold, members).is_ok();
    let members = |count: usize| (0..count).map(|n| member(n, n as u8)).collect::<Vec<_>>();
    for count in 0..20 {
        for threshold in [0, 1, 2, 16, 17] {
            let fits = threshold >= 1 && usize::from(threshold) <= count && count <= 16;
            assert_eq!(custody(threshold, members(count)), fits, "{threshold} of {count}");
        }
    }
    // One custodian with two keys, and one key for two custodians.
    assert!(!custody(1, vec![member(1, 1), member(1, 2)]));
    assert!(!custody(1, vec![member(1, 1), member(2, 1)]));
    assert!(!custody(1, vec![member(1, 1), member(2, 2), member(3, 1)]));
}

#[test]
fn a_statement_shows_its_id_its_signer_and_what_it_says() {
    let key = SigningKey::generate(&mut Pinned(4)).unwrap();
    let signed = Verified::sign(disclosure(5), &key).into_signed();
    let shown = format!("{signed:?}");
    assert!(shown.starts_with("Signed { id: StatementId("), "{shown}");
    assert!(
        shown.contains(&format!("signer: {:?}", key.verifying_key())) && shown.contains("cents: Some(5)"),
        "{shown}"
    );
    assert_eq!(format!("{:?}", at(NOON)), "2026-06-01T12:00:00.000Z");
}

#[test]
fn times_have_limits_that_count_themselves() {
    let last = Timestamp::MAX.as_millis();
    assert_eq!(Timestamp::from_millis(last), Ok(Timestamp::MAX));
    assert_eq!(Timestamp::from_millis(last + 1), Err(TimeError::TooLate));
    let epoch = Timestamp::MAX.epoch();
    assert_eq!(Epoch::from_number(epoch.number()), Ok(epoch));
    assert_eq!(Epoch::from_number(epoch.number() + 1), Err(TimeError::TooLate));
    assert_eq!((epoch.plus(1), Timestamp::MAX.after(Millis(1))), (epoch, Timestamp::MAX));
    for (days, fits) in [(0, false), (1, true), (366, true), (367, false), (u64::MAX, false)] {
        assert_eq!(Days::new(days).is_ok(), fits, "{days}");
    }
    assert!(Window::new(at(5), at(5)).is_err() && Window::new(at(6), at(5)).is_err());
    let window = Window::new(at(5), at(9)).unwrap();
    assert_eq!([4, 5, 8, 9].map(|time| window.contains(at(time))), [false, true, true, false]);
    for (from, to, covered) in [(5, 9, true), (6, 8, true), (4, 9, false), (5, 10, false)] {
        assert_eq!(window.covers(Window::new(at(from), at(to)).unwrap()), covered);
    }
}

/// Beside the default of one witness that may be faulty.
#[test]
fn a_log_root_says_how_many_witnesses_may_be_faulty() {
    let world = World::new();
    let log = world.trust.log();
    assert_eq!((log.quorum(), log.faulty()), (3, 1));
    for faulty in [0, 2] {
        let root = LogRoot::new(log.origin().clone(), *log.key(), log.witnesses().to_vec(), 4, faulty).unwrap();
        assert_eq!(root.faulty(), faulty);
    }
}

/// Whoever changes one limit has another policy.
#[test]
fn a_policy_is_named_by_all_its_limits() {
    let own = Policy::default;
    let policies = [
        own(),
        Policy {
            sparse: vec![SparseCell::new(cells(1).iter().next().unwrap().parent().unwrap(), 8).unwrap()],
            ..own()
        },
        Policy { min_window: Millis(1), ..own() },
        Policy { max_window: Millis(1), ..own() },
        Policy { per_case: 1, ..own() },
        Policy { budget: 1, ..own() },
        Policy { max_retention: Days::ONE, ..own() },
        Policy { max_open: Days::ONE, ..own() },
        Policy { post_quantum: false, ..own() },
        Policy { permit: Millis(1), ..own() },
        Policy { max_behind: Millis(1), ..own() },
    ];
    let digests: std::collections::BTreeSet<_> = policies.iter().map(Policy::digest).collect();
    assert_eq!(digests.len(), policies.len());
}

/// Dates around every border of the calendar.
#[test]
fn a_date_is_that_of_the_gregorian_calendar() {
    let lengths = |year: u64| {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    };
    let mut day = 0;
    for year in 1970..=9999_u64 {
        for (month, length) in (1..).zip(lengths(year)) {
            for (date, of_month) in [(day, 1), (day + length - 1, length)] {
                let time = at(date * Millis::DAY.0);
                assert_eq!(time.date(), (year as u16, month, of_month as u8));
            }
            day += length;
        }
    }
    assert_eq!(Timestamp::MAX.as_millis() + 1, day * Millis::DAY.0);
    let time = at(951_782_400_000 + 23 * 3_600_000 + 59 * 60_000 + 58 * 1000 + 7);
    assert_eq!(time.to_string(), "2000-02-29T23:59:58.007Z");
}
