use alloc::{boxed::Box, vec, vec::Vec};
use core::fmt;

use hpke::{
    Deserializable, HpkeError, OpModeR, OpModeS, Serializable,
    aead::ChaCha20Poly1305,
    kdf::HkdfSha256,
    kem::{Kem, X25519HkdfSha256, XWing},
    single_shot_open, single_shot_seal_with_rng,
};
use zeroize::Zeroizing;

use super::point::{SMALL_ORDER, is_canonical};
use super::{Digest, KeyError, Label, OpenError, Random, RandomError, Secret};

/// How keys are wrapped: HPKE base mode (RFC 9180) with HKDF-SHA256 and ChaCha20-Poly1305, over one of two KEMs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u16)]
pub enum KemAlgorithm {
    /// X-Wing: X25519 with ML-KEM-768 (draft-ietf-hpke-pq-03, draft-connolly-cfrg-xwing-kem), KEM id `0x647a`. Stays
    /// sealed against a later quantum computer.
    #[default]
    XWing = 0x647a,
    /// DHKEM(X25519, HKDF-SHA256) (RFC 9180 section 7.1), KEM id `0x0020`, for deployments that may only use published
    /// standards. Not post-quantum.
    X25519 = 0x0020,
}

impl KemAlgorithm {
    /// The algorithm with this HPKE KEM id.
    pub const fn from_id(id: u16) -> Option<Self> {
        match id {
            0x647a => Some(Self::XWing),
            0x0020 => Some(Self::X25519),
            _ => None,
        }
    }

    /// Its HPKE KEM id.
    pub const fn id(self) -> u16 {
        self as u16
    }

    /// Whether a wrap stays sealed against a later quantum computer.
    pub const fn is_post_quantum(self) -> bool {
        matches!(self, Self::XWing)
    }

    /// Bytes of a public key.
    pub const fn public_key_len(self) -> usize {
        match self {
            Self::XWing => 1216,
            Self::X25519 => 32,
        }
    }

    const fn encapsulation_len(self) -> usize {
        match self {
            Self::XWing => 1120,
            Self::X25519 => 32,
        }
    }

    /// Bytes of a wrap: the encapsulation, then the sealed secret and its tag.
    pub const fn wrapped_len(self) -> usize {
        self.encapsulation_len() + 32 + super::TAG_LEN
    }

    /// Random bytes that one encapsulation draws.
    const fn randomness(self) -> usize {
        match self {
            Self::XWing => 64,
            Self::X25519 => 32,
        }
    }
}

/// A public key to wrap secrets to, checked when it is read: canonical, and without small-order points.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KemPublicKey {
    algorithm: KemAlgorithm,
    bytes: Box<[u8]>,
}

impl KemPublicKey {
    /// The key with these bytes.
    pub fn from_bytes(algorithm: KemAlgorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        let read = match algorithm {
            KemAlgorithm::XWing => <XWing as Kem>::PublicKey::from_bytes(bytes).map(|_| ()),
            KemAlgorithm::X25519 => <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(bytes).map(|_| ()),
        };
        read.map_err(|_| KeyError)?;
        // The X25519 half stands last in both.
        let (_, point) = bytes.split_last_chunk::<32>().ok_or(KeyError)?;
        if !is_canonical(point) || SMALL_ORDER.contains(point) {
            return Err(KeyError);
        }
        Ok(Self { algorithm, bytes: bytes.into() })
    }

    /// Which KEM it belongs to.
    pub const fn algorithm(&self) -> KemAlgorithm {
        self.algorithm
    }

    /// The bytes: 1216 for X-Wing, 32 for X25519.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its fingerprint, by which wraps and receipts name it.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(Label::KEM_KEY, &[&self.algorithm.id().to_be_bytes(), &self.bytes])
    }

    /// Wraps a secret to this key; `info` is the whole context and the AAD is empty.
    pub(crate) fn wrap(
        &self,
        info: &[u8],
        secret: &Secret<32>,
        random: &mut dyn Random,
    ) -> Result<Wrapped, RandomError> {
        self.seal(info, &[], secret.expose(), random).map(Wrapped)
    }

    /// The same with randomness that was drawn before: X25519 takes the first half of it.
    pub(crate) fn wrap_with(
        &self,
        info: &[u8],
        secret: &Secret<32>,
        drawn: &Secret<64>,
    ) -> Result<Wrapped, RandomError> {
        self.wrap(info, secret, &mut Given(drawn))
    }

    /// HPKE's single-shot `SealBase` (RFC 9180 section 6.1): `enc`, then the ciphertext.
    pub(super) fn seal(
        &self,
        info: &[u8],
        aad: &[u8],
        text: &[u8],
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, RandomError> {
        let mut drawn = Drawn::new(random, self.algorithm.randomness())?;
        let sealed = match self.algorithm {
            KemAlgorithm::XWing => seal::<XWing>(&self.bytes, info, aad, text, &mut drawn),
            KemAlgorithm::X25519 => seal::<X25519HkdfSha256>(&self.bytes, info, aad, text, &mut drawn),
        };
        match sealed {
            Ok(bytes) if !drawn.exhausted => Ok(bytes),
            // The key was checked when it was read, so only a source of constant bytes ends here.
            _ => Err(RandomError),
        }
    }
}

impl fmt::Debug for KemPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fingerprint = self.fingerprint();
        write!(f, "KemPublicKey({:?}, {})", self.algorithm, base16ct::lower::encode_string(fingerprint.as_bytes()))
    }
}

/// A private key to unwrap secrets with: 32 secret bytes in both KEMs.
#[derive(Debug)]
pub struct KemPrivateKey {
    algorithm: KemAlgorithm,
    secret: Secret<32>,
}

impl KemPrivateKey {
    /// A fresh key.
    pub fn generate(algorithm: KemAlgorithm, random: &mut dyn Random) -> Result<Self, RandomError> {
        Ok(Self::from_secret(algorithm, Secret::random(random)?))
    }

    /// The key with these bytes: the X-Wing seed, or the X25519 scalar.
    pub fn from_secret(algorithm: KemAlgorithm, secret: Secret<32>) -> Self {
        Self { algorithm, secret }
    }

    /// Which KEM it belongs to.
    pub const fn algorithm(&self) -> KemAlgorithm {
        self.algorithm
    }

    /// The 32 secret bytes, to be stored by the caller.
    pub const fn secret(&self) -> &Secret<32> {
        &self.secret
    }

    /// Its public half.
    pub fn public_key(&self) -> KemPublicKey {
        let bytes = match self.algorithm {
            KemAlgorithm::XWing => public_bytes::<XWing>(&self.secret),
            KemAlgorithm::X25519 => public_bytes::<X25519HkdfSha256>(&self.secret),
        };
        KemPublicKey { algorithm: self.algorithm, bytes }
    }

    /// Unwraps a secret; fails in one way only.
    pub(crate) fn unwrap(&self, info: &[u8], wrapped: &Wrapped) -> Result<Secret<32>, OpenError> {
        let opened = self.open(info, &[], &wrapped.0)?;
        let bytes: &[u8; 32] = opened.as_slice().try_into().map_err(|_| OpenError)?;
        Ok(Secret::filled(|out| out.copy_from_slice(bytes)))
    }

    /// HPKE's single-shot `OpenBase` (RFC 9180 section 6.1) of what [`KemPublicKey::seal`] made.
    pub(super) fn open(&self, info: &[u8], aad: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (encapsulation, sealed) = bytes.split_at_checked(self.algorithm.encapsulation_len()).ok_or(OpenError)?;
        match self.algorithm {
            KemAlgorithm::XWing => open::<XWing>(&self.secret, encapsulation, info, aad, sealed),
            KemAlgorithm::X25519 => open::<X25519HkdfSha256>(&self.secret, encapsulation, info, aad, sealed),
        }
        .map_err(|_| OpenError)
    }
}

/// A secret wrapped to a public key: HPKE's `enc`, then its ciphertext.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped(Vec<u8>);

impl Wrapped {
    /// A wrap as it was read, of a length that one of the KEMs has.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, OpenError> {
        let fits = [KemAlgorithm::XWing, KemAlgorithm::X25519].iter().any(|kem| kem.wrapped_len() == bytes.len());
        if fits { Ok(Self(bytes)) } else { Err(OpenError) }
    }

    /// The bytes: 1168 for X-Wing, 80 for X25519.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Which KEM it was made with; its length tells.
    pub fn algorithm(&self) -> KemAlgorithm {
        if self.0.len() == KemAlgorithm::XWing.wrapped_len() { KemAlgorithm::XWing } else { KemAlgorithm::X25519 }
    }

    /// Its digest, by which an envelope names it.
    pub fn digest(&self) -> Digest {
        Digest::of(Label::WRAP_DIGEST, &[&self.0])
    }
}

fn seal<K: Kem>(key: &[u8], info: &[u8], aad: &[u8], text: &[u8], drawn: &mut Drawn) -> Result<Vec<u8>, HpkeError> {
    let key = K::PublicKey::from_bytes(key)?;
    let (encapsulation, sealed) =
        single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, K>(&OpModeS::Base, &key, info, text, aad, drawn)?;
    let mut bytes = encapsulation.to_bytes().to_vec();
    bytes.extend_from_slice(&sealed);
    Ok(bytes)
}

fn open<K: Kem>(
    key: &Secret<32>,
    encapsulation: &[u8],
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, HpkeError> {
    let key = K::PrivateKey::from_bytes(key.expose())?;
    let encapsulation = K::EncappedKey::from_bytes(encapsulation)?;
    single_shot_open::<ChaCha20Poly1305, HkdfSha256, K>(&OpModeR::Base, &key, &encapsulation, info, sealed, aad)
        .map(Zeroizing::new)
}

fn public_bytes<K: Kem>(secret: &Secret<32>) -> Box<[u8]> {
    K::PrivateKey::from_bytes(secret.expose())
        .map(|key| K::sk_to_pk(&key).to_bytes().to_vec().into())
        // Every 32 bytes are a private key in both KEMs.
        .unwrap_or_default()
}

/// The beginning of bytes that were drawn before.
struct Given<'a>(&'a Secret<64>);

impl Random for Given<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        let bytes = self.0.expose().get(..out.len()).ok_or(RandomError)?;
        out.copy_from_slice(bytes);
        Ok(())
    }
}

/// Randomness drawn beforehand, since HPKE's generator may not fail and ours may.
struct Drawn {
    bytes: Zeroizing<Vec<u8>>,
    used: usize,
    exhausted: bool,
}

impl Drawn {
    fn new(random: &mut dyn Random, length: usize) -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new(vec![0; length]);
        random.fill(&mut bytes)?;
        Ok(Self { bytes, used: 0, exhausted: false })
    }
}

impl rand_core::TryRng for Drawn {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut word = [0; 4];
        self.try_fill_bytes(&mut word)?;
        Ok(u32::from_le_bytes(word))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut word = [0; 8];
        self.try_fill_bytes(&mut word)?;
        Ok(u64::from_le_bytes(word))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        let left = self.bytes.get(self.used..).unwrap_or_default();
        match left.get(..out.len()) {
            Some(bytes) => out.copy_from_slice(bytes),
            None => self.exhausted = true,
        }
        self.used += out.len();
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Drawn {}

#[cfg(test)]
mod tests {
    use rand_core::TryRng as _;

    use super::*;

    /// Counts upwards.
    struct Ascending(u8);

    impl Random for Ascending {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
            for byte in out {
                *byte = self.0;
                self.0 += 1;
            }
            Ok(())
        }
    }

    /// However HPKE draws: no byte twice, and none that was not drawn before.
    #[test]
    fn randomness_that_was_drawn_beforehand_is_used_once() {
        let mut drawn = Drawn::new(&mut Ascending(1), 16).unwrap();
        let mut two = [0; 2];
        drawn.try_fill_bytes(&mut two).unwrap();
        assert_eq!(two, [1, 2]);
        assert_eq!(drawn.try_next_u32(), Ok(u32::from_le_bytes([3, 4, 5, 6])));
        assert_eq!(drawn.try_next_u64(), Ok(u64::from_le_bytes([7, 8, 9, 10, 11, 12, 13, 14])));
        drawn.try_fill_bytes(&mut two).unwrap();
        assert_eq!((two, drawn.exhausted), ([15, 16], false));
        drawn.try_fill_bytes(&mut two[..1]).unwrap();
        assert!(drawn.exhausted);
    }
}
