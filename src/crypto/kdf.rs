use hkdf::HkdfExtract;
use hkdf::hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::{Label, Secret};

/// A pseudo-random key that [`expand`] takes: the output of HKDF-Extract, or any uniform 32-byte secret.
pub(crate) type Prk = Secret<32>;

/// HKDF-Extract with SHA-256 (RFC 5869 section 2.2), the label as salt.
pub(crate) fn extract(label: Label, parts: &[&[u8]]) -> Prk {
    extract_salted(label.as_bytes(), parts)
}

pub(super) fn extract_salted(salt: &[u8], parts: &[&[u8]]) -> Prk {
    let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
    for part in parts {
        extract.input_ikm(part);
    }
    let (mut prk, _) = extract.finalize();
    let secret = Prk::filled(|out| out.copy_from_slice(&prk));
    prk.as_mut_slice().zeroize();
    secret
}

/// HKDF-Expand with SHA-256 (RFC 5869 section 2.3); `info` is the label and the parts, each of a fixed size.
pub(crate) fn expand<const N: usize>(prk: &Prk, label: Label, parts: &[&[u8]]) -> Secret<N> {
    expand_info(prk, label.as_bytes(), parts)
}

/// HKDF-Expand with SHA-256; `info` is `first` and then the parts of `rest`.
pub(super) fn expand_info<const N: usize>(prk: &Prk, first: &[u8], rest: &[&[u8]]) -> Secret<N> {
    const { assert!(N <= 64, "two blocks at most") };
    // HMAC takes a key of a whole block without any way to fail, and pads shorter ones with zeros just so (RFC 2104).
    let mut block = Zeroizing::new([0; 64]);
    let (key, _) = block.split_at_mut(32);
    key.copy_from_slice(prk.expose());
    let keyed = <Hmac<Sha256> as KeyInit>::new((&*block).into());
    Secret::filled(|out| {
        let mut previous = Zeroizing::new([0; 32]);
        for (number, chunk) in (1u8..).zip(out.chunks_mut(32)) {
            let mut mac = keyed.clone();
            if number > 1 {
                mac.update(&*previous);
            }
            mac.update(first);
            for part in rest {
                mac.update(part);
            }
            mac.update(&[number]);
            let mut bytes = mac.finalize().into_bytes();
            chunk.copy_from_slice(bytes.split_at(chunk.len()).0);
            previous.copy_from_slice(&bytes);
            bytes.as_mut_slice().zeroize();
        }
    })
}
