//! Clips to test with: cameras with known keys, recordings of known content, and the frames of a file.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use footage::camera::{
    self, Cadence, Camera, ClipFile, ClipFiles, Device, Group, MemoryFiles, Recording, RecoverError, SealedClip,
};
use footage::clip::{ClipError, FinishedClip, SegmentHeader};
use footage::crypto::{KemAlgorithm, KemPrivateKey, KemPublicKey, Random, Secret, SigningKey, Suite};
use footage::record::{
    CameraCertificate, CameraId, CertificateRequest, ClipId, Head, Millis, SegmentKind, Signed, Timestamp, Verified,
};
use footage::store::{MemoryStore, Store};

use super::common::{NOON, Pinned, at, begin, clocks_at, content, list_of, name};

/// A camera that remembers in memory, and keeps its clips there.
pub type TestCamera<F = MemoryFiles> = Camera<MemoryStore, F>;

/// A camera whose keys follow from a seed, paired with the household of these keys: the same seed gives the same camera, which
/// has recorded nothing.
pub fn camera(seed: u64, suite: Suite, owners: &[KemPublicKey]) -> TestCamera {
    Camera::begin(device(seed, suite), list_of(owners), MemoryStore::new(), MemoryFiles::new()).unwrap()
}

/// The same, which records its one clip into this sink.
pub fn camera_into<W: Write>(seed: u64, suite: Suite, owners: &[KemPublicKey], sink: W) -> TestCamera<OneSink<W>> {
    Camera::begin(device(seed, suite), list_of(owners), MemoryStore::new(), OneSink(Some(sink))).unwrap()
}

pub fn device(seed: u64, suite: Suite) -> Device {
    let (certificate, key, secret) = keys(seed);
    Device { certificate, key, secret, suite }
}

pub fn keys(seed: u64) -> (Signed<CameraCertificate>, SigningKey, Secret<32>) {
    let mut random = Pinned(seed);
    let (maker, key) = (SigningKey::generate(&mut random).unwrap(), SigningKey::generate(&mut random).unwrap());
    let request = CertificateRequest {
        camera: CameraId::from_bytes([seed as u8; 16]),
        maker: footage::record::MakerId::new("acme").unwrap(),
        model: name("Doorbell 3"),
    };
    let certificate = CameraCertificate::new(Verified::sign(request, &key), at(NOON - 1));
    let device = Secret::random(&mut random).unwrap();
    (Verified::sign(certificate, &maker).into_signed(), key, device)
}

/// An owner's key that follows from a seed.
pub fn owner(seed: u64, kem: KemAlgorithm) -> KemPrivateKey {
    KemPrivateKey::generate(kem, &mut Pinned(seed)).unwrap()
}

/// What is recorded: codec parameters, pictures of a second each, and the sound of the pictures before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    Init(usize),
    Media(usize),
    Sound(usize),
}

use Piece::{Init, Media, Sound};

impl Piece {
    pub fn kind(self) -> SegmentKind {
        match self {
            Init(_) => SegmentKind::Init,
            Media(_) | Sound(_) => SegmentKind::Media,
        }
    }

    pub fn content(self, index: u64) -> Vec<u8> {
        let (Init(size) | Media(size) | Sound(size)) = self;
        content(index, size)
    }
}

/// Records pieces from noon on, and leaves the clip unfinished.
pub fn record<S: Store, F: ClipFiles>(
    camera: &mut Camera<S, F>,
    cadence: Cadence,
    pieces: &[Piece],
    random: &mut dyn Random,
) -> Recording<F::File> {
    record_from(camera, at(NOON), cadence, pieces, random)
}

/// The same from another time on.
pub fn record_from<S: Store, F: ClipFiles>(
    camera: &mut Camera<S, F>,
    started: Timestamp,
    cadence: Cadence,
    pieces: &[Piece],
    random: &mut dyn Random,
) -> Recording<F::File> {
    let mut recording = begin(camera, started, cadence, random).map_err(drop).unwrap();
    let (mut second, mut init) = (0, None);
    let mut pieces = (0..).zip(pieces).peekable();
    while let Some((index, piece)) = pieces.next() {
        let mut content = piece.content(index);
        if let Init(_) = piece {
            init = Some(content);
            continue;
        }
        let (start, end) = (Millis::SECOND.times(second), Millis::SECOND.times(second + 1));
        let sound = pieces.next_if(|(_, next)| matches!(next, Sound(_)));
        let mut sound = sound.map(|(index, piece)| piece.content(index));
        let sound =
            sound.as_mut().map(|content| camera::Sound { piece: camera::Piece { start, end, content }, samples: 1 });
        let pictures = vec![camera::Piece { start, end, content: &mut content }];
        let group = Group { picture_init: init.as_deref_mut(), sound, pictures, next: Some(end), ..Group::default() };
        recording.group(camera, clocks_at(end), group).unwrap();
        (second, init) = (second + 1, None);
    }
    recording
}

/// What is in the file of a clip of these pieces when the power fails.
pub fn unfinished(camera: &mut TestCamera, cadence: Cadence, pieces: &[Piece], random: &mut dyn Random) -> Vec<u8> {
    let clip = record(camera, cadence, pieces, random).clip();
    camera.files().bytes(clip).unwrap()
}

/// A finished clip of these pieces.
pub fn seal(camera: &mut TestCamera, cadence: Cadence, pieces: &[Piece], random: &mut dyn Random) -> Vec<u8> {
    bytes(record(camera, cadence, pieces, random).finish(camera).unwrap())
}

/// The bytes of a clip that is closed.
pub fn bytes(sealed: SealedClip<footage::camera::MemoryFile>) -> Vec<u8> {
    sealed.into_inner().to_bytes()
}

/// Recovers a clip with these bytes in the place of its file: its manifest, and the file afterwards.
pub fn recover(camera: &mut TestCamera, clip: ClipId, bytes: &[u8]) -> Result<(Head, Vec<u8>), RecoverError> {
    camera.files().put(clip, bytes.to_vec());
    let sealed = camera.recover(clip)?;
    Ok((sealed.manifest().statement().clone(), self::bytes(sealed)))
}

/// Recovers the first clip that the camera of this seed records with this randomness from these bytes, as if the power had
/// failed.
pub fn recover_first(seed: u64, suite: Suite, random: u64, bytes: &[u8]) -> Result<(Head, Vec<u8>), RecoverError> {
    let mut camera = camera(seed, suite, &[owner(1, KemAlgorithm::X25519).public_key()]);
    let clip = start_first(&mut camera, random);
    recover(&mut camera, clip, bytes)
}

/// Starts the first clip of a camera with this randomness, and drops the recording.
pub fn start_first(camera: &mut TestCamera, random: u64) -> ClipId {
    begin(camera, at(NOON), Cadence::EveryGroup, &mut Pinned(random)).unwrap().clip()
}

/// The one file of a camera, which is whatever can be written to.
#[derive(Debug)]
pub struct OneSink<W>(pub Option<W>);

/// A sink as a clip's file.
#[derive(Debug)]
pub struct Sink<W>(pub W);

impl<W: Write> ClipFiles for OneSink<W> {
    type File = Sink<W>;

    fn create(&mut self, _: ClipId) -> io::Result<Sink<W>> {
        self.0.take().map(Sink).ok_or_else(|| io::ErrorKind::StorageFull.into())
    }

    fn open(&mut self, _: ClipId) -> io::Result<Option<Sink<W>>> {
        Ok(None)
    }

    fn remove(&mut self, _: ClipId) -> io::Result<()> {
        Ok(())
    }

    fn empty(&mut self) -> io::Result<Vec<ClipId>> {
        Ok(Vec::new())
    }
}

impl<W: Write> ClipFile for Sink<W> {
    fn sync(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn write_vectored(&mut self, parts: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<W> Read for Sink<W> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl<W> Seek for Sink<W> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
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
