//! libsodium's `crypto_secretstream_xchacha20poly1305`.

use std::ffi::{c_int, c_uchar, c_ulonglong};

use footage_peers::{Failure, PIECE};

const HEADER: usize = 24;
const OVERHEAD: usize = 17;
const KEY: [u8; 32] = [7; 32];

/// `crypto_secretstream_xchacha20poly1305_state`: 52 bytes.
#[repr(C, align(16))]
struct State([u8; 64]);

#[link(name = "sodium")]
unsafe extern "C" {
    fn sodium_init() -> c_int;
    fn crypto_secretstream_xchacha20poly1305_init_push(
        state: *mut State,
        header: *mut c_uchar,
        key: *const c_uchar,
    ) -> c_int;
    fn crypto_secretstream_xchacha20poly1305_push(
        state: *mut State,
        to: *mut c_uchar,
        to_len: *mut c_ulonglong,
        from: *const c_uchar,
        from_len: c_ulonglong,
        ad: *const c_uchar,
        ad_len: c_ulonglong,
        tag: c_uchar,
    ) -> c_int;
    fn crypto_secretstream_xchacha20poly1305_init_pull(
        state: *mut State,
        header: *const c_uchar,
        key: *const c_uchar,
    ) -> c_int;
    fn crypto_secretstream_xchacha20poly1305_pull(
        state: *mut State,
        to: *mut c_uchar,
        to_len: *mut c_ulonglong,
        tag: *mut c_uchar,
        from: *const c_uchar,
        from_len: c_ulonglong,
        ad: *const c_uchar,
        ad_len: c_ulonglong,
    ) -> c_int;
}

pub fn seal(content: &[u8], to: &mut Vec<u8>) -> Result<(), Failure> {
    let (mut state, mut header) = (State([0; 64]), [0; HEADER]);
    // SAFETY: state, header and key are of the sizes that libsodium documents.
    let begun = unsafe {
        sodium_init() >= 0
            && crypto_secretstream_xchacha20poly1305_init_push(&mut state, header.as_mut_ptr(), KEY.as_ptr()) == 0
    };
    to.extend_from_slice(&header);
    let mut sealed = vec![0; PIECE + OVERHEAD];
    for piece in content.chunks(PIECE) {
        // SAFETY: there is room for the piece and the overhead.
        let pushed = unsafe {
            crypto_secretstream_xchacha20poly1305_push(
                &mut state,
                sealed.as_mut_ptr(),
                std::ptr::null_mut(),
                piece.as_ptr(),
                piece.len() as c_ulonglong,
                std::ptr::null(),
                0,
                0,
            )
        };
        if !begun || pushed != 0 {
            return Err("libsodium did not seal".into());
        }
        to.extend_from_slice(&sealed[..piece.len() + OVERHEAD]);
    }
    Ok(())
}

pub fn open(sealed: &[u8], to: &mut Vec<u8>) -> Result<(), Failure> {
    let (mut state, mut tag) = (State([0; 64]), 0);
    let (header, pieces) = sealed.split_at(HEADER);
    // SAFETY: as above.
    let begun =
        unsafe { crypto_secretstream_xchacha20poly1305_init_pull(&mut state, header.as_ptr(), KEY.as_ptr()) == 0 };
    let mut content = vec![0; PIECE];
    for piece in pieces.chunks(PIECE + OVERHEAD) {
        // SAFETY: there is room for the piece without the overhead.
        let pulled = unsafe {
            crypto_secretstream_xchacha20poly1305_pull(
                &mut state,
                content.as_mut_ptr(),
                std::ptr::null_mut(),
                &mut tag,
                piece.as_ptr(),
                piece.len() as c_ulonglong,
                std::ptr::null(),
                0,
            )
        };
        if !begun || pulled != 0 {
            return Err("libsodium did not open".into());
        }
        to.extend_from_slice(&content[..piece.len() - OVERHEAD]);
    }
    Ok(())
}
