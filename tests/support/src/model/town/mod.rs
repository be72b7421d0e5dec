//! The same town for real: everybody as the crate has them, the dishonest too.

mod audit;
mod desk;
mod founding;
mod home;
mod logbook;
mod operator;
mod post;

use std::collections::BTreeMap;
use std::sync::Arc;

use footage::agency::Agency;
use footage::auditor::Auditor;
use footage::ledger::Ledger;
use footage::record::*;
use footage::store::{MemoryObjects, StoreKey};
use footage::tlog::{LastSeen, Witness, Witnessed};

use super::action::{Action, Fate, HOUR, Reader};
use super::rules::{NOON, Outcome};
use crate::common::{Disk, Hoard, Image, Pinned, at};
use founding::Founding;
use logbook::Logbook;
use post::Post;

/// What the crate makes of an action: an outcome, or its error.
pub type Found = Result<Outcome, String>;

/// The error's text, as nothing here depends on which it is.
fn refused(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// A fact of a store by its name.
type Stored = (StoreKey, Vec<u8>);

/// A grant as it was handed over.
struct Given {
    excerpt: Vec<u8>,
    terms: Verified<Terms>,
    revocation: Signed<Revocation>,
}

pub struct Town {
    founding: &'static Founding,
    now: u64,
    random: Pinned,
    log: Logbook,
    witnesses: Vec<Witness>,
    history: Vec<Witnessed>,
    /// Whoever has followed the whole log.
    auditor: Auditor,
    /// Ledgers of those who have not, by how many checkpoints they know.
    ledgers: BTreeMap<usize, Ledger>,
    phone: LastSeen,
    withheld: Vec<Vec<u8>>,
    clocks: [i64; Reader::COUNT],
    stuck: [Option<usize>; Reader::COUNT],
    agencies: Vec<Agency<Hoard>>,
    vaults: Vec<Hoard>,
    objects: Vec<Arc<MemoryObjects>>,
    /// What the store of an agency said when it released a grant: of the request, and of the grant.
    as_released: BTreeMap<(usize, usize), [Stored; 2]>,
    posts: Vec<Post>,
    disks: Vec<Disk>,
    images: Vec<Image>,
    starts: u64,
    requests: Vec<Verified<Request>>,
    grants: Vec<Given>,
    releases: Vec<Verified<Release>>,
    /// The grant of each release.
    released: Vec<usize>,
    notices: Vec<Verified<AnswerNotice>>,
    answers: Vec<Signed<Answer>>,
    hands: Vec<Vec<usize>>,
}

impl Town {
    pub fn new() -> Self {
        let founding = Founding::get();
        let auditor = Auditor::restore(&founding.auditor, founding.trust.clone(), founding.policy.clone()).unwrap();
        let log = Logbook::of(founding.keys.log.duplicate(), &founding.entries);
        let mut witnesses = founding.keys.watching();
        // They have seen how it began.
        let _ = log.cosigned(&mut witnesses, |_| Some(at(NOON)));
        let latest = auditor.ledger().latest().unwrap();
        let phone = LastSeen::restore(founding.trust.log().clone(), latest.bytes()).unwrap();
        let vaults: Vec<_> = founding.keys.agencies.iter().map(|_| Hoard::default()).collect();
        let objects: Vec<_> = vaults.iter().map(|_| Arc::new(MemoryObjects::new())).collect();
        let mut random = Pinned(9);
        let agencies = vaults.iter().zip(&objects).enumerate();
        let agencies = agencies.map(|(n, (vault, objects))| founding.keys.agency(n, vault, objects, &mut random));
        let agencies = agencies.collect();
        let disks: Vec<_> = founding.disks.iter().map(|image| Disk::of(image.clone())).collect();
        let posts = disks.iter().enumerate().map(|(n, disk)| {
            let (starting, _) = founding.keys.start(n, disk.clone(), 0);
            Post::Serving(starting.serve(auditor.ledger(), at(NOON)).unwrap().0)
        });
        Self {
            founding,
            now: NOON,
            random,
            log,
            witnesses,
            history: founding.history.clone(),
            ledgers: BTreeMap::new(),
            phone,
            withheld: Vec::new(),
            clocks: [0; Reader::COUNT],
            stuck: [None; Reader::COUNT],
            agencies,
            vaults,
            objects,
            as_released: BTreeMap::new(),
            posts: posts.collect(),
            disks,
            images: founding.disks.clone(),
            starts: 0,
            requests: Vec::new(),
            grants: Vec::new(),
            releases: Vec::new(),
            released: Vec::new(),
            notices: Vec::new(),
            answers: Vec::new(),
            hands: founding.keys.agencies.iter().map(|_| Vec::new()).collect(),
            auditor,
        }
    }

    pub fn act(&mut self, action: &Action) -> Found {
        match *action {
            Action::Pass(span) => self.pass(span),
            Action::Witness { absent, liar } => return self.witness(absent, liar),
            Action::Ask { agency, ask, fate } => self.ask(agency, ask, fate),
            Action::Check { request } => return self.check(request),
            Action::Consent { request, home, range, days, late } => {
                return self.consent(request, home, range, days, late);
            }
            Action::TakeIn { agency, grant, arrival } => return self.take_in(agency, grant, arrival),
            Action::Release { agency, grant, fate } => return self.release(agency, grant, fate),
            Action::Steal { agency, release } => self.steal(agency, release),
            Action::Deliver { custodian, release, brought, fate } => {
                return self.deliver(custodian, release, brought, fate);
            }
            Action::Answer { custodian, notice, handed } => return self.answer(custodian, notice, handed),
            Action::Open { agency, grant, answers } => return self.open(agency, grant, answers),
            Action::RestartAgency { agency, loss } => self.restart_agency(agency, loss),
            Action::Delete { agency, grant, early, carrier, fate } => {
                return self.delete(agency, grant, early, carrier, fate);
            }
            Action::Close { request, fate } => return Ok(self.close(request, fate)),
            Action::Revoke { custodian, grant, forged, fate } => return self.revoke(custodian, grant, forged, fate),
            Action::RestartCustodian { custodian, restored, fate } => self.restart(custodian, restored, fate),
            Action::Serve { custodian } => return self.serve(custodian),
            Action::Snapshot { custodian } => self.snapshot(custodian),
            Action::Destroy { custodian, fate } => return self.destroy(custodian, fate),
            Action::PublishKeys { custodian, fate } => return self.publish_keys(custodian, fate),
            Action::Clock { reader, hours } => self.clocks[reader.number()] = hours * HOUR.cast_signed(),
            Action::Follow { reader, follows } => self.follow(reader, follows),
            Action::Renew { agencies, custodians, affiliated } => self.renew(agencies, custodians, affiliated),
            Action::Withdraw { who } => self.withdraw(who),
            Action::Admit => self.admit(),
            Action::Lie { lie } => self.lie(lie),
            Action::Show { history } => return self.show(history),
        }
        Ok(Outcome::Done)
    }

    /// A role's clock.
    fn clock(&self, reader: Reader) -> Timestamp {
        at(self.now.saturating_add_signed(self.clocks[reader.number()]))
    }

    /// Gives a statement to the log, or not.
    fn publish<T: Statement>(&mut self, statement: &Verified<T>, fate: Fate) {
        match fate {
            Fate::Logged => self.log.append(statement.to_bytes()),
            Fate::Withheld => self.withheld.push(statement.to_bytes()),
            Fate::Lost => {}
        }
    }
}

/// The log as a reader has followed it. Whoever has stopped knows what a replay up to there gives.
macro_rules! ledger {
    ($town:ident, $reader:expr) => {{
        let stuck = $town.stuck[$reader.number()].filter(|known| *known < $town.history.len());
        match stuck {
            None => $town.auditor.ledger(),
            Some(known) => $town.ledgers.entry(known).or_insert_with(|| {
                let mut ledger = footage::ledger::Ledger::new($town.founding.trust.clone());
                for checkpoint in &$town.history[..known] {
                    let entries = $town.log.between(ledger.size(), checkpoint.checkpoint().size());
                    ledger.advance(entries, checkpoint).unwrap();
                }
                ledger
            }),
        }
    }};
}
use ledger;
