//! OpenSSL's AES-256-GCM, a nonce and a tag a piece.

use footage_peers::{Failure, PIECE};
use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;

const KEY: [u8; 32] = [7; 32];

fn nonce(piece: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&piece.to_be_bytes());
    nonce
}

pub fn seal(content: &[u8], to: &mut Vec<u8>) -> Result<(), Failure> {
    let mut context = CipherCtx::new()?;
    context.encrypt_init(Some(Cipher::aes_256_gcm()), Some(&KEY), None)?;
    for (number, piece) in (0..).zip(content.chunks(PIECE)) {
        let mut tag = [0; 16];
        context.encrypt_init(None, None, Some(&nonce(number)))?;
        context.cipher_update_vec(piece, to)?;
        context.cipher_final_vec(to)?;
        context.tag(&mut tag)?;
        to.extend_from_slice(&tag);
    }
    Ok(())
}

/// Opens pieces of which the first has this number.
pub fn open(sealed: &[u8], first: u64, to: &mut Vec<u8>) -> Result<(), Failure> {
    let mut context = CipherCtx::new()?;
    context.decrypt_init(Some(Cipher::aes_256_gcm()), Some(&KEY), None)?;
    for (number, piece) in (first..).zip(sealed.chunks(PIECE + 16)) {
        let (body, tag) = piece.split_at(piece.len() - 16);
        context.decrypt_init(None, None, Some(&nonce(number)))?;
        context.cipher_update_vec(body, to)?;
        context.set_tag(tag)?;
        context.cipher_final_vec(to)?;
    }
    Ok(())
}
