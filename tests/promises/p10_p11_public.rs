//! P10: the public log holds no home, no resident and no words, and links no two grants. P11: a deletion that is overdue is
//! visible to all, and nobody is made overdue for what they never obtained.

use std::collections::BTreeSet;

use footage_support::home::Home;

use super::common::{Granted, World, deletion};
use footage::agency::AgencyError;
use footage::auditor::{Auditor, Charge, DeletionVerdict, verdict};
use footage::camera::{Camera, Device, MemoryFiles};
use footage::crypto::{KemAlgorithm, KemPrivateKey, Secret, SigningKey, Suite};
use footage::ledger::{Duty, LedgerError, Party};
use footage::record::*;
use footage::store::MemoryStore;
use footage::tlog::LogError;

fn all_bytes(world: &World) -> Vec<u8> {
    world.log.entries(0, world.log.size()).unwrap().concat()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn grant_duty(world: &World, granted: &Granted) -> Option<Duty> {
    let subject = Subject::Grant(granted.excerpted.terms.id());
    world.ledger.duties().into_iter().find(|duty| duty.subject == subject)
}

/// Lets days pass, with everybody approved anew.
fn pass(world: &mut World, days: u64) {
    for _ in 0..days {
        world.wait(Millis::DAY);
        world.renew();
    }
}

/// P10: what the resident has and is stands nowhere in a log that tells a whole story.
#[test]
fn p10_the_log_holds_no_home_no_resident_and_no_words() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 2]);
    let opened = world.open(&granted, answers).unwrap();
    let certificate = opened.excerpt.clips()[0].certificate().clone();
    let revocation = granted.excerpted.consent.revocation.clone();
    let notice = world.custodians[1].revoke((*revocation).clone()).unwrap();
    world.publish(notice);
    let anchor = world.anchor();
    let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    world.publish(receipt);

    let log = all_bytes(&world);
    // No position exists, and no cell smaller than those that are asked for.
    let asked = request.statement().cells.clone();
    let consent = &granted.excerpted.consent;
    let mut secrets: Vec<Vec<u8>> = vec![
        consent.clips[0].clip.as_bytes().to_vec(),
        consent.grant().to_string().into_bytes(),
        certificate.statement().camera().as_bytes().to_vec(),
        certificate.statement().key().as_bytes().to_vec(),
        certificate.statement().model().as_str().into(),
        certificate.signature().as_bytes().to_vec(),
        world.owner.public_key().as_bytes().to_vec(),
        world.owner.public_key().fingerprint().as_bytes().to_vec(),
        world.recovery.public_key().fingerprint().as_bytes().to_vec(),
        revocation.signature().as_bytes().to_vec(),
        b"At the door.".to_vec(),
    ];
    // The clip's own bytes, the sealed ones too: no sixteen of them.
    secrets.extend(clip.chunks_exact(16).step_by(37).map(<[u8]>::to_vec));
    let smaller = asked.iter().flat_map(Cell::children);
    secrets.extend(smaller.flat_map(|cell| [cell.index().to_be_bytes().to_vec(), cell.to_string().into_bytes()]));
    secrets.extend(["41.1", "80.65"].map(|degrees| degrees.as_bytes().to_vec()));
    for secret in &secrets {
        assert!(!holds(&log, secret), "{secret:02x?}");
    }
    // That it is the right log: what may stand in it does.
    assert!(holds(&log, granted.excerpted.terms.id().as_bytes()));
    assert!(holds(&log, request.statement().case.as_str().as_bytes()));
}

/// P10: two grants of one resident have nothing in common in the log that either has not in common with a neighbour's.
#[test]
fn p10_two_grants_of_one_resident_cannot_be_linked() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let first = world.grant(&request, &clip);
    world.wait(Millis::HOUR);
    world.witness();
    let second = world.grant(&request, &clip);
    // The neighbour: another camera of another maker's number, another household.
    let key = SigningKey::generate(&mut world.random).unwrap();
    let asked = CertificateRequest {
        camera: CameraId::from_bytes([8; 16]),
        maker: MakerId::new("acme").unwrap(),
        model: super::common::name("Doorbell 4"),
    };
    let certificate = CameraCertificate::new(Verified::sign(asked, &key), world.now.before(Millis::DAY));
    let certificate = Verified::sign(certificate, &world.maker).into_signed();
    let (secret, suite) = (Secret::random(&mut world.random).unwrap(), Suite::Aes256Gcm);
    let device = Device { certificate, key, secret, suite };
    let home = Home::new(KemAlgorithm::default(), 3, &[device.key.verifying_key()], world.now);
    world.camera = Camera::begin(device, home.list(), MemoryStore::new(), MemoryFiles::new()).unwrap();
    world.move_in(home);
    world.wait(Millis::HOUR);
    world.witness();
    let started = request.statement().window.from().after(Millis::MINUTE);
    let clip = world.clip_from(started, &super::common::SIZES);
    let neighbour = world.grant(&request, &clip);

    let mut shown = Vec::new();
    for granted in [&first, &second, &neighbour] {
        let release = world.release(granted);
        world.answers(granted, release, &[0, 2]);
        let terms = granted.excerpted.terms.id();
        // The notices name the terms; the release has them in it.
        let entries = world.log.entries(0, world.log.size()).unwrap();
        let own = entries.iter().filter(|entry| holds(entry, terms.as_bytes()));
        let release = &entries[usize::try_from(world.log.index(release).unwrap()).unwrap()];
        let own: Vec<_> = own.chain([release]).collect();
        assert!(own.iter().map(|entry| entry.len()).sum::<usize>() > 2000);
        shown.push(own.iter().flat_map(|entry| entry.windows(8)).map(<[u8]>::to_vec).collect::<BTreeSet<_>>());
    }
    let linked: Vec<_> = shown[0].intersection(&shown[1]).filter(|window| !shown[2].contains(*window)).collect();
    assert!(linked.is_empty(), "{} windows in common: {linked:02x?}", linked.len());
    let grant = |granted: &Granted| granted.excerpted.consent.grant();
    assert_ne!(grant(&first), grant(&second));
    // When a resident consents would link, too: the terms say no more than when the request was made.
    let begin = |granted: &Granted| granted.excerpted.terms.statement().not_before;
    assert_eq!((begin(&first), Some(begin(&first))), (begin(&second), world.ledger.made(request.id())));
}

/// P10: there is no field in which an agency could tell a story of somebody.
#[test]
fn p10_there_is_no_room_for_free_text() {
    for story in ["John Doe, 12 Elm St", "john", "A B", &"A".repeat(33), "Ünal", "A/B", "A_B", "A.B", ""] {
        assert!(Reference::new(story).is_err(), "{story}");
    }
    // Nor is a statement with one field more a statement.
    let mut world = World::new();
    let request = world.request();
    let bytes = request.to_bytes();
    let at = bytes.windows(2).position(|window| window == [0x8c, 0x69]).unwrap();
    let mut more = bytes.clone();
    more[at] = 0x8d;
    assert!(Signed::<Request>::from_bytes(&more).is_err());
}

fn obtained(world: &mut World) -> Granted {
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    world.answers(&granted, release, &[0, 2]);
    granted
}

fn auditor(world: &World) -> Auditor {
    let mut auditor = Auditor::new(world.trust.clone(), world.policy.clone());
    for checkpoint in &world.history {
        let entries = world.log.entries(auditor.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        auditor.advance(entries, checkpoint).unwrap();
    }
    auditor
}

/// P11: agency and log operator together cannot hide that a deletion is overdue.
#[test]
fn p11_an_overdue_deletion_cannot_be_hidden() {
    let mut world = World::new();
    let granted = obtained(&mut world);
    let duty = grant_duty(&world, &granted).unwrap();
    let early = world.anchor();
    pass(&mut world, 7);
    assert_eq!(verdict(&duty, &world.ledger), DeletionVerdict::NotDue);
    let before = world.history.len();
    pass(&mut world, 3);
    assert_eq!(verdict(&duty, &world.ledger), DeletionVerdict::OverdueSince(duty.due));
    let charged = auditor(&world).charges();
    let is_it = |charge: &Charge| matches!(charge, Charge::Overdue { subject, .. } if *subject == duty.subject);
    assert_eq!(charged.iter().filter(|charge| is_it(charge)).count(), 1);

    // The operator leaves the second notice, with which the duty began, out of what it shows.
    let mut shown = Auditor::new(world.trust.clone(), world.policy.clone());
    let notice = world.ledger.released_grant(granted.excerpted.terms.id()).unwrap().obtained().unwrap().index();
    for checkpoint in &world.history {
        let mut entries = world.log.entries(shown.ledger().size(), checkpoint.checkpoint().size()).unwrap().to_vec();
        if (shown.ledger().size()..checkpoint.checkpoint().size()).contains(&notice) {
            let other = entries[0].clone();
            *entries.last_mut().unwrap() = other;
            let refused = shown.advance(&entries, checkpoint);
            assert!(matches!(refused, Err(LedgerError::Log(LogError::Forked(_)))), "{refused:?}");
            break;
        }
        shown.advance(&entries, checkpoint).unwrap();
    }
    // It shows no checkpoint after the deadline: the log stands still, and that is seen.
    let mut still = Auditor::new(world.trust.clone(), world.policy.clone());
    for checkpoint in &world.history[..before] {
        let entries = world.log.entries(still.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        still.advance(entries, checkpoint).unwrap();
    }
    assert!(!still.charges().iter().any(is_it));
    assert!(still.stale_since(world.now).is_some());

    // The agency dates its receipt by an early anchor: what counts is when it was witnessed.
    let receipt = world.agency.delete(granted.id(), deletion(), &early).unwrap();
    world.publish(receipt);
    assert!(matches!(verdict(&duty, &world.ledger), DeletionVerdict::LateBy(late) if late > Millis::DAY));
}

/// P11: a receipt that somebody else signed, or that names another grant, ends no duty.
#[test]
fn p11_no_other_receipt_ends_a_duty() {
    let mut world = World::new();
    let granted = obtained(&mut world);
    let duty = grant_duty(&world, &granted).unwrap();
    let anchor = world.anchor();
    let error = world.other.delete(granted.id(), deletion(), &anchor).unwrap_err();
    assert!(matches!(error, AgencyError::NotTakenIn(_)), "{error}");
    let before = world.vaults[0].backup();
    let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    world.set_back(&before);
    world.publish(Verified::sign(receipt.statement().clone(), &world.keys.other));
    pass(&mut world, 10);
    assert_eq!(verdict(&duty, &world.ledger), DeletionVerdict::OverdueSince(duty.due));
}

/// P11: whatever a resident and even custodians do, an agency that has not released, or has too few answers, is not overdue.
#[test]
fn p11_an_agency_is_not_overdue_for_what_it_never_obtained() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    // Taken in and never released; released and answered by one of two; released and answered after the end.
    let silent = world.grant(&request, &clip);
    world.agency.take_in(&mut silent.open_file(), &world.policy, &world.ledger).unwrap();
    let single = world.grant(&request, &clip);
    let release = world.release(&single);
    world.answers(&single, release, &[1]);
    // The resident, or anybody, signs a release of the silent grant.
    let mallory = SigningKey::generate(&mut world.random).unwrap();
    let key = KemPrivateKey::generate(KemAlgorithm::X25519, &mut world.random).unwrap().public_key();
    let terms = Box::new(silent.excerpted.terms.clone().into_signed());
    let forged = Release { terms, possession: Possession::from_bytes([1; 32]), key };
    world.publish(Verified::sign(forged, &mallory));
    // A custodian gives notice of a release that there is not.
    let custodian = SigningKey::generate(&mut world.random).unwrap();
    world.approve(CustodianApproval {
        custodian: CustodianId::new("alpha").unwrap(),
        operator: super::common::name("Bought by a resident"),
        group: Group::new(GroupId::new("town").unwrap(), 2, 3).unwrap(),
        key: custodian.verifying_key(),
        affiliations: Vec::new(),
        validity: world.week(),
    });
    world.witness();
    for release in [StatementId::from_bytes([3; 32]), release] {
        let notice = AnswerNotice {
            custodian: CustodianId::new("alpha").unwrap(),
            terms: silent.excerpted.terms.id(),
            release,
            nonce: Nonce::random(&mut world.random).unwrap(),
        };
        world.publish(Verified::sign(notice, &custodian));
    }
    pass(&mut world, 10);
    // The same custodian's notice for the single one is the second, but after the end.
    let notice = AnswerNotice {
        custodian: CustodianId::new("alpha").unwrap(),
        terms: single.excerpted.terms.id(),
        release,
        nonce: Nonce::random(&mut world.random).unwrap(),
    };
    world.approve(CustodianApproval {
        custodian: CustodianId::new("alpha").unwrap(),
        operator: super::common::name("Bought by a resident"),
        group: Group::new(GroupId::new("town").unwrap(), 2, 3).unwrap(),
        key: custodian.verifying_key(),
        affiliations: Vec::new(),
        validity: world.week(),
    });
    world.witness();
    let late = world.publish(Verified::sign(notice, &custodian));
    assert!(world.ledger.notice(late).is_ok());

    let auditor = auditor(&world);
    for granted in [&silent, &single] {
        assert!(grant_duty(&world, granted).is_none());
        let subject = Subject::Grant(granted.excerpted.terms.id());
        let charged = auditor.charges();
        assert!(!charged.iter().any(|charge| matches!(charge, Charge::Overdue { subject: of, .. } if *of == subject)));
    }
    assert_eq!(auditor.numbers().rows[0].counts.nothing, 1);
}

/// P11: a log that does not take an agency's receipts makes it overdue for nothing: a custodian carries them.
#[test]
fn p11_a_carried_receipt_defeats_a_log_that_withholds() {
    let mut world = World::new();
    let granted = obtained(&mut world);
    let duty = grant_duty(&world, &granted).unwrap();
    let anchor = world.anchor();
    let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    // The log takes the custodian's statements, or it would stop them all.
    let carried = world.custodians[1].carry(receipt.into_signed());
    world.publish(carried);
    pass(&mut world, 10);
    assert_eq!(verdict(&duty, &world.ledger), DeletionVerdict::OnTime);
    assert!(!auditor(&world).charges().iter().any(
        |charge| matches!(charge, Charge::Overdue { party: Party::Agency(_), subject, .. } if *subject == duty.subject)
    ));
}

/// P11: custodians who are no members of a grant's custody begin no duty, however many of them give notice.
#[test]
fn p11_a_notice_of_no_member_begins_no_duty() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    for id in ["delta", "epsilon"] {
        let custodian = CustodianId::new(id).unwrap();
        let key = SigningKey::generate(&mut world.random).unwrap();
        world.approve(CustodianApproval {
            custodian: custodian.clone(),
            operator: super::common::name("Bought by a resident"),
            group: Group::new(GroupId::new("town").unwrap(), 2, 3).unwrap(),
            key: key.verifying_key(),
            affiliations: Vec::new(),
            validity: world.week(),
        });
        world.witness();
        let nonce = Nonce::random(&mut world.random).unwrap();
        let notice = AnswerNotice { custodian, terms: granted.id(), release, nonce };
        world.publish(Verified::sign(notice, &key));
    }
    assert!(grant_duty(&world, &granted).is_none());
    world.answers(&granted, release, &[0, 1]);
    assert!(grant_duty(&world, &granted).is_some());
}
