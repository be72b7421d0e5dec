//! How far cameras are trusted, judged in the log's order.

use footage::crypto::SigningKey;
use footage::ledger::{CameraTrust, Feed, Ledger, LogPlace, Phone};
use footage::record::{CameraCertificate, MakerApproval, MakerId, Millis, Verified};
use footage_support::common;

use common::{Pinned, World, name};

fn acme() -> MakerId {
    MakerId::new("acme").unwrap()
}

fn certificate(world: &World) -> Verified<CameraCertificate> {
    world.camera.certificate().clone()
}

fn approve(world: &mut World, key: &SigningKey) {
    let (key, validity) = (key.verifying_key(), world.week());
    world.approve(MakerApproval { maker: acme(), name: name("Acme Cameras"), key, validity });
}

fn newest(world: &World) -> CameraTrust {
    world.ledger.camera_trust(&certificate(world), world.ledger.newest())
}

/// C18: a stolen camera is withdrawn by its key, without its maker's other cameras, and for good.
#[test]
fn c18_a_withdrawn_camera_is_never_trusted_again() {
    let mut world = World::new();
    let before = world.request();
    let withdrawal = world.registrar.withdraw_camera(world.keys.camera.verifying_key(), &world.anchor());
    let index = world.log.size();
    world.publish(withdrawal);
    let after = world.request();
    let withdrawn = CameraTrust::CameraWithdrawn { maker: acme(), index };
    assert_eq!(newest(&world), withdrawn);
    world.wait(Millis::HOUR);
    world.renew();
    // Withdrawn again, it stays withdrawn where it was.
    let withdrawal = world.registrar.withdraw_camera(world.keys.camera.verifying_key(), &world.anchor());
    world.publish(withdrawal);
    assert_eq!(newest(&world), withdrawn);
    // What was asked before is judged as the log was then.
    let at = |place| world.ledger.camera_trust(&certificate(&world), place);
    assert_eq!(at(LogPlace::before(&before)), CameraTrust::Approved { maker: acme() });
    assert_eq!(at(LogPlace::before(&after)), withdrawn);
    // The maker's other cameras are trusted as ever.
    let (other, _, _) = footage_support::clips::keys(1);
    let other = Verified::sign(other.statement().clone(), &world.maker);
    assert!(world.ledger.camera_trust(&other, world.ledger.newest()).is_approved());
    // It is kept, and saved.
    let restored = Ledger::restore(&world.ledger.save(), world.trust.clone()).unwrap();
    assert_eq!(restored.camera_trust(&certificate(&world), restored.newest()), withdrawn);
}

/// Nobody but a registrar withdraws a camera.
#[test]
fn c18_a_strangers_withdrawal_of_a_camera_counts_for_nothing() {
    let mut world = World::new();
    let stranger = SigningKey::generate(&mut Pinned(61)).unwrap();
    let stranger = footage::registrar::Registrar::new(stranger);
    let withdrawal = stranger.withdraw_camera(world.keys.camera.verifying_key(), &world.anchor());
    world.publish(withdrawal);
    assert!(newest(&world).is_approved());
}

/// A maker that has a new key keeps the cameras that it certified with the one before, until that is withdrawn.
#[test]
fn c18_a_later_approval_ends_no_certificate_of_the_makers_earlier_keys() {
    let mut world = World::new();
    let next = SigningKey::generate(&mut Pinned(62)).unwrap();
    world.wait(Millis::DAY.times(6));
    approve(&mut world, &next);
    world.witness();
    // The approval of the earlier key has ended; the maker's has not.
    world.wait(Millis::DAY.times(3));
    world.witness();
    assert!(newest(&world).is_approved());
    // Its withdrawal ends the earlier key's certificates, and no others.
    let index = world.log.size();
    let withdrawal = world.registrar.withdraw(world.maker.verifying_key(), &world.anchor());
    world.publish(withdrawal);
    assert_eq!(newest(&world), CameraTrust::MakerWithdrawn { maker: acme(), index });
    let newer = Verified::sign(certificate(&world).statement().clone(), &next);
    assert!(world.ledger.camera_trust(&newer, world.ledger.newest()).is_approved());
    // A key that is approved again is trusted again.
    let maker = common::twin(&world.maker);
    approve(&mut world, &maker);
    world.witness();
    assert!(newest(&world).is_approved());
}

/// Without an approval that is in force, a maker's cameras are not trusted.
#[test]
fn c18_a_makers_approval_lapses() {
    let mut world = World::new();
    let ended = world.week().to();
    world.wait(Millis::DAY.times(8));
    world.witness();
    let found = newest(&world);
    assert!(matches!(&found, CameraTrust::Lapsed { maker, ended: found } if *maker == acme() && *found <= ended));
    world.renew();
    assert!(newest(&world).is_approved());
}

/// A key is unknown before its approval stands in the log, and under another maker's name.
#[test]
fn c18_what_stands_later_in_the_log_changes_no_trust() {
    let mut world = World::new();
    let key = SigningKey::generate(&mut Pinned(63)).unwrap();
    let own = Verified::sign(certificate(&world).statement().clone(), &key);
    let request = world.request();
    let unknown = CameraTrust::Unknown { maker: acme() };
    assert_eq!(world.ledger.camera_trust(&own, world.ledger.newest()), unknown);
    approve(&mut world, &key);
    world.witness();
    assert!(world.ledger.camera_trust(&own, world.ledger.newest()).is_approved());
    assert_eq!(world.ledger.camera_trust(&own, LogPlace::before(&request)), unknown);
    let withdrawal = world.registrar.withdraw(world.maker.verifying_key(), &world.anchor());
    world.publish(withdrawal);
    let at = LogPlace::before(&request);
    assert!(world.ledger.camera_trust(&certificate(&world), at).is_approved());
}

/// A phone judges as whoever replays the whole log.
#[test]
fn c18_a_phone_knows_makers_and_withdrawn_cameras() {
    let mut world = World::new();
    let withdrawal = world.registrar.withdraw_camera(world.keys.camera.verifying_key(), &world.anchor());
    let approved = world.history.len();
    world.publish(withdrawal);
    let (mut feed, mut phone) = (Feed::new(world.trust.clone()), Phone::new(world.trust.clone()));
    for (number, checkpoint) in (1..).zip(&world.history) {
        let entries = world.log.entries(feed.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        phone.take(&feed.page(entries, checkpoint, &world.log).unwrap()).unwrap();
        let found = phone.camera_trust(&certificate(&world), phone.newest());
        assert_eq!(found, feed.ledger().camera_trust(&certificate(&world), feed.ledger().newest()));
        assert_eq!(found.is_approved(), number <= approved);
    }
}
