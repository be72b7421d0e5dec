//! A small town to test in: one log with four witnesses, a registrar, two agencies, three custodians (two of whom answer
//! a grant), a camera, and a household. Time is what the test says it is, and randomness is pinned.

mod frames;
mod rogue;
mod stores;

use std::io::Cursor;
use std::sync::Arc;

use footage::agency::{Agency, AgencyError, Ask, Deletion, Excerpt, Opened};
use footage::camera::{
    Cadence, Camera, ClipFiles, Clocks, Device, MemoryFiles, Piece, RecordError, Recording, StartError,
};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, KemPublicKey, Random, RandomError, Secret, SigningKey, Suite};
use footage::custodian::{Custodian, CustodianError, KeyStore, MemoryKeyStore, NewCustodian, Starting};
use footage::ledger::{Ledger, Standing};
use footage::logkeeper::MemoryLog;
use footage::policy::{Policy, Proposal};
use footage::record::*;
use footage::registrar::Registrar;
use footage::resident::{Consenting, Excerpted, Household, MemoryKeeper, OwnedClip, consent};
use footage::store::{MemoryObjects, MemoryStore, Store};
use footage::tlog::{Witness, Witnessed};

use super::lists::{FIRST, RECOVERY, by, device, signer};
use crate::home::Home;

pub use frames::{put_together, read_excerpt, take_apart};
pub use rogue::{Rogue, release};
pub use stores::{Disk, Hoard, Image};

/// Randomness that a test can repeat: SplitMix64.
pub struct Pinned(pub u64);

impl Random for Pinned {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for chunk in out.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bytes = (z ^ (z >> 31)).to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

/// 2026-06-01T12:00:00Z, a Monday at noon.
pub const NOON: u64 = 1_780_315_200_000;

pub fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn tool() -> Tool {
    Tool { name: Word::new("shredder").unwrap(), version: Word::new("1.0").unwrap() }
}

/// A custodian with a secret that is always the same.
pub fn seat(id: CustodianId, key: SigningKey, kem: KemAlgorithm) -> NewCustodian {
    NewCustodian { id, key, kem, tool: tool(), long_term: Secret::take(&mut [0xc5; 32]) }
}

pub fn deletion() -> Deletion {
    Deletion { tool: tool(), backups: false, obtained: true }
}

/// The cell at the town's centre.
pub fn centre() -> Cell {
    Cell::at(41.1, -80.65).unwrap()
}

/// So many cells: the one at the town's centre, and the nearest around it.
pub fn cells(count: usize) -> Cells {
    near(centre(), count)
}

/// The larger cell of a resolution around the town's centre.
pub fn large_cell(resolution: u8) -> Cells {
    Cells::new(vec![centre().ancestor(resolution).unwrap()]).unwrap()
}

/// So many cells: this one, and the nearest around it.
pub fn near(centre: Cell, count: usize) -> Cells {
    Cells::new(nearest(centre, count)).unwrap()
}

/// The same as a list, which may be longer than a request's.
pub fn nearest(centre: Cell, count: usize) -> Vec<Cell> {
    let mut cells = vec![centre];
    let mut next = 0;
    while cells.len() < count {
        let beside: Vec<_> = cells[next].neighbours().filter(|cell| !cells.contains(cell)).collect();
        cells.extend(beside);
        next += 1;
    }
    cells.truncate(count);
    cells
}

/// The cell of a resolution around the town's centre, and those beside it.
pub fn town(resolution: u8) -> Jurisdiction {
    let around = centre().ancestor(resolution).unwrap();
    Jurisdiction::new(around.neighbours().chain([around])).unwrap()
}

/// The list of owners that names these keys: the household's, and the recovery key. Without a second one, that is another.
pub fn list_of(owners: &[KemPublicKey]) -> Verified<OwnerList> {
    let kem = owners[0].algorithm();
    let other = KemPrivateKey::generate(kem, &mut Pinned(0x7ec0)).unwrap().public_key();
    let recovery = signer(RECOVERY).verifying_key();
    let list = OwnerList {
        household: HouseholdId::from_bytes([1; 16]),
        period: 0,
        number: 0,
        before: None,
        key: owners[0].clone(),
        recovery: RecoveryKey { kem: owners.get(1).cloned().unwrap_or(other), signer: recovery },
        devices: vec![device(FIRST, kem)],
        entries: None,
    };
    by(list, FIRST)
}

/// When a file was recorded, as whoever has it sealed says: in the hour after noon.
pub fn told() -> Option<Window> {
    Window::new(at(NOON), at(NOON).after(Millis::HOUR)).ok()
}

/// Starts a clip of a video at this time.
pub fn begin<S: Store, F: ClipFiles>(
    camera: &mut Camera<S, F>,
    started: Timestamp,
    cadence: Cadence,
    random: &mut dyn Random,
) -> Result<Recording<F::File>, StartError> {
    let clocks = Clocks { monotonic: Millis(0), wall: Some(started) };
    camera.start(Content::Video, cadence, clocks, random)
}

/// The clocks when a group that ends then is sealed, of a clip that was started at 0. The wall clock is not read.
pub fn clocks_at(end: Millis) -> Clocks {
    Clocks { monotonic: end, wall: None }
}

/// Seals a group of one picture segment.
pub fn media<S: Store, F: ClipFiles>(
    recording: &mut Recording<F::File>,
    camera: &mut Camera<S, F>,
    start: Millis,
    duration: Millis,
    content: &mut [u8],
) -> Result<(), RecordError> {
    media_with(recording, camera, None, start, duration, content)
}

/// Seals a group of one picture segment, with codec parameters before it.
pub fn media_with<S: Store, F: ClipFiles>(
    recording: &mut Recording<F::File>,
    camera: &mut Camera<S, F>,
    init: Option<&mut [u8]>,
    start: Millis,
    duration: Millis,
    content: &mut [u8],
) -> Result<(), RecordError> {
    let end = Millis(start.0.saturating_add(duration.0));
    let group = footage::camera::Group {
        picture_init: init,
        pictures: vec![Piece { start, end, content }],
        // Times beyond the calendar are tried, too.
        next: (end < Millis(u64::MAX / 2)).then_some(end),
        ..Default::default()
    };
    recording.group(camera, clocks_at(end), group)
}

pub const SIZES: [usize; 6] = [3000, 1, 0, 70_000, 512, 4096];

pub struct World<S = MemoryKeyStore> {
    pub now: Timestamp,
    pub random: Pinned,
    pub log: MemoryLog,
    pub witnesses: Vec<Witness>,
    pub trust: TrustRoots,
    pub ledger: Ledger,
    pub latest: Option<Witnessed>,
    /// Every checkpoint so far, for whoever replays the log.
    pub history: Vec<Witnessed>,
    pub policy: Policy,
    pub registrar: Registrar,
    pub maker: SigningKey,
    pub agency: Agency<Hoard>,
    pub other: Agency<Hoard>,
    /// Handles to the stores of the agency and of the other one.
    pub vaults: [Hoard; 2],
    /// Where excerpts of the agency and of the other one lie.
    pub objects: [Arc<MemoryObjects>; 2],
    /// The signing keys once more, for those of the town who turn against it.
    pub keys: Keys,
    pub custodians: Vec<Custodian<S>>,
    pub camera: Camera<MemoryStore, MemoryFiles>,
    /// The household, which has the camera.
    pub home: Household<MemoryStore>,
    pub owner: KemPrivateKey,
    pub recovery: KemPrivateKey,
}

/// Everybody's signing keys.
#[derive(Debug)]
pub struct Keys {
    pub log: SigningKey,
    pub witnesses: Vec<SigningKey>,
    pub agency: SigningKey,
    pub other: SigningKey,
    pub custodians: Vec<SigningKey>,
    pub camera: SigningKey,
}

/// The same key a second time.
pub fn twin(key: &SigningKey) -> SigningKey {
    SigningKey::from_secret(&key.to_secret())
}

/// Witnesses with these keys, who have seen nothing of the log yet.
pub fn watching(log: &MemoryLog, keys: &[SigningKey]) -> Vec<Witness> {
    let witnesses = (1..).zip(keys).map(|(n, key)| {
        let mut witness = Witness::new(KeyName::new(format!("witness{n}.example")).unwrap(), twin(key));
        witness.watch(log.origin().clone(), log.verifying_key());
        witness
    });
    witnesses.collect()
}

/// A range of a clip: from one segment to before another, and the layers.
pub type Chosen = (u32, u32, Layers);

/// A grant with all that was made on the way.
pub struct Granted {
    pub request: Standing<Request>,
    pub excerpt: Vec<u8>,
    pub excerpted: Excerpted,
}

impl Granted {
    pub fn open_file(&self) -> Excerpt<Cursor<Vec<u8>>> {
        read_excerpt(&self.excerpt).unwrap()
    }

    pub fn id(&self) -> StatementId {
        self.excerpted.terms.id()
    }

    /// The first moment after its access ended.
    pub fn end(&self) -> Timestamp {
        self.excerpted.terms.statement().not_after.end()
    }
}

impl World<MemoryKeyStore> {
    pub fn new() -> Self {
        Self::with_stores(MemoryKeyStore::default)
    }
}

impl World<Disk> {
    /// A town whose custodians' disks the test has in hand.
    pub fn with_disks() -> (Self, Vec<Disk>) {
        let mut disks = Vec::new();
        let world = Self::with_stores(|| {
            disks.push(Disk::default());
            disks[disks.len() - 1].clone()
        });
        (world, disks)
    }
}

impl<S: KeyStore + std::fmt::Debug> World<S> {
    pub fn with_stores(mut store: impl FnMut() -> S) -> Self {
        Self::with(KemAlgorithm::XWing, &mut store)
    }

    pub fn with(kem: KemAlgorithm, store: &mut dyn FnMut() -> S) -> Self {
        let mut random = Pinned(1);
        let mut key = || SigningKey::generate(&mut random).unwrap();
        let origin = KeyName::new("log.example/footage").unwrap();
        let log_key = key();
        let witness_keys: Vec<_> = (1..=4).map(|_| key()).collect();
        let log = MemoryLog::new(origin.clone(), twin(&log_key));
        let witnesses = watching(&log, &witness_keys);
        let registrar = Registrar::new(key());
        let maker = key();
        let camera_key = key();
        let (first, second) = (key(), key());
        let keys = [key(), key(), key()];
        let root =
            LogRoot::new(origin, log.verifying_key(), witnesses.iter().map(Witness::key).collect(), 3, 1).unwrap();
        let trust = TrustRoots::new(root, vec![registrar.verifying_key()], 1).unwrap();

        let request = CertificateRequest {
            camera: CameraId::from_bytes([7; 16]),
            maker: MakerId::new("acme").unwrap(),
            model: name("Doorbell 3"),
        };
        let certificate =
            CameraCertificate::new(Verified::sign(request, &camera_key), at(NOON).before(Millis::DAY.times(100)));
        let certificate = Verified::sign(certificate, &maker).into_signed();
        let secret = Secret::random(&mut random).unwrap();
        let stolen = Keys {
            log: log_key,
            witnesses: witness_keys,
            agency: twin(&first),
            other: twin(&second),
            custodians: keys.iter().map(twin).collect(),
            camera: twin(&camera_key),
        };
        let vaults = [Hoard::default(), Hoard::default()];
        let device = Device { certificate, key: camera_key, secret, suite: Suite::Aes256Gcm };
        let home = Home::new(KemAlgorithm::default(), 2, &[device.key.verifying_key()], at(NOON));
        let camera = Camera::begin(device, home.list(), MemoryStore::new(), MemoryFiles::new()).unwrap();
        let Home { household: home, owner, recovery } = home;
        let objects = [(); 2].map(|()| Arc::new(MemoryObjects::new()));
        let mut open = |n: usize, id, key| {
            let (id, store) = (AgencyId::new(id).unwrap(), vaults[n].clone());
            Agency::open(id, key, kem, store, objects[n].clone(), &mut random).unwrap()
        };
        let (agency, other) = (open(0, "OH0500100", first), open(1, "OH0500200", second));
        let mut world = Self {
            now: at(NOON),
            random,
            log,
            witnesses,
            ledger: Ledger::new(trust.clone()),
            trust,
            latest: None,
            history: Vec::new(),
            policy: Policy { post_quantum: kem.is_post_quantum(), ..Policy::default() },
            registrar,
            maker,
            agency,
            other,
            vaults,
            objects,
            keys: stolen,
            custodians: Vec::new(),
            camera,
            home,
            owner,
            recovery,
        };
        let starts = keys.into_iter().zip(["alpha", "beta", "gamma"]).map(|(key, id)| {
            let id = CustodianId::new(id).unwrap();
            Starting::begin(seat(id, key, kem), store(), &mut world.random).unwrap()
        });
        let starts: Vec<_> = starts.collect();
        let keys: Vec<_> = starts.iter().map(|(starting, _)| starting.verifying_key()).collect();
        world.approve_all(&keys);
        world.witness();
        let starting = starts.into_iter().map(|(starting, start)| {
            world.append(start);
            starting
        });
        let starting: Vec<_> = starting.collect();
        world.witness();
        for starting in starting {
            let (mut custodian, receipts) = starting.serve(&world.ledger, world.now).unwrap();
            assert!(receipts.is_empty());
            for key in custodian.publish_keys(&world.ledger, 45, &mut world.random).unwrap() {
                world.append(key);
            }
            world.custodians.push(custodian);
        }
        world.witness();
        world
    }

    /// Renews every approval for a week.
    pub fn renew(&mut self) {
        let keys: Vec<_> = self.custodians.iter().map(Custodian::verifying_key).collect();
        self.approve_all(&keys);
        self.witness();
    }

    fn approve_all(&mut self, custodians: &[footage::crypto::VerifyingKey]) {
        let agency = self.agency_approval(self.agency.id().as_str(), self.agency.verifying_key());
        let other = self.agency_approval(self.other.id().as_str(), self.other.verifying_key());
        self.approve(agency);
        self.approve(other);
        self.approve(MakerApproval {
            maker: MakerId::new("acme").unwrap(),
            name: name("Acme Cameras"),
            key: self.maker.verifying_key(),
            validity: self.week(),
        });
        for (key, id) in custodians.iter().zip(["alpha", "beta", "gamma"]) {
            self.approve(CustodianApproval {
                custodian: CustodianId::new(id).unwrap(),
                operator: name("A trusted operator"),
                group: Group::new(GroupId::new("town").unwrap(), 2, 3).unwrap(),
                key: *key,
                affiliations: Vec::new(),
                validity: self.week(),
            });
        }
    }

    pub fn week(&self) -> Window {
        let from = self.now.before(Millis::MINUTE);
        Window::new(from, from.after(MAX_APPROVAL)).unwrap()
    }

    pub fn agency_approval(&self, id: &str, key: footage::crypto::VerifyingKey) -> AgencyApproval {
        AgencyApproval {
            agency: AgencyId::new(id).unwrap(),
            name: name("Town Police"),
            jurisdiction: town(5),
            key,
            incentives: Vec::new(),
            validity: self.week(),
        }
    }

    pub fn approve<T: footage::registrar::Approval>(&mut self, approval: T) {
        let approval = self.registrar.approve(approval).unwrap();
        self.append(approval);
    }

    /// Puts a statement into the log, not witnessed yet.
    pub fn append<T: Statement>(&mut self, statement: Verified<T>) -> StatementId {
        let id = statement.id();
        self.log.append(statement.into_signed()).unwrap();
        id
    }

    pub fn wait(&mut self, span: Millis) {
        self.now = self.now.after(span);
    }

    /// A second passes, the witnesses cosign the log, and the ledger follows.
    pub fn witness(&mut self) {
        self.wait(Millis::SECOND);
        let note = self.log.cosigned(&mut self.witnesses, self.now).unwrap();
        let witnessed = Witnessed::verify(&note, self.trust.log()).unwrap();
        let from = self.latest.as_ref().map_or(0, |latest| latest.checkpoint().size());
        let entries = self.log.entries(from, self.log.size()).unwrap().to_vec();
        self.ledger.advance(&entries, &witnessed).unwrap();
        self.latest = Some(witnessed.clone());
        self.history.push(witnessed);
    }

    /// The ledger of somebody who got the first so many checkpoints and nothing since.
    pub fn ledger_of(&self, checkpoints: usize) -> Ledger {
        let mut ledger = Ledger::new(self.trust.clone());
        let mut from = 0;
        for witnessed in &self.history[..checkpoints] {
            let to = witnessed.checkpoint().size();
            ledger.advance(self.log.entries(from, to).unwrap(), witnessed).unwrap();
            from = to;
        }
        ledger
    }

    pub fn publish<T: Statement>(&mut self, statement: Verified<T>) -> StatementId {
        let id = self.append(statement);
        self.witness();
        id
    }

    /// What the agency asks for by default: the hour before the last quarter of an hour.
    pub fn ask(&self) -> Ask {
        let to = self.now.before(Millis::MINUTE.times(15));
        Ask {
            cells: cells(3),
            window: Window::new(to.before(Millis::HOUR), to).unwrap(),
            offence: Offence::new("220").unwrap(),
            case: Reference::new("2026-0042").unwrap(),
            basis: Basis::Voluntary,
            retention: Days::new(14).unwrap(),
            open_until: self.now.after(Millis::DAY.times(3)),
        }
    }

    pub fn anchor(&self) -> Witnessed {
        self.latest.clone().unwrap()
    }

    pub fn request(&mut self) -> Standing<Request> {
        let ask = self.ask();
        self.request_for(ask)
    }

    /// Logs a request. One that the agency's app refuses to sign, the agency signs by itself.
    pub fn request_for(&mut self, ask: Ask) -> Standing<Request> {
        let request = match self.agency.request(ask.clone(), &self.policy, &self.ledger, &mut self.random) {
            Err(AgencyError::Refused(_)) => self.forged_request(ask),
            request => request.unwrap(),
        };
        let id = self.publish(request);
        self.ledger.request(id).unwrap()
    }

    /// Logs a request that the agency signs, but that its own app would not have made.
    pub fn rogue_request(&mut self, change: impl FnOnce(&mut Request)) -> Standing<Request> {
        let ask = self.ask();
        let mut request = self.draft(*self.agency.id(), ask);
        change(&mut request);
        let id = self.publish(Verified::sign(request, &self.keys.agency));
        self.ledger.request(id).unwrap()
    }

    /// What an agency's app would have signed, whatever the rules say.
    pub fn draft(&mut self, agency: AgencyId, ask: Ask) -> Request {
        let Ask { cells, window, offence, case, basis, retention, open_until } = ask;
        let kem = if self.policy.post_quantum { KemAlgorithm::XWing } else { KemAlgorithm::X25519 };
        let key = KemPrivateKey::generate(kem, &mut self.random).unwrap().public_key();
        let last = self.ledger.last_asked(&agency);
        let (sequence, previous) = last.map_or((0, None), |(number, last)| (number + 1, Some(last)));
        let anchor = self.anchor().to_anchor();
        Request { agency, cells, window, offence, case, basis, retention, open_until, key, sequence, previous, anchor }
    }

    /// A request that the agency signs, whatever the rules say.
    pub fn forged_request(&mut self, ask: Ask) -> Verified<Request> {
        let request = self.draft(*self.agency.id(), ask);
        Verified::sign(request, &self.keys.agency)
    }

    /// Lets time pass, with a checkpoint and renewed approvals every three days.
    pub fn pass_to(&mut self, time: Timestamp) {
        while self.now < time {
            self.wait(Millis(time.since(self.now).0.min(Millis::DAY.times(3).0)));
            self.renew();
        }
    }

    /// Has this household live where the other did.
    pub fn move_in(&mut self, home: Home) {
        Home { household: self.home, owner: self.owner, recovery: self.recovery } = home;
    }

    /// The household key, and the recovery key.
    pub fn owner_keys(&self) -> [KemPublicKey; 2] {
        [self.owner.public_key(), self.recovery.public_key()]
    }

    /// The list that the camera was paired with.
    pub fn household(&self) -> Verified<OwnerList> {
        self.home.owner_lists()[0].clone()
    }

    /// A clip of six one-minute segments with an init segment before them, that began 40 minutes ago.
    pub fn clip(&mut self) -> Vec<u8> {
        let started = self.now.before(Millis::MINUTE.times(40));
        self.clip_from(started, &SIZES)
    }

    pub fn clip_from(&mut self, started: Timestamp, sizes: &[usize]) -> Vec<u8> {
        // A camera that dates no clip before another: each of these clips may be of any time.
        let device = Device {
            certificate: self.camera.certificate().clone().into_signed(),
            key: twin(&self.keys.camera),
            secret: Secret::random(&mut self.random).unwrap(),
            suite: Suite::Aes256Gcm,
        };
        let mut fresh = Camera::begin(device, self.household(), MemoryStore::new(), MemoryFiles::new());
        // A camera that a test put in its place has a key of its own.
        let camera = fresh.as_mut().unwrap_or(&mut self.camera);
        let mut recording = begin(camera, started, Cadence::EveryGroup, &mut self.random).unwrap();
        for (minute, size) in (0..).zip(sizes) {
            let (mut init, mut content) = (b"codec parameters".to_vec(), content(minute, *size));
            let start = Millis::MINUTE.times(minute);
            media_with(&mut recording, camera, Some(&mut init[..]), start, Millis::MINUTE, &mut content).unwrap();
        }
        recording.finish(camera).unwrap().into_inner().to_bytes()
    }

    /// Grants the media segments 2 to 5 of a clip for a week.
    pub fn grant(&mut self, request: &Standing<Request>, clip: &[u8]) -> Granted {
        self.grant_range(request, clip, 2, 5, 7)
    }

    pub fn grant_range(&mut self, request: &Standing<Request>, clip: &[u8], from: u32, to: u32, days: u64) -> Granted {
        self.grant_all(request, &[(clip, &[(from, to, Layers::Pictures)])], days)
    }

    /// Opens a clip for its owner.
    pub fn owned<'a>(&self, clip: &'a [u8]) -> OwnedClip<Cursor<&'a [u8]>> {
        let clip = FinishedClip::open(Cursor::new(clip)).unwrap();
        self.home.own(clip, self.now).unwrap()
    }

    /// Grants ranges of clips, each with its layers.
    pub fn grant_all(&mut self, request: &Standing<Request>, clips: &[(&[u8], &[Chosen])], days: u64) -> Granted {
        let (mut owned, mut selections) = (Vec::new(), Vec::new());
        for (clip, ranges) in clips {
            let mut clip = self.owned(clip);
            for &(from, to, layers) in *ranges {
                selections.push(clip.select_segments(from, to).unwrap().only(layers).unwrap());
            }
            owned.push(clip);
        }
        let group = GroupId::new("town").unwrap();
        let proposal = Proposal { request, selections: &selections, group: &group, days: Days::new(days).unwrap() };
        let permit = self.policy.permit(&proposal, &self.ledger, self.now).unwrap();
        let mut excerpt = Vec::new();
        let (clips, long_term) = (&mut owned[..], &Secret::take(&mut [8; 32]));
        let (ledger, now) = (&self.ledger, self.now);
        let consenting = Consenting { permit, clips, ledger, words: "At the door.", now, long_term };
        let keeper = &mut MemoryKeeper::default();
        let kept = consent(consenting, &mut self.random).unwrap().keep(keeper).unwrap();
        let excerpted = kept.write(&mut owned, keeper, self.now, &mut excerpt).unwrap();
        Granted { request: request.clone(), excerpt, excerpted }
    }

    /// Takes the excerpt in and logs a release of it.
    pub fn release(&mut self, granted: &Granted) -> StatementId {
        let terms = self.agency.take_in(&mut granted.open_file(), &self.policy, &self.ledger).unwrap();
        let release = self.agency.release(terms, &self.policy, &self.ledger, self.now, &mut self.random).unwrap();
        self.publish(release)
    }

    /// Logs a release with another one-time key, which the agency signs, but that its own app would not have made.
    pub fn rogue_release(&mut self, granted: &Granted) -> StatementId {
        let released = self.ledger.releases().find(|known| known.statement().terms.id() == granted.id()).unwrap();
        let mut release = released.statement().clone();
        let kem = release.key.algorithm();
        release.key = KemPrivateKey::generate(kem, &mut self.random).unwrap().public_key();
        self.publish(Verified::sign(release, &self.keys.agency))
    }

    /// What the agency brings to each custodian, for whatever release.
    #[allow(clippy::unused_self)]
    pub fn deliveries(&self, granted: &Granted, release: StatementId) -> Vec<Delivery> {
        let excerpt = granted.open_file();
        let envelope = excerpt.envelope().clone().into_signed();
        let wraps = excerpt.custodian_wraps().iter();
        let delivery = |wrap: &footage::crypto::Wrapped| {
            let (envelope, wrap) = (Box::new(envelope.clone()), wrap.clone());
            Delivery { release, envelope, wrap }
        };
        wraps.map(delivery).collect()
    }

    /// Whoever has this store and signs with this key, as the agency of this id.
    pub fn posing(&mut self, id: AgencyId, key: &SigningKey, store: &Hoard) -> Agency<Hoard> {
        let (kem, objects) = (KemAlgorithm::XWing, Arc::new(MemoryObjects::new()));
        Agency::open(id, twin(key), kem, store.clone(), objects, &mut self.random).unwrap()
    }

    /// Takes the excerpt in anew under another release: the agency with its store set back to before the first, which it
    /// should not have kept.
    pub fn set_back(&mut self, before: &Hoard) {
        let (id, objects) = (*self.agency.id(), self.objects[0].clone());
        let (key, kem) = (twin(&self.keys.agency), self.policy.post_quantum);
        let kem = if kem { KemAlgorithm::XWing } else { KemAlgorithm::X25519 };
        self.vaults[0] = before.backup();
        self.agency = Agency::open(id, key, kem, self.vaults[0].clone(), objects, &mut self.random).unwrap();
    }

    /// Hands answers to the agency, and opens the grant. Answers that are refused are passed over.
    pub fn open(&mut self, granted: &Granted, answers: Vec<Signed<Answer>>) -> Result<Opened, AgencyError> {
        for answer in answers {
            let _passed_over = self.agency.take_answer(answer, &self.ledger);
        }
        self.agency.open_grant(granted.id(), &self.ledger, self.now)
    }

    /// Asks a custodian for its notice.
    pub fn notice(&mut self, n: usize, delivery: &Delivery) -> Result<Verified<AnswerNotice>, CustodianError> {
        self.custodians[n].notice(delivery, &self.policy, &self.ledger, self.now, &mut self.random)
    }

    /// Asks a custodian for the answer that it gave notice of.
    pub fn answer(&mut self, n: usize, notice: StatementId) -> Result<Signed<Answer>, CustodianError> {
        let answer = self.custodians[n].answer(notice, &self.policy, &self.ledger, self.now, &mut self.random);
        answer.map(Verified::into_signed)
    }

    /// Lets these custodians answer a release.
    pub fn answers(&mut self, granted: &Granted, release: StatementId, custodians: &[usize]) -> Vec<Signed<Answer>> {
        let deliveries = self.deliveries(granted, release);
        let notices = custodians.iter().map(|&n| {
            let notice = self.notice(n, &deliveries[n]).unwrap();
            (n, self.append(notice))
        });
        let notices: Vec<_> = notices.collect();
        self.witness();
        notices.into_iter().map(|(n, notice)| self.answer(n, notice).unwrap()).collect()
    }
}

/// The content of a media segment.
pub fn content(index: u64, size: usize) -> Vec<u8> {
    (0..size as u64).map(|at| (at.wrapping_mul(31) ^ index) as u8).collect()
}
