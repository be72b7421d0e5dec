//! A household that an agency asks for clips, in the small town.

use std::io::{Cursor, Read, Seek};

use footage::ledger::Standing;
use footage::policy::Proposal;
use footage::record::{Days, GroupId, Request};
use footage::resident::{Consented, Consenting, OwnedClip, consent};
use footage_support::common::World;

use super::secret;

/// Consents to a part of a clip.
pub fn consented<R: Read + Seek>(
    world: &mut World,
    request: &Standing<Request>,
    clips: &mut [OwnedClip<R>],
) -> Consented {
    let selections = &[clips[0].clip.select_segments(2, 4).unwrap()];
    let (group, days) = (&GroupId::new("town").unwrap(), Days::new(7).unwrap());
    let proposal = Proposal { request, selections, group, days };
    let permit = world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
    let consenting = Consenting { permit, clips, words: "At the door.", now: world.now, long_term: &secret(8) };
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
