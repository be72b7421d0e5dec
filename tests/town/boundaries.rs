//! What crosses a boundary of the [threat model](footage::docs), where no promise has an attack on it: by somebody else than
//! it says, for somebody else, or not enough of it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use footage_support::hostile::forge;
use footage_support::{clips, common};

use footage::camera::{Camera, Device, MemoryFiles, OpenCameraError};
use footage::crypto::{KemAlgorithm, KemPrivateKey, SigningKey, Suite};
use footage::custodian::CustodianError;
use footage::ledger::{Breach, Ledger, StandingError};
use footage::record::{
    AgencyApproval, Answer, AnswerNotice, CameraCertificate, CustodianId, CustodianStart, Delivery, Disclosure,
    ExpiryKey, Incentive, Millis, Nonce, Outcome, OutcomeResult, Revocation, RevocationNotice, Signed, Statement,
    StatementError, StatementId, Subject, TrustRoots, Verified, Window,
};
use footage::registrar::Registrar;
use footage::store::MemoryStore;

use common::{Pinned, World, list_of, name, twin};

fn key(seed: u64) -> SigningKey {
    SigningKey::generate(&mut Pinned(seed)).unwrap()
}

/// Whether the ledger counts what it found at the log's end as a breach: signed by who had no right to.
fn without_right<T: Statement>(world: &mut World, statement: Verified<T>) -> bool {
    let id = world.publish(statement);
    let found = |breach: &Breach| matches!(breach, Breach::NotApproved { statement, .. } if *statement == id);
    world.ledger.breaches().iter().any(found)
}

#[test]
fn a_camera_seals_under_no_certificate_but_its_own() {
    let (certificate, own, device) = clips::keys(1);
    let (foreign, _, _) = clips::keys(2);
    let begin = |certificate| {
        let (key, secret, suite) = (twin(&own), device.duplicate(), Suite::Aes256Gcm);
        let owners = list_of(&[clips::owner(1, KemAlgorithm::X25519).public_key()]);
        Camera::begin(Device { certificate, key, secret, suite }, owners, MemoryStore::new(), MemoryFiles::new())
    };
    assert!(matches!(begin(foreign).unwrap_err(), OpenCameraError::Certificate));
    // One that its maker did not sign as it is.
    let mut bytes = certificate.to_bytes();
    *bytes.last_mut().unwrap() ^= 1;
    let altered = Signed::<CameraCertificate>::from_bytes(&bytes).unwrap();
    assert!(matches!(begin(altered).unwrap_err(), OpenCameraError::Certificate));
    assert!(begin(certificate).is_ok());
}

/// C18: neither a maker nor the thief of a certificate has the key of another's camera certified as their own.
#[test]
fn c18_a_certificate_is_read_only_with_the_request_of_its_camera() {
    let (certificate, own, _) = clips::keys(1);
    let (thief, request) = (key(60), certificate.statement().request.to_bytes());
    let (_, payload) = forge::parts(&certificate.to_bytes()).unwrap();
    let at = payload.windows(request.len()).position(|window| window == request).unwrap();
    let certify = |request: &[u8]| {
        let mut payload = payload.clone();
        payload[at..at + request.len()].copy_from_slice(request);
        Signed::<CameraCertificate>::from_bytes(&forge::statement("camera-certificate", &payload, &thief))
    };
    // The thief certifies what the camera asked for, and it names the maker that the camera asked.
    let same = certify(&request).unwrap().verify().unwrap();
    assert_eq!((same.statement().key(), same.statement().maker().as_str()), (&own.verifying_key(), "acme"));

    let replaced = |from: &[u8], to: &[u8], request: &[u8]| {
        let at = request.windows(from.len()).position(|window| window == from).unwrap();
        [&request[..at], to, &request[at + from.len()..]].concat()
    };
    let another_maker = replaced(b"acme", b"evil", &request);
    let (_, asked) = forge::parts(&another_maker).unwrap();
    let by_thief = forge::statement("certificate-request", &asked, &thief);
    let key_of_another = replaced(thief.verifying_key().as_bytes(), own.verifying_key().as_bytes(), &by_thief);
    for forged in [another_maker, key_of_another] {
        assert!(matches!(certify(&forged).unwrap_err(), StatementError::Form(_)));
    }
    // With a key of its own it may ask for what it likes.
    assert_eq!(certify(&by_thief).unwrap().statement().maker().as_str(), "evil");
}

/// What the log says to somebody who trusts these registrars.
fn trusting(world: &World, registrars: &[&SigningKey], quorum: u8) -> Ledger {
    let keys = registrars.iter().map(|key| key.verifying_key()).collect();
    let trust = TrustRoots::new(world.trust.log().clone(), keys, quorum).unwrap();
    let mut ledger = Ledger::new(trust);
    let mut from = 0;
    for witnessed in &world.history {
        let to = witnessed.checkpoint().size();
        ledger.advance(world.log.entries(from, to).unwrap(), witnessed).unwrap();
        from = to;
    }
    ledger
}

#[test]
fn an_approval_counts_from_a_quorum_of_registrars_on_the_very_same() {
    let mut world = World::new();
    let (one, two, stranger) = (key(50), key(51), key(52));
    let approval = world.agency_approval("OH0500300", key(53).verifying_key());
    let approved = |world: &World| {
        let ledger = trusting(world, &[&one, &two, &key(54)], 2);
        ledger.agency(&approval.agency, world.now).is_some()
    };
    world.publish(Verified::sign(approval.clone(), &one));
    assert!(!approved(&world), "one of two");
    assert!(trusting(&world, &[&one], 1).agency(&approval.agency, world.now).is_some());
    // Once more by the same, by nobody who is trusted, and something else by the second.
    world.publish(Verified::sign(approval.clone(), &one));
    world.publish(Verified::sign(approval.clone(), &stranger));
    let other_key = AgencyApproval { key: key(55).verifying_key(), ..approval.clone() };
    world.publish(Verified::sign(other_key, &two));
    let other_place = AgencyApproval { jurisdiction: common::town(4), ..approval.clone() };
    world.publish(Verified::sign(other_place, &two));
    let week = Window::new(approval.validity.from(), approval.validity.to().before(Millis(1))).unwrap();
    world.publish(Verified::sign(AgencyApproval { validity: week, ..approval.clone() }, &two));
    assert!(!approved(&world), "nobody said the same");
    world.publish(Verified::sign(approval.clone(), &two));
    assert!(approved(&world));
    // To withdraw, one is enough, of those who are trusted.
    world.publish(Registrar::new(stranger).withdraw(approval.key, &world.anchor()));
    assert!(approved(&world));
    world.publish(Registrar::new(twin(&two)).withdraw(approval.key, &world.anchor()));
    assert!(!approved(&world));
}

#[test]
fn an_approval_for_more_than_seven_days_is_none() {
    let mut world = World::new();
    let registrar = key(50);
    let from = world.now.before(Millis::MINUTE);
    for (days, longer, holds) in [(7, 0, true), (7, 1, false), (366, 0, false)] {
        let validity = Window::new(from, from.after(Millis(Millis::DAY.times(days).0 + longer))).unwrap();
        let approval = world.agency_approval(&format!("OH05003{days:02}")[..9], key(53).verifying_key());
        let approval = AgencyApproval { validity, name: name(&format!("Of {days} days and {longer} ms")), ..approval };
        world.publish(Verified::sign(approval.clone(), &registrar));
        let found = trusting(&world, &[&registrar], 1).agency(&approval.agency, world.now);
        assert_eq!(found.is_some_and(|found| found.name == approval.name), holds, "{days} days and {longer} ms");
    }
}

#[test]
fn what_another_than_the_agency_says_of_its_requests_counts_for_nothing() {
    let mut world = World::new();
    let request = world.request();
    let (agency, other) = (*world.agency.id(), twin(&world.keys.other));
    let outcome = Outcome { agency, request: request.id(), result: OutcomeResult::Conviction };
    // In its name, by another approved agency and by a stranger; and by the other of a request that is not its own.
    assert!(without_right(&mut world, Verified::sign(outcome.clone(), &other)));
    assert!(without_right(&mut world, Verified::sign(outcome.clone(), &key(60))));
    let claimed = Outcome { agency: *world.other.id(), ..outcome.clone() };
    assert!(without_right(&mut world, Verified::sign(claimed, &other)));
    assert_eq!(world.ledger.outcome(request.id()), None);
    let disclosure =
        Disclosure { agency, vendor: name("Acme"), incentive: Incentive::Money, cents: Some(1), text: None };
    assert!(without_right(&mut world, Verified::sign(disclosure, &other)));
    assert_eq!(world.ledger.disclosures().count(), 0);
    let agencys = twin(&world.keys.agency);
    assert!(!without_right(&mut world, Verified::sign(outcome.clone(), &agencys)));
    assert_eq!(world.ledger.outcome(request.id()), Some(outcome));
}

#[test]
fn what_nobody_signs_who_is_that_custodian_counts_for_nothing() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let alpha = CustodianId::new("alpha").unwrap();
    let revoked = granted.excerpted.terms.statement().grant.revoked_digest();
    // A stranger, another custodian in its name, and one whom nobody approved.
    let delta = CustodianId::new("delta").unwrap();
    for (custodian, key) in [(&alpha, key(70)), (&alpha, twin(&world.keys.custodians[1])), (&delta, key(71))] {
        let custodian = custodian.clone();
        let nonce = Nonce::from_bytes([key.verifying_key().as_bytes()[0]; 32]);
        let epoch = world.now.epoch().plus(60);
        let public = KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(72)).unwrap().public_key();
        let expiry = ExpiryKey { custodian: custodian.clone(), epoch, key: public };
        assert!(without_right(&mut world, Verified::sign(expiry, &key)));
        assert!(world.ledger.expiry_key(&custodian, epoch).is_none());
        let start = Verified::sign(CustodianStart { custodian: custodian.clone(), nonce }, &key);
        let id = start.id();
        assert!(without_right(&mut world, start));
        assert!(world.ledger.start(id).is_err());
        let notice = AnswerNotice { custodian: custodian.clone(), terms: granted.id(), release, nonce };
        assert!(without_right(&mut world, Verified::sign(notice, &key)));
        let notice = RevocationNotice { custodian, revoked };
        assert!(without_right(&mut world, Verified::sign(notice, &key)));
    }
    assert_eq!(world.ledger.answered(granted.id()).count(), 0);
    assert_eq!(world.ledger.revocations(&granted.excerpted.terms.statement().grant), 0);
    assert!(world.ledger.duties().iter().all(|duty| duty.subject != Subject::Grant(granted.id())));
}

#[test]
fn a_revocation_is_the_grants_own_or_none() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let (granted, other) = (world.grant(&request, &clip), world.grant(&request, &clip));
    let grant = granted.excerpted.terms.statement().grant;
    let own = (*granted.excerpted.consent.revocation).clone();
    let others = (*other.excerpted.consent.revocation).clone();
    // By the agency that is named in it, and by a stranger.
    for key in [twin(&world.keys.agency), key(80)] {
        let forged = Verified::sign(Revocation { grant }, &key).into_signed();
        assert!(matches!(world.custodians[0].revoke(forged).unwrap_err(), CustodianError::Revocation));
    }
    // The signature of another grant's, and its own with a byte altered.
    let (mut bytes, foreign) = (own.to_bytes(), others.to_bytes());
    let at = bytes.len() - 64;
    bytes[at..].copy_from_slice(&foreign[at..]);
    let mixed = Signed::from_bytes(&bytes).unwrap();
    assert!(matches!(world.custodians[0].revoke(mixed).unwrap_err(), CustodianError::Revocation));
    // Nothing of it was kept: the custodian answers.
    let release = world.release(&granted);
    assert_eq!(world.answers(&granted, release, &[0]).len(), 1);
    let notice = world.custodians[1].revoke(own).unwrap();
    assert_eq!(notice.statement().revoked, grant.revoked_digest());
}

/// As an agency brings it, in bytes: of no other form, and altered anywhere it is refused when it is read or when it is looked
/// at.
#[test]
fn a_delivery_is_taken_as_it_was_made_or_not_at_all() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release)[0].clone();
    let bytes = delivery.to_bytes();
    assert_eq!(Delivery::from_bytes(&bytes).as_ref(), Ok(&delivery));
    assert!((0..bytes.len()).all(|length| Delivery::from_bytes(&bytes[..length]).is_err()));
    assert!(Delivery::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    let mut looked_at = 0;
    for at in (0..bytes.len()).step_by(11) {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        if let Ok(altered) = Delivery::from_bytes(&altered) {
            let error = world.notice(0, &altered).unwrap_err();
            assert!(matches!(error, CustodianError::Refused(_)), "byte {at}: {error}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 50);
    assert!(world.notice(0, &delivery).is_ok());
}

/// An answer is the one that its notice announced, signed by the key that gave the notice.
#[test]
fn an_answer_follows_its_own_notice() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    let own = answers[0].statement().clone();
    let judged = |answer: &Answer, key: &SigningKey| {
        world.ledger.answer(Verified::sign(answer.clone(), key).into_signed()).map(drop)
    };
    let alpha = twin(&world.keys.custodians[0]);
    assert_eq!(judged(&own, &alpha), Ok(()));
    for altered in [
        Answer { custodian: CustodianId::new("beta").unwrap(), ..own.clone() },
        Answer { terms: StatementId::from_bytes([1; 32]), ..own.clone() },
        Answer { release: StatementId::from_bytes([1; 32]), ..own.clone() },
        Answer { notice: answers[1].statement().notice, ..own.clone() },
    ] {
        assert_eq!(judged(&altered, &alpha), Err(StandingError::NotLogged(altered.notice)));
    }
    for stranger in [twin(&world.keys.custodians[1]), twin(&world.keys.agency), key(90)] {
        assert!(matches!(judged(&own, &stranger), Err(StandingError::NotApproved(_))));
    }
}
