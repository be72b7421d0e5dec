//! Statements against foreign COSE libraries, in both directions: `coset` always, Python's `cwt` where it is installed.

use coset::{
    CborSerializable as _, CoseSign1, CoseSign1Builder, Header, HeaderBuilder, TaggedCborSerializable as _, iana,
};
use ed25519_dalek::Signer as _;
use serde_json::json;

use super::signed::statement;
use super::{Signed, StatementError, StatementId, Verified};
use crate::cbor::{encode, record_array};
use crate::crypto::{Secret, SigningKey, sha256};
use crate::foreign::{ask, bytes, hex};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sample {
    number: u32,
    bytes: StatementId,
    absent: Option<StatementId>,
}

record_array!(Sample { number, bytes, absent });
statement!(Sample, "sample");

const CONTENT_TYPE: &str = "application/vnd.footage.v1.sample+cbor";
const SEED: [u8; 32] = [0x5a; 32];

fn sample() -> Sample {
    Sample { number: 1000, bytes: StatementId::from_bytes([7; 32]), absent: None }
}

fn key() -> SigningKey {
    SigningKey::from_secret(&Secret::take(&mut { SEED }))
}

fn ours() -> Vec<u8> {
    Verified::sign(sample(), &key()).to_bytes()
}

/// The header that the format asks for.
fn header() -> HeaderBuilder {
    HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .content_type(CONTENT_TYPE.into())
        .key_id(key().verifying_key().as_bytes().to_vec())
}

/// A statement that `coset` builds and signs.
fn built(protected: Header, unprotected: Header, external_aad: &[u8], payload: Vec<u8>) -> CoseSign1 {
    CoseSign1Builder::new()
        .protected(protected)
        .unprotected(unprotected)
        .payload(payload)
        .create_signature(external_aad, |message| {
            ed25519_dalek::SigningKey::from_bytes(&SEED).sign(message).to_bytes().to_vec()
        })
        .build()
}

#[test]
fn coset_verifies_ours() {
    let read = CoseSign1::from_tagged_slice(&ours()).unwrap();
    assert_eq!(read.protected.header, header().build());
    assert!(read.unprotected.is_empty());
    assert_eq!(read.payload, Some(encode(&sample())));
    let public = ed25519_dalek::SigningKey::from_bytes(&SEED).verifying_key();
    let verify = |external_aad| {
        read.verify_signature(external_aad, |signature, message| {
            public.verify_strict(message, &ed25519_dalek::Signature::from_slice(signature)?)
        })
    };
    verify(&b""[..]).unwrap();
    assert!(verify(b"other").is_err());
}

#[test]
fn we_accept_what_coset_builds_and_it_is_the_same_bytes() {
    let theirs = built(header().build(), Header::default(), b"", encode(&sample())).to_tagged_vec().unwrap();
    assert_eq!(theirs, ours());
    let read = Signed::<Sample>::from_bytes(&theirs).unwrap().verify_by(&key().verifying_key()).unwrap();
    assert_eq!(*read.statement(), sample());
}

#[test]
fn the_id_is_the_digest_of_what_coset_signs() {
    let read = CoseSign1::from_tagged_slice(&ours()).unwrap();
    let id = *Verified::sign(sample(), &key()).id().as_bytes();
    assert_eq!(id, sha256(&[&read.tbs_data(b"")]));
}

/// Validly signed, and well formed for `coset`, but in another form than the one of the format.
#[test]
fn we_refuse_every_other_form_that_coset_builds() {
    let payload = encode(&sample());
    let none = Header::default;
    let unprotected = HeaderBuilder::new().key_id(vec![1]).build();
    let forms = [
        ("untagged", built(header().build(), none(), b"", payload.clone()).to_vec()),
        ("unprotected header", built(header().build(), unprotected, b"", payload.clone()).to_tagged_vec()),
        (
            "trailing bytes in the payload",
            built(header().build(), none(), b"", [&payload[..], &[0]].concat()).to_tagged_vec(),
        ),
        ("short payload", built(header().build(), none(), b"", payload[..payload.len() - 1].to_vec()).to_tagged_vec()),
        ("another algorithm", {
            let protected = header().algorithm(iana::Algorithm::ES256).build();
            built(protected, none(), b"", payload.clone()).to_tagged_vec()
        }),
        ("a content format's number", {
            let protected = header().content_format(iana::CoapContentFormat::Cbor).build();
            built(protected, none(), b"", payload.clone()).to_tagged_vec()
        }),
        ("another content type", {
            let protected = header().content_type("application/vnd.footage.v1.other+cbor".into()).build();
            built(protected, none(), b"", payload.clone()).to_tagged_vec()
        }),
        ("no content type", {
            let protected = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(vec![1; 32]).build();
            built(protected, none(), b"", payload.clone()).to_tagged_vec()
        }),
        ("a short kid", built(header().key_id(vec![1; 31]).build(), none(), b"", payload.clone()).to_tagged_vec()),
        ("a further header", built(header().iv(vec![0; 12]).build(), none(), b"", payload.clone()).to_tagged_vec()),
    ];
    for (form, bytes) in forms {
        let read = Signed::<Sample>::from_bytes(&bytes.unwrap());
        assert!(matches!(read, Err(StatementError::Form(_))), "{form}: {read:?}");
    }
}

#[test]
fn we_refuse_what_coset_signs_with_external_data_or_for_another_signer() {
    let theirs = built(header().build(), Header::default(), b"external", encode(&sample())).to_tagged_vec().unwrap();
    assert_eq!(Signed::<Sample>::from_bytes(&theirs).unwrap().verify().err(), Some(StatementError::Signature));

    let other = SigningKey::from_secret(&Secret::take(&mut [1; 32])).verifying_key();
    let protected = header().key_id(other.as_bytes().to_vec()).build();
    let theirs = built(protected, Header::default(), b"", encode(&sample())).to_tagged_vec().unwrap();
    assert_eq!(Signed::<Sample>::from_bytes(&theirs).unwrap().verify().err(), Some(StatementError::Signature));
    assert_eq!(Signed::<Sample>::from_bytes(&ours()).unwrap().verify_by(&other).err(), Some(StatementError::Signer));
}

#[test]
fn statements_with_cwt() {
    let signer = key().verifying_key();
    let given = json!({
        "statement": hex(&ours()),
        "id": hex(Verified::sign(sample(), &key()).id().as_bytes()),
        "seed": hex(&SEED),
        "signer": hex(signer.as_bytes()),
        "content_type": CONTENT_TYPE,
        "number": sample().number,
        "bytes": hex(sample().bytes.as_bytes()),
    });
    if let Some(answer) = ask("cose", &given) {
        let theirs = bytes(&answer, "statement");
        let read = Signed::<Sample>::from_bytes(&theirs).unwrap().verify_by(&signer).unwrap();
        let expected = Sample {
            number: 1001,
            bytes: StatementId::from_bytes(*signer.as_bytes()),
            absent: Some(StatementId::from_bytes(sha256(&[signer.as_bytes()]))),
        };
        assert_eq!(*read.statement(), expected);
        assert_eq!(Verified::sign(expected, &key()).to_bytes(), theirs);
    }
}
