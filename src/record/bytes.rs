use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer};
use crate::crypto::{Digest, KemAlgorithm, KemPublicKey, Random, RandomError, Signature, VerifyingKey, Wrapped};
use crate::merkle::Hash;

/// A text that is not the lowercase hexadecimal form of what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a valid {0} in lowercase hexadecimal")]
pub struct ParseBytesError(pub(crate) &'static str);

/// Gives a fixed-size bytes type its text form (lowercase hexadecimal), its JSON form (that text) and its CBOR form (a
/// byte string). `$from` makes the value out of `[u8; N]`, as an `Option`.
macro_rules! bytes_form {
    ($type:ident, $n:literal, $from:expr) => {
        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&base16ct::lower::encode_string(self.as_bytes()))
            }
        }

        impl core::str::FromStr for $type {
            type Err = $crate::record::ParseBytesError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let error = $crate::record::ParseBytesError(stringify!($type));
                let mut bytes = [0; $n];
                match base16ct::lower::decode(text, &mut bytes) {
                    Ok(read) if read.len() == $n => $from(bytes).ok_or(error),
                    _ => Err(error),
                }
            }
        }

        impl $crate::cbor::Encode for $type {
            fn encode(&self, to: &mut $crate::cbor::Writer) {
                to.bytes(self.as_bytes());
            }
        }

        impl $crate::cbor::Decode for $type {
            fn decode(from: &mut $crate::cbor::Reader<'_>) -> Result<Self, $crate::cbor::CborError> {
                $from(from.bytes_of::<$n>()?).ok_or($crate::cbor::CborError::Value(stringify!($type)))
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

macro_rules! debug_as_text {
    ($($type:ident),+) => {
        $(impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        })+
    };
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $n:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $n]);

        impl $name {
            /// The id with these bytes.
            pub const fn from_bytes(bytes: [u8; $n]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $n] {
                &self.0
            }
        }

        bytes_form!($name, $n, |bytes| Some($name(bytes)));
        debug_as_text!($name);
    };
}

id! {
    /// What a statement is known by: SHA-256 of its COSE `Sig_structure` (RFC 9052 section 4.4), 32 bytes. The signature
    /// is no part of it, so that signing again changes nothing.
    StatementId, 32
}
id! {
    /// A grant's id: the digest of the public half of its grant key, 32 bytes.
    GrantId, 32
}
id! {
    /// A clip's id, 16 bytes, derived by the camera.
    ClipId, 16
}
id! {
    /// A camera's id, 16 bytes, given by its maker.
    CameraId, 16
}
id! {
    /// A household's id, 16 random bytes.
    HouseholdId, 16
}
id! {
    /// Fresh random bytes that make a statement unlike every other, 32 of them.
    Nonce, 32
}

id! {
    /// What an agency shows in a release to prove that it could unwrap its half of the lock, 32 bytes.
    Possession, 32
}

impl Nonce {
    /// A fresh one.
    pub fn random(random: &mut dyn Random) -> Result<Self, RandomError> {
        let mut bytes = [0; 32];
        random.fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

bytes_form!(Digest, 32, |bytes| Some(Digest::from_bytes(bytes)));
bytes_form!(Hash, 32, |bytes| Some(Hash::from_bytes(bytes)));
bytes_form!(Signature, 64, |bytes| Some(Signature::from_bytes(bytes)));
bytes_form!(VerifyingKey, 32, |bytes| VerifyingKey::from_bytes(&bytes).ok());
debug_as_text!(Digest, Hash, Signature, VerifyingKey);

// The KEM's id, then the key's bytes.
impl Encode for KemPublicKey {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        self.algorithm().encode(to);
        to.bytes(self.as_bytes());
    }
}

impl Decode for KemPublicKey {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        let algorithm = KemAlgorithm::decode(from)?;
        let bytes = from.bytes(algorithm.public_key_len())?;
        Self::from_bytes(algorithm, bytes).map_err(|_| CborError::Value("KEM public key"))
    }
}

impl Encode for KemAlgorithm {
    fn encode(&self, to: &mut Writer) {
        to.uint(self.id().into());
    }
}

impl Decode for KemAlgorithm {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Self::from_id(u16::decode(from)?).ok_or(CborError::Value("KEM id"))
    }
}

impl Encode for Wrapped {
    fn encode(&self, to: &mut Writer) {
        to.bytes(self.as_bytes());
    }
}

impl Decode for Wrapped {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        let bytes = from.bytes(KemAlgorithm::XWing.wrapped_len())?;
        Self::from_bytes(bytes.to_vec()).map_err(|_| CborError::Value("wrap"))
    }
}

#[cfg(feature = "serde")]
mod json {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    use crate::crypto::{KemAlgorithm, KemPublicKey, Wrapped};

    /// `{"kem": "x-wing" | "x25519", "key": base64url}`.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct KeyForm {
        kem: Kem,
        key: String,
    }

    #[derive(Serialize, Deserialize)]
    enum Kem {
        #[serde(rename = "x-wing")]
        XWing,
        #[serde(rename = "x25519")]
        X25519,
    }

    impl Serialize for KemPublicKey {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let kem = match self.algorithm() {
                KemAlgorithm::XWing => Kem::XWing,
                KemAlgorithm::X25519 => Kem::X25519,
            };
            KeyForm { kem, key: base64(self.as_bytes()) }.serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for KemPublicKey {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let form = KeyForm::deserialize(deserializer)?;
            let algorithm = match form.kem {
                Kem::XWing => KemAlgorithm::XWing,
                Kem::X25519 => KemAlgorithm::X25519,
            };
            Self::from_bytes(algorithm, &unbase64(&form.key).map_err(D::Error::custom)?).map_err(D::Error::custom)
        }
    }

    impl Serialize for Wrapped {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&base64(self.as_bytes()))
        }
    }

    impl<'de> Deserialize<'de> for Wrapped {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Self::from_bytes(unbase64(&text).map_err(D::Error::custom)?).map_err(D::Error::custom)
        }
    }

    fn base64(bytes: &[u8]) -> String {
        use base64ct::Encoding as _;
        base64ct::Base64UrlUnpadded::encode_string(bytes)
    }

    fn unbase64(text: &str) -> Result<Vec<u8>, base64ct::Error> {
        use base64ct::Encoding as _;
        base64ct::Base64UrlUnpadded::decode_vec(text)
    }
}
