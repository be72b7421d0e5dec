use alloc::boxed::Box;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, record_array, record_number};
use crate::crypto::{Suite, VerifyingKey};

use super::signed::statement;
use super::{CameraId, MakerId, Name, Timestamp, Verified};

/// A camera's request to its maker for a certificate. The camera's signature shows that it holds the key.
///
/// Nobody else can sign one, so nobody can have the key of another's camera certified as their own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct CertificateRequest {
    /// The camera's number, which its maker gives it.
    pub camera: CameraId,
    /// The maker that is to certify the camera. No other maker can use the request.
    pub maker: MakerId,
    /// The camera's model.
    pub model: Name,
}
record_array!(CertificateRequest { camera, maker, model });
statement!(CertificateRequest, "certificate-request");

/// A maker's certificate for a camera: clips that are signed with this key come from the camera.
///
/// It travels inside clips and never reaches the log. It holds the camera's own [request](CertificateRequest), which is
/// verified wherever a certificate is read or made, so nobody can certify a key whose holder did not ask for it.
///
/// ```
/// use footage::crypto::{OsRandom, SigningKey};
/// use footage::record::{CameraCertificate, CameraId, CertificateRequest, MakerId, Name, Timestamp, Verified};
///
/// let (maker, key) = (SigningKey::generate(&mut OsRandom)?, SigningKey::generate(&mut OsRandom)?);
/// // In the camera:
/// let (camera, model) = (CameraId::from_bytes([7; 16]), Name::new("Doorbell 3")?);
/// let request = CertificateRequest { camera, maker: MakerId::new("acme")?, model };
/// let request = Verified::sign(request, &key);
/// // In the factory:
/// let certificate = CameraCertificate::new(request, Timestamp::from_seconds(1_780_000_000)?);
/// assert_eq!(*certificate.key(), key.verifying_key());
/// let certificate = Verified::sign(certificate, &maker);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct CameraCertificate {
    /// The camera's request.
    pub request: Box<Verified<CertificateRequest>>,
    /// When the maker issued the certificate.
    pub issued: Timestamp,
}
record_array!(CameraCertificate { request, issued });
statement!(CameraCertificate, "camera-certificate");

impl CameraCertificate {
    /// Returns the certificate that a request asks for, to be signed by the maker. First check that you want to certify what
    /// the request says.
    pub fn new(request: Verified<CertificateRequest>, issued: Timestamp) -> Self {
        Self { request: Box::new(request), issued }
    }

    /// Returns the key that signs the camera's clips.
    pub fn key(&self) -> &VerifyingKey {
        self.request.signer()
    }

    /// Returns the camera's number.
    pub fn camera(&self) -> CameraId {
        self.request.statement().camera
    }

    /// Returns the camera's maker.
    pub fn maker(&self) -> &MakerId {
        &self.request.statement().maker
    }

    /// Returns the camera's model.
    pub fn model(&self) -> &Name {
        &self.request.statement().model
    }
}

/// What a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SegmentKind {
    /// Codec parameters, without which the media segments that name it cannot be played.
    Init = 0,
    /// Pictures or sound, or a piece of another file.
    Media = 1,
}

/// A part of a recording with keys of its own, which can be granted or left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[repr(u8)]
pub enum Layer {
    /// The pictures, and all of a file that is no video.
    Pictures = 0,
    /// The sound.
    Sound = 1,
}

impl Layer {
    /// All layers, in order.
    pub const ALL: [Self; 2] = [Self::Pictures, Self::Sound];

    /// Returns its place in what holds something for each layer, in the order of [`ALL`](Self::ALL).
    pub(crate) const fn place(self) -> usize {
        self as usize
    }
}

/// A set of layers that is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Layers {
    /// The pictures alone, or a file that is no video.
    Pictures,
    /// The sound alone.
    Sound,
    /// Pictures and sound.
    Both,
}
record_number!(Layers { Pictures = 1, Sound = 2, Both = 3 });

impl Layers {
    /// Returns whether a layer is in the set.
    pub const fn has(self, layer: Layer) -> bool {
        match layer {
            Layer::Pictures => matches!(self, Self::Pictures | Self::Both),
            Layer::Sound => matches!(self, Self::Sound | Self::Both),
        }
    }

    /// Returns the set of these layers, or `None` if there is none of them.
    pub fn of(layers: impl IntoIterator<Item = Layer>) -> Option<Self> {
        let (mut pictures, mut sound) = (false, false);
        for layer in layers {
            pictures |= layer == Layer::Pictures;
            sound |= layer == Layer::Sound;
        }
        match (pictures, sound) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::Pictures),
            (false, true) => Some(Self::Sound),
            (false, false) => None,
        }
    }
}

/// How a clip's header dates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[repr(u8)]
pub enum Clock {
    /// The camera's clock was not set. A head may say later what it was.
    NotSet = 0,
    /// The camera's clock was set.
    Set = 1,
    /// The camera's clock was set, but to a time earlier than something that the camera had dated. It is not believed.
    Earlier = 2,
    /// Whoever had a file sealed said when it was recorded.
    Told = 3,
    /// A file without a time.
    None = 4,
}
record_number!(Clock { NotSet = 0, Set = 1, Earlier = 2, Told = 3, None = 4 });

/// What a clip holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[repr(u8)]
pub enum Content {
    /// Pictures, sound, or both.
    Video = 1,
    /// Any file.
    AnyFile = 2,
}
record_number!(Content { Video = 1, AnyFile = 2 });

impl Encode for Suite {
    fn encode(&self, to: &mut Writer) {
        to.uint(self.number().into());
    }
}

impl Decode for Suite {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Self::from_number(u8::decode(from)?).ok_or(CborError::Value("Suite"))
    }
}

#[cfg(feature = "serde")]
mod json {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    use super::Suite;

    const NAMES: [(Suite, &str); 2] =
        [(Suite::Aes256Gcm, "aes-256-gcm"), (Suite::ChaCha20Poly1305, "chacha20-poly1305")];

    impl Serialize for Suite {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(match self {
                Self::Aes256Gcm => "aes-256-gcm",
                Self::ChaCha20Poly1305 => "chacha20-poly1305",
            })
        }
    }

    impl<'de> Deserialize<'de> for Suite {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let name = String::deserialize(deserializer)?;
            let known = NAMES.iter().find(|(_, known)| *known == name);
            known.map(|(suite, _)| *suite).ok_or_else(|| D::Error::custom("not a suite's name"))
        }
    }
}
