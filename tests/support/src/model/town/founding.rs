//! How every sequence begins, made once: keys, clips, and a log in which everybody is approved and every custodian has
//! started and published its keys.

use std::io::Cursor;
use std::sync::{Arc, OnceLock};

use footage::agency::Agency;
use footage::auditor::Auditor;
use footage::camera::{Cadence, Camera, Device, MemoryFiles};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, Secret, SigningKey, Suite, VerifyingKey};
use footage::custodian::Starting;
use footage::policy::Policy;
use footage::record::*;
use footage::registrar::Registrar;
use footage::resident::Household;
use footage::store::{MemoryObjects, MemoryStore};
use footage::tlog::{Witness, Witnessed};

use super::super::action::{AGENCIES, CUSTODIANS, MINUTE, SECOND, WITNESSES};
use super::super::rules::{AHEAD, CLIPS, NOON, STARTED};
use super::home::HOMES;
use super::logbook::Logbook;
use crate::common::{Disk, Hoard, Image, Pinned, at, begin, content, media_with, name, seat};
use crate::home::Home;

/// How everything is wrapped: fast, and as good as any for what is looked at here.
pub const KEM: KemAlgorithm = KemAlgorithm::X25519;
/// A moment before the first action.
pub const FOUNDED: u64 = NOON - MINUTE;

/// Everybody's signing keys.
pub struct Keys {
    pub log: SigningKey,
    pub witnesses: Vec<SigningKey>,
    pub registrar: SigningKey,
    pub agencies: Vec<SigningKey>,
    pub custodians: Vec<SigningKey>,
    /// Of somebody who has no part in all this.
    pub stranger: SigningKey,
}

/// All that is the same in every sequence.
pub struct Founding {
    pub keys: Keys,
    pub trust: TrustRoots,
    pub policy: Policy,
    /// Custodians are stricter than residents.
    pub custodians_policy: Policy,
    /// The household that has both homes.
    pub home: Household<MemoryStore>,
    pub clips: Vec<Vec<u8>>,
    pub clip_ids: Vec<ClipId>,
    pub disks: Vec<Image>,
    pub entries: Vec<Vec<u8>>,
    pub history: Vec<Witnessed>,
    /// An auditor who has followed the log so far, as it was saved.
    pub auditor: Vec<u8>,
}

impl Founding {
    pub fn get() -> &'static Self {
        static FOUNDING: OnceLock<Founding> = OnceLock::new();
        FOUNDING.get_or_init(Self::new)
    }

    fn new() -> Self {
        let mut random = Pinned(7);
        let mut keys = |count| (0..count).map(|_| SigningKey::generate(&mut random).unwrap()).collect::<Vec<_>>();
        let (witnesses, agencies, custodians) = (keys(WITNESSES.into()), keys(AGENCIES), keys(CUSTODIANS));
        let [log, registrar, stranger] = keys(3).try_into().unwrap();
        let keys = Keys { log, witnesses, registrar, agencies, custodians, stranger };
        let witnesses = keys.watching().iter().map(Witness::key).collect();
        let root = LogRoot::new(origin(), keys.log.verifying_key(), witnesses, 3, 1).unwrap();
        let home = Home::new(KEM, 8, &[], at(NOON));
        let list = home.list();
        let mut home = home.household;
        for camera in [0, 1] {
            home.write(own_camera(camera), at(NOON), &mut random).unwrap();
        }
        let clips: Vec<_> = (0..CLIPS.len()).map(|home| clip(home, &list)).collect();
        let mut founding = Self {
            trust: TrustRoots::new(root, vec![keys.registrar.verifying_key()], 1).unwrap(),
            keys,
            policy: Policy { post_quantum: false, budget: 5, ..Policy::default() },
            custodians_policy: Policy { post_quantum: false, budget: 4, ..Policy::default() },
            home,
            clip_ids: clips.iter().map(|clip| FinishedClip::open(Cursor::new(clip)).unwrap().clip()).collect(),
            clips,
            disks: Vec::new(),
            entries: Vec::new(),
            history: Vec::new(),
            auditor: Vec::new(),
        };
        founding.begin();
        founding
    }

    /// The log's first entries, under three checkpoints.
    fn begin(&mut self) {
        let mut log = Logbook::new(self.keys.log.duplicate());
        let mut witnesses = self.keys.watching();
        let mut auditor = Auditor::new(self.trust.clone(), self.policy.clone());
        let mut witness = |log: &Logbook, auditor: &mut Auditor, now: u64| {
            let note = log.cosigned(&mut witnesses, |_| Some(at(now)));
            let checkpoint = Witnessed::verify(&note, self.trust.log()).unwrap();
            auditor.advance(log.since(auditor.ledger().size()), &checkpoint).unwrap();
            self.history.push(checkpoint);
        };
        for approval in self.keys.approvals(FOUNDED, true, true, false) {
            log.append(approval);
        }
        witness(&log, &mut auditor, FOUNDED);
        let disks: Vec<_> = (0..CUSTODIANS).map(|_| Disk::default()).collect();
        let starting: Vec<_> = disks.iter().enumerate().map(|(n, disk)| self.keys.start(n, disk.clone(), 0)).collect();
        for (_, start) in &starting {
            log.append(start.to_bytes());
        }
        witness(&log, &mut auditor, FOUNDED + SECOND);
        let mut random = Pinned(8);
        for (starting, _) in starting {
            let (mut custodian, _) = starting.serve(auditor.ledger(), at(FOUNDED)).unwrap();
            for key in custodian.publish_keys(auditor.ledger(), AHEAD as u32, &mut random).unwrap() {
                log.append(key.to_bytes());
            }
        }
        witness(&log, &mut auditor, FOUNDED + 2 * SECOND);
        self.disks = disks.iter().map(Disk::image).collect();
        self.entries = log.since(0).to_vec();
        self.auditor = auditor.save();
    }
}

impl Keys {
    /// The witnesses, who have seen nothing of the log yet.
    pub fn watching(&self) -> Vec<Witness> {
        let witnesses = self.witnesses.iter().enumerate().map(|(n, key)| {
            let mut witness = Witness::new(KeyName::new(format!("witness{n}.example")).unwrap(), key.duplicate());
            witness.watch(origin(), self.log.verifying_key());
            witness
        });
        witnesses.collect()
    }

    /// An agency with this store and these objects.
    pub fn agency(&self, n: usize, store: &Hoard, objects: &Arc<MemoryObjects>, random: &mut Pinned) -> Agency<Hoard> {
        let (key, objects) = (self.agencies[n].duplicate(), objects.clone());
        Agency::open(agency_id(n), key, KEM, store.clone(), objects, random).unwrap()
    }

    /// A custodian that starts; the same number gives the same start.
    pub fn start(&self, n: usize, disk: Disk, number: u64) -> (Starting<Disk>, Verified<CustodianStart>) {
        let (key, random) = (self.custodians[n].duplicate(), &mut Pinned(number << 8 | n as u64));
        Starting::begin(seat(custodian_id(n), key, KEM), disk, random).unwrap()
    }

    /// What the registrar approves for a week.
    pub fn approvals(&self, now: u64, agencies: bool, custodians: bool, affiliated: bool) -> Vec<Vec<u8>> {
        let registrar = Registrar::new(self.registrar.duplicate());
        let agencies = (0..2).filter(|_| agencies).map(|agency| {
            let approval = agency_approval(agency, &self.agencies[agency], now);
            registrar.approve(approval).unwrap().to_bytes()
        });
        let custodians = (0..CUSTODIANS).filter(|_| custodians).map(|n| {
            let approval = CustodianApproval {
                custodian: custodian_id(n),
                operator: name("A trusted operator"),
                group: Group::new(GroupId::new("town").unwrap(), 2, 3).unwrap(),
                key: self.custodians[n].verifying_key(),
                affiliations: if affiliated && n < 2 { vec![agency_id(0)] } else { Vec::new() },
                validity: week(now),
            };
            registrar.approve(approval).unwrap().to_bytes()
        });
        agencies.chain(custodians).collect()
    }
}

pub fn agency_approval(agency: usize, key: &SigningKey, now: u64) -> AgencyApproval {
    AgencyApproval {
        agency: agency_id(agency),
        name: name("Town Police"),
        jurisdiction: jurisdiction(),
        key: key.verifying_key(),
        incentives: Vec::new(),
        validity: week(now),
    }
}

fn week(now: u64) -> Window {
    Window::new(at(now - MINUTE), at(now - MINUTE).after(MAX_APPROVAL)).unwrap()
}

pub fn origin() -> KeyName {
    KeyName::new("log.example/footage").unwrap()
}

pub fn agency_id(agency: usize) -> AgencyId {
    AgencyId::new(["OH0500100", "OH0500200", "OH0500300"][agency]).unwrap()
}

pub fn custodian_id(custodian: usize) -> CustodianId {
    CustodianId::new(["alpha", "beta", "gamma"][custodian]).unwrap()
}

/// The cell so many metres east of the town's centre.
pub fn cell(east: f64) -> Cell {
    Cell::at(41.1, -80.65 + east / 83_900.0).unwrap()
}

/// Where the agencies may ask: some kilometres around the town's centre.
fn jurisdiction() -> Jurisdiction {
    let around = cell(0.0).ancestor(6).unwrap();
    Jurisdiction::new(around.neighbours().chain([around])).unwrap()
}

/// What is recorded as a segment of a home's clip: of few bytes, of none, and of some more than a block.
pub fn recorded(home: usize, segment: u32) -> Vec<u8> {
    let sizes = [9, 24, 0, 70, 5, 17];
    content(home as u64 * 100 + u64::from(segment), sizes[(segment as usize + home) % sizes.len()])
}

/// The key of a home's camera.
pub fn camera_key(home: usize) -> VerifyingKey {
    let (_, _, key) = camera_keys(home);
    key.verifying_key()
}

/// The randomness of a home's camera, and after it its maker's key and its own.
fn camera_keys(home: usize) -> (Pinned, SigningKey, SigningKey) {
    let mut random = Pinned(50 + home as u64);
    let (maker, key) = (SigningKey::generate(&mut random).unwrap(), SigningKey::generate(&mut random).unwrap());
    (random, maker, key)
}

/// What the household writes down of a home's camera: the cell that it is in.
fn own_camera(home: usize) -> EntryContent {
    EntryContent::Camera(HouseholdCamera { key: camera_key(home), cell: Some(cell(HOMES[home])) })
}

/// A home's clip, by a camera of its own.
fn clip(home: usize, owners: &Verified<OwnerList>) -> Vec<u8> {
    let (mut random, maker, key) = camera_keys(home);
    let request = CertificateRequest {
        camera: CameraId::from_bytes([home as u8; 16]),
        maker: MakerId::new("acme").unwrap(),
        model: name("Doorbell 3"),
    };
    let certificate = CameraCertificate::new(Verified::sign(request, &key), at(STARTED[home]));
    let certificate = Verified::sign(certificate, &maker).into_signed();
    let (secret, suite) = (Secret::random(&mut random).unwrap(), Suite::Aes256Gcm);
    let device = Device { certificate, key, secret, suite };
    let mut camera = Camera::begin(device, owners.clone(), MemoryStore::new(), MemoryFiles::new()).unwrap();
    let started = at(STARTED[home]);
    let mut recording = begin(&mut camera, started, Cadence::AtEnd, &mut random).unwrap();
    let (mut second, mut init) = (0, None);
    for (segment, is_media) in (0..).zip(CLIPS[home]) {
        let mut content = recorded(home, segment);
        if *is_media {
            let mut codec: Option<Vec<u8>> = init.take();
            let codec = codec.as_deref_mut();
            media_with(&mut recording, &mut camera, codec, Millis(second), Millis::SECOND, &mut content).unwrap();
            second += SECOND;
        } else {
            init = Some(content);
        }
    }
    recording.finish(&mut camera).unwrap().into_inner().to_bytes()
}
