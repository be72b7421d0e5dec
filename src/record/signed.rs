use alloc::{boxed::Box, vec::Vec};
use core::fmt;
use core::ops::Deref;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, decode_by, encode, limits};
use crate::crypto::{Signature, SigningKey, VerifyingKey, sha256};

use super::StatementId;

/// What can be signed: a payload with its content type. Implemented by the records of this crate only.
pub trait Statement: Encode + Sized + Send + sealed::Sealed {
    /// The content type that its protected header names, for instance `application/vnd.footage.v1.request+cbor`.
    fn content_type(&self) -> &'static str;

    /// Reads the payload that belongs to a content type.
    fn decode_as(content_type: &str, from: &mut Reader<'_>) -> Result<Self, CborError>;
}

pub(crate) mod sealed {
    /// Keeps [`super::Statement`] to this crate.
    pub trait Sealed {}
}

/// Makes a record a [`Statement`] with the content type `application/vnd.footage.v1.NAME+cbor`.
macro_rules! statement {
    ($type:ty, $name:literal) => {
        impl $crate::record::signed::sealed::Sealed for $type {}

        impl $type {
            pub(crate) const CONTENT_TYPE: &'static str = concat!("application/vnd.footage.v1.", $name, "+cbor");
        }

        impl $crate::record::Statement for $type {
            fn content_type(&self) -> &'static str {
                Self::CONTENT_TYPE
            }

            fn decode_as(
                content_type: &str,
                from: &mut $crate::cbor::Reader<'_>,
            ) -> Result<Self, $crate::cbor::CborError> {
                if content_type == Self::CONTENT_TYPE {
                    $crate::cbor::Decode::decode(from)
                } else {
                    Err($crate::cbor::CborError::Value(concat!("content type of a ", $name)))
                }
            }
        }
    };
}
pub(crate) use statement;

/// Why bytes are no statement, or a statement is not its signer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Not the canonical bytes of a statement of the expected kind.
    #[error("not a statement of the expected kind: {0}")]
    Form(#[from] CborError),
    /// The signature is not valid under the signer's key. The bytes were altered, or the signer did not sign them.
    #[error("the statement's signature is not valid")]
    Signature,
    /// Signed by another key than the one that was expected.
    #[error("the statement is signed by another key than expected")]
    Signer,
}

/// A statement as it was read: not yet believed.
///
/// On the wire it is a tagged COSE_Sign1 (RFC 9052 section 4.2) with Ed25519 (`alg` -8), the content type, and the
/// signer's public key as `kid` in the protected header, and nothing in the unprotected one. At most
/// [`limits::STATEMENT_BYTES`] long.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Signed<T> {
    statement: T,
    signer: VerifyingKey,
    signature: Signature,
    id: StatementId,
}

impl<T: Statement> Signed<T> {
    /// Reads a statement from its canonical bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatementError> {
        Ok(decode(bytes, limits::STATEMENT_BYTES)?)
    }

    /// The same, where the caller reads the signer's key.
    pub(super) fn from_bytes_by(bytes: &[u8], key: ReadKey<'_>) -> Result<Self, StatementError> {
        Ok(decode_by(bytes, limits::STATEMENT_BYTES, |from| Self::decode_by(from, key))?)
    }

    /// Its canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    fn assemble(statement: T, signer: VerifyingKey, signature: Signature) -> Self {
        let id = StatementId::from_bytes(sha256(&[&to_be_signed(&statement, &signer)]));
        Self { statement, signer, signature, id }
    }

    /// Believes the statement if its signature is valid under the key that it names.
    pub fn verify(self) -> Result<Verified<T>, StatementError> {
        let message = to_be_signed(&self.statement, &self.signer);
        self.signer.verify(&message, &self.signature).map_err(|_| StatementError::Signature)?;
        Ok(Verified(self))
    }

    /// Believes the statement if it names `key` as its signer and the signature is valid.
    pub fn verify_by(self, key: &VerifyingKey) -> Result<Verified<T>, StatementError> {
        if self.signer == *key { self.verify() } else { Err(StatementError::Signer) }
    }
}

impl<T> Signed<T> {
    /// What is stated.
    pub const fn statement(&self) -> &T {
        &self.statement
    }

    /// The key that the statement names as its signer.
    pub const fn signer(&self) -> &VerifyingKey {
        &self.signer
    }

    /// The signature.
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// What the statement is known by.
    pub const fn id(&self) -> StatementId {
        self.id
    }
}

impl<T: fmt::Debug> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("id", &self.id)
            .field("signer", &self.signer)
            .field("statement", &self.statement)
            .finish_non_exhaustive()
    }
}

/// A statement whose signature is valid under the key that it names. Whether that key had the right to make it, only the
/// [ledger](crate::ledger) says.
///
/// Only [`verify`](Signed::verify) makes one of what others signed:
///
/// ```compile_fail,E0423
/// # use footage::record::{Request, Signed, Verified};
/// # fn f(request: Signed<Request>) -> Verified<Request> {
/// Verified(request)
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub struct Verified<T>(Signed<T>);

impl<T: Statement> Verified<T> {
    /// Signs a statement.
    pub fn sign(statement: T, key: &SigningKey) -> Self {
        let signer = key.verifying_key();
        let signature = key.sign(&to_be_signed(&statement, &signer));
        Self(Signed::assemble(statement, signer, signature))
    }
}

impl<T> Verified<T> {
    /// The statement as it travels.
    pub fn into_signed(self) -> Signed<T> {
        self.0
    }

    /// The same statement under a narrower or a wider type, whose bytes are the same.
    pub(crate) fn try_map<U, E>(self, map: impl FnOnce(T) -> Result<U, E>) -> Result<Verified<U>, E> {
        let Signed { statement, signer, signature, id } = self.0;
        Ok(Verified(Signed { statement: map(statement)?, signer, signature, id }))
    }
}

impl<T> Deref for Verified<T> {
    type Target = Signed<T>;

    fn deref(&self) -> &Signed<T> {
        &self.0
    }
}

impl<T: Statement> Encode for Verified<T> {
    fn encode(&self, to: &mut Writer) {
        self.0.encode(to);
    }
}

// Wherever it is kept: its signature is verified again.
impl<T: Statement> Decode for Verified<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Signed::decode(from)?.verify().map_err(|_| CborError::Value("statement with its signature"))
    }
}

/// The protected header: `{1: -8, 3: content type, 4: public key}`.
struct Protected<'a> {
    content_type: &'a str,
    signer: VerifyingKey,
}

const EDDSA: i64 = -8;

impl Encode for Protected<'_> {
    fn encode(&self, to: &mut Writer) {
        to.map(3);
        to.uint(1);
        to.int(EDDSA);
        to.uint(3);
        to.text(self.content_type);
        to.uint(4);
        self.signer.encode(to);
    }
}

/// `Sig_structure` with an empty `external_aad` (RFC 9052 section 4.4).
pub(super) struct SigStructure<'a> {
    pub(super) protected: &'a [u8],
    pub(super) payload: &'a [u8],
}

impl Encode for SigStructure<'_> {
    fn encode(&self, to: &mut Writer) {
        to.array(4);
        to.text("Signature1");
        to.bytes(self.protected);
        to.bytes(&[]);
        to.bytes(self.payload);
    }
}

fn to_be_signed<T: Statement>(statement: &T, signer: &VerifyingKey) -> Vec<u8> {
    let protected = encode(&Protected { content_type: statement.content_type(), signer: *signer });
    encode(&SigStructure { protected: &protected, payload: &encode(statement) })
}

const COSE_SIGN1: u64 = 18;

impl StatementId {
    /// The id of a statement of any kind, of which nothing but the outer form is looked at.
    #[cfg(feature = "logkeeper")]
    pub(crate) fn of_statement(bytes: &[u8]) -> Result<Self, CborError> {
        let mut from = Reader::new(bytes);
        from.tag(COSE_SIGN1)?;
        from.array_of(4)?;
        let protected = from.bytes(limits::STATEMENT_BYTES)?;
        from.map_of(0)?;
        let payload = from.bytes(limits::STATEMENT_BYTES)?;
        Ok(id_of(protected, payload))
    }
}

fn id_of(protected: &[u8], payload: &[u8]) -> StatementId {
    StatementId::from_bytes(sha256(&[&encode(&SigStructure { protected, payload })]))
}

impl<T: Statement> Encode for Signed<T> {
    fn encode(&self, to: &mut Writer) {
        to.tag(COSE_SIGN1);
        to.array(4);
        to.bytes(&encode(&Protected { content_type: self.statement.content_type(), signer: self.signer }));
        to.map(0);
        to.bytes(&encode(&self.statement));
        self.signature.encode(to);
    }
}

/// What reads a signer's key.
pub(super) type ReadKey<'a> = &'a mut dyn FnMut(&mut Reader<'_>) -> Result<VerifyingKey, CborError>;

impl<T: Statement> Decode for Signed<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Self::decode_by(from, &mut VerifyingKey::decode)
    }
}

impl<T: Statement> Signed<T> {
    fn decode_by(from: &mut Reader<'_>, key: ReadKey<'_>) -> Result<Self, CborError> {
        from.tag(COSE_SIGN1)?;
        from.array_of(4)?;
        let protected = from.bytes(limits::STATEMENT_BYTES)?;
        from.map_of(0)?;
        let payload = from.bytes(limits::STATEMENT_BYTES)?;
        let signature = Signature::decode(from)?;

        let mut header = Reader::new(protected);
        header.map_of(3)?;
        let (one, algorithm, three) = (header.uint()?, header.int()?, header.uint()?);
        let content_type = header.text(128)?;
        let (four, signer) = (header.uint()?, key(&mut header)?);
        if (one, algorithm, three, four) != (1, EDDSA, 3, 4) {
            return Err(CborError::Value("protected header"));
        }
        let statement = T::decode_as(content_type, &mut Reader::new(payload))?;
        // Whoever called compares our encoding with what came in, so nothing may trail inside the two strings either, and
        // what is signed is what they hold.
        Ok(Self { statement, signer, signature, id: id_of(protected, payload) })
    }
}

// A statement inside another record is a byte string.
impl<T: Statement> Encode for Box<Signed<T>> {
    fn encode(&self, to: &mut Writer) {
        to.bytes(&self.to_bytes());
    }
}

impl<T: Statement> Decode for Box<Signed<T>> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        decode(from.bytes(limits::STATEMENT_BYTES)?, limits::STATEMENT_BYTES).map(Self::new)
    }
}

// Inside another record it is a byte string too, and its signature is verified as the record is read.
impl<T: Statement> Encode for Box<Verified<T>> {
    fn encode(&self, to: &mut Writer) {
        to.bytes(&self.to_bytes());
    }
}

impl<T: Statement> Decode for Box<Verified<T>> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        decode(from.bytes(limits::STATEMENT_BYTES)?, limits::STATEMENT_BYTES).map(Self::new)
    }
}

#[cfg(feature = "serde")]
mod json {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    use super::{Signature, Signed, Statement, StatementId, Verified, VerifyingKey};

    #[derive(Serialize)]
    struct Out<'a, T> {
        id: String,
        signer: &'a VerifyingKey,
        statement: &'a T,
        signature: &'a Signature,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct In<T> {
        id: StatementId,
        signer: VerifyingKey,
        statement: T,
        signature: Signature,
    }

    impl<T: Serialize> Serialize for Signed<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let Self { statement, signer, signature, id } = self;
            Out { id: id.to_string(), signer, statement, signature }.serialize(serializer)
        }
    }

    impl<'de, T: Statement + Deserialize<'de>> Deserialize<'de> for Signed<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let In { id, signer, statement, signature } = In::deserialize(deserializer)?;
            let signed = Self::assemble(statement, signer, signature);
            if signed.id == id { Ok(signed) } else { Err(D::Error::custom("the id is not this statement's")) }
        }
    }

    impl<T: Serialize> Serialize for Verified<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.serialize(serializer)
        }
    }

    impl<'de, T: Statement + Deserialize<'de>> Deserialize<'de> for Verified<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Signed::deserialize(deserializer)?.verify().map_err(D::Error::custom)
        }
    }
}
