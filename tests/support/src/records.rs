//! Statements of every kind with plausible values, from pinned randomness.

use core::fmt::Debug;

use footage::cbor::limits;
use footage::crypto::{Digest, KemAlgorithm, KemPrivateKey, KemPublicKey, Random, Secret, SigningKey, Suite};
use footage::crypto::{VerifyingKey, Wrapped};
use footage::record::*;

use super::common::Pinned;

/// What every kind of statement can do.
pub trait Record: Statement + Clone + PartialEq + Debug + serde::Serialize + serde::de::DeserializeOwned {}
impl<T: Statement + Clone + PartialEq + Debug + serde::Serialize + serde::de::DeserializeOwned> Record for T {}

/// Who looks at one statement of every kind.
pub trait Visitor {
    /// A kind that stays outside the log.
    fn record<T: Record>(&mut self, name: &'static str, statement: &Verified<T>);

    /// A kind that the log may hold.
    fn entry<T: Record + Into<Entry> + TryFrom<Entry, Error = Entry>>(
        &mut self,
        name: &'static str,
        statement: &Verified<T>,
    ) {
        self.record(name, statement);
    }
}

/// Makes up values: the same seed, the same values.
pub struct Plausible {
    random: Pinned,
}

impl Plausible {
    pub fn new(seed: u64) -> Self {
        Self { random: Pinned(seed) }
    }

    /// Shows one statement of every kind, each signed by a key of its own.
    pub fn visit(&mut self, visitor: &mut impl Visitor) {
        macro_rules! show {
            ($($how:ident $name:literal $make:ident),+ $(,)?) => {
                $({
                    let statement = self.$make();
                    let key = self.signing_key();
                    visitor.$how($name, &Verified::sign(statement, &key));
                })+
            };
        }
        show! {
            entry "agency-approval" agency_approval,
            entry "custodian-approval" custodian_approval,
            entry "maker-approval" maker_approval,
            entry "withdrawal" withdrawal,
            entry "disclosure" disclosure,
            entry "request" request,
            entry "outcome" outcome,
            entry "release" release,
            entry "expiry-key" expiry_key,
            entry "custodian-start" custodian_start,
            entry "answer-notice" answer_notice,
            entry "revocation-notice" revocation_notice,
            entry "receipt" receipt,
            entry "carried-receipt" carried_receipt,
            record "certificate-request" certificate_request,
            record "camera-certificate" camera_certificate,
            record "head" head,
            record "terms" terms,
            record "envelope" envelope,
            record "answer" answer,
            record "revocation" revocation,
        }
    }

    pub fn number(&mut self, below: u64) -> u64 {
        u64::from_le_bytes(self.bytes()) % below
    }

    fn chance(&mut self) -> bool {
        self.number(2) == 0
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes).unwrap();
        bytes
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.number(from.len() as u64) as usize]
    }

    fn some<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.chance() { Some(make(self)) } else { None }
    }

    /// A list, short as a rule.
    fn list<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let most = if self.number(8) == 0 { most } else { most.min(4) };
        let count = self.number(most as u64 + 1);
        (0..count).map(|_| make(self)).collect()
    }

    /// A text of these characters, of which the first stands at both ends.
    fn text(&mut self, most: u64, characters: &[char]) -> String {
        let inner = self.number(most - 1);
        let inner: String = (0..inner).map(|_| self.pick(characters)).collect();
        format!("{0}{inner}{0}", characters[0])
    }

    fn token(&mut self) -> String {
        self.text(31, &['a', 'z', '0', '9', '-'])
    }

    pub fn name(&mut self) -> Name {
        Name::new(&self.text(33, &['A', 'b', ' ', '\'', '"', '\\', 'ß', '日', '&'])).unwrap()
    }

    fn word(&mut self) -> Word {
        Word::new(&self.text(32, &['A', 'z', '0', '9', '.'])).unwrap()
    }

    fn reference(&mut self) -> Reference {
        Reference::new(&self.text(31, &['A', 'Z', '0', '9', '-'])).unwrap()
    }

    pub fn digest(&mut self) -> Digest {
        Digest::from_bytes(self.bytes())
    }

    fn id(&mut self) -> StatementId {
        StatementId::from_bytes(self.bytes())
    }

    fn agency(&mut self) -> AgencyId {
        let (state, digits) = (self.pick(&["OH", "CA", "NB", "US"]), self.number(10_000_000));
        AgencyId::new(&format!("{state}{digits:07}")).unwrap()
    }

    fn custodian(&mut self) -> CustodianId {
        CustodianId::new(&self.token()).unwrap()
    }

    pub fn signing_key(&mut self) -> SigningKey {
        SigningKey::from_secret(&Secret::take(&mut self.bytes()))
    }

    fn key(&mut self) -> VerifyingKey {
        self.signing_key().verifying_key()
    }

    fn kem(&mut self) -> KemAlgorithm {
        self.pick(&[KemAlgorithm::XWing, KemAlgorithm::X25519])
    }

    fn kem_key(&mut self) -> KemPublicKey {
        let kem = self.kem();
        KemPrivateKey::from_secret(kem, Secret::take(&mut self.bytes())).public_key()
    }

    fn wrapped(&mut self) -> Wrapped {
        let mut bytes = vec![0; self.kem().wrapped_len()];
        self.random.fill(&mut bytes).unwrap();
        Wrapped::from_bytes(bytes).unwrap()
    }

    fn time(&mut self) -> Timestamp {
        Timestamp::from_millis(self.number(Timestamp::MAX.as_millis())).unwrap()
    }

    fn window(&mut self) -> Window {
        let from = self.time();
        let length = 1 + self.number(MAX_APPROVAL.0);
        Window::new(from.before(Millis(length)), from).unwrap()
    }

    fn epoch(&mut self) -> Epoch {
        self.time().epoch()
    }

    fn anchor(&mut self) -> Anchor {
        let most = if self.number(8) == 0 { limits::CHECKPOINT_BYTES as u64 } else { 600 };
        let length = self.number(most) as usize;
        Anchor::from_bytes("log.example\n42\n\u{2014} ".repeat(length / 19).as_bytes()).unwrap()
    }

    fn cell(&mut self) -> Cell {
        let degrees = |number: u64| f64::from(number as u32) / 1e6 - 80.0;
        Cell::at(degrees(self.number(160_000_000)), degrees(self.number(160_000_000))).unwrap()
    }

    /// A cell, sometimes with some of those around it.
    pub fn cells(&mut self) -> Cells {
        let cell = self.cell();
        let count = if self.chance() { self.number(6) as usize } else { 0 };
        Cells::new([cell].into_iter().chain(cell.neighbours().take(count)).collect()).unwrap()
    }

    /// Some cells, sometimes with all that lie beside them in one that is larger.
    pub fn jurisdiction(&mut self) -> Jurisdiction {
        let cells = self.list(20, Self::cell);
        let beside = if self.chance() { self.cell().parent().into_iter().collect() } else { vec![self.cell()] };
        Jurisdiction::new(cells.into_iter().chain(beside)).unwrap()
    }

    fn incentive(&mut self) -> Incentive {
        self.pick(&[Incentive::Money, Incentive::Equipment, Incentive::Discount, Incentive::Agreement])
    }

    pub fn agency_approval(&mut self) -> AgencyApproval {
        AgencyApproval {
            agency: self.agency(),
            name: self.name(),
            jurisdiction: self.jurisdiction(),
            key: self.key(),
            incentives: self.list(limits::LIST, Self::incentive),
            validity: self.window(),
        }
    }

    pub fn custodian_approval(&mut self) -> CustodianApproval {
        let size = 1 + self.number(limits::CUSTODIANS as u64);
        let threshold = 1 + self.number(size);
        CustodianApproval {
            custodian: self.custodian(),
            operator: self.name(),
            group: Group::new(GroupId::new(&self.token()).unwrap(), threshold as u8, size as u8).unwrap(),
            key: self.key(),
            affiliations: self.list(limits::LIST, Self::agency),
            validity: self.window(),
        }
    }

    pub fn maker_approval(&mut self) -> MakerApproval {
        MakerApproval {
            maker: MakerId::new(&self.token()).unwrap(),
            name: self.name(),
            key: self.key(),
            validity: self.window(),
        }
    }

    pub fn withdrawal(&mut self) -> Withdrawal {
        Withdrawal {
            kind: self.pick(&[WithdrawalKind::Approvals, WithdrawalKind::Camera]),
            key: self.key(),
            anchor: self.anchor(),
        }
    }

    pub fn disclosure(&mut self) -> Disclosure {
        Disclosure {
            agency: self.agency(),
            vendor: self.name(),
            incentive: self.incentive(),
            cents: self.some(|some| some.number(u64::MAX)),
            text: self.some(Self::digest),
        }
    }

    fn basis(&mut self) -> Basis {
        if self.chance() {
            return Basis::Voluntary;
        }
        Basis::LegalProcess {
            process: self.pick(&[Process::Warrant, Process::Subpoena, Process::CourtOrder]),
            court: self.reference(),
            reference: self.reference(),
        }
    }

    pub fn request(&mut self) -> Request {
        let offences: Vec<_> = Offence::all().collect();
        Request {
            agency: self.agency(),
            cells: self.cells(),
            window: self.window(),
            offence: self.pick(&offences),
            case: self.reference(),
            basis: self.basis(),
            retention: Days::new(1 + self.number(366)).unwrap(),
            open_until: self.time(),
            key: self.kem_key(),
            sequence: self.number(u64::MAX),
            previous: self.some(Self::id),
            anchor: self.anchor(),
        }
    }

    pub fn outcome(&mut self) -> Outcome {
        use OutcomeResult::{Arrest, Charge, Conviction, Exoneration, None};
        let result = self.pick(&[None, Arrest, Charge, Conviction, Exoneration]);
        Outcome { agency: self.agency(), request: self.id(), result }
    }

    pub fn terms(&mut self) -> Terms {
        let count = 1 + self.number(limits::CUSTODIANS as u64);
        let threshold = 1 + self.number(count);
        let members = (0..count).map(|number| Member {
            custodian: CustodianId::new(&format!("custodian-{number}")).unwrap(),
            expiry: self.id(),
            share: self.digest(),
        });
        let members = members.collect();
        Terms {
            grant: GrantId::from_bytes(self.bytes()),
            request: self.id(),
            agency: self.agency(),
            custody: Custody::new(GroupId::new(&self.token()).unwrap(), threshold as u8, members).unwrap(),
            not_before: self.time(),
            not_after: self.epoch(),
            agency_half: self.digest(),
            custodian_half: self.digest(),
            possession: self.digest(),
            private: self.digest(),
        }
    }

    pub fn release(&mut self) -> Release {
        let (terms, key) = (self.terms(), self.signing_key());
        Release {
            terms: Box::new(Verified::sign(terms, &key).into_signed()),
            possession: Possession::from_bytes(self.bytes()),
            key: self.kem_key(),
        }
    }

    pub fn expiry_key(&mut self) -> ExpiryKey {
        ExpiryKey { custodian: self.custodian(), epoch: self.epoch(), key: self.kem_key() }
    }

    pub fn custodian_start(&mut self) -> CustodianStart {
        CustodianStart { custodian: self.custodian(), nonce: Nonce::from_bytes(self.bytes()) }
    }

    pub fn answer_notice(&mut self) -> AnswerNotice {
        AnswerNotice {
            custodian: self.custodian(),
            terms: self.id(),
            release: self.id(),
            nonce: Nonce::from_bytes(self.bytes()),
        }
    }

    pub fn revocation_notice(&mut self) -> RevocationNotice {
        RevocationNotice { custodian: self.custodian(), revoked: self.digest() }
    }

    pub fn receipt(&mut self) -> Receipt {
        let subject = match self.number(3) {
            0 => Subject::Grant(self.id()),
            1 => Subject::Request(self.id()),
            _ => Subject::Epoch(self.epoch()),
        };
        Receipt {
            subject,
            keys: self.list(limits::LIST, Self::digest),
            excerpts: self.list(limits::LIST, Self::digest),
            method: self.pick(&[Method::Clear, Method::Purge, Method::CryptographicErase, Method::Destroy]),
            tool: Tool { name: self.word(), version: self.word() },
            backups: self.chance(),
            obtained: self.chance(),
            deadline: self.time(),
            anchor: self.anchor(),
        }
    }

    pub fn carried_receipt(&mut self) -> CarriedReceipt {
        let (receipt, key) = (self.receipt(), self.signing_key());
        CarriedReceipt { custodian: self.custodian(), receipt: Box::new(Verified::sign(receipt, &key).into_signed()) }
    }

    pub fn certificate_request(&mut self) -> CertificateRequest {
        CertificateRequest {
            camera: CameraId::from_bytes(self.bytes()),
            maker: MakerId::new(&self.token()).unwrap(),
            model: self.name(),
        }
    }

    pub fn camera_certificate(&mut self) -> CameraCertificate {
        let request = self.certificate_request();
        let request = Verified::sign(request, &self.signing_key());
        CameraCertificate::new(request, self.time())
    }

    pub fn head(&mut self) -> Head {
        Head {
            clip: ClipId::from_bytes(self.bytes()),
            suite: self.pick(&[Suite::Aes256Gcm, Suite::ChaCha20Poly1305]),
            header: self.digest(),
            count: 1 + self.number(limits::SEGMENTS.into()) as u32,
            root: self.digest(),
            set: self.some(|some| ClockSet { wall: some.time(), earlier: some.chance() }),
            end: self.some(|some| End {
                how: some.pick(&[Ending::Finished, Ending::Recovered, Ending::CutOff]),
                tracks: some.number(9),
                samples: some.number(9),
            }),
        }
    }

    pub fn envelope(&mut self) -> Envelope {
        Envelope {
            terms: self.id(),
            agency_wrap: self.digest(),
            custodian_wraps: self.list(limits::CUSTODIANS, Self::digest),
            parts: vec![self.digest(), self.digest()],
            bodies: vec![self.digest()],
        }
    }

    pub fn answer(&mut self) -> Answer {
        Answer {
            custodian: self.custodian(),
            terms: self.id(),
            release: self.id(),
            notice: self.id(),
            share: self.wrapped(),
        }
    }

    pub fn revocation(&mut self) -> Revocation {
        Revocation { grant: GrantId::from_bytes(self.bytes()) }
    }
}
