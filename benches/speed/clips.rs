use std::io::{self, IoSlice, Write};

use footage::camera::{Cadence, Camera, MemoryStore, Recording};
use footage::crypto::{OsRandom, Secret, SigningKey, Suite};
use footage::record::{CameraCertificate, CameraId, MakerId, Millis, Name, Timestamp, Verified};
use footage::resident::Owner;

/// What is in one file or one run.
pub(crate) const BYTES: usize = 64 << 20;

/// A camera that stays, so that a recording may.
pub(crate) fn camera() -> &'static mut Camera<MemoryStore> {
    let (maker, key) = (SigningKey::generate(&mut OsRandom).unwrap(), SigningKey::generate(&mut OsRandom).unwrap());
    let certificate = CameraCertificate {
        camera: CameraId::from_bytes([1; 16]),
        maker: MakerId::new("acme").unwrap(),
        model: Name::new("Doorbell").unwrap(),
        key: key.verifying_key(),
        issued: Timestamp::default(),
    };
    let certificate = Verified::sign(certificate, &maker).into_signed();
    let device = Secret::random(&mut OsRandom).unwrap();
    Box::leak(Box::new(Camera::new(certificate, key, device, Suite::Aes256Gcm, MemoryStore::default()).unwrap()))
}

pub(crate) fn owner() -> Owner {
    Owner::generate(&mut OsRandom).unwrap()
}

pub(crate) fn recording(cadence: Cadence) -> Recording<'static, Landing, MemoryStore> {
    camera().start(&[owner().public_key()], Timestamp::default(), cadence, Landing::new(), &mut OsRandom).unwrap()
}

/// A clip of segments of these sizes, a second each.
pub(crate) fn sealed(owner: &Owner, sizes: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let mut recording =
        camera().start(&[owner.public_key()], Timestamp::default(), Cadence::AtEnd, Vec::new(), &mut OsRandom).unwrap();
    for (second, size) in (0..).zip(sizes) {
        recording.media(Millis::SECOND.times(second), Millis::SECOND, &mut vec![0x5a; size]).unwrap();
    }
    recording.finish().unwrap().into_inner()
}

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
