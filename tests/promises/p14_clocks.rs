//! P14: clocks set back or forward, and key stores restored from a backup or a snapshot of the running state, open nothing
//! that had expired. Against it: whoever sets the custodian's clock.

use footage::crypto::KemAlgorithm;
use footage::custodian::{Custodian, CustodianError, EpochState, KeyStore as _, RefusedAnswer, Starting};
use footage::record::{Delivery, Millis, StatementId, Subject};

use super::common::{Disk, Granted, World, seat, twin};

struct Scene {
    world: World<Disk>,
    disks: Vec<Disk>,
    granted: Granted,
    release: StatementId,
    delivery: Delivery,
}

fn scene() -> Scene {
    let (mut world, disks) = World::with_disks();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release)[0].clone();
    Scene { world, disks, granted, release, delivery }
}

fn expired<T: std::fmt::Debug>(result: Result<T, CustodianError>) {
    let error = result.unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::Expired(_))), "{error}");
}

impl Scene {
    /// The first custodian, started anew on a disk; its start is in the log.
    fn restart(&mut self, disk: Disk) -> Starting<Disk> {
        let (id, key) = (self.world.custodians[0].id().clone(), twin(&self.world.keys.custodians[0]));
        let begun = Starting::begin(seat(id, key, KemAlgorithm::XWing), disk, &mut self.world.random);
        let (starting, start) = begun.unwrap();
        self.world.publish(start);
        starting
    }
}

#[test]
fn p14_a_restored_backup_opens_nothing_that_had_expired() {
    let mut scene = scene();
    let backup = scene.disks[0].image();
    let epoch = scene.granted.excerpted.consent.not_after();
    assert_eq!(backup.keys[&epoch].0, EpochState::Held);
    scene.world.pass_to(scene.granted.end());
    // With every clock: right, set back to the day of the grant, and set forward.
    for now in [scene.world.now, scene.granted.excerpted.consent.given, scene.world.now.after(Millis::HOUR)] {
        let disk = Disk::of(backup.clone());
        let starting = scene.restart(disk.clone());
        let (mut custodian, receipts) = starting.serve(&scene.world.ledger, now).unwrap();
        // Before it serves, every ended key is gone from the disk.
        assert!(!receipts.is_empty());
        assert_eq!(disk.image().keys[&epoch], (EpochState::Destroyed, None));
        let world = &mut scene.world;
        expired(custodian.notice(&scene.delivery, &world.policy, &world.ledger, now, &mut world.random));
    }
}

/// Restored, and kept away from the log as it is: it sees only what it saw before.
#[test]
fn p14_a_backup_that_sees_an_old_log_does_not_serve() {
    let mut scene = scene();
    let backup = scene.disks[0].image();
    let (then, checkpoints) = (scene.world.now, scene.world.history.len());
    scene.world.pass_to(scene.granted.end());
    let starting = scene.restart(Disk::of(backup));
    let not = starting.serve(&scene.world.ledger_of(checkpoints), then).unwrap_err();
    assert!(matches!(not.error, CustodianError::NotStarted), "{}", not.error);
    // A start that was never logged: no log shows its nonce.
    let disk = Disk::of(scene.disks[0].image());
    let (id, key) = (scene.world.custodians[0].id().clone(), twin(&scene.world.keys.custodians[0]));
    let begun = Starting::begin(seat(id, key, KemAlgorithm::XWing), disk, &mut scene.world.random);
    let not = begun.unwrap().0.serve(&scene.world.ledger, scene.world.now).unwrap_err();
    assert!(matches!(not.error, CustodianError::NotStarted), "{}", not.error);
}

/// A snapshot of the running custodian, taken before it gave notice and woken after the end: its notice comes too late,
/// whatever its clock says and however little of the log it is shown in the meantime.
#[test]
fn p14_a_snapshot_from_before_its_notice_answers_nothing() {
    let mut scene = scene();
    // The snapshot is a second custodian that served on the same disk's image then.
    let disk = Disk::of(scene.disks[0].image());
    let starting = scene.restart(disk);
    let (then, old) = (scene.world.now, scene.world.ledger_of(scene.world.history.len()));
    let (mut snapshot, _): (Custodian<Disk>, _) = starting.serve(&old, then).unwrap();
    scene.world.pass_to(scene.granted.end());
    let world = &mut scene.world;
    let notice = snapshot.notice(&scene.delivery, &world.policy, &old, then, &mut world.random).unwrap();
    // Not without the log, and not once the log shows the notice.
    let refused = snapshot.answer(notice.id(), &world.policy, &old, then, &mut world.random).unwrap_err();
    assert!(matches!(refused, CustodianError::Refused(RefusedAnswer::Standing(_))), "{refused}");
    let notice = world.publish(notice);
    for now in [then, world.now] {
        let result = snapshot.answer(notice, &world.policy, &world.ledger, now, &mut world.random);
        assert!(matches!(
            result.unwrap_err(),
            CustodianError::Refused(RefusedAnswer::NoticeTooLate | RefusedAnswer::Expired(_))
        ));
    }
    assert!(snapshot.answer(scene.release, &world.policy, &world.ledger, then, &mut world.random).is_err());
}

/// What notice was given of before a restart is forgotten: pending answers are on no disk.
#[test]
fn p14_a_restart_forgets_its_notices() {
    let mut scene = scene();
    let notice = scene.world.notice(0, &scene.delivery).unwrap();
    let notice = scene.world.publish(notice);
    let starting = scene.restart(scene.disks[0].clone());
    let world = &mut scene.world;
    let (mut custodian, _) = starting.serve(&world.ledger, world.now).unwrap();
    let error = custodian.answer(notice, &world.policy, &world.ledger, world.now, &mut world.random).unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::NoNotice)), "{error}");
}

#[test]
fn p14_a_clock_that_was_set_back_or_forward() {
    let mut scene = scene();
    let world = &mut scene.world;
    // More than a day ahead of the log, or a log that stands still: no answers.
    let ahead = world.now.after(Millis(Millis::DAY.0 + 1));
    let error = world.custodians[0].notice(&scene.delivery, &world.policy, &world.ledger, ahead, &mut world.random);
    assert!(matches!(error.unwrap_err(), CustodianError::Stale { .. }));
    let notice = world.notice(0, &scene.delivery).unwrap();
    let notice = world.publish(notice);
    let error = world.custodians[0].answer(
        notice,
        &world.policy,
        &world.ledger,
        ahead.after(Millis::SECOND),
        &mut world.random,
    );
    assert!(matches!(error.unwrap_err(), CustodianError::Stale { .. }));
    // Set back by years: witnessed time counts.
    world.pass_to(scene.granted.end());
    let back = world.now.before(Millis::DAY.times(1000));
    expired(world.custodians[0].notice(&scene.delivery, &world.policy, &world.ledger, back, &mut world.random));
    expired(world.custodians[0].answer(notice, &world.policy, &world.ledger, back, &mut world.random));
    let receipts = world.custodians[0].destroy_ended(&world.ledger, back).unwrap();
    assert!(!receipts.is_empty(), "a clock that was set back does not hold a destruction up");
}

/// The log stands still: the custodian waits for witnessed time for 72 hours, and then destroys by its own clock.
#[test]
fn p14_destruction_waits_for_the_log_for_72_hours_at_most() {
    let mut scene = scene();
    let epoch = scene.granted.excerpted.consent.not_after();
    let end = scene.granted.end();
    let held = |scene: &Scene| scene.disks[0].image().keys[&epoch].0 == EpochState::Held;
    let world = &mut scene.world;
    let waited = end.after(Millis(Millis::HOUR.times(72).0 - 1));
    world.custodians[0].destroy_ended(&world.ledger, waited).unwrap();
    expired_or_stale(world, &scene.delivery, waited);
    assert!(held(&scene));
    let world = &mut scene.world;
    world.custodians[0].destroy_ended(&world.ledger, waited.after(Millis(1))).unwrap();
    assert!(!held(&scene));
}

fn expired_or_stale(world: &mut World<Disk>, delivery: &Delivery, now: footage::record::Timestamp) {
    let result = world.custodians[0].notice(delivery, &world.policy, &world.ledger, now, &mut world.random);
    assert!(matches!(
        result.unwrap_err(),
        CustodianError::Stale { .. } | CustodianError::Refused(RefusedAnswer::Expired(_))
    ));
}

/// Restarted while the log stands still, it does not serve, but destroys what its own clock says is long over.
#[test]
fn p14_a_restart_under_a_dead_log_destroys_all_the_same() {
    let mut scene = scene();
    let epoch = scene.granted.excerpted.consent.not_after();
    let (id, key) = (scene.world.custodians[0].id().clone(), twin(&scene.world.keys.custodians[0]));
    let disk = scene.disks[0].clone();
    let begun = Starting::begin(seat(id, key, KemAlgorithm::XWing), disk.clone(), &mut scene.world.random);
    let (mut starting, _) = begun.unwrap();
    let late = scene.granted.end().after(Millis::HOUR.times(72));
    let receipts = starting.destroy_ended(&scene.world.ledger, late).unwrap();
    assert!(!receipts.is_empty());
    assert_eq!(disk.image().keys[&epoch], (EpochState::Destroyed, None));
    assert!(starting.serve(&scene.world.ledger, late).is_err());
}

/// The power fails between the mark and the erasure: the key is never used again, and is gone before anything is served.
#[test]
fn p14_a_destruction_that_was_cut_off_is_finished_at_start() {
    let mut scene = scene();
    let epoch = scene.granted.excerpted.consent.not_after();
    let disk = scene.disks[0].clone();
    // Only this epoch's key is left to destroy, and the power fails at it.
    scene.world.pass_to(epoch.start());
    scene.world.custodians[0].destroy_ended(&scene.world.ledger, scene.world.now).unwrap();
    scene.world.pass_to(scene.granted.end());
    disk.change(|image| image.fails = true);
    assert!(scene.world.custodians[0].destroy_ended(&scene.world.ledger, scene.world.now).is_err());
    assert_eq!(disk.image().keys[&epoch].0, EpochState::Destroying);
    assert!(disk.image().keys[&epoch].1.is_some());
    // With clock and log of a time at which it was good, it is refused all the same: the mark counts.
    let early = scene.world.ledger_of(scene.world.history.len() - 4);
    let now = early.time();
    assert!(now < scene.granted.end());
    let world = &mut scene.world;
    let result = world.custodians[0].notice(&scene.delivery, &world.policy, &early, now, &mut world.random);
    expired(result);
    let starting = scene.restart(disk.clone());
    let (_, receipts) = starting.serve(&scene.world.ledger, now).unwrap();
    assert!(receipts.iter().any(|receipt| receipt.statement().subject == Subject::Epoch(epoch)));
    assert_eq!(disk.image().keys[&epoch], (EpochState::Destroyed, None));
}

/// A disk that keeps what it was told to erase is found out, and the custodian does not serve from it.
#[test]
fn p14_a_disk_that_does_not_erase_is_found_out() {
    let mut scene = scene();
    let disk = scene.disks[0].clone();
    disk.change(|image| image.keeps = true);
    scene.world.pass_to(scene.granted.end());
    let starting = scene.restart(disk);
    let not = starting.serve(&scene.world.ledger, scene.world.now).unwrap_err();
    assert!(matches!(not.error, CustodianError::NotErased(_)), "{}", not.error);
}

/// A backup from before a revocation: the log still knows it.
#[test]
fn p14_a_backup_does_not_forget_a_revocation() {
    let mut scene = scene();
    let backup = scene.disks[0].image();
    let revocation = (*scene.granted.excerpted.consent.revocation).clone();
    let notice = scene.world.custodians[0].revoke(revocation).unwrap();
    scene.world.publish(notice);
    let starting = scene.restart(Disk::of(backup));
    let world = &mut scene.world;
    let (mut custodian, _) = starting.serve(&world.ledger, world.now).unwrap();
    let result = custodian.notice(&scene.delivery, &world.policy, &world.ledger, world.now, &mut world.random);
    assert!(matches!(result.unwrap_err(), CustodianError::Refused(RefusedAnswer::Revoked)));
}

/// From the mark on a key is used no more, although it is still there and its epoch lasts.
#[test]
fn p14_a_key_that_is_being_destroyed_answers_nothing() {
    let mut scene = scene();
    let epoch = scene.granted.excerpted.consent.not_after();
    let _ = scene.world.notice(0, &scene.delivery).unwrap();
    scene.disks[0].mark(epoch).unwrap();
    assert!(scene.disks[0].image().keys[&epoch].1.is_some());
    expired(scene.world.notice(0, &scene.delivery));
}
