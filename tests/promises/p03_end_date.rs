//! P3: after the end date nobody who had not obtained k answers before can open it. Against it: the agency's request key,
//! every stored byte, every earlier release, the custodians' disks as they are after destruction.

use footage::agency::AgencyError;
use footage::crypto::KemAlgorithm;
use footage::custodian::{Custodian, CustodianError, EpochState, RefusedAnswer, Starting};
use footage::record::{Answer, Millis, Signed};

use super::common::{Disk, Granted, World, deletion, seat, twin};

/// The end of the grant comes, and every custodian destroys what it has to.
fn end(world: &mut World<Disk>, granted: &Granted) {
    world.pass_to(granted.end());
    for n in 0..3 {
        for receipt in world.custodians[n].destroy_ended(&world.ledger, world.now).unwrap() {
            world.append(receipt);
        }
    }
    world.witness();
}

fn refused(error: &CustodianError) -> bool {
    matches!(error, CustodianError::Refused(RefusedAnswer::Expired(_)))
}

/// The agency has everything but the k-th answer: it hoarded every key that it should have erased.
#[test]
fn p3_one_answer_and_every_key_ever_open_nothing_after_the_end() {
    let (mut world, disks) = World::with_disks();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let before_it = world.vaults[0].backup();
    let release = world.release(&granted);
    let one = world.answers(&granted, release, &[0]);
    let hoarded = world.vaults[0].hoarded();
    let epoch = granted.excerpted.terms.statement().not_after;
    let before: Vec<_> = disks.iter().map(|disk| disk.image().keys[&epoch].1.unwrap()).collect();
    end(&mut world, &granted);
    world.set_back(&hoarded);

    let error = world.open(&granted, one.clone()).unwrap_err();
    assert!(matches!(error, AgencyError::Ended(_)), "{error}");
    // The old release, and a new one, which the agency's own app does not sign any more.
    world.set_back(&before_it);
    let again = world.rogue_release(&granted);
    for release in [release, again] {
        for (n, delivery) in world.deliveries(&granted, release).iter().enumerate() {
            let error = world.notice(n, delivery).unwrap_err();
            assert!(refused(&error), "{error}");
        }
    }
    // On no disk is a byte of the keys left.
    for (disk, key) in disks.iter().zip(before) {
        let image = disk.image();
        assert_eq!(image.keys[&epoch], (EpochState::Destroyed, None));
        assert!(image.keys.values().all(|(_, held)| *held != Some(key)));
    }
}

/// Whoever seizes a disk after the destruction, and the custodian's signing key with it, runs the custodian anew, with a
/// clock that was set back and a log that stopped before the end.
#[test]
fn p3_a_seized_disk_answers_nothing_after_destruction() {
    let (mut world, disks) = World::with_disks();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release)[1].clone();
    // A start of it was logged before the end, as it would be after any restart.
    let id = world.custodians[1].id().clone();
    let key = twin(&world.keys.custodians[1]);
    let begun = Starting::begin(seat(id, key, KemAlgorithm::XWing), disks[1].clone(), &mut world.random);
    let (starting, start) = begun.unwrap();
    world.publish(start);
    let (then, old) = (world.now, world.ledger_of(world.history.len()));
    end(&mut world, &granted);
    let (mut seized, _): (Custodian<Disk>, _) = starting.serve(&old, then).unwrap();
    for ledger in [&old, &world.ledger] {
        let error = seized.notice(&delivery, &world.policy, ledger, then, &mut world.random).unwrap_err();
        assert!(refused(&error), "{error}");
    }
}

/// An agency that opened and erased in time has nothing left that opens, whatever else it or anybody kept.
#[test]
fn p3_earlier_answers_are_dead_once_the_one_time_key_is_erased() {
    let (mut world, _) = World::with_disks();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1, 2]);
    world.open(&granted, answers.clone()).unwrap();
    world.agency.finish(granted.id()).unwrap();
    let error = world.open(&granted, answers.clone()).unwrap_err();
    assert!(matches!(error, AgencyError::Finished(_)), "{error}");
    end(&mut world, &granted);
    // What is left with every fact set back opens no old answer: the one-time key is gone.
    let names = world.vaults[0].names();
    assert!(names.iter().all(|name| !name.contains(&granted.id().to_string())), "{names:?}");
    // Once it is deleted, the stored excerpt cannot even be released, and once the request is closed, not taken in.
    let anchor = world.anchor();
    let _ = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    let error = world.open(&granted, answers).unwrap_err();
    assert!(matches!(error, AgencyError::Deleted(_)), "{error}");
    let _ = world.agency.close_request(request.id(), deletion(), &anchor).unwrap();
    let error = world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap_err();
    assert!(matches!(error, AgencyError::TakenIn(_)), "{error}");
    assert!(
        world.vaults[0].ever(&format!("agency-half.{}", granted.id())).is_some(),
        "it could have cheated, and does not need to"
    );
}

/// A notice given before the end, but witnessed after it, hands nothing out.
#[test]
fn p3_a_notice_that_is_witnessed_too_late_hands_nothing_out() {
    let (mut world, _) = World::with_disks();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    world.pass_to(granted.end().before(Millis::SECOND.times(2)));
    let deliveries = world.deliveries(&granted, release);
    let notices: Vec<_> = (0..3).map(|n| world.notice(n, &deliveries[n]).unwrap()).collect();
    let notices: Vec<_> = notices.into_iter().map(|notice| world.append(notice)).collect();
    world.now = granted.end().before(Millis::SECOND);
    world.witness();
    let mut answers: Vec<Signed<Answer>> = Vec::new();
    for (n, notice) in notices.into_iter().enumerate() {
        // With the right time, and with a clock that was set back.
        for now in [world.now, world.now.before(Millis::DAY.times(2))] {
            let answer = world.custodians[n].answer(notice, &world.policy, &world.ledger, now, &mut world.random);
            answers.extend(answer.map(footage::record::Verified::into_signed));
        }
    }
    assert!(answers.is_empty());
}
