//! Clips that cameras and their owners make: every frame is what the manifest signs.

use std::io::Cursor;

use serde_json::{Value, json};

use super::super::kem_key;
use crate::clip::sample::{Pinned, SampleCamera};
use crate::clip::{
    ClipError, ClipSecret, FinishedClip, HEADER_LEN, Header, OpenHalf, Owners, SegmentHeader, check_value, write_frame,
};
use crate::crypto::{BodyDigest, Digest, KemAlgorithm, KemPrivateKey, Label, Secret, Suite, seal};
use crate::foreign::hex;
use crate::merkle::{Frontier, leaf_hash_of};
use crate::record::{Clock, ClockSet, Content, End, Ending, Head, Layer, Millis, SegmentKind, Timestamp, Verified};

const MAGIC: &[u8] = b"footage-clip-v1\n";

/// A clip that is being put together.
pub(super) struct Reel {
    camera: SampleCamera,
    owner: KemPrivateKey,
    header: Header,
    owners: Owners,
    /// What the segments are sealed under.
    secret: ClipSecret,
    frames: Vec<u8>,
    tree: Frontier,
    /// Changes what the camera signs last.
    manifest: fn(&mut Head),
    /// Whether a footer points at the manifest.
    footer: bool,
}

/// A segment's open half: index, layer, kind, and whether it begins a group.
fn open(index: u32, layer: Layer, kind: SegmentKind, group: bool) -> OpenHalf {
    let second = u64::from(index / 4);
    let duration = if kind == SegmentKind::Media { Millis::SECOND } else { Millis(0) };
    OpenHalf { index, start: Millis::SECOND.times(second), duration, layer, kind, group, gap: false }
}

pub(super) fn pictures(index: u32) -> OpenHalf {
    open(index, Layer::Pictures, SegmentKind::Media, true)
}

impl Reel {
    /// The beginning of a clip for X25519 keys.
    fn begin() -> Self {
        let camera = SampleCamera::new(1);
        let random = &mut Pinned(9 << 32);
        let [owner, recovery] = [(); 2].map(|()| KemPrivateKey::generate(KemAlgorithm::X25519, random).unwrap());
        let date = Timestamp::from_millis(super::super::film::NOON).unwrap();
        let (header, owners, secret) = camera.begin(Suite::ChaCha20Poly1305, date, [&owner, &recovery], [1; 32]);
        let header = Header { kem: KemAlgorithm::X25519, ..header };
        let (frames, tree) = (Vec::new(), Frontier::new());
        Self { camera, owner, header, owners, secret, frames, tree, manifest: |_| (), footer: false }
    }

    /// A group of codec parameters, pictures and sound, and one without the parameters.
    pub(super) fn new() -> Self {
        let mut reel = Self::begin();
        reel.seal(open(0, Layer::Pictures, SegmentKind::Init, true), None);
        reel.seal(open(1, Layer::Sound, SegmentKind::Init, false), None);
        reel.seal(open(2, Layer::Pictures, SegmentKind::Media, false), Some(0));
        reel.seal(open(3, Layer::Sound, SegmentKind::Media, false), Some(1));
        reel.seal(pictures(4), Some(0));
        reel.seal(open(5, Layer::Sound, SegmentKind::Media, false), Some(1));
        reel
    }

    fn changed(change: impl FnOnce(&mut Self)) -> Self {
        let mut reel = Self::new();
        change(&mut reel);
        reel
    }

    /// The good clip with another header, whose secret is wrapped and checked as it has to be.
    fn with_header(change: impl FnOnce(&mut Header)) -> Self {
        Self::changed(|reel| change(&mut reel.header))
    }

    fn seal(&mut self, open: OpenHalf, init: Option<u32>) {
        self.seal_as(open, init, |_, _| ());
    }

    /// Seals a segment whose head is changed before. The body is changed after.
    fn seal_as(&mut self, open: OpenHalf, init: Option<u32>, change: impl FnOnce(&mut [u8; HEADER_LEN], &mut Vec<u8>)) {
        let content = format!("segment {}", open.index).into_bytes();
        let keys = self.secret.tree(open.layer).segment_key(open.index, &self.secret.seed(open.layer, open.index));
        let header = SegmentHeader { open, length: content.len() as u32, init, commitment: keys.commitment };
        let mut head = header.to_bytes();
        let mut body = Vec::new();
        change(&mut head, &mut body);
        let mut sealed = content;
        seal(self.header.suite, keys.key, &head, &mut sealed).unwrap();
        if !body.is_empty() {
            sealed = body;
        }
        let digest = BodyDigest::of(&sealed);
        let closed = Digest::of(Label::CLOSED, &[&head[19..], digest.as_bytes()]);
        self.tree.push(leaf_hash_of(&[&head[..19], closed.as_bytes()]));
        write_frame(&mut self.frames, b'S', &[&head, &sealed]).unwrap();
    }

    fn state(&self, end: Option<End>) -> Head {
        let (clip, suite, header) = (self.header.clip, self.header.suite, self.header.digest());
        let root = Digest::from_bytes(*self.tree.root().as_bytes());
        Head { clip, suite, header, count: self.tree.size() as u32, root, set: None, end }
    }

    fn head(&mut self) {
        let head = Verified::sign(self.state(None), &self.camera.key);
        write_frame(&mut self.frames, b'D', &[&head.to_bytes()]).unwrap();
    }

    fn file(&self) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        write_frame(&mut file, b'H', &[&self.header.to_bytes()]).unwrap();
        write_frame(&mut file, b'O', &[&self.owners.to_bytes()]).unwrap();
        file.extend_from_slice(&self.frames);
        let at = file.len() as u64;
        let mut manifest = self.state(Some(End { how: Ending::Finished, tracks: 0, samples: 0 }));
        (self.manifest)(&mut manifest);
        let manifest = Verified::sign(manifest, &self.camera.key);
        write_frame(&mut file, b'D', &[&manifest.to_bytes()]).unwrap();
        if self.footer {
            write_frame(&mut file, b'F', &[&at.to_be_bytes(), &at.to_be_bytes()]).unwrap();
        }
        file
    }

    pub(super) fn read(&self) -> Result<Vec<Vec<u8>>, ClipError> {
        let mut clip = FinishedClip::open(Cursor::new(self.file()))?;
        let secret = clip.unlock(&self.owner)?;
        (0..clip.count()).map(|index| Ok(clip.segment(&secret, index)?.1.to_vec())).collect()
    }

    pub(super) fn refused(&self) -> ClipError {
        self.read().unwrap_err()
    }

    pub(super) fn describe(&self, name: &str, step: &str) -> Value {
        json!({ "name": name, "step": step, "file": hex(&self.file()), "owner": kem_key(&self.owner) })
    }
}

// --- the beginning

pub(super) fn version() -> Reel {
    Reel::with_header(|header| header.version = 2)
}

pub(super) fn date_without_clock() -> Reel {
    Reel::with_header(|header| header.clock = Clock::None)
}

pub(super) fn owners() -> Reel {
    Reel::with_header(|header| header.owners = Digest::from_bytes([7; 32]))
}

pub(super) fn kem() -> Reel {
    Reel::with_header(|header| header.kem = KemAlgorithm::XWing)
}

// --- frames

/// The good clip, and behind it a segment whose head is changed.
fn then(index: u32, layer: Layer, init: u32, change: fn(&mut [u8; HEADER_LEN])) -> Reel {
    Reel::changed(|reel| {
        let open = open(index, layer, SegmentKind::Media, true);
        reel.seal_as(open, Some(init), |head, _| change(head));
    })
}

pub(super) fn flag() -> Reel {
    then(6, Layer::Pictures, 0, |head| head[18] |= 4)
}

pub(super) fn layer() -> Reel {
    then(6, Layer::Pictures, 0, |head| head[16] = 2)
}

pub(super) fn kind() -> Reel {
    then(6, Layer::Pictures, 0, |head| head[17] = 2)
}

pub(super) fn index() -> Reel {
    then(7, Layer::Pictures, 0, |_| ())
}

pub(super) fn sound_init() -> Reel {
    then(6, Layer::Sound, 0, |_| ())
}

pub(super) fn media_as_init() -> Reel {
    then(6, Layer::Pictures, 2, |_| ())
}

pub(super) fn later_init() -> Reel {
    then(6, Layer::Pictures, 6, |_| ())
}

pub(super) fn lasting_init() -> Reel {
    Reel::changed(|reel| {
        let open = OpenHalf { duration: Millis::SECOND, ..open(6, Layer::Pictures, SegmentKind::Init, true) };
        reel.seal(open, None);
    })
}

pub(super) fn first_without_group() -> Reel {
    let mut reel = Reel::begin();
    reel.seal(OpenHalf { group: false, ..pictures(0) }, None);
    reel
}

pub(super) fn head_within_group() -> Reel {
    Reel::changed(|reel| {
        reel.head();
        reel.seal(OpenHalf { group: false, ..pictures(6) }, Some(0));
    })
}

pub(super) fn file_with_sound() -> Reel {
    let mut reel = Reel::begin();
    reel.header.content = Content::AnyFile;
    reel.seal(open(0, Layer::Sound, SegmentKind::Media, true), None);
    reel
}

pub(super) fn long_body() -> Reel {
    Reel::changed(|reel| {
        reel.seal(pictures(6), Some(0));
        // The leaf is that of the body alone. What is too much looks like a frame that is skipped.
        let (at, length) = (reel.frames.len() - 89, 89_u32);
        reel.frames[at + 1..at + 5].copy_from_slice(&length.to_be_bytes());
        for _ in 0..2 {
            write_frame(&mut reel.frames, b'I', &[]).unwrap();
        }
    })
}

fn signed(manifest: fn(&mut Head)) -> Reel {
    Reel::changed(|reel| reel.manifest = manifest)
}

pub(super) fn root() -> Reel {
    signed(|head| head.root = Digest::from_bytes([7; 32]))
}

pub(super) fn count() -> Reel {
    signed(|head| head.count -= 1)
}

pub(super) fn other_clip() -> Reel {
    signed(|head| head.clip = crate::record::ClipId::from_bytes([7; 16]))
}

pub(super) fn other_suite() -> Reel {
    signed(|head| head.suite = Suite::Aes256Gcm)
}

pub(super) fn other_header() -> Reel {
    signed(|head| head.header = Digest::from_bytes([7; 32]))
}

pub(super) fn set_twice() -> Reel {
    signed(|head| head.set = Some(ClockSet { wall: Timestamp::default(), earlier: false }))
}

pub(super) fn endless() -> Reel {
    let mut reel = signed(|head| head.end = None);
    reel.footer = true;
    reel
}

// --- opening

/// Wraps of the secret for the clip at another date.
pub(super) fn wraps_of_another_identity() -> Reel {
    Reel::with_header(|header| header.started = header.started.after(Millis(1)))
}

pub(super) fn check() -> Reel {
    Reel::with_header(|header| header.check = Digest::from_bytes([7; 32]))
}

/// Segments sealed under the keys of the clip at another date.
pub(super) fn keys_of_another_identity() -> Reel {
    let mut reel = Reel::begin();
    let date = reel.header.started.after(Millis(1));
    let owners = [&reel.owner, &reel.camera.recovery];
    let (_, _, other) = reel.camera.begin(reel.header.suite, date, owners, [1; 32]);
    reel.secret = other;
    reel.seal(pictures(0), None);
    reel
}

/// A camera that wraps another secret than it seals with, and says so in the check value.
pub(super) fn keys_of_another_secret() -> Reel {
    let mut reel = Reel::begin();
    let secret = Secret::take(&mut [2; 32]);
    reel.header.check = check_value(&reel.secret.identity, &secret);
    reel.secret.secret = secret;
    reel.seal(pictures(0), None);
    reel
}

pub(super) fn commitment() -> Reel {
    Reel::changed(|reel| reel.seal_as(pictures(6), Some(0), |head, _| head[58] ^= 1))
}

pub(super) fn tag() -> Reel {
    Reel::changed(|reel| {
        let length = b"segment 6".len() + crate::crypto::TAG_LEN;
        reel.seal_as(pictures(6), Some(0), |_, body| *body = vec![7; length]);
    })
}
