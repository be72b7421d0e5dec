//! The way of a grant, from the request to the destruction of the last key.

use footage::agency::{Agency, MemoryVault};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, SigningKey};
use footage::custodian::MemoryKeyStore;
use footage::record::{AgencyId, Millis, StatementId};
use std::io::Cursor;

use super::clip::{Made, derived as clip_secrets, draw};
use super::common::{Pinned, World, deletion, list_of};
use super::lock::{Drawn, expand, extract, grant_key};
use super::quarantine::{Wanted, own};
use super::{Label, alone, assert_gone, drawn};

/// What follows from what was drawn for a grant.
fn derived(wanted: &mut Wanted, drawn: &Drawn, terms: &StatementId) {
    own(|| {
        wanted.add("agency's half", &drawn.halves[0]);
        wanted.add("custodians' half", &drawn.halves[1]);
        wanted.add("coefficients", &drawn.coefficient);
        wanted.add("grant key", &drawn.grant);
        wanted.add("salt of a private part", &drawn.salt);
        for index in 0..3 {
            wanted.add("share", &drawn.share(index));
        }
        let root = extract(Label::GRANT_KEY, &drawn.halves.concat());
        wanted.add("root of a lock", &root);
        wanted.add("key of a private part", &grant_key(&drawn.halves[0], &drawn.halves[1], terms));
        let _: [u8; 32] = expand(&root, Label::GRANT_KEY, &[terms.as_bytes()]);
    });
}

#[test]
fn a_grant_that_is_made_released_answered_opened_and_destroyed() {
    let _alone = alone();
    for kem in [KemAlgorithm::XWing, KemAlgorithm::X25519] {
        let mut wanted = Wanted::default();
        let mut world = World::with(kem, &mut MemoryKeyStore::default);
        drawn(&mut wanted, "drawn for a town", 1, world.random.0);

        // An agency with a vault that erases; the town's own has one that hoards.
        let from = world.random.0;
        let key = SigningKey::generate(&mut world.random).unwrap();
        let id = AgencyId::new("OH0500300").unwrap();
        let approval = world.agency_approval("OH0500300", key.verifying_key());
        world.approve(approval);
        world.witness();
        let mut agency = Agency::new(id, key, kem, MemoryVault::default());
        let (ask, anchor) = (world.ask(), world.anchor());
        let request = agency.request(ask, &anchor, &mut world.random).unwrap();
        let signed = request.clone();
        let request = world.publish(request);
        let request = world.ledger.request(request).unwrap();
        drawn(&mut wanted, "drawn for an agency and its request", from, world.random.0);

        let from = world.random.0;
        let clip = world.clip();
        drawn(&mut wanted, "drawn for a clip", from, world.random.0);
        // The device secret of the camera that recorded it, and what the clip drew.
        let list = list_of(&world.household().owners());
        let list = list.statement();
        let made = Made {
            suite: 1,
            number: 1,
            started: world.now.before(Millis::MINUTE.times(40)).as_millis(),
            clock: 1,
            camera: *world.keys.camera.verifying_key().as_bytes(),
            owners: [&list.key, &list.recovery.kem].map(|key| *key.fingerprint().as_bytes()),
        };
        own(|| {
            let mut drawn = Pinned(from);
            let device = draw(&mut drawn);
            clip_secrets(&mut wanted, &draw(&mut drawn), &device, &made, 7);
        });

        let from = world.random.0;
        let granted = world.grant(&request, &clip);
        drawn(&mut wanted, "drawn for a grant", from, world.random.0);
        derived(&mut wanted, &own(|| Drawn::from(from)), &granted.id());

        let from = world.random.0;
        let excerpt = granted.open_file();
        agency.take_in(&excerpt).unwrap();
        let release = agency.release(excerpt.terms(), &mut world.random).unwrap();
        let release = world.publish(release);
        let deliveries: Vec<_> = agency.deliveries(release, &excerpt).map(|(_, delivery)| delivery).collect();
        let notices: Vec<_> = (0..2).map(|n| world.notice(n, &deliveries[n]).unwrap()).collect();
        let notices: Vec<_> = notices.into_iter().map(|notice| world.append(notice)).collect();
        world.witness();
        let answers: Vec<_> = (0..).zip(notices).map(|(n, notice)| world.answer(n, notice).unwrap()).collect();
        drawn(&mut wanted, "drawn for a release and its answers", from, world.random.0);
        let mut opened = agency.open(excerpt, answers, &world.ledger, world.now).unwrap();
        let held = wanted.find();
        let _ = opened.excerpt.next_segment().unwrap().unwrap();
        opened.excerpt.open_all(&mut std::io::sink(), |_| {}).unwrap();
        drop(opened);

        // The owner reads the clip as well, and everything ends.
        let mut finished = FinishedClip::open(Cursor::new(&clip)).unwrap();
        let secret = finished.unlock(world.recovery.key()).unwrap();
        finished.segment(&secret, 2).unwrap();
        drop((finished, secret));
        let anchor = world.anchor();
        let _ = agency.close_request(signed.id(), deletion(), &anchor).unwrap();
        let _ = agency.delete(granted.id(), deletion(), &anchor).unwrap();
        world.pass_to(granted.end().after(Millis::DAY.times(2)));
        for custodian in &mut world.custodians {
            let receipts = custodian.destroy_ended(&world.ledger, world.now).unwrap();
            assert!(!receipts.is_empty());
        }

        // What everybody may see is no secret: the nonces.
        let size = world.log.size();
        let log = own(|| world.log.entries(0, size).unwrap().concat());
        let public = log.windows(super::PIECE).filter(|piece| wanted.remove(piece)).count();
        assert_eq!(public, 5 * 3, "three windows of each nonce: of three starts, and of two notices");
        assert!(held.contains_key("drawn for a town") && held.contains_key("agency's half"), "{held:?}");
        // What the opened excerpt hands seeds out of: the clip was the one that was meant.
        assert!(held.contains_key("node of a key tree"), "{held:?}");
        own(|| drop((held, log)));
        drop((world, agency, granted, clip));
        assert_gone(&wanted);
    }
}
