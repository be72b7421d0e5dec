//! Who there is: a log with four witnesses, a registrar, a maker of cameras, two agencies, three custodians, and Mara, who
//! has a doorbell camera.

use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

use footage::agency::{Agency, Ask, Deletion};
use footage::camera::{Camera, Device, DirectoryFiles};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, OsRandom, Secret, SigningKey, Suite, VerifyingKey};
use footage::custodian::{Custodian, NewCustodian, Starting};
use footage::ledger::{Ledger, Standing};
use footage::logkeeper::LogStore;
use footage::policy::Policy;
use footage::record::{
    AgencyApproval, AgencyId, Answer, AnswerNotice, Basis, CameraCertificate, CameraId, Cell, Cells,
    CertificateRequest, CustodianApproval, CustodianId, Days, Delivery, EntryContent, Group, GroupId, HouseholdCamera,
    Jurisdiction, MAX_APPROVAL, MakerApproval, MakerId, Millis, Name, Offence, Receipt, Reference, Request, Statement,
    StatementId, Timestamp, Tool, TrustRoots, Verified, Window, Word,
};
use footage::registrar::{Approval, Registrar};
use footage::resident::{Household, HouseholdDevice, MemoryPlace, RecoverySheet};
use footage::store::{MemoryObjects, MemoryStore};
use footage::tlog::Witnessed;

use super::Result;
use super::keeping::{Backup, DemoStore, Disk};
use super::log::Log;

/// The centre of the town, where Mara lives: longitude and latitude.
const CENTRE: (f64, f64) = (-80.65, 41.1);

/// Who the custodians are.
const CUSTODIANS: [(&str, &str); 3] =
    [("library", "Town Library"), ("university", "State University"), ("legal-aid", "Legal Aid Society")];

/// The group of the three, of whom two open a grant.
pub(crate) const GROUP: &str = "town";

/// How the keys are wrapped: safe against a later quantum computer.
pub(crate) const KEM: KemAlgorithm = KemAlgorithm::XWing;

/// An agency, with what it should have forgotten.
pub(crate) struct Station {
    pub(crate) name: &'static str,
    pub(crate) agency: Agency<DemoStore>,
    pub(crate) key: SigningKey,
    pub(crate) backup: Backup,
}

/// A custodian at its desk.
pub(crate) struct Seat {
    pub(crate) id: CustodianId,
    pub(crate) key: SigningKey,
    pub(crate) disk: Disk,
    pub(crate) custodian: Custodian<Disk>,
}

pub(crate) struct Town {
    pub(crate) now: Timestamp,
    pub(crate) log: Log,
    pub(crate) trust: TrustRoots,
    pub(crate) policy: Policy,
    pub(crate) ledger: Ledger,
    registrar: Registrar,
    maker: SigningKey,
    pub(crate) camera: Camera<MemoryStore, DirectoryFiles>,
    /// Mara's household, as her phone knows it. The camera is paired with it.
    pub(crate) mara: Household<MemoryStore>,
    /// The recovery key, from the sheets in Mara's drawer.
    pub(crate) recovery: KemPrivateKey,
    pub(crate) police: Station,
    pub(crate) sheriff: Station,
    pub(crate) seats: Vec<Seat>,
    /// Every deletion receipt so far, under a name for it.
    pub(crate) receipts: Vec<(String, Verified<Receipt>)>,
}

impl Town {
    /// The town with an empty log. The camera records into the folder `clips`.
    pub(crate) fn found(now: Timestamp, store: LogStore, clips: &Path) -> Result<Self> {
        let log = Log::create(store)?;
        let registrar = Registrar::new(key()?);
        let trust = TrustRoots::new(log.root().clone(), vec![registrar.verifying_key()], 1)?;
        let (maker, camera_key) = (key()?, key()?);
        let request =
            CertificateRequest { camera: camera_id(), maker: MakerId::new("acme")?, model: Name::new("Doorbell 3")? };
        let certificate =
            CameraCertificate::new(Verified::sign(request, &camera_key), now.before(Millis::DAY.times(100)));
        let certificate = Verified::sign(certificate, &maker).into_signed();
        let (secret, suite) = (Secret::random(&mut OsRandom)?, Suite::Aes256Gcm);
        let device = Device { certificate, key: camera_key, secret, suite };
        let (mara, recovery) = household(device.key.verifying_key(), now)?;
        let owners = mara.owner_lists().first().ok_or("the household has no list")?.clone();
        let camera = Camera::begin(device, owners, MemoryStore::new(), DirectoryFiles::new(clips))?;
        Ok(Self {
            now,
            log,
            policy: Policy::default(),
            ledger: Ledger::new(trust.clone()),
            trust,
            registrar,
            maker,
            camera,
            mara,
            recovery,
            police: Station::new("Town Police", "OH0500100")?,
            sheriff: Station::new("County Sheriff", "OH0500200")?,
            seats: Vec::new(),
            receipts: Vec::new(),
        })
    }

    /// The household key, which Mara's phone has.
    pub(crate) fn household_key(&self) -> Result<&KemPrivateKey> {
        let key = &self.camera.owners().newest().statement().key;
        Ok(self.mara.key(&key.fingerprint()).ok_or("the household has no key")?)
    }

    /// The registrar approves everybody, and the custodians start and publish their keys.
    pub(crate) fn begin(&mut self) -> Result<()> {
        let keys = CUSTODIANS.iter().map(|_| key()).collect::<Result<Vec<_>>>()?;
        let approved: Vec<_> = keys.iter().map(SigningKey::verifying_key).collect();
        self.approve_agency(true)?;
        self.approve_others(&approved)?;
        self.witness()?;
        let mut starting = Vec::new();
        for ((id, _), key) in CUSTODIANS.iter().zip(keys) {
            let (id, disk) = (CustodianId::new(id)?, Disk::default());
            let (start, statement) = Starting::begin(custodian(&id, &key)?, disk.clone(), &mut OsRandom)?;
            self.append(statement)?;
            starting.push((id, key, disk, start));
        }
        self.witness()?;
        for (id, key, disk, start) in starting {
            let (mut custodian, _none) = start.serve(&self.ledger, self.now)?;
            for key in custodian.publish_keys(&self.ledger, 20, &mut OsRandom)? {
                self.append(key)?;
            }
            self.seats.push(Seat { id, key, disk, custodian });
        }
        self.witness()
    }

    /// The registrar renews every approval for a week, but for the sheriff's.
    pub(crate) fn renew(&mut self) -> Result<()> {
        let keys: Vec<_> = self.seats.iter().map(|seat| seat.custodian.verifying_key()).collect();
        self.approve_agency(false)?;
        self.approve_others(&keys)
    }

    fn approve_agency(&mut self, both: bool) -> Result<()> {
        let stations = [&self.police, &self.sheriff].into_iter().take(if both { 2 } else { 1 });
        let approvals = stations.map(|station| {
            Ok(AgencyApproval {
                agency: *station.agency.id(),
                name: Name::new(station.name)?,
                jurisdiction: jurisdiction()?,
                key: station.agency.verifying_key(),
                incentives: Vec::new(),
                validity: self.week()?,
            })
        });
        for approval in approvals.collect::<Result<Vec<_>>>()? {
            self.approve(approval)?;
        }
        Ok(())
    }

    fn approve_others(&mut self, custodians: &[VerifyingKey]) -> Result<()> {
        let validity = self.week()?;
        let (maker, name, key) = (MakerId::new("acme")?, Name::new("Acme Cameras")?, self.maker.verifying_key());
        self.approve(MakerApproval { maker, name, key, validity })?;
        for ((id, operator), key) in CUSTODIANS.iter().zip(custodians) {
            self.approve(CustodianApproval {
                custodian: CustodianId::new(id)?,
                operator: Name::new(operator)?,
                group: Group::new(GroupId::new(GROUP)?, 2, 3)?,
                key: *key,
                affiliations: Vec::new(),
                validity,
            })?;
        }
        Ok(())
    }

    fn approve<T: Approval>(&mut self, approval: T) -> Result<()> {
        let approval = self.registrar.approve(approval)?;
        self.append(approval).map(drop)
    }

    fn week(&self) -> Result<Window> {
        let from = self.now.before(Millis::MINUTE);
        Ok(Window::new(from, from.after(MAX_APPROVAL))?)
    }

    pub(crate) fn wait(&mut self, span: Millis) {
        self.now = self.now.after(span);
    }

    /// Puts a statement into the log, not witnessed yet.
    pub(crate) fn append<T: Statement>(&mut self, statement: Verified<T>) -> Result<StatementId> {
        let id = statement.id();
        self.log.append(statement.into_signed(), self.now)?;
        Ok(id)
    }

    /// A second passes, the witnesses cosign the log, and everybody follows it.
    pub(crate) fn witness(&mut self) -> Result<()> {
        self.wait(Millis::SECOND);
        let known = self.log.checkpoints();
        self.log.witness(self.now)?;
        self.log.follow(&mut self.ledger, known)
    }

    pub(crate) fn publish<T: Statement>(&mut self, statement: Verified<T>) -> Result<StatementId> {
        let id = self.append(statement)?;
        self.witness()?;
        Ok(id)
    }

    /// What the witnesses have cosigned last.
    pub(crate) fn anchor(&self) -> Result<Witnessed> {
        Ok(self.ledger.latest().cloned().ok_or("the log is not witnessed yet")?)
    }

    /// The log as anybody folds it who reads it from its first entry.
    pub(crate) fn replay(&self) -> Result<Ledger> {
        let mut ledger = Ledger::new(self.trust.clone());
        self.log.follow(&mut ledger, 0)?;
        Ok(ledger)
    }

    /// A day passes: the custodians destroy the key of the day before; every third day approvals are renewed.
    pub(crate) fn next_day(&mut self) -> Result<()> {
        self.wait(Millis::DAY);
        if self.now.epoch().number().is_multiple_of(3) {
            self.renew()?;
        }
        self.witness()?;
        for at in 0..self.seats.len() {
            let Some(seat) = self.seats.get_mut(at) else { continue };
            let receipts = seat.custodian.destroy_ended(&self.ledger, self.now)?;
            let name = seat.id.clone();
            for receipt in receipts {
                self.file(name.as_str(), receipt)?;
            }
        }
        self.witness()
    }

    /// Logs a receipt, and keeps a copy under a name.
    pub(crate) fn file(&mut self, party: &str, receipt: Verified<Receipt>) -> Result<()> {
        use footage::record::Subject;
        let of = match receipt.statement().subject {
            Subject::Grant(terms) => format!("grant-{}", short(terms)),
            Subject::Request(request) => format!("request-{}", short(request)),
            Subject::Epoch(epoch) => format!("key-{}", super::narrator::day(epoch.start())),
        };
        self.receipts.push((format!("{party}-{of}"), receipt.clone()));
        self.append(receipt).map(drop)
    }

    /// Brings a delivery to its custodian, who gives notice or does not.
    pub(crate) fn deliver(
        &mut self,
        (id, delivery): &(CustodianId, Delivery),
    ) -> Result<std::result::Result<Verified<AnswerNotice>, footage::custodian::CustodianError>> {
        let seat = self.seats.iter_mut().find(|seat| seat.id == *id).ok_or("a custodian left")?;
        Ok(seat.custodian.notice(delivery, &self.policy, &self.ledger, self.now, &mut OsRandom))
    }

    /// Lets these custodians give notice and, once that is witnessed, answer.
    pub(crate) fn answers(
        &mut self,
        deliveries: &[(CustodianId, Delivery)],
        who: &[&str],
    ) -> Result<Vec<(Verified<AnswerNotice>, Verified<Answer>)>> {
        let mut notices = Vec::new();
        for seat in self.seats.iter_mut().filter(|seat| who.contains(&seat.id.as_str())) {
            let delivery = deliveries.iter().find(|(id, _)| *id == seat.id).ok_or("no delivery for a custodian")?;
            let notice = seat.custodian.notice(&delivery.1, &self.policy, &self.ledger, self.now, &mut OsRandom)?;
            notices.push((seat.id.clone(), notice));
        }
        for (_, notice) in &notices {
            self.append(notice.clone())?;
        }
        self.witness()?;
        let mut answers = Vec::new();
        for (id, notice) in notices {
            let seat = self.seats.iter_mut().find(|seat| seat.id == id).ok_or("a custodian left")?;
            let answer = seat.custodian.answer(notice.id(), &self.policy, &self.ledger, self.now, &mut OsRandom)?;
            answers.push((notice, answer));
        }
        Ok(answers)
    }

    /// A request as the log shows it.
    pub(crate) fn request(&mut self, request: Verified<Request>) -> Result<Standing<Request>> {
        let id = self.publish(request)?;
        Ok(self.ledger.request(id)?)
    }

    /// What an agency asks for: the cell at the centre and those around it, about a burglary.
    pub(crate) fn ask(&self, window: Window, case: &str, open: Millis) -> Result<Ask> {
        Ok(Ask {
            cells: Cells::new([centre()?].into_iter().chain(centre()?.neighbours()).collect())?,
            window,
            offence: Offence::new("220")?,
            case: Reference::new(case)?,
            basis: Basis::Voluntary,
            retention: Days::new(14)?,
            open_until: self.now.after(open),
        })
    }
}

impl Station {
    fn new(name: &'static str, id: &str) -> Result<Self> {
        let (key, store) = (key()?, DemoStore::default());
        let backup = store.backup();
        let agency = agency(AgencyId::new(id)?, &key, store)?;
        Ok(Self { name, agency, key, backup })
    }
}

/// Mara's household with one phone and this camera, and its recovery key, put together from two sheets of paper.
fn household(camera: VerifyingKey, now: Timestamp) -> Result<(Household<MemoryStore>, KemPrivateKey)> {
    let phone = HouseholdDevice::begin(MemoryStore::new(), KEM, &mut OsRandom)?;
    let new = phone.prepare_household(now, &mut OsRandom)?;
    let recovery = RecoverySheet::combine(&new.sheets(2, 2)?)?.seed().kem_key();
    let mut household = phone.begin_household(&new, &mut OsRandom)?;
    let cell = Some(centre()?);
    household.write(EntryContent::Camera(HouseholdCamera { key: camera, cell }), now, &mut OsRandom)?;
    // The place that keeps the household file has it before the camera seals for its key.
    let _ = household.synchronise(&mut MemoryPlace::new(), now, &mut OsRandom)?;
    Ok((household, recovery))
}

/// Opens an agency with this key and this store, without any excerpt.
pub(crate) fn agency(id: AgencyId, key: &SigningKey, store: DemoStore) -> Result<Agency<DemoStore>> {
    Ok(Agency::open(id, copy(key), KEM, store, Arc::new(MemoryObjects::new()), &mut OsRandom)?)
}

impl Town {
    /// The household key that a clip is sealed for.
    pub(crate) fn key_of<R: Read + Seek>(&self, clip: &FinishedClip<R>) -> Result<&KemPrivateKey> {
        Ok(self.mara.key(&clip.owners().household()).ok_or("sealed for another household")?)
    }
}

fn key() -> Result<SigningKey> {
    Ok(SigningKey::generate(&mut OsRandom)?)
}

/// A custodian with a secret of its own, which it draws once.
pub(crate) fn custodian(id: &CustodianId, key: &SigningKey) -> Result<NewCustodian> {
    let (key, long_term) = (copy(key), Secret::random(&mut OsRandom)?);
    Ok(NewCustodian { id: id.clone(), key, kem: KEM, tool: tool()?, long_term })
}

/// The same key again, for those who steal it.
pub(crate) fn copy(key: &SigningKey) -> SigningKey {
    SigningKey::from_secret(&key.to_secret())
}

pub(crate) fn camera_id() -> CameraId {
    CameraId::from_bytes(*b"doorbell of Mara")
}

/// The cell at the centre.
fn centre() -> Result<Cell> {
    let (longitude, latitude) = CENTRE;
    Ok(Cell::at(latitude, longitude)?)
}

/// Some kilometres around the centre.
fn jurisdiction() -> Result<Jurisdiction> {
    let around = centre()?.ancestor(6).ok_or("no coarser cell")?;
    Ok(Jurisdiction::new(around.neighbours().chain([around]))?)
}

pub(crate) fn tool() -> Result<Tool> {
    Ok(Tool { name: Word::new("doorstep")?, version: Word::new(env!("CARGO_PKG_VERSION"))? })
}

pub(crate) fn deletion(obtained: bool) -> Result<Deletion> {
    Ok(Deletion { tool: tool()?, backups: false, obtained })
}

fn short(id: StatementId) -> String {
    id.to_string().chars().take(8).collect()
}
