//! The primitives by themselves.

use std::convert::Infallible;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, XWing};
use hpke::{OpModeR, OpModeS, single_shot_open, single_shot_seal_with_rng};
use rand_core::{TryCryptoRng, TryRng};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// As long as what stands before a segment's body in a clip, so that bytes lie in a file as ours do: how fast they are copied
/// depends on how they are aligned.
pub(crate) const HEADER: [u8; 64] = [0; 64];
/// The same for an excerpt.
pub(crate) const EXCERPT_HEADER: [u8; 5] = [0; 5];

/// AES-256-GCM and BLAKE3 over a segment in place.
pub(crate) struct Cipher(LessSafeKey);

impl Cipher {
    pub(crate) fn new() -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap()))
    }

    fn nonce() -> Nonce {
        Nonce::assume_unique_for_key([0; 12])
    }

    /// Gives tag and digest.
    pub(crate) fn seal(&self, content: &mut [u8]) -> ([u8; 16], [u8; 32]) {
        let tag = self.0.seal_in_place_separate_tag(Self::nonce(), Aad::empty(), content).unwrap();
        let tag = tag.as_ref().try_into().unwrap();
        (tag, *blake3::Hasher::new().update(content).update(&tag).finalize().as_bytes())
    }

    pub(crate) fn open<'a>(&self, body: &'a mut [u8]) -> &'a [u8] {
        std::hint::black_box(blake3::hash(body));
        self.0.open_in_place(Self::nonce(), Aad::empty(), body).unwrap()
    }

    /// So many sealed bodies, one after the other, each after a header.
    pub(crate) fn bodies(&self, header: &[u8], size: usize, count: usize) -> Vec<u8> {
        let mut content = vec![0x5a; size];
        let (tag, _) = self.seal(&mut content);
        [header, &content, &tag].concat().repeat(count)
    }
}

/// HPKE with X-Wing.
pub(crate) struct Hpke {
    keys: (<XWing as Kem>::PrivateKey, <XWing as Kem>::PublicKey),
    random: Counting,
    wrapped: (<XWing as Kem>::EncappedKey, Vec<u8>),
}

impl Hpke {
    pub(crate) fn new() -> Self {
        let keys = XWing::derive_keypair(&[7; 32]);
        let mut random = Counting(0);
        let wrapped = wrap(&keys.1, &mut random);
        Self { keys, random, wrapped }
    }

    pub(crate) fn wrap(&mut self) {
        self.wrapped = wrap(&self.keys.1, &mut self.random);
    }

    pub(crate) fn unwrap(&self) -> Vec<u8> {
        let (encapsulation, text) = &self.wrapped;
        single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.keys.0,
            encapsulation,
            b"info",
            text,
            &[],
        )
        .unwrap()
    }
}

fn wrap(key: &<XWing as Kem>::PublicKey, random: &mut Counting) -> (<XWing as Kem>::EncappedKey, Vec<u8>) {
    single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        key,
        b"info",
        &[9; 32],
        &[],
        random,
    )
    .unwrap()
}

/// Numbers that are no secret.
struct Counting(u64);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|number| number as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 += 1;
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        self.0 += 1;
        to.fill(self.0 as u8);
        Ok(())
    }
}

impl TryCryptoRng for Counting {}
