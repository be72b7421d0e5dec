//! What the border to C costs: the same segments sealed through Rust and through the functions of `footage.h`, in turn.
//!
//! `cargo bench --features ffi --bench border`
#![allow(missing_docs, unsafe_code, clippy::cast_precision_loss, clippy::unwrap_used)]

use core::ffi::{c_char, c_void};
use std::hint::black_box;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ptr;
use std::time::{Duration, Instant};

use footage::camera::{Cadence, Camera, ClipFile, ClipFiles, Clocks, Device, Group, Piece};
use footage::crypto::{KemAlgorithm, KemPrivateKey, OsRandom, Secret, SigningKey, Suite};
use footage::ffi::{
    FOOTAGE_CONTENT_VIDEO, FOOTAGE_NO_TIME, FOOTAGE_SIGN_AT_END, FOOTAGE_SUITE_AES_256_GCM, footage_add_key,
    footage_add_secret, footage_camera, footage_camera_begin, footage_camera_free, footage_camera_start,
    footage_clocks, footage_device, footage_files, footage_files_callbacks, footage_files_free, footage_files_new,
    footage_group, footage_piece, footage_recording, footage_recording_free, footage_recording_group,
    footage_signing_key, footage_signing_key_free, footage_signing_key_restore, footage_status, footage_store,
    footage_store_callbacks, footage_store_free, footage_store_new,
};
use footage::record::{
    CameraCertificate, CameraId, CertificateRequest, ClipId, Content, MakerId, Millis, Name, Timestamp, Verified,
};
use footage::store::MemoryStore;
use footage_support::common::list_of;

const MIB: usize = 1 << 20;
const SEGMENTS: u64 = 32;
const ROUNDS: usize = 51;

/// Where a segment of the clip is written, in the place of the one before.
struct Buffer {
    bytes: Vec<u8>,
    at: usize,
}

impl Buffer {
    fn new() -> Self {
        Self { bytes: vec![0; MIB + 4096], at: 0 }
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.at + bytes.len() > self.bytes.len() {
            self.at = 0;
        }
        self.bytes[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
}

impl Read for Buffer {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Buffer {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl ClipFile for Buffer {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }
}

/// A buffer for each clip.
struct Buffers;

impl ClipFiles for Buffers {
    type File = Buffer;

    fn create(&mut self, _: ClipId) -> io::Result<Buffer> {
        Ok(Buffer::new())
    }

    fn open(&mut self, _: ClipId) -> io::Result<Option<Buffer>> {
        Ok(None)
    }

    fn remove(&mut self, _: ClipId) -> io::Result<()> {
        Ok(())
    }

    fn empty(&mut self) -> io::Result<Vec<ClipId>> {
        Ok(Vec::new())
    }
}

fn ok(status: footage_status) {
    assert_eq!(status, footage_status::FOOTAGE_OK);
}

fn main() {
    let (maker, key) = (SigningKey::generate(&mut OsRandom).unwrap(), SigningKey::generate(&mut OsRandom).unwrap());
    let secret = key.to_secret();
    let request = CertificateRequest {
        camera: CameraId::from_bytes([1; 16]),
        maker: MakerId::new("acme").unwrap(),
        model: Name::new("Doorbell").unwrap(),
    };
    let certificate = CameraCertificate::new(Verified::sign(request, &key), Timestamp::default());
    let certificate = Verified::sign(certificate, &maker).into_signed();
    let owner = KemPrivateKey::generate(KemAlgorithm::default(), &mut OsRandom).unwrap().public_key();
    let owners = list_of(&[owner]);
    let foreign = Foreign::new(&certificate.to_bytes(), secret.expose(), &owners.to_bytes());
    let secret = Secret::random(&mut OsRandom).unwrap();
    let device = Device { certificate, key, secret, suite: Suite::Aes256Gcm };
    let mut camera = Camera::begin(device, owners, MemoryStore::new(), Buffers).unwrap();

    let mut content = vec![1; MIB];
    let mut rust = || {
        let mut clocks = Clocks { monotonic: Millis(0), wall: None };
        let mut recording = camera.start(Content::Video, Cadence::AtEnd, clocks, &mut OsRandom).unwrap();
        timed(|| {
            for second in 0..SEGMENTS {
                let (start, end) = (Millis::SECOND.times(second), Millis::SECOND.times(second + 1));
                let pictures = vec![Piece { start, end, content: &mut content }];
                clocks.monotonic = end;
                recording.group(&mut camera, clocks, Group { pictures, next: Some(end), ..Group::default() }).unwrap();
            }
        })
    };
    let mut foreign_content = vec![1; MIB];
    let mut c = || foreign.seal(&mut foreign_content);

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

/// A camera as C has it, of callbacks that do what those in Rust do.
struct Foreign(*mut footage_camera);

unsafe extern "C" fn fact(_: *mut c_void, _: *const c_char, _: *mut u8, _: usize, _: *mut usize) -> i32 {
    0
}

unsafe extern "C" fn put(_: *mut c_void, _: *const c_char, _: *const u8, _: usize) -> i32 {
    0
}

unsafe extern "C" fn remove(_: *mut c_void, _: *const c_char) -> i32 {
    0
}

unsafe extern "C" fn list_facts(_: *mut c_void, _: *mut c_void, _: footage_add_key) -> i32 {
    0
}

unsafe extern "C" fn erase(_: *mut c_void, _: *const c_char, _: *mut u8, _: *mut u8) -> i32 {
    0
}

unsafe extern "C" fn list_secrets(_: *mut c_void, _: *mut c_void, _: footage_add_secret) -> i32 {
    0
}

unsafe extern "C" fn create(_: *mut c_void, _: *const c_char, file: *mut *mut c_void) -> i32 {
    // SAFETY: a place for a file.
    unsafe { file.write(Box::into_raw(Box::new(Buffer::new())).cast()) };
    0
}

unsafe extern "C" fn open(_: *mut c_void, _: *const c_char, _: *mut *mut c_void) -> i32 {
    0
}

unsafe extern "C" fn read(_: *mut c_void, _: *mut c_void, _: u64, _: *mut u8, _: usize, _: *mut usize) -> i32 {
    1
}

unsafe extern "C" fn write(_: *mut c_void, file: *mut c_void, _: u64, bytes: *const u8, length: usize) -> i32 {
    // SAFETY: what `create` gave, and bytes of this length.
    unsafe { (*file.cast::<Buffer>()).put(core::slice::from_raw_parts(bytes, length)) };
    0
}

unsafe extern "C" fn size(_: *mut c_void, _: *mut c_void, _: *mut u64) -> i32 {
    1
}

unsafe extern "C" fn truncate(_: *mut c_void, _: *mut c_void, _: u64) -> i32 {
    0
}

unsafe extern "C" fn sync(_: *mut c_void, _: *mut c_void) -> i32 {
    0
}

unsafe extern "C" fn close(_: *mut c_void, file: *mut c_void) {
    // SAFETY: what `create` gave, which is closed once.
    drop(unsafe { Box::from_raw(file.cast::<Buffer>()) });
}

impl Foreign {
    fn new(certificate: &[u8], secret: &[u8; 32], owners: &[u8]) -> Self {
        let (mut key, mut camera): (*mut footage_signing_key, _) = (ptr::null_mut(), ptr::null_mut());
        let (mut store, mut files): (*mut footage_store, *mut footage_files) = (ptr::null_mut(), ptr::null_mut());
        let stores = footage_store_callbacks {
            user: ptr::null_mut(),
            fact: Some(fact),
            put_fact: Some(put),
            remove_fact: Some(remove),
            list_facts: Some(list_facts),
            secret: Some(fact),
            put_secret: Some(put),
            erase: Some(erase),
            list_secrets: Some(list_secrets),
            floor: None,
            raise_floor: None,
        };
        let buffers = footage_files_callbacks {
            user: ptr::null_mut(),
            create: Some(create),
            open: Some(open),
            remove: Some(remove),
            list_empty: None,
            read: Some(read),
            write: Some(write),
            size: Some(size),
            truncate: Some(truncate),
            sync: Some(sync),
            close: Some(close),
        };
        let device = [7; 32];
        // SAFETY: every pointer is at what its length says, and the handles are those that were given.
        unsafe {
            ok(footage_signing_key_restore(secret.as_ptr(), secret.len(), &raw mut key));
            ok(footage_store_new(&raw const stores, &raw mut store));
            ok(footage_files_new(&raw const buffers, &raw mut files));
            let device = footage_device {
                certificate: certificate.as_ptr(),
                certificate_length: certificate.len(),
                key,
                secret: device.as_ptr(),
                secret_length: device.len(),
                suite: FOOTAGE_SUITE_AES_256_GCM,
            };
            ok(footage_camera_begin(&raw const device, owners.as_ptr(), owners.len(), store, files, &raw mut camera));
            footage_store_free(store);
            footage_files_free(files);
            footage_signing_key_free(key);
        }
        Self(camera)
    }

    /// Seals the segments, and says how long that took.
    fn seal(&self, content: &mut [u8]) -> Duration {
        let mut recording: *mut footage_recording = ptr::null_mut();
        let mut clocks = footage_clocks { monotonic: 0, wall: FOOTAGE_NO_TIME };
        // SAFETY: every pointer is at what its length says, and the handles are those that were given.
        unsafe {
            let (video, cadence) = (FOOTAGE_CONTENT_VIDEO, FOOTAGE_SIGN_AT_END);
            ok(footage_camera_start(self.0, video, cadence, &raw const clocks, &raw mut recording));
        }
        let time = timed(|| {
            for second in 0..SEGMENTS {
                let (start, end) = (second * 1000, (second + 1) * 1000);
                let piece = footage_piece { start, end, content: content.as_mut_ptr(), content_length: content.len() };
                let group = footage_group {
                    picture_init: ptr::null_mut(),
                    picture_init_length: 0,
                    sound_init: ptr::null_mut(),
                    sound_init_length: 0,
                    pictures: &raw const piece,
                    pictures_count: 1,
                    sound: ptr::null(),
                    sound_samples: 0,
                    next: end,
                };
                clocks.monotonic = end;
                // SAFETY: the content has this length, and the handles are those that were given.
                ok(unsafe { footage_recording_group(recording, self.0, &raw const clocks, &raw const group) });
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
