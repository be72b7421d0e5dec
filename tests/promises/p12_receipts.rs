//! P12: a receipt cannot be forged, moved to another grant, or dated outside what the witnesses saw. Against it: the agency.

use footage::auditor::{DeletionVerdict, NotProven, overdue, verdict};
use footage::crypto::SigningKey;
use footage::custodian::{CustodianError, RefusedAnswer};
use footage::ledger::Duty;
use footage::logkeeper::MemoryLog;
use footage::record::{Anchor, KeyName, Millis, Receipt, StatementId, Subject, Timestamp, Verified};
use footage::tlog::Witness;

use super::common::{Granted, Pinned, World, deletion};

/// A grant that was released and answered: there is a duty to delete.
fn scene() -> (World, Granted) {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = obtained(&mut world, &request, &clip);
    (world, granted)
}

fn obtained(world: &mut World, request: &footage::ledger::Standing<footage::record::Request>, clip: &[u8]) -> Granted {
    let granted = world.grant(request, clip);
    let release = world.release(&granted);
    world.answers(&granted, release, &[0, 1]);
    granted
}

fn duty(world: &World, terms: StatementId) -> Duty {
    world.ledger.duties().into_iter().find(|duty| duty.subject == Subject::Grant(terms)).unwrap()
}

fn judged(world: &World, granted: &Granted) -> DeletionVerdict {
    verdict(&duty(world, granted.id()), &world.ledger)
}

/// The receipt that the agency would write now, without its deleting anything.
fn receipt(world: &mut World, granted: &Granted) -> Receipt {
    let anchor = world.anchor();
    let before = world.vaults[0].backup();
    let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    world.set_back(&before);
    receipt.statement().clone()
}

#[test]
fn p12_a_receipt_by_another_key_proves_nothing() {
    let (mut world, granted) = scene();
    let receipt = receipt(&mut world, &granted);
    let stranger = SigningKey::generate(&mut Pinned(70)).unwrap();
    let forged = Verified::sign(receipt.clone(), &stranger);
    let by_other = Verified::sign(receipt.clone(), &world.keys.other);
    let by_custodian = Verified::sign(receipt.clone(), &world.keys.custodians[0]);
    let carried = world.custodians[0].carry(forged.clone().into_signed());
    let posing = Verified::sign(
        footage::record::CarriedReceipt {
            custodian: world.custodians[0].id().clone(),
            receipt: Box::new(Verified::sign(receipt.clone(), &world.keys.agency).into_signed()),
        },
        &world.keys.other,
    );
    world.append(forged);
    world.append(by_other);
    world.append(by_custodian);
    world.append(carried);
    world.append(posing);
    world.pass_to(granted.end().after(Millis::DAY.times(2)));
    assert_eq!(judged(&world, &granted), DeletionVerdict::OverdueSince(duty(&world, granted.id()).due));
    // No byte of a real one can be altered on the way.
    let real = Verified::sign(receipt, &world.keys.agency).into_signed();
    for (at, altered) in super::forge::flips(&real.to_bytes()) {
        let read = footage::record::Signed::<Receipt>::from_bytes(&altered);
        assert!(read.and_then(footage::record::Signed::verify).is_err(), "byte {at}");
    }
}

#[test]
fn p12_a_receipt_cannot_be_moved_to_another_grant() {
    let (mut world, first) = scene();
    let clip = world.clip();
    let second = obtained(&mut world, &first.request.clone(), &clip);
    let mut moved = receipt(&mut world, &first);
    // The first is deleted properly; its receipt says nothing of the second.
    world.publish(Verified::sign(moved.clone(), &world.keys.agency));
    assert_eq!(judged(&world, &first), DeletionVerdict::OnTime);
    assert_eq!(judged(&world, &second), DeletionVerdict::NotDue);
    // The keys of the first under the name of the second, no keys, and the request's key.
    moved.subject = Subject::Grant(second.id());
    world.publish(Verified::sign(moved.clone(), &world.keys.agency));
    assert_eq!(judged(&world, &second), DeletionVerdict::NotProven(NotProven::OtherKeys));
    moved.keys.clear();
    world.publish(Verified::sign(moved.clone(), &world.keys.agency));
    moved.keys = vec![first.request.statement().key.fingerprint()];
    world.publish(Verified::sign(moved, &world.keys.agency));
    assert_eq!(judged(&world, &second), DeletionVerdict::NotProven(NotProven::OtherKeys));
    world.pass_to(second.end().after(Millis::DAY.times(2)));
    assert!(overdue(&world.ledger).iter().any(|(duty, _)| duty.subject == Subject::Grant(second.id())));
}

/// A checkpoint that the log's name and a key of the agency's stand under, at any time it likes.
fn own_checkpoint(world: &World, time: Timestamp) -> Anchor {
    let mut random = Pinned(71);
    let mut key = || SigningKey::generate(&mut random).unwrap();
    let origin = world.log.origin().clone();
    let log = MemoryLog::new(origin.clone(), key());
    let mut witnesses: Vec<_> =
        (1..=4).map(|n| Witness::new(KeyName::new(format!("witness{n}.example")).unwrap(), key())).collect();
    for witness in &mut witnesses {
        witness.watch(origin.clone(), log.verifying_key());
    }
    Anchor::from_bytes(&log.cosigned(&mut witnesses, time).unwrap()).unwrap()
}

#[test]
fn p12_an_anchor_that_proves_nothing() {
    let (mut world, granted) = scene();
    let good = receipt(&mut world, &granted);
    let elsewhere = own_checkpoint(&world, world.now);
    let unwitnessed = Anchor::from_bytes(world.log.checkpoint().unwrap().to_string().as_bytes()).unwrap();
    for anchor in [Anchor::from_bytes(b"").unwrap(), elsewhere, unwitnessed] {
        world.publish(Verified::sign(Receipt { anchor, ..good.clone() }, &world.keys.agency));
        assert_eq!(judged(&world, &granted), DeletionVerdict::NotProven(NotProven::Anchor));
    }
    // A good one beside them counts.
    world.publish(Verified::sign(good, &world.keys.agency));
    assert_eq!(judged(&world, &granted), DeletionVerdict::OnTime);
}

/// Two faulty witnesses give the agency a checkpoint of tomorrow. (One alone moves no bound.)
#[test]
fn p12_an_anchor_later_than_the_log_shows_the_receipt() {
    let (mut world, granted) = scene();
    let good = receipt(&mut world, &granted);
    world.wait(Millis::SECOND);
    let tomorrow = world.now.after(Millis::DAY);
    let (now, log) = (world.now, &world.log);
    let note = |bytes: Vec<u8>| footage::tlog::Note::from_bytes(&bytes).unwrap();
    let mut lines = note(log.cosigned(&mut world.witnesses[..2], tomorrow).unwrap());
    let honest = note(log.cosigned(&mut world.witnesses[2..3], now).unwrap());
    let line = honest.signatures().iter().find(|line| !lines.signatures().contains(line)).unwrap().clone();
    lines.add(line).unwrap();
    let anchor = Anchor::from_bytes(lines.to_string().as_bytes()).unwrap();
    world.publish(Verified::sign(Receipt { anchor, ..good }, &world.keys.agency));
    assert_eq!(judged(&world, &granted), DeletionVerdict::NotProven(NotProven::AnchorAfterReceipt));
}

/// A receipt counts from when the log shows it: with an old anchor and an early deadline in it, too.
#[test]
fn p12_a_receipt_cannot_be_backdated() {
    let (mut world, granted) = scene();
    let anchor = world.anchor();
    let good = receipt(&mut world, &granted);
    let due = duty(&world, granted.id()).due;
    world.pass_to(due.after(Millis::DAY));
    let backdated = Receipt { anchor: anchor.to_anchor(), deadline: due.after(Millis::DAY.times(9)), ..good };
    let id = world.publish(Verified::sign(backdated, &world.keys.agency));
    let DeletionVerdict::LateBy(late) = judged(&world, &granted) else { panic!("not late") };
    assert!(late >= Millis::DAY, "{late:?}");
    assert_ne!(id, granted.id());
}

/// The agency states a deletion, and then releases the grant once more: nobody answers it.
#[test]
fn p12_nothing_is_obtained_after_a_receipt() {
    let (mut world, granted) = scene();
    let early = receipt(&mut world, &granted);
    world.publish(Verified::sign(early, &world.keys.agency));
    assert_eq!(judged(&world, &granted), DeletionVerdict::OnTime);
    let again = world.rogue_release(&granted);
    for (n, delivery) in world.deliveries(&granted, again).iter().enumerate() {
        let error = world.notice(n, delivery).unwrap_err();
        assert!(matches!(error, CustodianError::Refused(RefusedAnswer::Deleted)), "{error}");
    }
    // Nor does it get what notice was given of before.
    let mut scene = scene();
    let (world, granted) = (&mut scene.0, &scene.1);
    let again = world.rogue_release(granted);
    let delivery = world.deliveries(granted, again)[2].clone();
    let notice = world.notice(2, &delivery).unwrap();
    let notice = world.append(notice);
    let early = receipt(world, granted);
    world.publish(Verified::sign(early, &world.keys.agency));
    let error = world.answer(2, notice).unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::Deleted)), "{error}");
}

/// A receipt that was written before the custodians had answered, to be shown afterwards.
#[test]
fn p12_a_receipt_in_advance_proves_nothing() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let early = receipt(&mut world, &granted);
    world.answers(&granted, release, &[0, 1]);
    world.publish(Verified::sign(early, &world.keys.agency));
    assert_eq!(judged(&world, &granted), DeletionVerdict::NotProven(NotProven::BeforeDuty));
}
