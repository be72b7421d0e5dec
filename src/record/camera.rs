use crate::cbor::{CborError, Decode, Encode, Reader, Writer, record_array, record_number};
use crate::crypto::{Digest, Suite, VerifyingKey};

use super::signed::statement;
use super::{CameraId, ClipId, MakerId, Name, Timestamp};

/// A maker certifies a camera: clips signed with this key come from it.
///
/// It travels inside clips and never reaches the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct CameraCertificate {
    /// Which camera.
    pub camera: CameraId,
    /// Who made it.
    pub maker: MakerId,
    /// Its model.
    pub model: Name,
    /// The key that signs its clips.
    pub key: VerifyingKey,
    /// When the maker issued the certificate.
    pub issued: Timestamp,
}
record_array!(CameraCertificate { camera, maker, model, key, issued });
statement!(CameraCertificate, "camera-certificate");

/// What a camera signs of a clip as it grows: the first `count` segments have this root. The last head of a clip, the one
/// with an `end`, is its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Head {
    /// Which clip.
    pub clip: ClipId,
    /// The cipher of its segments.
    pub suite: Suite,
    /// The digest of its header.
    pub header: Digest,
    /// How many segments are signed here.
    pub count: u32,
    /// The RFC 6962 root over their leaves.
    pub root: Digest,
    /// How the clip ended, in the manifest.
    pub end: Option<Ending>,
}
record_array!(Head { clip, suite, header, count, root, end });
statement!(Head, "head");

/// How a clip ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Ending {
    /// The camera closed it: the count is exact.
    Finished,
    /// A power cut ended it and the camera closed what it could still vouch for: the count is a lower bound.
    Recovered,
}
record_number!(Ending { Finished = 1, Recovered = 2 });

/// What a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SegmentKind {
    /// Codec parameters, without which the media segments that name it cannot be played.
    Init = 0,
    /// A group of pictures with its sound, or a piece of another file.
    Media = 1,
}

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
