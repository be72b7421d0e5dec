//! Clips to test with: cameras with known keys, recordings of known content, and the frames of a file.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use footage::camera::{Cadence, Camera, MemoryStore, SealedClip};
use footage::clip::{ClipError, FinishedClip, SegmentHeader};
use footage::crypto::{KemAlgorithm, KemPrivateKey, KemPublicKey, Random, Secret, SigningKey, Suite};
use footage::record::{CameraCertificate, CameraId, Millis, SegmentKind, Signed, Verified};

use super::common::{NOON, Pinned, at, content, name};

/// A camera whose keys follow from a seed: the same seed gives the same camera, with an empty store.
pub fn camera(seed: u64, suite: Suite) -> Camera<MemoryStore> {
    camera_with(seed, suite, MemoryStore::default())
}

pub fn camera_with<S: footage::camera::CameraStore>(seed: u64, suite: Suite, store: S) -> Camera<S> {
    let (certificate, key, device) = keys(seed);
    Camera::new(certificate, key, device, suite, store).unwrap()
}

pub fn keys(seed: u64) -> (Signed<CameraCertificate>, SigningKey, Secret<32>) {
    let mut random = Pinned(seed);
    let (maker, key) = (SigningKey::generate(&mut random).unwrap(), SigningKey::generate(&mut random).unwrap());
    let certificate = CameraCertificate {
        camera: CameraId::from_bytes([seed as u8; 16]),
        maker: footage::record::MakerId::new("acme").unwrap(),
        model: name("Doorbell 3"),
        key: key.verifying_key(),
        issued: at(NOON - 1),
    };
    let device = Secret::random(&mut random).unwrap();
    (Verified::sign(certificate, &maker).into_signed(), key, device)
}

/// An owner's key that follows from a seed.
pub fn owner(seed: u64, kem: KemAlgorithm) -> KemPrivateKey {
    KemPrivateKey::generate(kem, &mut Pinned(seed)).unwrap()
}

/// What is recorded: codec parameters, or media of a second each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    Init(usize),
    Media(usize),
}

use Piece::{Init, Media};

impl Piece {
    pub fn kind(self) -> SegmentKind {
        match self {
            Init(_) => SegmentKind::Init,
            Media(_) => SegmentKind::Media,
        }
    }

    pub fn content(self, index: u64) -> Vec<u8> {
        let (Init(size) | Media(size)) = self;
        content(index, size)
    }
}

/// Records pieces into a sink, and leaves the clip unfinished.
pub fn record<'a, W: Write>(
    camera: &'a mut Camera<MemoryStore>,
    owners: &[KemPublicKey],
    cadence: Cadence,
    pieces: &[Piece],
    sink: W,
    random: &mut dyn Random,
) -> footage::camera::Recording<'a, W, MemoryStore> {
    let mut recording = camera.start(owners, at(NOON), cadence, sink, random).map_err(drop).unwrap();
    let mut second = 0;
    for (index, piece) in (0..).zip(pieces) {
        let mut content = piece.content(index);
        match piece {
            Init(_) => recording.init(&mut content).unwrap(),
            Media(_) => {
                recording.media(Millis::SECOND.times(second), Millis::SECOND, &mut content).unwrap();
                second += 1;
            }
        }
    }
    recording
}

/// A finished clip of these pieces.
pub fn seal(
    camera: &mut Camera<MemoryStore>,
    owners: &[KemPublicKey],
    cadence: Cadence,
    pieces: &[Piece],
    random: &mut dyn Random,
) -> Vec<u8> {
    record(camera, owners, cadence, pieces, Vec::new(), random).finish().map(SealedClip::into_inner).unwrap()
}

/// Opens a clip and reads every segment of it.
pub fn read(bytes: &[u8], owner: &KemPrivateKey) -> Result<Vec<(SegmentHeader, Vec<u8>)>, ClipError> {
    let mut clip = FinishedClip::open(Cursor::new(bytes))?;
    let secret = clip.unlock(owner)?;
    (0..clip.count()).map(|index| clip.segment(&secret, index).map(|(header, body)| (header, body.to_vec()))).collect()
}

/// One frame of a clip or an excerpt: its kind, where it begins, and where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub from: usize,
    pub to: usize,
}

/// The frames of a whole file, after its 16 bytes of magic.
pub fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut from = beginning(bytes);
    while from < bytes.len() {
        let length = u32::from_be_bytes(bytes[from + 1..from + 5].try_into().unwrap());
        let to = from + 5 + length as usize;
        frames.push(Frame { kind: bytes[from], from, to });
        from = to;
    }
    frames
}

/// How long the line is that the file begins with.
fn beginning(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1
}

/// The file made of these parts of others.
pub fn spliced<'a>(magic: &[u8], parts: impl IntoIterator<Item = (&'a [u8], Frame)>) -> Vec<u8> {
    let mut bytes = magic[..beginning(magic)].to_vec();
    for (file, frame) in parts {
        bytes.extend_from_slice(&file[frame.from..frame.to]);
    }
    bytes
}

/// A source that counts what is read from it, and fails from some byte on if it is told to.
#[derive(Debug)]
pub struct Metered<R> {
    pub inner: R,
    pub read: u64,
    pub fails_at: Option<u64>,
}

impl<R> Metered<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, read: 0, fails_at: None }
    }
}

impl<R: Read + Seek> Read for Metered<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut most = to.len();
        if let Some(fails_at) = self.fails_at {
            let left = fails_at.saturating_sub(self.inner.stream_position()?) as usize;
            if left == 0 {
                return Err(io::Error::other("the disk is gone"));
            }
            most = most.min(left);
        }
        let read = self.inner.read(&mut to[..most])?;
        self.read += read as u64;
        Ok(read)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
