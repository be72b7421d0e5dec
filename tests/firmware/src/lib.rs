//! A camera's firmware: without `std`, with an allocator, a panic handler and a random source of its own.
#![no_std]

extern crate alloc;

mod board;

use alloc::vec::Vec;
use core::ffi::c_int;

use board::{Board, Flash};
use footage::camera::{Cadence, Camera, MemoryStore, Recording};
use footage::crypto::{KemAlgorithm, KemPublicKey, Secret, SigningKey, Suite, TAG_LEN};
use footage::io::{Cursor, Write};
use footage::record::{CameraCertificate, CameraId, MakerId, Millis, Name, Timestamp, Verified};

/// Bytes of the owner's key.
const OWNER: usize = KemAlgorithm::XWing.public_key_len();

/// Seals as many segments as asked, of so many bytes each, for one owner, while it records; 0 if all went well.
///
/// # Safety
/// `owner` are 1216 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn firmware_record(owner: *const u8, segments: u32, length: usize) -> c_int {
    // SAFETY: as the caller promises.
    let owner = unsafe { core::slice::from_raw_parts(owner, OWNER) };
    status(record(owner, segments, length))
}

/// The same, but the power fails before the clip is finished, and it is recovered; 0 if all went well.
///
/// # Safety
/// `owner` are 1216 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn firmware_recover(owner: *const u8, segments: u32, length: usize) -> c_int {
    // SAFETY: as the caller promises.
    let owner = unsafe { core::slice::from_raw_parts(owner, OWNER) };
    status(recover(owner, segments, length))
}

/// The most bytes of the heap that were in use at once.
#[unsafe(no_mangle)]
pub extern "C" fn firmware_heap() -> usize {
    board::heap_peak()
}

fn status(done: Option<()>) -> c_int {
    if done.is_some() { 0 } else { 1 }
}

fn record(owner: &[u8], segments: u32, length: usize) -> Option<()> {
    let mut camera = camera()?;
    let mut recording = start(&mut camera, owner, Flash)?;
    seal(&mut recording, segments, length)?;
    recording.finish().ok().map(drop)
}

fn recover(owner: &[u8], segments: u32, length: usize) -> Option<()> {
    let mut camera = camera()?;
    let mut written = Vec::new();
    let mut recording = start(&mut camera, owner, &mut written)?;
    seal(&mut recording, segments, length)?;
    drop(recording);
    camera.recover(Cursor::new(written), Flash).ok().map(drop)
}

fn camera() -> Option<Camera<MemoryStore>> {
    let random = &mut Board;
    let (maker, key) = (SigningKey::generate(random).ok()?, SigningKey::generate(random).ok()?);
    let certificate = CameraCertificate {
        camera: CameraId::from_bytes([7; 16]),
        maker: MakerId::new("acme").ok()?,
        model: Name::new("Doorbell 3").ok()?,
        key: key.verifying_key(),
        issued: Timestamp::from_seconds(1_780_000_000).ok()?,
    };
    let certificate = Verified::sign(certificate, &maker).into_signed();
    let device = Secret::random(random).ok()?;
    Camera::new(certificate, key, device, Suite::ChaCha20Poly1305, MemoryStore::default()).ok()
}

fn start<'a, W: Write>(
    camera: &'a mut Camera<MemoryStore>,
    owner: &[u8],
    sink: W,
) -> Option<Recording<'a, W, MemoryStore>> {
    let owner = KemPublicKey::from_bytes(KemAlgorithm::XWing, owner).ok()?;
    let started = Timestamp::from_seconds(1_780_315_200).ok()?;
    camera.start(&[owner], started, Cadence::EverySegment, sink, &mut Board).ok()
}

/// Second `n` is made of bytes `n`. One buffer holds one segment after the other, with room for the tag.
fn seal<W: Write>(recording: &mut Recording<'_, W, MemoryStore>, segments: u32, length: usize) -> Option<()> {
    let mut buffer = Vec::with_capacity(length + TAG_LEN);
    for second in 0..segments {
        buffer.clear();
        buffer.resize(length, second as u8);
        recording.media(Millis::SECOND.times(second.into()), Millis::SECOND, &mut buffer).ok()?;
    }
    Some(())
}
