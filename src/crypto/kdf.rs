use hkdf::Hkdf;
use sha2::Sha256;

use super::{Label, Secret};

/// A pseudo-random key that [`expand`] takes: the output of HKDF-Extract, or any uniform 32-byte secret.
pub(crate) type Prk = Secret<32>;

/// HKDF-Extract with SHA-256 (RFC 5869 section 2.2), the label as salt.
pub(crate) fn extract(label: Label, parts: &[&[u8]]) -> Prk {
    extract_salted(label.as_bytes(), parts)
}

pub(super) fn extract_salted(salt: &[u8], parts: &[&[u8]]) -> Prk {
    let mut extract = hkdf::HkdfExtract::<Sha256>::new(Some(salt));
    for part in parts {
        extract.input_ikm(part);
    }
    let (mut prk, _) = extract.finalize();
    let secret = Prk::filled(|out| out.copy_from_slice(&prk));
    zeroize::Zeroize::zeroize(prk.as_mut_slice());
    secret
}

/// HKDF-Expand with SHA-256 (RFC 5869 section 2.3); `info` is the label and the parts, each of a fixed size.
pub(crate) fn expand<const N: usize>(prk: &Prk, label: Label, parts: &[&[u8]]) -> Secret<N> {
    let mut info = Vec::with_capacity(1 + parts.len());
    info.push(label.as_bytes());
    info.extend_from_slice(parts);
    expand_info(prk, &info)
}

pub(super) fn expand_info<const N: usize>(prk: &Prk, info: &[&[u8]]) -> Secret<N> {
    const { assert!(N <= 64, "two blocks at most") };
    Secret::filled(|out| {
        let hkdf = Hkdf::<Sha256>::from_prk(prk.expose());
        // Fails for a key under 32 bytes or an output over 255 blocks, and the types rule out both. Were it otherwise, no
        // key is better than a key that everybody knows.
        if hkdf.is_ok_and(|hkdf| hkdf.expand_multi_info(info, out).is_ok()) {
            return;
        }
        std::process::abort();
    })
}
