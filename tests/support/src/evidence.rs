//! Evidence of the tests' town: grants that were opened, and the files made of them.

use std::io::Cursor;

use footage::agency::{AgencyError, NewEvidence};
use footage::auditor::{Evidence, EvidenceError};
use footage::crypto::KemAlgorithm;
use footage::custodian::MemoryKeyStore;
use footage::ledger::{ProofSource, Standing};
use footage::record::{ClipId, Layers, Millis, Request, TrustRoots};
use footage::tlog::{LogCopy, Witnessed};

use super::common::{Chosen, Granted, World};

/// What is granted of each of two clips.
pub const RANGES: [&[Chosen]; 2] = [&[(2, 4, Layers::Pictures), (5, 6, Layers::Pictures)], &[(2, 4, Layers::Pictures)]];

/// A town in which the agency has opened grants of two clips each.
pub struct Opened {
    pub world: World,
    pub request: Standing<Request>,
    pub grants: Vec<Granted>,
    /// The two clips, and the sizes of their segments.
    pub clips: [Vec<u8>; 2],
    pub sizes: [Vec<usize>; 2],
}

impl Opened {
    /// A town with so many grants, of clips whose segments have these sizes.
    pub fn new(kem: KemAlgorithm, grants: usize, sizes: [&[usize]; 2]) -> Self {
        let mut world = World::with(kem, &mut MemoryKeyStore::default);
        let started = [40, 30].map(|minutes| world.now.before(Millis::MINUTE.times(minutes)));
        let clips = [0, 1].map(|clip| world.clip_from(started[clip], sizes[clip]));
        let request = world.request();
        let sizes = sizes.map(<[usize]>::to_vec);
        let mut town = Self { world, request, grants: Vec::new(), clips, sizes };
        for _ in 0..grants {
            town.grant();
        }
        town
    }

    /// One more grant, which the agency opens.
    pub fn grant(&mut self) {
        self.grant_then(|_| ());
    }

    /// One more grant, which the agency releases once this has happened, and opens.
    pub fn grant_then(&mut self, happens: impl FnOnce(&mut World)) {
        let Self { world, clips, request, .. } = self;
        let all = [(clips[0].as_slice(), RANGES[0]), (clips[1].as_slice(), RANGES[1])];
        let granted = world.grant_all(request, &all, 7);
        happens(world);
        let release = world.release(&granted);
        for answer in world.answers(&granted, release, &[0, 2]) {
            let _progress = world.agency.take_answer(answer, &world.ledger).unwrap();
        }
        self.grants.push(granted);
    }

    /// The ids of the clips, in the order of the grant.
    pub fn ids(&mut self) -> [ClipId; 2] {
        let World { agency, ledger, now, .. } = &mut self.world;
        let opened = agency.open_grant(self.grants[0].id(), ledger, *now).unwrap();
        let ids: Vec<_> = opened.excerpt.clips().iter().map(footage::agency::OpenClip::id).collect();
        ids.try_into().unwrap()
    }

    /// Evidence of some clips of a grant, under the newest checkpoint.
    pub fn evidence(&mut self, grant: usize, clips: &[usize], words: bool) -> Vec<u8> {
        let ids = self.ids();
        let clips: Vec<_> = clips.iter().map(|clip| ids[*clip]).collect();
        let checkpoint = self.world.anchor();
        write(&mut self.world, &self.grants[grant], &clips, words, &checkpoint).unwrap()
    }
}

/// The log's entries.
pub fn archive(world: &World) -> LogCopy {
    let mut archive = LogCopy::default();
    archive.extend(world.log.entries(0, world.log.size()).unwrap().to_vec());
    archive
}

/// Evidence of some clips of a grant, proven under a checkpoint.
pub fn write(
    world: &mut World,
    granted: &Granted,
    clips: &[ClipId],
    words: bool,
    checkpoint: &Witnessed,
) -> Result<Vec<u8>, AgencyError> {
    let archive = archive(world);
    let new = NewEvidence { clips, words, log: ProofSource { archive: &archive, checkpoint } };
    let mut file = Vec::new();
    world.agency.write_evidence(granted.id(), &new, &world.ledger, &mut file)?;
    Ok(file)
}

/// Verifies a file in memory.
pub fn verify<'a>(file: &'a [u8], trust: &TrustRoots) -> Result<Evidence<Cursor<&'a [u8]>>, EvidenceError> {
    Evidence::verify(Cursor::new(file), trust)
}
