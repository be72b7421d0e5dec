//! How far cameras are trusted, judged in the log's order, and whose clips a household grants.

use std::io::Cursor;

use footage::camera::{Cadence, Camera, Device, MemoryFiles};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, KemPublicKey, Secret, SigningKey, Suite};
use footage::ledger::{CameraTrust, Feed, Ledger, LogPlace, Phone, Standing};
use footage::policy::Proposal;
use footage::record::{
    CameraCertificate, Cell, Days, EntryContent, GroupId, HouseholdCamera, MakerApproval, MakerId, Millis, Request,
    TrustRoots, Verified,
};
use footage::resident::{
    CameraCheck, ConsentError, Consented, Consenting, OwnClip, OwnClipError, OwnersCheck, consent, matching,
};
use footage::store::MemoryStore;
use footage_support::common;
use footage_support::home::{Home, own_camera};

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

/// Has the household consent to some of a clip.
fn consented(world: &mut World, request: &Standing<Request>, clip: &[u8]) -> Result<Consented, ConsentError> {
    let mut owned = [world.owned(clip)];
    let selections = &[owned[0].select_segments(2, 5).unwrap()];
    let (group, days) = (GroupId::new("town").unwrap(), Days::ONE);
    let proposal = Proposal { request, selections, group: &group, days };
    let permit = world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
    let (ledger, now, long_term) = (&world.ledger, world.now, &Secret::take(&mut [8; 32]));
    consent(Consenting { permit, clips: &mut owned, ledger, words: "", now, long_term }, &mut world.random)
}

/// C18: a household grants nothing of a camera that is withdrawn, be it before the request or after it.
#[test]
fn c18_nothing_is_granted_of_a_withdrawn_camera() {
    let mut world = World::new();
    let clip = world.clip();
    let before = world.request();
    let id = FinishedClip::open(Cursor::new(&clip)).unwrap().clip();
    let made = consented(&mut world, &before, &clip).unwrap();
    assert_eq!(made.cameras(), [(id, CameraTrust::Approved { maker: acme() })]);
    let withdrawal = world.registrar.withdraw_camera(world.keys.camera.verifying_key(), &world.anchor());
    world.publish(withdrawal);
    let after = world.request();
    for request in [before, after] {
        let error = consented(&mut world, &request, &clip).unwrap_err();
        assert!(
            matches!(&error, ConsentError::Camera { clip, trust } if *clip == id && trust.is_withdrawn()),
            "{error}"
        );
    }
}

/// C18: what was asked while a maker's key was withdrawn gets nothing of its cameras, also once it is approved again.
#[test]
fn c18_a_camera_that_was_withdrawn_before_the_request_is_not_granted() {
    let mut world = World::new();
    let clip = world.clip();
    let withdrawal = world.registrar.withdraw(world.maker.verifying_key(), &world.anchor());
    world.publish(withdrawal);
    let request = world.request();
    let maker = common::twin(&world.maker);
    approve(&mut world, &maker);
    world.witness();
    assert!(newest(&world).is_approved());
    let error = consented(&mut world, &request, &clip).unwrap_err();
    assert!(matches!(error, ConsentError::Camera { .. }), "{error}");
}

/// C18: a resident is told of a camera that no approved maker certified.
#[test]
fn c18_a_consent_says_how_far_its_cameras_are_trusted() {
    let mut world = World::new();
    let request = world.request();
    // A camera of the household's own making, under the maker's name.
    let (certificate, key, secret) = footage_support::clips::keys(74);
    let device = Device { certificate, key, secret, suite: Suite::Aes256Gcm };
    world.keys.camera = common::twin(&device.key);
    world.camera = Camera::begin(device, world.household(), MemoryStore::new(), MemoryFiles::new()).unwrap();
    let camera = own_camera(world.keys.camera.verifying_key());
    let _ = world.home.write(camera, world.now, &mut world.random).unwrap();
    let clip = world.clip();
    let made = consented(&mut world, &request, &clip).unwrap();
    assert!(matches!(made.cameras(), [(_, CameraTrust::Unknown { maker })] if *maker == acme()));
}

/// C18: a permit is used with the ledger that the policy asked.
#[test]
fn c18_cameras_are_judged_by_the_log_of_the_permit() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let mut owned = [world.owned(&clip)];
    let selections = &[owned[0].select_segments(2, 5).unwrap()];
    let group = GroupId::new("town").unwrap();
    let proposal = Proposal { request: &request, selections, group: &group, days: Days::ONE };
    let other = TrustRoots::new(
        world.trust.log().clone(),
        vec![world.registrar.verifying_key(), world.maker.verifying_key()],
        1,
    );
    let (mut other, empty) = (Ledger::new(other.unwrap()), Ledger::new(world.trust.clone()));
    for checkpoint in &world.history {
        let entries = world.log.entries(other.size(), checkpoint.checkpoint().size()).unwrap();
        other.advance(entries, checkpoint).unwrap();
    }
    assert!(other.request(request.id()).is_ok());
    for ledger in [&other, &empty] {
        let permit = world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
        let (now, long_term) = (world.now, &Secret::take(&mut [8; 32]));
        let consenting = Consenting { permit, clips: &mut owned, ledger, words: "", now, long_term };
        let error = consent(consenting, &mut world.random).unwrap_err();
        assert!(matches!(error, ConsentError::OtherLedger), "{error}");
    }
}

fn own(world: &World, clip: &[u8]) -> Result<(), OwnClipError> {
    world.home.own(FinishedClip::open(Cursor::new(clip)).unwrap(), world.now).map(drop)
}

/// C5: who carries owner keys to a camera does not have the household grant what they can open.
#[test]
fn c5_a_clip_that_is_sealed_for_a_stranger_is_not_granted() {
    let mut world = World::new();
    let clip = world.clip();
    own(&world, &clip).unwrap();
    let stranger = |seed| KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(seed)).unwrap().public_key();
    let (owner, recovery) = (world.owner.public_key(), world.recovery.public_key());
    for (keys, household, ours) in [([stranger(70), recovery], true, false), ([owner, stranger(70)], false, true)] {
        let clip = sealed_for(&world, &keys);
        let error = own(&world, &clip).unwrap_err();
        let found = OwnersCheck::Stranger { household, recovery: ours };
        assert!(matches!(&error, OwnClipError::Owners(owners) if *owners == found), "{error}");
    }
    let clip = sealed_for(&world, &[stranger(70), stranger(71)]);
    assert!(matches!(own(&world, &clip), Err(OwnClipError::Owners(OwnersCheck::OtherHousehold))));
}

/// A clip by the household's camera that is sealed for these keys.
fn sealed_for(world: &World, keys: &[KemPublicKey]) -> Vec<u8> {
    let device = Device {
        certificate: world.camera.certificate().clone().into_signed(),
        key: common::twin(&world.keys.camera),
        secret: Secret::take(&mut [3; 32]),
        suite: Suite::Aes256Gcm,
    };
    let mut camera = Camera::begin(device, common::list_of(keys), MemoryStore::new(), MemoryFiles::new()).unwrap();
    let mut recording = common::begin(&mut camera, world.now, Cadence::AtEnd, &mut Pinned(73)).unwrap();
    common::media(&mut recording, &mut camera, Millis(0), Millis::MINUTE, &mut [7; 100]).unwrap();
    recording.finish(&mut camera).unwrap().into_inner().to_bytes()
}

/// C1: a household knows its cameras by their keys. It grants nothing of another's camera, or of one that it gave away.
#[test]
fn c1_a_clip_of_no_camera_of_the_household_is_not_granted() {
    let mut world = World::new();
    let clip = world.clip();
    let key = world.keys.camera.verifying_key();
    let gone = EntryContent::Camera(HouseholdCamera { key, cell: None });
    let _ = world.home.write(gone, world.now, &mut world.random).unwrap();
    assert!(matches!(own(&world, &clip), Err(OwnClipError::Camera(CameraCheck::Former))));
    let neighbours = Home::new(KemAlgorithm::XWing, 72, &[], world.now);
    world.home = neighbours.household;
    assert!(matches!(own(&world, &clip), Err(OwnClipError::Camera(CameraCheck::Unknown))));
}

/// C1: clips match by the camera's key and its cell, not by the number that its maker gave it.
#[test]
fn c1_a_request_matches_a_camera_by_its_key_and_its_cell() {
    let mut world = World::new();
    let request = world.request();
    let mut clip = FinishedClip::open(Cursor::new(world.clip())).unwrap();
    let own = OwnClip::of(&mut clip).unwrap();
    let (camera, span) = (own.camera, clip.select_segments(0, clip.count()).unwrap().span());
    assert_eq!((own.clip, camera, own.span), (clip.clip(), *clip.certificate().statement().key(), span));
    assert_eq!(Some(own.span.from()), clip.started());
    let clips = [own];
    let count = |cameras: &[HouseholdCamera]| matching(&request, cameras, &clips).len();
    assert_eq!(count(&world.home.cameras(world.now)), 1);
    let (porch, lake) = (Cell::at(41.1, -80.65).ok(), Cell::at(41.2, -80.65).ok());
    // The same number by the same maker, but another key.
    let other = SigningKey::generate(&mut Pinned(73)).unwrap().verifying_key();
    for (key, cell) in [(other, porch), (camera, lake), (camera, None)] {
        assert_eq!(count(&[HouseholdCamera { key, cell }]), 0, "{cell:?}");
    }
}
