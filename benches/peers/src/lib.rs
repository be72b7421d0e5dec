//! What the programs of this workspace share: the crate's own path and the plain loop, each from a reader to a writer.

use std::io::{self, IoSlice, Read, Seek, SeekFrom, Write};

use footage::camera::{Camera, ClipFile, ClipFiles, Device};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, OsRandom, Secret, SigningKey, Suite};
use footage::media::{Bytes, Cutter};
use footage::record::{
    self, CameraCertificate, CameraId, CertificateRequest, ClipId, HouseholdId, MakerId, Name, OwnerList, RecoveryKey,
    Timestamp, Verified,
};
use footage::store::MemoryStore;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// What all of them cut content into.
pub const PIECE: usize = 1 << 20;

/// Why something failed: only told.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The owner of every clip here; no secret.
fn owner() -> KemPrivateKey {
    KemPrivateKey::from_secret(KemAlgorithm::XWing, Secret::take(&mut [7; 32]))
}

/// A camera that writes its one clip to this.
fn camera<W: Write>(to: W) -> Result<Camera<MemoryStore, OneFile<W>>, Failure> {
    let (maker, key) = (SigningKey::generate(&mut OsRandom)?, SigningKey::generate(&mut OsRandom)?);
    let request = CertificateRequest {
        camera: CameraId::from_bytes([1; 16]),
        maker: MakerId::new("acme")?,
        model: Name::new("Doorbell")?,
    };
    let certificate = CameraCertificate::new(Verified::sign(request, &key), Timestamp::default());
    let certificate = Verified::sign(certificate, &maker).into_signed();
    let (secret, suite) = (Secret::random(&mut OsRandom)?, Suite::Aes256Gcm);
    let device = Device { certificate, key, secret, suite };
    Ok(Camera::begin(device, owners()?, MemoryStore::new(), OneFile(Some(to)))?)
}

/// Seals and signs.
pub fn seal(from: impl Read, to: impl Write) -> Result<(), Failure> {
    let cutter = Cutter::by_size(from, Bytes(PIECE as u64))?;
    let _ = camera(to)?.seal(cutter, None, |_| {}, &mut OsRandom)?;
    Ok(())
}

/// The list that names the owner, and a recovery key of nobody.
fn owners() -> Result<Verified<OwnerList>, Failure> {
    let key = owner().public_key();
    let (device, recovery) = (SigningKey::generate(&mut OsRandom)?, SigningKey::generate(&mut OsRandom)?);
    let kem = KemPrivateKey::generate(KemAlgorithm::XWing, &mut OsRandom)?.public_key();
    let list = OwnerList {
        household: HouseholdId::from_bytes([1; 16]),
        period: 0,
        number: 0,
        before: None,
        recovery: RecoveryKey { kem, signer: recovery.verifying_key() },
        devices: vec![record::Device { signer: device.verifying_key(), fingerprint: key.fingerprint() }],
        key,
        entries: None,
    };
    Ok(Verified::sign(list, &device))
}

/// The one file of a camera.
struct OneFile<W>(Option<W>);

/// What is only written, from the beginning to the end.
struct Forward<W>(W);

impl<W: Write> ClipFiles for OneFile<W> {
    type File = Forward<W>;

    fn create(&mut self, _: ClipId) -> io::Result<Forward<W>> {
        self.0.take().map(Forward).ok_or_else(|| io::ErrorKind::StorageFull.into())
    }

    fn open(&mut self, _: ClipId) -> io::Result<Option<Forward<W>>> {
        Ok(None)
    }

    fn remove(&mut self, _: ClipId) -> io::Result<()> {
        Ok(())
    }

    fn empty(&mut self) -> io::Result<Vec<ClipId>> {
        Ok(Vec::new())
    }
}

impl<W: Write> ClipFile for Forward<W> {
    fn sync(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl<W> Read for Forward<W> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl<W> Seek for Forward<W> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl<W: Write> Write for Forward<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A clip and its secret.
pub fn unlock<R: Read + Seek>(from: R) -> Result<(FinishedClip<R>, footage::clip::ClipSecret), Failure> {
    let clip = FinishedClip::open(from)?;
    let secret = clip.unlock(&owner())?;
    Ok((clip, secret))
}

/// Opens with every check.
pub fn open(from: impl Read + Seek, to: &mut impl Write) -> Result<(), Failure> {
    let (mut clip, secret) = unlock(from)?;
    Ok(clip.open_all(&secret, to, |_| {})?)
}

/// So many threads for what is done in it, this one among them.
pub fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?.install(work))
}

/// The plain loop: read a piece, AES-256-GCM, BLAKE3 if wanted, write it. It signs nothing and proves nothing.
pub struct Plain {
    key: LessSafeKey,
    digest: bool,
}

impl Plain {
    /// With one key for everything.
    pub fn new(digest: bool) -> Result<Self, Failure> {
        let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).map_err(|_| "no key")?;
        Ok(Self { key: LessSafeKey::new(key), digest })
    }

    fn nonce(piece: u64) -> Nonce {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&piece.to_be_bytes());
        Nonce::assume_unique_for_key(nonce)
    }

    fn hash(&self, bytes: &[u8]) {
        if self.digest {
            std::hint::black_box(blake3::hash(bytes));
        }
    }

    /// Pieces with their tags.
    pub fn seal(&self, mut from: impl Read, mut to: impl Write) -> Result<(), Failure> {
        let mut buffer = Vec::with_capacity(PIECE + 16);
        for piece in 0.. {
            buffer.resize(PIECE, 0);
            let length = fill(&mut from, &mut buffer)?;
            if length == 0 {
                break;
            }
            buffer.truncate(length);
            let sealed = self.key.seal_in_place_append_tag(Self::nonce(piece), Aad::empty(), &mut buffer);
            sealed.map_err(|_| "not sealed")?;
            self.hash(&buffer);
            to.write_all(&buffer)?;
        }
        Ok(())
    }

    /// The pieces' contents.
    pub fn open(&self, mut from: impl Read, mut to: impl Write) -> Result<(), Failure> {
        let mut buffer = vec![0; PIECE + 16];
        for piece in 0.. {
            let length = fill(&mut from, &mut buffer)?;
            if length == 0 {
                break;
            }
            to.write_all(self.open_piece(piece, &mut buffer[..length])?)?;
        }
        Ok(())
    }

    /// One piece's content.
    pub fn open_piece<'a>(&self, piece: u64, body: &'a mut [u8]) -> Result<&'a [u8], Failure> {
        self.hash(body);
        let content = self.key.open_in_place(Self::nonce(piece), Aad::empty(), body).map_err(|_| "not opened")?;
        Ok(content)
    }
}

/// Reads until the buffer is full or there is no more; says how much.
pub fn fill(from: &mut impl Read, buffer: &mut [u8]) -> Result<usize, Failure> {
    let mut read = 0;
    while read < buffer.len() {
        match from.read(&mut buffer[read..])? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}
