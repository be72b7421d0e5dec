//! Grants as attackers make them who have all keys: signed, locked and proven as they have to be, whatever they hold.

use std::io::Cursor;

use crate::clip::sample::{Pinned, SampleCamera};
use crate::clip::{Cadence, ClipSecret, FinishedClip, SegmentHeader, SegmentRange, StoredSegment, write_frame};
use crate::crypto::{BodyDigest, Digest, KemAlgorithm, KemPrivateKey, Label, Secret, SigningKey, Wrapped, seal, split};
use crate::merkle::{Tree, ranges_proof};
use crate::record::{
    AgencyId, Answer, CustodianId, Custody, Envelope, Epoch, GrantId, GroupId, Head, Layers, Member, StatementId,
    Terms, Timestamp, Verified, Window,
};

use super::excerpt::{BODY, ENVELOPE, MAGIC, NUMBER, PART, TERMS, WRAPS, Wraps, bodies_digest};
use super::gather::gather;
use super::lock::{self, GrantKey, Role, commit};
use super::make::seal_part;
use super::part::{ClipPart, Listed, Words, digest, digest_of_all};
use super::{Excerpt, OpenExcerpt, OpenExcerptError};

pub(crate) const CONTENTS: [&[u8]; 6] = [b"zero", b"one", b"two", b"three", b"four", b"five"];

/// A clip, its secret, and the part of it for the groups 2 to 4, as its owner makes it.
pub(crate) struct Scene {
    pub(crate) camera: SampleCamera,
    pub(crate) clip: FinishedClip<Cursor<Vec<u8>>>,
    pub(crate) secret: ClipSecret,
    pub(crate) part: ClipPart,
    pub(crate) bodies: Vec<Vec<u8>>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let mut camera = SampleCamera::new(1);
        let file = camera.clip(&CONTENTS, Cadence::AtEnd);
        Self::of(camera, file)
    }

    pub(crate) fn of(camera: SampleCamera, file: Vec<u8>) -> Self {
        Self::granting(camera, file, (2, 5, Layers::Pictures))
    }

    /// The scene of a range and layers of a clip.
    pub(crate) fn granting(camera: SampleCamera, file: Vec<u8>, (from, to, layers): (u32, u32, Layers)) -> Self {
        let mut clip = FinishedClip::open(Cursor::new(file)).unwrap();
        let secret = clip.unlock(&camera.owner).unwrap();
        let selection = clip.select_segments(from, to).unwrap().only(layers).unwrap();
        let part = gather(&mut clip, &secret, &[selection]).unwrap();
        let mut scene = Self { camera, clip, secret, part, bodies: Vec::new() };
        scene.fetch();
        scene
    }

    /// Takes the bodies of all that the part grants.
    pub(crate) fn fetch(&mut self) {
        let body = |segment: &StoredSegment| {
            let mut body = Vec::new();
            self.clip.stored_into(segment.header.open.index, &mut body).unwrap();
            body
        };
        self.bodies = self.part.granted().iter().map(body).collect();
    }

    /// A segment with other content, sealed under its own key and header.
    pub(crate) fn sealed_anew(&mut self, index: u32, header: SegmentHeader) -> (StoredSegment, Vec<u8>) {
        let tree = self.secret.tree(header.open.layer);
        let keys = tree.segment_key(index, &self.secret.seed(header.open.layer, index));
        let mut body = vec![b'?'; header.length as usize];
        seal(self.clip.suite(), keys.key, &header.to_bytes(), &mut body).unwrap();
        (StoredSegment { header, digest: BodyDigest::of(&body) }, body)
    }

    pub(crate) fn made(&self) -> Made {
        self.forged(&Forgery::default())
    }

    pub(crate) fn forged(&self, forgery: &Forgery) -> Made {
        forge(&[(&self.part, &self.bodies)], forgery)
    }

    /// Grants these ranges instead, as an owner does.
    pub(crate) fn grant(&mut self, ranges: &[(u32, u32, Layers)]) {
        let select = |&(from, to, layers): &(u32, u32, Layers)| {
            self.clip.select_segments(from, to).unwrap().only(layers).unwrap()
        };
        let selections: Vec<_> = ranges.iter().map(select).collect();
        self.part = gather(&mut self.clip, &self.secret, &selections).unwrap();
        self.fetch();
    }

    /// Has the camera sign a clip in which stands what the part lists, and proves that.
    pub(crate) fn sign(&mut self) {
        let all = SegmentRange::new(0, self.clip.count()).unwrap();
        let listed = self.clip.listed(all).unwrap();
        let mut leaves: Vec<_> = listed.iter().map(StoredSegment::leaf).collect();
        let runs = self.part.runs().unwrap();
        for (from, run) in &runs {
            leaves[*from as usize..][..run.len()].copy_from_slice(run);
        }
        let tree: Tree = leaves.into_iter().collect();
        let root = Digest::from_bytes(*tree.root().as_bytes());
        let head = Head { root, ..self.clip.manifest().statement().clone() };
        self.part.manifest = Verified::sign(head, &self.camera.key).to_bytes();
        let ranges: Vec<_> = runs.iter().map(|(from, run)| (*from, from + run.len() as u64)).collect();
        self.part.proof = ranges_proof(&mut &tree, &ranges, tree.size()).unwrap().0;
    }

    /// Proves anew what the part lists.
    pub(crate) fn prove(&mut self) {
        self.part.proof = self.clip.prove(&self.part.runs().unwrap()).unwrap().0;
    }
}

/// A clip with sound, of which the pictures of the groups 1 and 2 are granted.
pub(crate) fn silent() -> Scene {
    let mut camera = SampleCamera::new(1);
    let groups = CONTENTS.map(|pictures| (pictures, Some(&b"a voice"[..])));
    let file = camera.record(&groups, Cadence::AtEnd);
    // Two init segments, then pictures and sound of each group.
    Scene::granting(camera, file, (4, 8, Layers::Pictures))
}

/// A granted segment of the first range.
pub(crate) fn granted(part: &mut ClipPart, at: usize) -> &mut StoredSegment {
    match &mut part.ranges[0].segments[at] {
        Listed::Granted(segment) => segment,
        Listed::LeftOut(_) => panic!("left out"),
    }
}

/// The faults of a forged grant. Everything that depends on a fault is consistent with it, since it is signed afterwards.
pub(crate) struct Forgery {
    pub(crate) kem: KemAlgorithm,
    pub(crate) terms: fn(&mut Terms),
    pub(crate) envelope: fn(&mut Envelope),
    /// The wraps in the file. The envelope names those that they were before.
    pub(crate) wraps: fn(&mut Wraps),
    /// The role with which the agency's half is wrapped.
    pub(crate) role: Role,
    /// Whether another key than the grant's signs the envelope.
    pub(crate) stranger: bool,
    /// The place of the part whose key seals the words.
    pub(crate) words_as: u16,
}

impl Default for Forgery {
    fn default() -> Self {
        Self {
            kem: KemAlgorithm::XWing,
            terms: |_| (),
            envelope: |_| (),
            wraps: |_| (),
            role: Role::AgencyHalf,
            stranger: false,
            words_as: 0,
        }
    }
}

/// What is made of an excerpt: the file, and the secrets of its lock.
pub(crate) struct Made {
    pub(crate) file: Vec<u8>,
    pub(crate) terms: Verified<Terms>,
    pub(crate) halves: [Secret<32>; 2],
    pub(crate) shares: Vec<Secret<32>>,
    pub(crate) expiry_keys: Vec<KemPrivateKey>,
    pub(crate) request_key: KemPrivateKey,
    pub(crate) wrap: Wrapped,
}

/// An excerpt with a grant key of the attacker's around whatever parts.
pub(crate) fn make(clips: &[(&ClipPart, &[Vec<u8>])]) -> Made {
    forge(clips, &Forgery::default())
}

pub(crate) fn forge(clips: &[(&ClipPart, &[Vec<u8>])], forgery: &Forgery) -> Made {
    let random = &mut Pinned(1 << 40);
    let halves = [Secret::<32>::random(random).unwrap(), Secret::<32>::random(random).unwrap()];
    let shares = split(&halves[1], &[Secret::random(random).unwrap()], 3);
    let request_key = KemPrivateKey::generate(forgery.kem, random).unwrap();
    let [key, stranger] = [(); 2].map(|()| SigningKey::generate(random).unwrap());
    let grant = GrantId::of(&key.verifying_key());
    let members = (0u8..).zip(&shares).map(|(index, share)| Member {
        custodian: CustodianId::new(&format!("custodian-{index}")).unwrap(),
        expiry: StatementId::from_bytes([index; 32]),
        share: commit(Role::Share, index, share.expose()),
    });
    let words = Words { salt: [4; 32], words: "At the door.".to_owned() }.to_bytes();
    let plain: Vec<_> = [words].into_iter().chain(clips.iter().map(|(part, _)| part.to_bytes())).collect();
    let mut terms = Terms {
        grant,
        request: StatementId::from_bytes([1; 32]),
        agency: AgencyId::new("OH0500100").unwrap(),
        custody: Custody::new(GroupId::new("town").unwrap(), 2, members.collect()).unwrap(),
        not_before: Timestamp::default(),
        not_after: Epoch::from_number(1).unwrap(),
        agency_half: commit(Role::AgencyHalf, 0, halves[0].expose()),
        custodian_half: commit(Role::CustodianHalf, 0, halves[1].expose()),
        possession: commit(Role::Possession, 0, lock::possession(&halves[0], &grant).as_bytes()),
        private: digest_of_all(&plain.iter().map(|part| digest(part)).collect::<Vec<_>>()),
    };
    (forgery.terms)(&mut terms);
    let terms = Verified::sign(terms, &key);
    let id = terms.id();
    let wrap =
        lock::wrap_with(&request_key.public_key(), &id, forgery.role, 0, &halves[0], &Secret::random(random).unwrap())
            .unwrap();
    let expiry_keys: Vec<_> = shares.iter().map(|_| KemPrivateKey::generate(forgery.kem, random).unwrap()).collect();
    let custodians = (0u8..).zip(shares.iter().zip(&expiry_keys)).map(|(index, (share, expiry))| {
        lock::wrap_with(&expiry.public_key(), &id, Role::Share, index, share, &Secret::random(random).unwrap()).unwrap()
    });
    let mut wraps = Wraps { agency: wrap.clone(), custodians: custodians.collect() };
    let grant_key = GrantKey::new(&halves[0], &halves[1], id);
    let places = [forgery.words_as].into_iter().chain(1..);
    let sealed: Vec<_> = places.zip(&plain).map(|(place, part)| seal_part(&grant_key, place, part).unwrap()).collect();
    let digests = |bodies: &[Vec<u8>]| bodies.iter().map(|body| *BodyDigest::of(body).as_bytes()).collect::<Vec<_>>();
    let mut envelope = Envelope {
        terms: id,
        agency_wrap: wraps.agency.digest(),
        custodian_wraps: wraps.custodians.iter().map(Wrapped::digest).collect(),
        parts: sealed.iter().map(|sealed| Digest::of(Label::SEALED, &[sealed])).collect(),
        bodies: clips.iter().map(|(_, bodies)| bodies_digest(&id, &digests(bodies))).collect(),
    };
    (forgery.envelope)(&mut envelope);
    (forgery.wraps)(&mut wraps);
    let envelope = Verified::sign(envelope, if forgery.stranger { &stranger } else { &key });
    let mut file = MAGIC.to_vec();
    write_frame(&mut file, TERMS, &[&terms.to_bytes()]).unwrap();
    write_frame(&mut file, ENVELOPE, &[&envelope.to_bytes()]).unwrap();
    for sealed in &sealed {
        write_frame(&mut file, PART, &[sealed]).unwrap();
    }
    for (_, bodies) in clips {
        write_frame(&mut file, NUMBER, &[&(bodies.len() as u32).to_be_bytes()]).unwrap();
        for body in *bodies {
            write_frame(&mut file, BODY, &[body]).unwrap();
        }
    }
    write_frame(&mut file, WRAPS, &[&wraps.to_bytes()]).unwrap();
    Made { file, terms, halves, shares, expiry_keys, request_key, wrap }
}

/// All of time.
pub(crate) fn always() -> Window {
    Window::new(Timestamp::default(), Timestamp::from_millis(1 << 40).unwrap()).unwrap()
}

impl Made {
    pub(crate) fn open_with(&self, key: &GrantKey) -> Result<OpenExcerpt<Cursor<Vec<u8>>>, OpenExcerptError> {
        OpenExcerpt::open(Excerpt::open(Cursor::new(self.file.clone())).unwrap(), key, always())
    }

    pub(crate) fn key(&self) -> GrantKey {
        GrantKey::new(&self.halves[0], &self.halves[1], self.terms.id())
    }

    /// The answer of a custodian that hands out this share.
    pub(crate) fn answer(&self, index: u8, share: &Secret<32>, key: &KemPrivateKey, random: &mut Pinned) -> Answer {
        let id = self.terms.id();
        Answer {
            custodian: self.terms.statement().custody.members()[usize::from(index)].custodian.clone(),
            terms: id,
            release: StatementId::from_bytes([5; 32]),
            notice: StatementId::from_bytes([6; 32]),
            share: lock::wrap_with(
                &key.public_key(),
                &id,
                Role::Answer,
                index,
                share,
                &Secret::random(random).unwrap(),
            )
            .unwrap(),
        }
    }

    /// Everything that comes out, or why nothing more does.
    pub(crate) fn contents(&self) -> Result<Vec<Vec<u8>>, OpenExcerptError> {
        let mut open = self.open_with(&self.key())?;
        let mut contents = Vec::new();
        while let Some(segment) = open.next_segment()? {
            contents.push(segment.content.to_vec());
        }
        Ok(contents)
    }
}
