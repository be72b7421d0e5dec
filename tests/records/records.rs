//! Every kind of statement: its one form in CBOR, its JSON, and every way in which bytes are not it.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use footage_support::records;

use core::fmt::Debug;

use footage::cbor::{CborError, Decode, limits};
use footage::crypto::SigningKey;
use footage::logkeeper::{AppendError, MemoryLog};
use footage::record::*;
use minicbor::Encoder;
use minicbor::data::{Tag, Type};
use proptest::prelude::*;
use records::{Plausible, Record, Visitor};

/// A foreign encoder.
type Out = Encoder<Vec<u8>>;

/// The four parts of a statement as it travels.
struct Parts {
    protected: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

fn parts(statement: &[u8]) -> Parts {
    let mut from = minicbor::Decoder::new(statement);
    assert_eq!((from.tag().unwrap(), from.array().unwrap()), (Tag::new(18), Some(4)));
    let protected = from.bytes().unwrap().to_vec();
    assert_eq!(from.map().unwrap(), Some(0));
    let (payload, signature) = (from.bytes().unwrap().to_vec(), from.bytes().unwrap().to_vec());
    Parts { protected, payload, signature }
}

impl Parts {
    fn to_bytes(&self) -> Vec<u8> {
        let mut to = Out::new(Vec::new());
        to.tag(Tag::new(18)).unwrap().array(4).unwrap().bytes(&self.protected).unwrap();
        to.map(0).unwrap().bytes(&self.payload).unwrap().bytes(&self.signature).unwrap();
        to.into_writer()
    }

    /// Signs whatever the parts are now, as somebody with the key would.
    fn signed(mut self, key: &SigningKey) -> Vec<u8> {
        let mut to = Out::new(Vec::new());
        to.array(4).unwrap().str("Signature1").unwrap().bytes(&self.protected).unwrap();
        to.bytes(&[]).unwrap().bytes(&self.payload).unwrap();
        self.signature = key.sign(&to.into_writer()).as_bytes().to_vec();
        self.to_bytes()
    }
}

#[derive(Default)]
struct RoundTrip {
    kinds: Vec<&'static str>,
}

impl Visitor for RoundTrip {
    fn record<T: Record>(&mut self, name: &'static str, statement: &Verified<T>) {
        self.kinds.push(name);
        let bytes = statement.to_bytes();
        assert!(bytes.len() <= limits::STATEMENT_BYTES, "{name}");
        let read = Signed::<T>::from_bytes(&bytes).unwrap();
        assert_eq!((read.statement(), read.id()), (statement.statement(), statement.id()), "{name}");
        assert_eq!(read.to_bytes(), bytes, "{name}");
        assert_eq!(statement.statement().content_type(), format!("application/vnd.footage.v1.{name}+cbor"));
        assert_eq!(read.clone().verify().unwrap(), *statement);
        assert_eq!(read.verify_by(statement.signer()).unwrap(), *statement);
        json(name, statement);
    }

    fn entry<T: Record + Into<Entry> + TryFrom<Entry, Error = Entry>>(
        &mut self,
        name: &'static str,
        statement: &Verified<T>,
    ) {
        self.record(name, statement);
        let bytes = statement.to_bytes();
        let entry = Signed::<Entry>::from_bytes(&bytes).unwrap().verify().unwrap();
        assert_eq!((entry.to_bytes(), entry.id()), (bytes, statement.id()), "{name}");
        let narrow = T::try_from(entry.statement().clone()).unwrap();
        assert_eq!(narrow, *statement.statement());
        assert_eq!(narrow.into(), *entry.statement());
        let others = [
            Withdrawal::try_from(entry.statement().clone()).is_ok(),
            Outcome::try_from(entry.statement().clone()).is_ok(),
            Receipt::try_from(entry.statement().clone()).is_ok(),
        ];
        assert_eq!(others, ["withdrawal", "outcome", "receipt"].map(|kind| kind == name));
        json(name, &entry);
    }
}

fn json<T: Record>(name: &str, statement: &Verified<T>) {
    for text in [serde_json::to_string(statement).unwrap(), serde_json::to_string_pretty(statement).unwrap()] {
        let read: Signed<T> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        assert_eq!(read.to_bytes(), statement.to_bytes(), "{name}");
        let owned: Signed<T> = serde_json::from_value(serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(owned.verify().unwrap(), *statement, "{name}");
    }
    let mut value = serde_json::to_value(statement.statement()).unwrap();
    if let Some(fields) = value.as_object_mut().filter(|_| name == "head" || name == "withdrawal") {
        fields.insert("unknown".into(), true.into());
        assert!(serde_json::from_value::<T>(value).is_err(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_kind_has_one_form_in_cbor_and_one_in_json(seed in any::<u64>()) {
        let mut seen = RoundTrip::default();
        Plausible::new(seed).visit(&mut seen);
        prop_assert_eq!(seen.kinds.len(), 21);
    }
}

/// Reads bytes and believes them if they deserve it.
fn believed<T: Record>(bytes: &[u8]) -> Result<Verified<T>, StatementError> {
    Signed::<T>::from_bytes(bytes).and_then(Signed::verify)
}

struct Alter;

impl Visitor for Alter {
    fn record<T: Record>(&mut self, name: &'static str, statement: &Verified<T>) {
        let bytes = statement.to_bytes();
        // Long ones are long because of lists and keys: every byte of the first part, then samples.
        let stride = |at: usize| if at < 700 { 1 } else { 1 + bytes.len() / 400 };
        let mut at = 0;
        while at < bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1 << (at % 8);
            assert!(believed::<T>(&altered).is_err(), "{name}: byte {at}");
            assert!(believed::<Release>(&altered).is_err() && believed::<Head>(&altered).is_err());
            at += stride(at);
        }
        for (cut, length) in (0..bytes.len()).step_by(bytes.len().div_ceil(200)).enumerate() {
            let error = believed::<T>(&bytes[..length]).unwrap_err();
            assert!(matches!(error, StatementError::Form(_)), "{name}: cut {cut}");
        }
        for more in [&[0][..], &[0xf6], &bytes] {
            let error = believed::<T>(&[&bytes, more].concat()).unwrap_err();
            assert!(matches!(error, StatementError::Form(_)), "{name}");
        }
    }

    fn entry<T: Record + Into<Entry> + TryFrom<Entry, Error = Entry>>(
        &mut self,
        name: &'static str,
        statement: &Verified<T>,
    ) {
        self.record(name, statement);
        let bytes = statement.to_bytes();
        for at in (0..bytes.len()).step_by(1 + bytes.len() / 100) {
            let mut altered = bytes.clone();
            altered[at] ^= 0x40;
            assert!(Signed::<Entry>::from_bytes(&altered).and_then(Signed::verify).is_err(), "{name}: byte {at}");
        }
    }
}

#[test]
fn any_single_altered_byte_is_refused() {
    for seed in 0..2 {
        Plausible::new(seed).visit(&mut Alter);
    }
}

/// Every part of a statement as another encoder might write it, validly signed.
struct OtherForms(SigningKey);

impl Visitor for OtherForms {
    fn record<T: Record>(&mut self, name: &'static str, statement: &Verified<T>) {
        let key = &self.0;
        let good = Verified::sign(statement.statement().clone(), key).to_bytes();
        let content_type = statement.statement().content_type();
        let with = |protected: Vec<u8>| Parts { protected, ..parts(&good) }.signed(key);
        assert_eq!(with(parts(&good).protected), good, "{name}");
        for header in other_headers(content_type, key) {
            refused::<T>(name, &with(header));
        }

        // The payload: trailing bytes, another shape, and each of its heads made longer than it has to be.
        let payload = parts(&good).payload;
        let with = |payload: Vec<u8>| Parts { payload, ..parts(&good) }.signed(key);
        refused::<T>(name, &with([&payload[..], &[0]].concat()));
        refused::<T>(name, &with(vec![]));
        refused::<T>(name, &with(vec![0x80]));
        refused::<T>(name, &with([&[0x81], &payload[..]].concat()));
        for longer in with_longer_heads(&payload) {
            refused::<T>(name, &with(longer));
        }

        // The envelope of COSE: no tag, another, an unprotected header, an indefinite array, a longer head, a detached payload.
        let Parts { protected, payload, signature } = parts(&good);
        let whole = |write: &dyn Fn(&mut Out)| {
            let mut to = Out::new(Vec::new());
            write(&mut to);
            to.into_writer()
        };
        let body = |to: &mut Out| {
            to.bytes(&protected).unwrap().map(0).unwrap().bytes(&payload).unwrap().bytes(&signature).unwrap();
        };
        let forms: [&dyn Fn(&mut Out); 7] = [
            &|to| {
                to.array(4).unwrap();
                body(to);
            },
            &|to| {
                to.tag(Tag::new(98)).unwrap().array(4).unwrap();
                body(to);
            },
            &|to| {
                to.tag(Tag::new(18)).unwrap().tag(Tag::new(18)).unwrap().array(4).unwrap();
                body(to);
            },
            &|to| {
                to.tag(Tag::new(18)).unwrap().begin_array().unwrap();
                body(to);
                to.end().unwrap();
            },
            &|to| {
                to.tag(Tag::new(18)).unwrap().array(4).unwrap().bytes(&protected).unwrap();
                to.map(1).unwrap().u8(4).unwrap().bytes(b"kid").unwrap();
                to.bytes(&payload).unwrap().bytes(&signature).unwrap();
            },
            &|to| {
                to.tag(Tag::new(18)).unwrap().array(4).unwrap().bytes(&protected).unwrap();
                to.map(0).unwrap().null().unwrap().bytes(&signature).unwrap();
            },
            &|to| {
                to.tag(Tag::new(18)).unwrap().array(4).unwrap().begin_bytes().unwrap();
                to.bytes(&protected).unwrap().end().unwrap();
                to.map(0).unwrap().bytes(&payload).unwrap().bytes(&signature).unwrap();
            },
        ];
        for form in forms {
            refused::<T>(name, &whole(form));
        }
        for longer in with_longer_heads(&good) {
            refused::<T>(name, &longer);
        }
    }
}

/// The protected header with entries repeated, out of order, in other forms, and of other statements.
fn other_headers(content_type: &str, key: &SigningKey) -> Vec<Vec<u8>> {
    let algorithm = |to: &mut Out| {
        to.u8(1).unwrap().i8(-8).unwrap();
    };
    let kind = |to: &mut Out, content_type: &str| {
        to.u8(3).unwrap().str(content_type).unwrap();
    };
    let signer = |to: &mut Out| {
        to.u8(4).unwrap().bytes(key.verifying_key().as_bytes()).unwrap();
    };
    let written = |write: &dyn Fn(&mut Out)| {
        let mut to = Out::new(Vec::new());
        write(&mut to);
        to.into_writer()
    };
    let of_kind = |content_type: &str| {
        written(&|to| {
            to.map(3).unwrap();
            algorithm(to);
            kind(to, content_type);
            signer(to);
        })
    };
    let other = if content_type.contains(".head+") { "terms" } else { "head" };
    vec![
        Vec::new(),
        vec![0xa0],
        of_kind(&format!("application/vnd.footage.v1.{other}+cbor")),
        of_kind(&content_type.replace("v1", "v2")),
        of_kind(""),
        [&of_kind(content_type)[..], &[0]].concat(),
        written(&|to| {
            to.map(4).unwrap();
            algorithm(to);
            algorithm(to);
            kind(to, content_type);
            signer(to);
        }),
        written(&|to| {
            to.map(3).unwrap();
            algorithm(to);
            kind(to, content_type);
            kind(to, content_type);
        }),
        written(&|to| {
            to.map(3).unwrap();
            kind(to, content_type);
            algorithm(to);
            signer(to);
        }),
        written(&|to| {
            to.begin_map().unwrap();
            algorithm(to);
            kind(to, content_type);
            signer(to);
            to.end().unwrap();
        }),
        written(&|to| {
            to.map(3).unwrap().u8(1).unwrap();
            to.writer_mut().extend([0x38, 7]);
            kind(to, content_type);
            signer(to);
        }),
    ]
}

fn refused<T: Record>(name: &str, bytes: &[u8]) {
    let read = Signed::<T>::from_bytes(bytes);
    assert!(matches!(read, Err(StatementError::Form(_))), "{name}: {read:?}");
    assert!(Signed::<Entry>::from_bytes(bytes).is_err() || name == "head", "{name}");
}

/// The same item, each time with one of its heads in the next longer form (which RFC 8949 section 4.2.1 forbids).
fn with_longer_heads(item: &[u8]) -> Vec<Vec<u8>> {
    let mut heads = Vec::new();
    let mut from = minicbor::Decoder::new(item);
    while from.position() < item.len() && heads.len() < 40 {
        heads.push(from.position());
        match from.datatype().unwrap() {
            Type::Array => drop(from.array().unwrap()),
            Type::Map => drop(from.map().unwrap()),
            Type::Tag => drop(from.tag().unwrap()),
            _ => from.skip().unwrap(),
        }
    }
    let lengthen = |&at: &usize| {
        let (major, info) = (item[at] & 0xe0, item[at] & 0x1f);
        let argument = match info {
            0..24 => vec![24, info],
            24 => vec![25, 0, item[at + 1]],
            25 => vec![26, 0, 0, item[at + 1], item[at + 2]],
            26 => [&[27, 0, 0, 0, 0], &item[at + 1..at + 5]].concat(),
            _ => return None,
        };
        let taken = match info {
            24 => 2,
            25 => 3,
            26 => 5,
            _ => 1,
        };
        let head = [&[major | argument[0]], &argument[1..]].concat();
        // Simple values have no longer form.
        (major != 0xe0).then(|| [&item[..at], &head, &item[at + taken..]].concat())
    };
    heads.iter().filter_map(lengthen).collect()
}

#[test]
fn every_other_form_of_a_valid_statement_is_refused() {
    for seed in 0..4 {
        let key = Plausible::new(seed + 100).signing_key();
        Plausible::new(seed).visit(&mut OtherForms(key));
    }
}

/// No kind passes for another, whatever its bytes are.
struct Kinds<'a>(&'a mut Vec<(&'static str, Vec<u8>)>);

impl Visitor for Kinds<'_> {
    fn record<T: Record>(&mut self, name: &'static str, statement: &Verified<T>) {
        for (other, bytes) in &*self.0 {
            assert_eq!(Signed::<T>::from_bytes(bytes).is_ok(), *other == name, "{other} as {name}");
        }
        self.0.push((name, statement.to_bytes()));
    }
}

#[test]
fn no_kind_is_read_as_another() {
    let mut seen = Vec::new();
    Plausible::new(1).visit(&mut Kinds(&mut seen));
    let mut again = seen.clone();
    Plausible::new(1).visit(&mut Kinds(&mut again));
    for (name, bytes) in &seen {
        let outside =
            ["certificate-request", "camera-certificate", "head", "terms", "envelope", "answer", "revocation"]
                .contains(name);
        assert_eq!(Signed::<Entry>::from_bytes(bytes).is_err(), outside, "{name} as a log entry");
    }
}

fn form<T: Statement + Debug>(statement: T) -> StatementError {
    let signed = Verified::sign(statement, &Plausible::new(7).signing_key());
    Signed::<T>::from_bytes(&signed.to_bytes()).unwrap_err()
}

#[test]
fn lists_and_statements_have_limits() {
    let mut some = Plausible::new(3);
    let receipt = some.receipt();
    let over = vec![some.digest(); limits::LIST + 1];
    let limit = StatementError::Form(CborError::TooLong(limits::LIST));
    assert_eq!(form(Receipt { keys: over.clone(), ..receipt.clone() }), limit);
    assert_eq!(form(Receipt { excerpts: over.clone(), ..receipt }), limit);
    let incentives = vec![Incentive::Money; limits::LIST + 1];
    assert_eq!(form(AgencyApproval { incentives, ..some.agency_approval() }), limit);
    let custodians = StatementError::Form(CborError::TooLong(limits::CUSTODIANS));
    assert_eq!(form(Envelope { custodian_wraps: over.clone(), ..some.envelope() }), custodians);
    let parts = StatementError::Form(CborError::TooLong(limits::PARTS));
    assert_eq!(form(Envelope { parts: [over.clone(), over.clone()].concat(), ..some.envelope() }), parts);

    // Nor does a log take in what nobody could read again.
    let mut log = MemoryLog::new(KeyName::new("log.example").unwrap(), some.signing_key());
    let incentives = vec![Incentive::Money; limits::LIST + 1];
    let approval = AgencyApproval { incentives, ..some.agency_approval() };
    let approval = Verified::sign(approval, &some.signing_key()).into_signed();
    assert_eq!(log.append(approval), Err(AppendError::Statement(limit)));

    // A statement that is too long as a whole is not even looked at.
    let long = vec![0xd2; limits::STATEMENT_BYTES + 1];
    let error = Signed::<Head>::from_bytes(&long).unwrap_err();
    assert_eq!(error, StatementError::Form(CborError::TooLong(limits::STATEMENT_BYTES)));
    assert_ne!(Signed::<Head>::from_bytes(&long[1..]).unwrap_err(), error);
}

/// Heads that claim more than there is are refused before anything is made for them.
#[test]
fn claims_beyond_the_bytes_are_refused() {
    let key = Plausible::new(7).signing_key();
    let good = Verified::sign(Plausible::new(3).receipt(), &key).to_bytes();
    for head in
        [&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff][..], &[0x99, 0xff, 0xff], &[0x9f], &[0x98, 0xff]]
    {
        for payload in [head.to_vec(), [&[0x89, 0x82, 0x01, 0x58, 0x20], &[7; 32][..], head].concat()] {
            let bytes = Parts { payload, ..parts(&good) }.signed(&key);
            assert!(matches!(Signed::<Receipt>::from_bytes(&bytes), Err(StatementError::Form(_))));
        }
    }
}

fn decodes<T: Decode>() {}

#[test]
fn what_is_kept_or_delivered_beside_the_log_has_a_form_too() {
    decodes::<Consent>();
    decodes::<Delivery>();
    decodes::<TrustRoots>();
}
