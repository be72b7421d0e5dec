//! What the border to C costs: the same segments sealed through Rust and through the functions of `footage.h`, in turn.
//!
//! `cargo bench --features ffi --bench border`
#![allow(missing_docs, unsafe_code, clippy::cast_precision_loss, clippy::unwrap_used)]

use std::hint::black_box;
use std::io::{self, Write};
use std::ptr;
use std::time::{Duration, Instant};

use footage::camera::{Cadence, Camera, MemoryStore};
use footage::crypto::{OsRandom, Secret, SigningKey, Suite};
use footage::ffi::{
    FOOTAGE_SEGMENT_OVERHEAD, FOOTAGE_SIGN_AT_END, FOOTAGE_SUITE_AES_256_GCM, footage_camera, footage_camera_free,
    footage_camera_new, footage_camera_save, footage_recording, footage_recording_free, footage_recording_media,
    footage_recording_new, footage_signing_key, footage_signing_key_free, footage_signing_key_restore, footage_status,
};
use footage::record::{CameraCertificate, CameraId, MakerId, Millis, Name, Timestamp, Verified};
use footage::resident::Owner;

const MIB: usize = 1 << 20;
const SEGMENTS: u64 = 32;
const ROUNDS: usize = 51;

/// Where a segment of the clip is written, in the place of the one before: as an app does that has one buffer for output.
struct Buffer {
    bytes: Vec<u8>,
    at: usize,
}

impl Buffer {
    fn new() -> Self {
        Self { bytes: vec![0; MIB + FOOTAGE_SEGMENT_OVERHEAD], at: 0 }
    }
}

impl Write for &mut Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.at + bytes.len() > self.bytes.len() {
            self.at = 0;
        }
        self.bytes[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn ok(status: footage_status) {
    assert_eq!(status, footage_status::FOOTAGE_OK);
}

fn main() {
    let (maker, key) = (SigningKey::generate(&mut OsRandom).unwrap(), SigningKey::generate(&mut OsRandom).unwrap());
    let secret = key.to_secret();
    let certificate = CameraCertificate {
        camera: CameraId::from_bytes([1; 16]),
        maker: MakerId::new("acme").unwrap(),
        model: Name::new("Doorbell").unwrap(),
        key: key.verifying_key(),
        issued: Timestamp::default(),
    };
    let certificate = Verified::sign(certificate, &maker).into_signed();
    let owner = Owner::generate(&mut OsRandom).unwrap().public_key();
    let foreign = Foreign::new(&certificate.to_bytes(), secret.expose());
    let device = Secret::random(&mut OsRandom).unwrap();
    let mut camera = Camera::new(certificate, key, device, Suite::Aes256Gcm, MemoryStore::default()).unwrap();
    let foreign_owner = [&owner.algorithm().id().to_be_bytes(), owner.as_bytes()].concat();

    let (mut content, mut buffer) = (vec![1; MIB], Buffer::new());
    let mut rust = || {
        let owners = [owner.clone()];
        let sink = &mut buffer;
        let mut recording = camera.start(&owners, Timestamp::default(), Cadence::AtEnd, sink, &mut OsRandom).unwrap();
        timed(|| {
            for second in 0..SEGMENTS {
                recording.media(Millis::SECOND.times(second), Millis::SECOND, &mut content).unwrap();
            }
        })
    };
    let (mut foreign_content, mut foreign_buffer) = (vec![1; MIB], vec![0; MIB + FOOTAGE_SEGMENT_OVERHEAD]);
    let mut c = || foreign.seal(&foreign_owner, &mut foreign_content, &mut foreign_buffer);

    rust();
    c();
    let mut rounds: Vec<_> = (0..ROUNDS).map(|_| (rust(), c())).collect();
    let ratio = |(rust, c): &(Duration, Duration)| rust.as_secs_f64() / c.as_secs_f64();
    rounds.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        (SEGMENTS * MIB as u64) as f64 / times[times.len() / 2] / 1e9
    };
    let rust = median(&mut rounds.iter().map(|(rust, _)| rust.as_secs_f64()).collect());
    let c = median(&mut rounds.iter().map(|(_, c)| c.as_secs_f64()).collect());
    println!("sealing 1 MiB segments, medians of {ROUNDS} rounds: Rust {rust:.2} GB/s, C {c:.2} GB/s");
    println!("C does {:.3} of Rust (aim: 0.97)", ratio(&rounds[ROUNDS / 2]));
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    black_box(start.elapsed())
}

/// A camera as C has it.
struct Foreign(*mut footage_camera);

impl Foreign {
    fn new(certificate: &[u8], secret: &[u8; 32]) -> Self {
        let (mut key, mut camera): (*mut footage_signing_key, _) = (ptr::null_mut(), ptr::null_mut());
        let device = [7; 32];
        // SAFETY: every pointer is at what its length says, and the handles are those that were given.
        unsafe {
            ok(footage_signing_key_restore(secret.as_ptr(), secret.len(), &raw mut key));
            ok(footage_camera_new(
                certificate.as_ptr(),
                certificate.len(),
                key,
                device.as_ptr(),
                device.len(),
                FOOTAGE_SUITE_AES_256_GCM,
                ptr::null(),
                0,
                &raw mut camera,
            ));
            footage_signing_key_free(key);
        }
        Self(camera)
    }

    /// Seals the segments, and says how long that took.
    fn seal(&self, owner: &[u8], content: &mut [u8], buffer: &mut [u8]) -> Duration {
        let (mut length, mut recording): (_, *mut footage_recording) = (0, ptr::null_mut());
        let mut state = vec![0; 1 << 16];
        // SAFETY: every pointer is at what its length says, and the handles are those that were given.
        unsafe {
            ok(footage_camera_save(self.0, state.as_mut_ptr(), state.len(), &raw mut length));
            ok(footage_recording_new(
                self.0,
                &owner.as_ptr(),
                &owner.len(),
                1,
                0,
                FOOTAGE_SIGN_AT_END,
                buffer.as_mut_ptr(),
                buffer.len(),
                &raw mut length,
                &raw mut recording,
            ));
        }
        let time = timed(|| {
            for second in 0..SEGMENTS {
                // SAFETY: every pointer is at what its length says, and the handle is the one that was given.
                ok(unsafe {
                    footage_recording_media(
                        recording,
                        second * 1000,
                        1000,
                        content.as_mut_ptr(),
                        content.len(),
                        buffer.as_mut_ptr(),
                        buffer.len(),
                        &raw mut length,
                    )
                });
            }
        });
        // SAFETY: the handle is the one that was given, and is not used again.
        unsafe { footage_recording_free(recording) };
        time
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // SAFETY: the handle is the one that was given, and is not used again.
        unsafe { footage_camera_free(self.0) };
    }
}
