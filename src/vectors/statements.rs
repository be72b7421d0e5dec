use core::fmt::Debug;

use serde_json::{Value, json};

#[cfg(feature = "serde")]
use super::check;
use super::film::NOON;
use super::{Pinned, at, key_name};
use crate::cbor::{Reader, Writer, limits};
use crate::crypto::{Digest, KemAlgorithm, SigningKey, Suite, sha256};
use crate::foreign::hex;
use crate::logkeeper::MemoryLog;
use crate::record::{
    AgencyApproval, AgencyId, Anchor, Answer, AnswerNotice, Basis, CameraCertificate, CameraId, CarriedReceipt, Cell,
    Cells, CertificateRequest, ClipId, ClockSet, CustodianApproval, CustodianId, CustodianStart, Custody, Days, Device,
    Disclosure, End, Ending, Entry, Envelope, Epoch, ExpiryKey, GrantId, Group, GroupId, Head, HouseholdId, Incentive,
    Jurisdiction, MakerApproval, MakerId, Member, Method, Millis, Name, Nonce, Offence, Outcome, OutcomeResult,
    OwnerList, Possession, Process, Receipt, RecoveryKey, Reference, Release, Request, Revocation, RevocationNotice,
    Signed, Statement, StatementId, Subject, Terms, Tool, Verified, Window, Withdrawal, WithdrawalKind, Word,
};
use crate::tlog::Witness;

#[cfg(feature = "serde")]
trait Json: serde::Serialize + serde::de::DeserializeOwned {}
#[cfg(feature = "serde")]
impl<T: serde::Serialize + serde::de::DeserializeOwned> Json for T {}
#[cfg(not(feature = "serde"))]
trait Json {}
#[cfg(not(feature = "serde"))]
impl<T> Json for T {}

/// The parts of a statement's bytes: protected header and payload.
fn parts(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut from = Reader::new(bytes);
    from.tag(18).unwrap();
    from.array_of(4).unwrap();
    let protected = from.bytes(limits::STATEMENT_BYTES).unwrap().to_vec();
    from.map_of(0).unwrap();
    (protected, from.bytes(limits::STATEMENT_BYTES).unwrap().to_vec())
}

/// Signs a statement, takes its bytes apart, and reads them again.
fn vector<T>(name: &str, statement: T, key: &SigningKey) -> Value
where
    T: Statement + Json + PartialEq + Debug,
{
    let signed = Verified::sign(statement, key);
    let bytes = signed.to_bytes();
    let (protected, payload) = parts(&bytes);
    let sig_structure = crate::cbor::encode(&SigStructure(&protected, &payload));
    assert_eq!(*signed.id().as_bytes(), sha256(&[&sig_structure]));
    key.verifying_key().verify(&sig_structure, signed.signature()).unwrap();
    let read = Signed::<T>::from_bytes(&bytes).unwrap().verify_by(&key.verifying_key()).unwrap();
    assert_eq!(read, signed);
    #[allow(unused_mut, reason = "without `serde` nothing is added")]
    let mut value = json!({
        "name": name,
        "content_type": signed.statement().content_type(),
        "logged": Signed::<Entry>::from_bytes(&bytes).is_ok(),
        "signer_seed": hex(key.to_secret().expose()),
        "signer": hex(key.verifying_key().as_bytes()),
        "payload": hex(&payload),
        "protected": hex(&protected),
        "sig_structure": hex(&sig_structure),
        "id": hex(signed.id().as_bytes()),
        "signature": hex(signed.signature().as_bytes()),
        "statement": hex(&bytes),
    });
    #[cfg(feature = "serde")]
    {
        let json = serde_json::to_value(&*signed).unwrap();
        assert_eq!(serde_json::from_value::<Signed<T>>(json.clone()).unwrap().verify().unwrap(), signed);
        value["json"] = json;
    }
    value
}

/// RFC 9052 section 4.4, out of the two parts that it takes from a statement.
struct SigStructure<'a>(&'a [u8], &'a [u8]);

impl crate::cbor::Encode for SigStructure<'_> {
    fn encode(&self, to: &mut Writer) {
        to.array(4);
        to.text("Signature1");
        to.bytes(self.0);
        to.bytes(&[]);
        to.bytes(self.1);
    }
}

/// The cosigned checkpoint of an empty log.
pub(super) fn anchor(random: &mut Pinned) -> Anchor {
    let origin = key_name("log.example/footage");
    let log = MemoryLog::new(origin.clone(), random.signing_key());
    let mut witness = Witness::new(key_name("witness.example"), random.signing_key());
    witness.watch(origin, log.verifying_key());
    Anchor::from_bytes(&log.cosigned(&mut [witness], at(NOON)).unwrap()).unwrap()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn custodian() -> CustodianId {
    CustodianId::new("alpha").unwrap()
}

pub(super) fn agency() -> AgencyId {
    AgencyId::new("OH0500100").unwrap()
}

fn cells() -> Cells {
    let cell = Cell::at(41.1, -80.65).unwrap();
    Cells::new([cell].into_iter().chain(cell.neighbours().take(2)).collect()).unwrap()
}

/// Around these cells, of two resolutions.
fn jurisdiction() -> Jurisdiction {
    let around = Cell::at(41.1, -80.65).unwrap().parent().unwrap();
    Jurisdiction::new(around.neighbours().take(3).chain(around.parent())).unwrap()
}

/// The window and the kinds of values that statements name, drawn once.
struct Values {
    random: Pinned,
    anchor: Anchor,
}

impl Values {
    fn id(&mut self) -> StatementId {
        StatementId::from_bytes(self.random.bytes())
    }

    fn digest(&mut self) -> Digest {
        Digest::from_bytes(self.random.bytes())
    }

    fn window() -> Window {
        Window::new(at(NOON), at(NOON).after(Millis::DAY.times(7))).unwrap()
    }

    fn approvals(&mut self, found: &mut Vec<Value>) {
        let registrar = self.random.signing_key();
        let key = self.random.signing_key().verifying_key();
        let validity = Self::window();
        let approval = AgencyApproval {
            agency: agency(),
            name: name("Town Police"),
            jurisdiction: jurisdiction(),
            key,
            incentives: vec![Incentive::Money, Incentive::Discount],
            validity,
        };
        found.push(vector("agency-approval", approval, &registrar));
        let approval = CustodianApproval {
            custodian: custodian(),
            operator: name("Ligue des droits de l’homme"),
            group: Group::new(GroupId::new("town").unwrap(), 2, 3).unwrap(),
            key,
            affiliations: vec![agency()],
            validity,
        };
        found.push(vector("custodian-approval", approval, &registrar));
        let approval =
            MakerApproval { maker: MakerId::new("acme").unwrap(), name: name("Acme Cameras"), key, validity };
        found.push(vector("maker-approval", approval, &registrar));
        let withdrawal = Withdrawal { kind: WithdrawalKind::Approvals, key, anchor: self.anchor.clone() };
        found.push(vector("withdrawal", withdrawal.clone(), &registrar));
        let withdrawal = Withdrawal { kind: WithdrawalKind::Camera, ..withdrawal };
        found.push(vector("withdrawal of a camera", withdrawal, &registrar));
        let disclosure = Disclosure {
            agency: agency(),
            vendor: name("Acme Cameras"),
            incentive: Incentive::Equipment,
            cents: Some(1_250_000),
            text: Some(self.digest()),
        };
        found.push(vector("disclosure", disclosure.clone(), &registrar));
        let disclosure = Disclosure { incentive: Incentive::Agreement, cents: None, text: None, ..disclosure };
        found.push(vector("disclosure of no worth", disclosure, &registrar));
    }

    fn camera(&mut self, found: &mut Vec<Value>) {
        let (maker, camera) = (self.random.signing_key(), self.random.signing_key());
        let request = CertificateRequest {
            camera: CameraId::from_bytes(self.random.bytes()),
            maker: MakerId::new("acme").unwrap(),
            model: name("Doorbell 3"),
        };
        found.push(vector("certificate-request", request.clone(), &camera));
        let certificate = CameraCertificate::new(Verified::sign(request, &camera), at(NOON));
        found.push(vector("camera-certificate", certificate, &maker));
        let head = Head {
            clip: ClipId::from_bytes(self.random.bytes()),
            suite: Suite::Aes256Gcm,
            header: self.digest(),
            count: 4,
            root: self.digest(),
            set: None,
            end: None,
        };
        found.push(vector("head", head.clone(), &camera));
        let set = Some(ClockSet { wall: at(NOON), earlier: true });
        let head = Head {
            suite: Suite::ChaCha20Poly1305,
            end: Some(End { how: Ending::Recovered, tracks: 1, samples: 2 }),
            set,
            ..head
        };

        found.push(vector("head of a recovered clip", head, &camera));
        let (device, recovery) = (self.random.signing_key(), self.random.signing_key());
        let key = |random: &mut super::Pinned| random.kem_key(KemAlgorithm::X25519).public_key();
        let list = OwnerList {
            household: HouseholdId::from_bytes(self.random.bytes()),
            period: 1,
            number: 0,
            before: Some(StatementId::from_bytes(self.random.bytes())),
            key: key(&mut self.random),
            recovery: RecoveryKey { kem: key(&mut self.random), signer: recovery.verifying_key() },
            devices: vec![Device { signer: device.verifying_key(), fingerprint: self.digest() }],
            entries: Some(self.digest()),
        };
        found.push(vector("owner-list", list, &recovery));
    }

    fn requests(&mut self, found: &mut Vec<Value>) {
        let key = self.random.signing_key();
        let request = request(self.random.kem_key(KemAlgorithm::XWing).public_key(), self.anchor.clone());
        let second = Request {
            basis: Basis::LegalProcess {
                process: Process::Warrant,
                court: Reference::new("OH-50-CP").unwrap(),
                reference: Reference::new("SW-2026-17").unwrap(),
            },
            key: self.random.kem_key(KemAlgorithm::X25519).public_key(),
            sequence: 1,
            previous: Some(Verified::sign(request.clone(), &key).id()),
            ..request.clone()
        };
        let outcome = Outcome { agency: agency(), request: self.id(), result: OutcomeResult::Exoneration };
        found.push(vector("request", request, &key));
        found.push(vector("request with legal process", second, &key));
        found.push(vector("outcome", outcome, &key));
    }

    fn grants(&mut self, found: &mut Vec<Value>) {
        let (grant_key, agency_key) = (self.random.signing_key(), self.random.signing_key());
        let grant = GrantId::of(&grant_key.verifying_key());
        let members = ["alpha", "beta"].map(|id| Member {
            custodian: CustodianId::new(id).unwrap(),
            expiry: self.id(),
            share: self.digest(),
        });
        let terms = Terms {
            grant,
            request: self.id(),
            agency: agency(),
            custody: Custody::new(GroupId::new("town").unwrap(), 2, members.into()).unwrap(),
            not_before: at(NOON),
            not_after: at(NOON).epoch().plus(7),
            agency_half: self.digest(),
            custodian_half: self.digest(),
            possession: self.digest(),
            private: self.digest(),
        };
        found.push(vector("terms", terms.clone(), &grant_key));
        let terms = Verified::sign(terms, &grant_key);
        let envelope = Envelope {
            terms: terms.id(),
            agency_wrap: self.digest(),
            custodian_wraps: vec![self.digest(), self.digest()],
            parts: vec![self.digest(), self.digest()],
            bodies: vec![self.digest()],
        };
        found.push(vector("envelope", envelope, &grant_key));
        let release = Release {
            terms: Box::new(terms.clone().into_signed()),
            possession: Possession::from_bytes(self.random.bytes()),
            key: self.random.kem_key(KemAlgorithm::X25519).public_key(),
        };
        let id = Verified::sign(release.clone(), &agency_key).id();
        found.push(vector("release", release, &agency_key));
        found.push(vector("revocation", Revocation { grant }, &grant_key));
        self.custodian(&terms, id, found);
    }

    fn custodian(&mut self, terms: &Verified<Terms>, release: StatementId, found: &mut Vec<Value>) {
        let key = self.random.signing_key();
        let epoch = terms.statement().not_after;
        let expiry = self.random.kem_key(KemAlgorithm::X25519).public_key();
        found.push(vector("expiry-key", ExpiryKey { custodian: custodian(), epoch, key: expiry }, &key));
        let start = CustodianStart { custodian: custodian(), nonce: Nonce::random(&mut self.random).unwrap() };
        found.push(vector("custodian-start", start, &key));
        let nonce = Nonce::random(&mut self.random).unwrap();
        let notice = AnswerNotice { custodian: custodian(), terms: terms.id(), release, nonce };
        let notice_id = Verified::sign(notice.clone(), &key).id();
        found.push(vector("answer-notice", notice, &key));
        let (share, to) = (self.random.secret(), self.random.kem_key(KemAlgorithm::X25519).public_key());
        let share = to.wrap(b"", &share, &mut self.random).unwrap();
        let answer = Answer { custodian: custodian(), terms: terms.id(), release, notice: notice_id, share };
        found.push(vector("answer", answer, &key));
        let revoked = terms.statement().grant.revoked_digest();
        found.push(vector("revocation-notice", RevocationNotice { custodian: custodian(), revoked }, &key));
        self.receipts(terms.id(), epoch, &key, found);
    }

    fn receipts(&mut self, terms: StatementId, epoch: Epoch, key: &SigningKey, found: &mut Vec<Value>) {
        let agency_key = self.random.signing_key();
        let receipt = Receipt {
            subject: Subject::Grant(terms),
            keys: vec![self.digest()],
            excerpts: vec![self.digest(), self.digest()],
            method: Method::CryptographicErase,
            tool: Tool { name: Word::new("shredder").unwrap(), version: Word::new("1.0").unwrap() },
            backups: false,
            obtained: true,
            deadline: epoch.end(),
            anchor: self.anchor.clone(),
        };
        let own = Receipt { subject: Subject::Epoch(epoch), excerpts: Vec::new(), backups: true, ..receipt.clone() };
        let of_request = Receipt { subject: Subject::Request(self.id()), obtained: false, ..own.clone() };
        found.push(vector("receipt", receipt.clone(), &agency_key));
        found.push(vector("receipt for a request key", of_request, &agency_key));
        found.push(vector("receipt for an expiry key", own, key));
        let receipt = Box::new(Verified::sign(receipt, &agency_key).into_signed());
        found.push(vector("carried-receipt", CarriedReceipt { custodian: custodian(), receipt }, key));
    }
}

/// A first request, with this key.
pub(super) fn request(key: crate::crypto::KemPublicKey, anchor: Anchor) -> Request {
    let to = at(NOON).before(Millis::MINUTE.times(15));
    Request {
        agency: agency(),
        cells: cells(),
        window: Window::new(to.before(Millis::HOUR), to).unwrap(),
        offence: Offence::new("220").unwrap(),
        case: Reference::new("2026-0042").unwrap(),
        basis: Basis::Voluntary,
        retention: Days::new(14).unwrap(),
        open_until: at(NOON).after(Millis::DAY.times(3)),
        key,
        sequence: 0,
        previous: None,
        anchor,
    }
}

#[test]
fn statements() {
    let mut random = Pinned::new(31);
    let anchor = anchor(&mut random);
    let mut values = Values { random, anchor };
    let mut found = Vec::new();
    values.approvals(&mut found);
    values.camera(&mut found);
    values.requests(&mut found);
    values.grants(&mut found);
    let found = json!({ "statements": found });
    #[cfg(feature = "serde")]
    check(FILE, found);
    #[cfg(not(feature = "serde"))]
    check_without_json(found);
}

const FILE: &str = "statements.json";

/// All but the JSON forms, which a build without them cannot make.
#[cfg(not(feature = "serde"))]
fn check_without_json(found: Value) {
    let mut committed: Value = serde_json::from_str(&super::committed(FILE)).unwrap();
    for statement in committed["statements"].as_array_mut().unwrap() {
        statement.as_object_mut().unwrap().remove("json");
    }
    super::assert_same(FILE, &super::text(committed), &super::text(found));
}
