//! P5: a grant's scope cannot widen; agency, request, clip, range, dates and custodians are bound. Against it: an agency
//! or a host that alters any byte of any record.

use std::io::Cursor;

use footage::agency::{AgencyError, ExcerptError, UnlockError};
use footage::clip::FinishedClip;
use footage::crypto::{Secret, SigningKey};
use footage::custodian::{CustodianError, RefusedAnswer};
use footage::policy::{Proposal, Rule};
use footage::record::{
    CustodianId, Custody, Days, Epoch, GroupId, Member, Millis, Signed, Statement, StatementId, Terms, Verified,
};
use footage::resident::{Consenting, consent};
use footage::store::Objects as _;

use super::common::{Granted, NOON, Pinned, World, at, put_together, read_excerpt, take_apart};
use super::forge::{self, flips};
use super::p04_range::Switching;

/// A grant of small segments, so that every byte can be altered.
fn small() -> (World, Granted) {
    let mut world = World::new();
    let started = world.now.before(Millis::MINUTE.times(40));
    let clip = world.clip_from(started, &[20, 1, 30]);
    let request = world.request();
    let granted = world.grant_range(&request, &clip, 2, 4, 7);
    (world, granted)
}

#[test]
fn p5_no_byte_of_an_excerpt_can_be_altered() {
    let (_, granted) = small();
    for (at, altered) in flips(&granted.excerpt) {
        assert!(read_excerpt(&altered).is_err(), "byte {at} of {}", altered.len());
    }
    for at in 0..granted.excerpt.len() {
        assert!(read_excerpt(&granted.excerpt[..at]).is_err(), "cut at {at}");
    }
    let more = [granted.excerpt.as_slice(), &[0]].concat();
    assert!(read_excerpt(&more).is_err());
}

fn unalterable<T: Statement>(statement: &Signed<T>) {
    for (at, altered) in flips(&statement.to_bytes()) {
        assert!(Signed::<T>::from_bytes(&altered).and_then(Signed::verify).is_err(), "byte {at}");
    }
}

#[test]
fn p5_no_byte_of_a_record_can_be_altered() {
    let (mut world, granted) = small();
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    let excerpt = granted.open_file();
    unalterable(excerpt.terms());
    unalterable(excerpt.envelope());
    unalterable(&granted.request);
    unalterable(&world.ledger.release(release).unwrap());
    unalterable(&world.ledger.notice(answers[0].statement().notice).unwrap());
    unalterable(&answers[0]);
    unalterable(&granted.excerpted.consent.revocation);
    let key = granted.excerpted.terms.statement().custody.members()[0].custodian.clone();
    unalterable(&world.ledger.expiry_key(&key, granted.excerpted.consent.not_after()).unwrap());
}

#[test]
fn p5_parts_of_two_grants_do_not_mix() {
    let (mut world, first) = small();
    let started = world.now.before(Millis::MINUTE.times(40));
    let clip = world.clip_from(started, &[20, 1, 30]);
    let second = world.grant_range(&first.request, &clip, 2, 4, 14);
    let (magic, one) = take_apart(&first.excerpt);
    let (_, two) = take_apart(&second.excerpt);
    assert_eq!(one.len(), two.len());
    // Every mixture of the two but the two themselves.
    for mixture in 1..(1u32 << one.len()) - 1 {
        let pick = |at: usize| if mixture >> at & 1 == 0 { &one[at] } else { &two[at] };
        let mixed: Vec<_> = (0..one.len()).map(|at| pick(at).clone()).collect();
        // The numbers of bodies are the same in both.
        let own = mixed == one || mixed == two;
        assert_eq!(read_excerpt(&put_together(&magic, &mixed)).is_ok(), own, "{mixture:b}");
    }
}

/// All that an agency might want to have in its terms.
fn wishes(world: &World, granted: &Granted) -> Vec<(&'static str, Terms)> {
    let terms = granted.excerpted.terms.statement();
    let custody = &terms.custody;
    let members = custody.members().to_vec();
    let alone = vec![members[0].clone()];
    let mut foreign = members.clone();
    foreign[1] = Member { custodian: CustodianId::new("friend").unwrap(), ..foreign[1].clone() };
    let custodians = |group: &GroupId, threshold, members| Custody::new(group.clone(), threshold, members).unwrap();
    vec![
        ("as it is", terms.clone()),
        ("longer", Terms { not_after: terms.not_after.plus(14), ..terms.clone() }),
        ("another agency", Terms { agency: *world.other.id(), ..terms.clone() }),
        ("another request", Terms { request: StatementId::from_bytes([1; 32]), ..terms.clone() }),
        ("fewer answers", Terms { custody: custodians(custody.group(), 1, members.clone()), ..terms.clone() }),
        ("one custodian", Terms { custody: custodians(custody.group(), 1, alone), ..terms.clone() }),
        ("other custodians", Terms { custody: custodians(custody.group(), 2, foreign), ..terms.clone() }),
    ]
}

#[test]
fn p5_terms_of_the_agencys_own_making_open_nothing() {
    let (mut world, granted) = small();
    world.release(&granted);
    let wraps = granted.open_file().custodian_wraps().to_vec();
    for (wish, wished) in wishes(&world, &granted) {
        // Signed by a key of its own under the resident's grant id: not even read.
        let framed = forge::terms(&wished, |terms| terms.grant = granted.excerpted.consent.grant());
        let error = read_excerpt(&framed.excerpt(&granted)).unwrap_err();
        assert!(matches!(error, ExcerptError::Altered("grant id" | "custodians' wraps")), "{wish}: {error}");
        let release = world.publish(framed.release(&world.keys.agency));
        assert!(world.ledger.release(release).is_err(), "{wish}");

        // Under an id of its own: it reads, but the resident's wraps are bound to the resident's terms.
        let forged = forge::terms(&wished, |_| ());
        // (With fewer custodians than wraps, not even that.)
        if let Ok(mut excerpt) = read_excerpt(&forged.excerpt(&granted)) {
            let error = world.agency.take_in(&mut excerpt, &world.policy, &world.ledger).unwrap_err();
            let (half, other) = (UnlockError::Half, *world.other.id());
            assert!(
                matches!(&error, AgencyError::Unlock(found) if *found == half)
                    || matches!(&error, AgencyError::OtherAgency(id) if *id == other)
                    || matches!(&error, AgencyError::NoRequestKey(_) | AgencyError::Worthless(_)),
                "{wish}: {error}"
            );
        }
        let release = world.publish(forged.release(&world.keys.agency));
        for (n, wrap) in wraps.iter().enumerate() {
            let error = world.notice(n, &forged.delivery(release, &granted, wrap)).unwrap_err();
            assert!(matches!(error, CustodianError::Refused(_)), "{wish}: {error}");
        }
    }
}

/// Anybody who knows a request can make terms: those of which no release could ever be answered take no place, and leave
/// nothing.
#[test]
fn p5_terms_that_can_never_be_released_are_not_taken_in() {
    let (mut world, granted) = small();
    let terms = granted.excerpted.terms.statement();
    let custody = &terms.custody;
    let of = |group: &str, threshold, members| Custody::new(GroupId::new(group).unwrap(), threshold, members).unwrap();
    let mut keys = custody.members().to_vec();
    for (n, member) in (9..).zip(&mut keys[1..]) {
        member.expiry = StatementId::from_bytes([n; 32]);
    }
    let ends = terms.not_after.end();
    let worthless = [
        ("too late an end", Rule::EndDate, Terms { not_after: terms.not_after.plus(11), ..terms.clone() }),
        ("access that begins after its end", Rule::EndDate, Terms { not_before: ends, ..terms.clone() }),
        (
            "an end that is past",
            Rule::EndDate,
            Terms { not_after: at(NOON).before(Millis::DAY).epoch(), ..terms.clone() },
        ),
        (
            "no such group",
            Rule::Custodians,
            Terms { custody: of("city", 2, custody.members().to_vec()), ..terms.clone() },
        ),
        (
            "another threshold",
            Rule::Custodians,
            Terms { custody: of("town", 1, custody.members().to_vec()), ..terms.clone() },
        ),
        ("other expiry keys", Rule::Custodians, Terms { custody: of("town", 2, keys), ..terms.clone() }),
    ];
    let before = world.vaults[0].names();
    for (wish, rule, wished) in worthless {
        let forged = forge::terms(&wished, |_| ());
        let mut excerpt = read_excerpt(&forged.excerpt(&granted)).unwrap();
        let error = world.agency.take_in(&mut excerpt, &world.policy, &world.ledger).unwrap_err();
        let AgencyError::Worthless(refusal) = &error else { panic!("{wish}: {error}") };
        assert!(refusal.breaks(rule), "{wish}: {refusal}");
    }
    assert_eq!(world.vaults[0].names(), before);
    assert!(world.objects[0].list(None).unwrap().is_empty());
    // A gap of approvals, which may be closed, is not held against a grant.
    for n in 0..2 {
        let key = world.custodians[n].verifying_key();
        let withdrawal = world.registrar.withdraw(key, world.latest.as_ref().unwrap());
        world.publish(withdrawal);
    }
    world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap();
}

/// What the agency brings to a custodian has to be the resident's own, and that custodian's.
#[test]
fn p5_a_custodian_takes_only_the_wrap_that_the_resident_made_for_it() {
    let (mut world, granted) = small();
    let clip = world.clip();
    let other = world.grant(&granted.request.clone(), &clip);
    let release = world.release(&granted);
    let release_of_other = world.release(&other);
    let deliveries = world.deliveries(&granted, release);
    let foreign = world.deliveries(&other, release_of_other);
    let mut bad = Vec::new();
    let mut push = |change: &dyn Fn(&mut footage::record::Delivery)| {
        let mut delivery = deliveries[0].clone();
        change(&mut delivery);
        bad.push(delivery);
    };
    push(&|delivery| delivery.wrap = deliveries[1].wrap.clone());
    push(&|delivery| delivery.wrap = foreign[0].wrap.clone());
    push(&|delivery| delivery.envelope = foreign[0].envelope.clone());
    push(&|delivery| (delivery.envelope, delivery.wrap) = (foreign[0].envelope.clone(), foreign[0].wrap.clone()));
    push(&|delivery| delivery.release = release_of_other);
    // The very envelope, signed by somebody else.
    let stranger = SigningKey::generate(&mut Pinned(505)).unwrap();
    push(&|delivery| {
        let envelope = delivery.envelope.statement().clone();
        *delivery.envelope = Verified::sign(envelope, &stranger).into_signed();
    });
    for delivery in bad {
        let error = world.notice(0, &delivery).unwrap_err();
        assert!(matches!(error, CustodianError::Refused(RefusedAnswer::Share)), "{error}");
    }
    let error = world.notice(1, &deliveries[0]).unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::Share)), "{error}");
}

/// The dates: not before, and not beyond what the request asked and the policy allows.
#[test]
fn p5_dates_are_those_of_request_and_policy() {
    let (mut world, granted) = small();
    let terms = granted.excerpted.terms.statement().clone();
    assert_eq!(terms.not_after, world.now.epoch().plus(7));
    let early = forge::terms(&terms, |terms| terms.not_before = world.now.after(Millis::DAY));
    let release = world.publish(early.release(&world.keys.agency));
    let wrap = granted.open_file().custodian_wraps()[0].clone();
    let error = world.notice(0, &early.delivery(release, &granted, &wrap)).unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::NotYet(_))), "{error}");
    let past = forge::terms(&terms, |terms| terms.not_after = Epoch::from_number(1).unwrap());
    let release = world.publish(past.release(&world.keys.agency));
    let error = world.notice(0, &past.delivery(release, &granted, &wrap)).unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::Mismatch(_))), "{error}");
}

/// The host that stores the clip lies about the times of its segments while the resident chooses, so that what lies outside
/// the request's window seems to lie inside, and tells the truth when the proofs are made.
#[test]
fn p5_a_host_cannot_move_segments_into_the_window() {
    let mut world = World::new();
    let request = world.request();
    // Ends long before the request's window begins.
    let started = world.now.before(Millis::HOUR.times(3));
    let honest = world.clip_from(started, &[20, 30, 40]);
    let (magic, mut frames) = take_apart(&honest);
    let later = |start: &mut [u8]| {
        let later = Millis::HOUR.times(2).0 + u64::from_be_bytes((&*start).try_into().unwrap());
        start.copy_from_slice(&later.to_be_bytes());
    };
    for (kind, payload) in &mut frames {
        match kind {
            b'S' => later(&mut payload[4..12]),
            // Behind the level, each row begins with where the segment stands.
            b'I' => payload[1..].chunks_mut(99).for_each(|row| later(&mut row[12..20])),
            _ => {}
        }
    }
    let source = Switching::new(put_together(&magic, &frames));
    let mut clip = FinishedClip::open(source.clone()).unwrap();
    let selections = &[clip.select_segments(0, 4).unwrap()];
    let group = GroupId::new("town").unwrap();
    let proposal = Proposal { request: &request, selections, group: &group, days: Days::ONE };
    let permit = world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
    let clip = world.home.own(clip, world.now).unwrap();
    source.switch(honest.clone());
    let (clips, long_term) = (&mut [clip][..], &Secret::take(&mut [8; 32]));
    let consenting = Consenting { permit, clips, ledger: &world.ledger, words: "", now: world.now, long_term };
    let granted = consent(consenting, &mut world.random);
    assert!(granted.is_err(), "granted what the request does not ask for");
    // Without the lie it is refused by the policy.
    let mut clip = FinishedClip::open(Cursor::new(honest)).unwrap();
    let selections = &[clip.select_segments(0, 4).unwrap()];
    let proposal = Proposal { request: &request, selections, group: &group, days: Days::ONE };
    assert!(world.policy.permit(&proposal, &world.ledger, world.now).is_err());
}

/// A release of terms of the agency's own, brought to the first custodian.
fn brought(world: &mut World, granted: &Granted, change: impl FnOnce(&mut Terms)) -> RefusedAnswer {
    let forged = forge::terms(granted.excerpted.terms.statement(), change);
    let release = world.publish(forged.release(&world.keys.agency));
    let wrap = granted.open_file().custodian_wraps()[0].clone();
    match world.notice(0, &forged.delivery(release, granted, &wrap)) {
        Err(CustodianError::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

#[test]
fn p5_terms_for_another_agencys_request_are_not_answered() {
    let (mut world, granted) = small();
    let ask = world.ask();
    let asked = world.other.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap();
    let asked = world.publish(asked);
    let refused = brought(&mut world, &granted, |terms| terms.request = asked);
    assert!(matches!(refused, RefusedAnswer::Mismatch(what) if what.contains("another agency")), "{refused}");
}

#[test]
fn p5_terms_with_another_expiry_key_are_not_answered() {
    let (mut world, granted) = small();
    let refused = brought(&mut world, &granted, |terms| {
        let mut members = terms.custody.members().to_vec();
        members[0].expiry = StatementId::from_bytes([1; 32]);
        terms.custody = Custody::new(terms.custody.group().clone(), 2, members).unwrap();
    });
    assert!(matches!(refused, RefusedAnswer::Mismatch(what) if what.contains("published")), "{refused}");
}

/// Before it looks at anything that is brought, a custodian looks at the time.
#[test]
fn p5_after_the_end_nothing_is_looked_at() {
    let (mut world, granted) = small();
    let release = world.release(&granted);
    let mut delivery = world.deliveries(&granted, release)[0].clone();
    delivery.wrap = world.deliveries(&granted, release)[1].wrap.clone();
    let refused = |world: &mut World| match world.notice(0, &delivery) {
        Err(CustodianError::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&mut world), RefusedAnswer::Share);
    world.pass_to(granted.end());
    assert!(matches!(refused(&mut world), RefusedAnswer::Expired(_)));
}
