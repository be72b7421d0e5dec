use crate::crypto::{KemAlgorithm, KemPrivateKey, KemPublicKey, SigningKey};

use super::argument::{Input, Output, Place};
use super::handle::{Object, Ref, free, give};
use super::random::SystemRandom;
use super::status::{Done, Failure, call, footage_status, footage_status::*};

/// A private key that signs: of a maker, a camera, a registrar, an agency, a custodian, a log or a witness (Ed25519).
/// Wiped when it is freed.
pub struct footage_signing_key {
    _opaque: [u8; 0],
}

impl Object for footage_signing_key {
    const TAG: u32 = u32::from_be_bytes(*b"sign");
    type Content = SigningKey;
}

/// Bytes of a saved private key of either kind.
pub const FOOTAGE_SECRET_BYTES: usize = 32;

/// Makes a fresh key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_signing_key_generate(key: *mut *mut footage_signing_key) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let key = unsafe { Place::new(key) };
    call(|| give(SigningKey::generate(&mut SystemRandom)?, &key))
}

/// Makes the key again from what `footage_signing_key_save` gave, 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_signing_key_restore(
    secret: *const u8,
    length: usize,
    key: *mut *mut footage_signing_key,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (secret, key) = unsafe { (Input::new(secret, length), Place::new(key)) };
    call(|| give(SigningKey::from_secret(&secret.secret()?), &key))
}

/// Writes the private key, 32 bytes, to be stored where nobody else reads; wipe the buffer afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_signing_key_save(
    key: *const footage_signing_key,
    secret: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (key, output) = unsafe { (Ref::new(key), Output::new(secret, capacity, length)) };
    call(|| output.write(key.lock()?.to_secret().expose()))
}

/// Writes the public half, 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_signing_key_public(
    key: *const footage_signing_key,
    bytes: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (key, output) = unsafe { (Ref::new(key), Output::new(bytes, capacity, length)) };
    call(|| output.write(key.lock()?.verifying_key().as_bytes()))
}

/// Wipes and frees a key. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_signing_key_free(key: *mut footage_signing_key) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(key) });
}

/// A private key that opens clips or unwraps keys: a household key, a recovery key, or the key of a device (X-Wing or X25519).
/// Wiped when it is freed.
pub struct footage_owner {
    _opaque: [u8; 0],
}

impl Object for footage_owner {
    const TAG: u32 = u32::from_be_bytes(*b"ownr");
    type Content = KemPrivateKey;
}

/// Keys are wrapped with X-Wing, which stays sealed against a later quantum computer.
pub const FOOTAGE_KEM_XWING: u16 = 0x647a;
/// Keys are wrapped with X25519, for deployments that may only use published standards. Not post-quantum.
pub const FOOTAGE_KEM_X25519: u16 = 0x0020;

/// Reads a KEM's number.
pub(super) fn kem(id: u16) -> Done<KemAlgorithm> {
    KemAlgorithm::from_id(id).ok_or_else(|| Failure::new(FOOTAGE_ARGUMENT, format_args!("no KEM has the id {id}")))
}

/// Reads an owner's public key, as `footage_owner_public` writes it.
pub(super) fn owner_key(bytes: &[u8]) -> Done<KemPublicKey> {
    let Some((id, key)) = bytes.split_first_chunk::<2>() else {
        return Err(Failure::new(FOOTAGE_ARGUMENT, "an owner's key begins with two bytes for its KEM"));
    };
    Ok(KemPublicKey::from_bytes(kem(u16::from_be_bytes(*id))?, key)?)
}

/// Makes a fresh key for `FOOTAGE_KEM_XWING` or `FOOTAGE_KEM_X25519`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_owner_generate(algorithm: u16, owner: *mut *mut footage_owner) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let owner = unsafe { Place::new(owner) };
    call(|| give(KemPrivateKey::generate(kem(algorithm)?, &mut SystemRandom)?, &owner))
}

/// Makes the key again from what `footage_owner_save` gave, 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_owner_restore(
    algorithm: u16,
    secret: *const u8,
    length: usize,
    owner: *mut *mut footage_owner,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (secret, owner) = unsafe { (Input::new(secret, length), Place::new(owner)) };
    call(|| give(KemPrivateKey::from_secret(kem(algorithm)?, secret.secret()?), &owner))
}

/// Writes the private key, 32 bytes, to be stored where its owner alone reads; wipe the buffer afterwards. The recovery key
/// belongs on paper, or in a drawer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_owner_save(
    owner: *const footage_owner,
    secret: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (owner, output) = unsafe { (Ref::new(owner), Output::new(secret, capacity, length)) };
    call(|| output.write(owner.lock()?.secret().expose()))
}

/// Writes the public half, for cameras: the KEM's number in two bytes (big-endian), and the key, 1216 bytes for X-Wing or
/// 32 for X25519.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_owner_public(
    owner: *const footage_owner,
    bytes: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (owner, output) = unsafe { (Ref::new(owner), Output::new(bytes, capacity, length)) };
    call(|| {
        let public = owner.lock()?.public_key();
        output.write(&[&public.algorithm().id().to_be_bytes(), public.as_bytes()].concat())
    })
}

/// Wipes and frees a key. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_owner_free(owner: *mut footage_owner) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(owner) });
}
