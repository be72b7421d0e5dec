use std::io::{self, IoSlice, Read, Seek, SeekFrom, Write};

use footage::camera::{Cadence, Camera, ClipFile, ClipFiles, Device, MemoryFiles, Recording};
use footage::crypto::{KemAlgorithm, KemPrivateKey, OsRandom, Secret, SigningKey, Suite};
use footage::record::{
    CameraCertificate, CameraId, CertificateRequest, ClipId, MakerId, Millis, Name, Timestamp, Verified,
};
use footage::store::MemoryStore;

use crate::common::{begin, list_of, media};

/// What is in one file or one run.
pub(crate) const BYTES: usize = 64 << 20;

/// A camera of this owner that keeps its clips there.
pub(crate) fn camera<F: ClipFiles>(owner: &KemPrivateKey, files: F) -> Camera<MemoryStore, F> {
    let (maker, key) = (SigningKey::generate(&mut OsRandom).unwrap(), SigningKey::generate(&mut OsRandom).unwrap());
    let request = CertificateRequest {
        camera: CameraId::from_bytes([1; 16]),
        maker: MakerId::new("acme").unwrap(),
        model: Name::new("Doorbell").unwrap(),
    };
    let certificate = CameraCertificate::new(Verified::sign(request, &key), Timestamp::default());
    let certificate = Verified::sign(certificate, &maker).into_signed();
    let (secret, suite) = (Secret::random(&mut OsRandom).unwrap(), Suite::Aes256Gcm);
    let (device, owners) = (Device { certificate, key, secret, suite }, list_of(&[owner.public_key()]));
    Camera::begin(device, owners, MemoryStore::new(), files).unwrap()
}

pub(crate) fn owner() -> KemPrivateKey {
    KemPrivateKey::generate(KemAlgorithm::default(), &mut OsRandom).unwrap()
}

/// A recording with its camera.
pub(crate) fn recording(cadence: Cadence) -> (Camera<MemoryStore, Landings>, Recording<Landing>) {
    let mut camera = camera(&owner(), Landings::default());
    let recording = begin(&mut camera, Timestamp::default(), cadence, &mut OsRandom);
    (camera, recording.unwrap())
}

/// A clip of segments of these sizes, a second each.
pub(crate) fn sealed(owner: &KemPrivateKey, sizes: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let mut camera = camera(owner, MemoryFiles::new());
    let mut recording = begin(&mut camera, Timestamp::default(), Cadence::AtEnd, &mut OsRandom).unwrap();
    for (second, size) in (0..).zip(sizes) {
        let start = Millis::SECOND.times(second);
        media(&mut recording, &mut camera, start, Millis::SECOND, &mut vec![0x5a; size]).unwrap();
    }
    recording.finish(&mut camera).unwrap().into_inner().to_bytes()
}

/// Files of such memory, of which one is used again.
#[derive(Default)]
pub(crate) struct Landings(pub(crate) Option<Landing>);

/// Memory that everything written is copied to, over and over, as to a file that is in memory.
pub(crate) struct Landing {
    memory: Vec<u8>,
    at: usize,
}

impl Landing {
    pub(crate) fn new() -> Self {
        Self { memory: vec![0; 8 << 20], at: 0 }
    }
}

impl Write for Landing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.memory.len() - self.at < bytes.len() {
            self.at = 0;
        }
        self.memory[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
        Ok(bytes.len())
    }

    fn write_vectored(&mut self, all: &[IoSlice<'_>]) -> io::Result<usize> {
        all.iter().map(|bytes| self.write(bytes)).sum()
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ClipFiles for Landings {
    type File = Landing;

    fn create(&mut self, _: ClipId) -> io::Result<Landing> {
        Ok(self.0.take().unwrap_or_else(Landing::new))
    }

    fn open(&mut self, _: ClipId) -> io::Result<Option<Landing>> {
        Ok(None)
    }

    fn remove(&mut self, _: ClipId) -> io::Result<()> {
        Ok(())
    }

    fn empty(&mut self) -> io::Result<Vec<ClipId>> {
        Ok(Vec::new())
    }
}

impl ClipFile for Landing {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Read for Landing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Seek for Landing {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
