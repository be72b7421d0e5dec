//! The COSE working group's EdDSA examples. None of them has the one header of a statement, so the reader refuses them all;
//! what their signers signed is what [`SigStructure`] says, for the two that are a COSE_Sign1.

use serde_json::Value;

use super::foreign::Sample;
use super::signed::SigStructure;
use super::{Signed, StatementError};
use crate::cbor::{CborError, Reader, Writer, encode};
use crate::crypto::{Signature, SignatureError, VerifyingKey};

struct Example(Value);

/// What stands in an example's envelope.
struct Parts<'a> {
    /// Of a COSE_Sign, whose signers have a header each, the body's.
    body: Option<&'a [u8]>,
    protected: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
}

impl Example {
    fn named(file: &str) -> Self {
        let all: Vec<Value> =
            serde_json::from_str(include_str!("../../tests/vectors/outside/cose-eddsa.json")).unwrap();
        assert_eq!(all.len(), 4);
        Self(all.into_iter().find(|example| example["file"] == format!("eddsa-examples/{file}.json")).unwrap())
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        base16ct::lower::decode_vec(self.0[name].as_str().unwrap()).unwrap()
    }

    fn key(&self) -> VerifyingKey {
        VerifyingKey::from_bytes(&self.bytes("x").try_into().unwrap()).unwrap()
    }

    /// Why our reader refuses it.
    fn refused(&self) -> CborError {
        match Signed::<Sample>::from_bytes(&self.bytes("cbor")) {
            Err(StatementError::Form(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        self.key().verify(message, &Signature::from_bytes(signature.try_into().unwrap()))
    }
}

/// `18([protected, {4: kid}, payload, signature])`.
fn sign1(bytes: &[u8]) -> Result<Parts<'_>, CborError> {
    let mut from = Reader::new(bytes);
    from.tag(18)?;
    from.array_of(4)?;
    let protected = from.bytes(9)?;
    kid(&mut from)?;
    let (payload, signature) = (from.bytes(20)?, from.bytes(114)?);
    Ok(Parts { body: None, protected, payload, signature })
}

/// `98([protected, {}, payload, [[protected, {4: kid}, signature]]])`.
fn sign(bytes: &[u8]) -> Result<Parts<'_>, CborError> {
    let mut from = Reader::new(bytes);
    from.tag(98)?;
    from.array_of(4)?;
    let body = from.bytes(9)?;
    from.map_of(0)?;
    let payload = from.bytes(20)?;
    from.array_of(1)?;
    from.array_of(3)?;
    let protected = from.bytes(9)?;
    kid(&mut from)?;
    Ok(Parts { body: Some(body), protected, payload, signature: from.bytes(114)? })
}

fn kid(from: &mut Reader<'_>) -> Result<(), CborError> {
    from.map_of(1)?;
    assert_eq!(from.uint()?, 4);
    from.bytes(9).map(|_| ())
}

impl Parts<'_> {
    /// What is signed, as statements have it.
    fn ours(&self) -> Vec<u8> {
        assert_eq!(self.payload, b"This is the content.");
        encode(&SigStructure { protected: self.protected, payload: self.payload })
    }

    /// What one signer of a COSE_Sign signs (RFC 9052 section 4.4).
    fn of_one_signer(&self) -> Vec<u8> {
        struct Parts<'a>([&'a [u8]; 4]);
        impl crate::cbor::Encode for Parts<'_> {
            fn encode(&self, to: &mut Writer) {
                to.array(5);
                to.text("Signature");
                for part in self.0 {
                    to.bytes(part);
                }
            }
        }
        encode(&Parts([self.body.unwrap(), self.protected, b"", self.payload]))
    }
}

/// Ed25519 in a COSE_Sign1, with the key's name in the unprotected header.
#[test]
fn cose_wg_eddsa_sig_01() {
    let example = Example::named("eddsa-sig-01");
    let bytes = example.bytes("cbor");
    let parts = sign1(&bytes).unwrap();
    assert_eq!(example.verify(&parts.ours(), parts.signature), Ok(()));
    let other = SigStructure { protected: parts.protected, payload: b"This is the content!" };
    assert_eq!(example.verify(&encode(&other), parts.signature), Err(SignatureError));
    // The unprotected header, where nothing may stand.
    assert_eq!((bytes[8], example.refused()), (0xa1, CborError::Shape(8)));
}

/// Ed448, which no statement has: what is signed is the same, but neither its keys nor its signatures have our lengths.
#[test]
fn cose_wg_eddsa_sig_02() {
    let example = Example::named("eddsa-sig-02");
    let bytes = example.bytes("cbor");
    let parts = sign1(&bytes).unwrap();
    assert_eq!(parts.ours(), example.bytes("to_be_signed"));
    assert_eq!((example.bytes("x").len(), parts.signature.len()), (57, 114));
    assert_eq!((bytes[6], example.refused()), (0xa1, CborError::Shape(6)));
}

/// Ed25519 in a COSE_Sign: another tag, and what is signed begins in another way, so that it is no COSE_Sign1's signature.
#[test]
fn cose_wg_eddsa_01() {
    let example = Example::named("eddsa-01");
    let bytes = example.bytes("cbor");
    let parts = sign(&bytes).unwrap();
    assert_eq!(example.verify(&parts.of_one_signer(), parts.signature), Ok(()));
    assert_eq!(example.verify(&parts.ours(), parts.signature), Err(SignatureError));
    assert_eq!(example.refused(), CborError::Shape(0));
}

/// Ed448 in a COSE_Sign.
#[test]
fn cose_wg_eddsa_02() {
    let example = Example::named("eddsa-02");
    let bytes = example.bytes("cbor");
    assert_eq!(sign(&bytes).unwrap().signature.len(), 114);
    assert_eq!(example.refused(), CborError::Shape(0));
}
