//! A household that an agency asks for clips, in the small town.

use std::io::{Cursor, Read, Seek};

use footage::camera::{Cadence, Camera, Clocks, Device, MemoryFiles};
use footage::crypto::Suite;
use footage::ledger::Standing;
use footage::policy::Proposal;
use footage::record::{Content, Days, GroupId, Millis, OwnerList, Request, Verified};
use footage::resident::{Consented, Consenting, OwnedClip, consent};
use footage::store::MemoryStore;
use footage_support::common::{World, content, media_with, twin};

use super::{Pinned, secret};

/// Consents to a part of a clip.
pub fn consented<R: Read + Seek>(
    world: &mut World,
    request: &Standing<Request>,
    clips: &mut [OwnedClip<R>],
) -> Consented {
    let selections = &[clips[0].select_segments(2, 4).unwrap()];
    let (group, days) = (&GroupId::new("town").unwrap(), Days::new(7).unwrap());
    let proposal = Proposal { request, selections, group, days };
    let permit = world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
    let (ledger, now, long_term) = (&world.ledger, world.now, &secret(8));
    let consenting = Consenting { permit, clips, ledger, words: "At the door.", now, long_term };
    consent(consenting, &mut world.random).unwrap()
}

/// A town in which a request is open, for a clip that its owner's key opens.
pub struct Asked {
    pub world: World,
    pub request: Standing<Request>,
    clip: Vec<u8>,
}

impl Asked {
    pub fn new() -> Self {
        let mut world = World::new();
        let clip = world.clip();
        let request = world.request();
        Self { world, request, clip }
    }

    pub fn owned(&self) -> [OwnedClip<Cursor<&[u8]>>; 1] {
        [self.world.owned(&self.clip)]
    }

    pub fn consented(&mut self) -> Consented {
        let mut owned = [self.world.owned(&self.clip)];
        consented(&mut self.world, &self.request, &mut owned)
    }
}

/// A clip that the town's camera seals for a household's list, 40 minutes ago.
pub fn film(world: &World, list: &Verified<OwnerList>, seed: u64) -> Vec<u8> {
    let device = Device {
        certificate: world.camera.certificate().clone().into_signed(),
        key: twin(&world.keys.camera),
        secret: secret(3),
        suite: Suite::Aes256Gcm,
    };
    let mut camera = Camera::begin(device, list.clone(), MemoryStore::new(), MemoryFiles::new()).unwrap();
    let clocks = Clocks { monotonic: Millis(0), wall: Some(world.now.before(Millis::MINUTE.times(40))) };
    let started = camera.start(Content::Video, Cadence::EveryGroup, clocks, &mut Pinned(seed));
    let mut recording = started.unwrap();
    for minute in 0..4 {
        let (mut init, mut content) = (b"codec parameters".to_vec(), content(minute, 900));
        let start = Millis::MINUTE.times(minute);
        media_with(&mut recording, &mut camera, Some(&mut init[..]), start, Millis::MINUTE, &mut content).unwrap();
    }
    recording.finish(&mut camera).unwrap().into_inner().to_bytes()
}
