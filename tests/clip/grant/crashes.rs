//! The agency crashes at every change of its store, in each way, and goes on: every secret is accounted for, no deleted key
//! comes back, and what was acknowledged holds.

use std::sync::Arc;

use footage::agency::{Agency, AgencyError, GrantState, RequestState};
use footage::crypto::KemAlgorithm;
use footage::custodian::MemoryKeyStore;
use footage::record::{Answer, Millis, Signed, StatementId};
use footage::store::{MemoryObjects, ObjectPath, Objects as _, Store as _};

use footage_support::common::{Granted, Pinned, World, deletion, twin};
use footage_support::faults::{Crash, FaultStore, StoreImage};

/// One agency's life, and what the world outside of its store knows of it.
struct Life {
    world: World,
    image: StoreImage,
    objects: Arc<MemoryObjects>,
    clip: Vec<u8>,
    random: Pinned,
    /// The request that stands in the log.
    request: Option<StatementId>,
    granted: Option<Granted>,
    answers: Vec<Signed<Answer>>,
    /// What the app was told.
    released: Option<StatementId>,
    deleted: bool,
    /// Secrets that were there and are erased.
    erased: Vec<String>,
    opened: u32,
}

impl Life {
    fn new() -> Self {
        let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
        let clip = world.clip();
        Self {
            world,
            image: StoreImage::new(),
            objects: Arc::new(MemoryObjects::new()),
            clip,
            random: Pinned(77),
            request: None,
            granted: None,
            answers: Vec::new(),
            released: None,
            deleted: false,
            erased: Vec::new(),
            opened: 0,
        }
    }

    fn open(&mut self) -> Result<Agency<FaultStore>, AgencyError> {
        let store = match self.image.open() {
            Err(footage::store::StoreError::Missing) => self.image.begin()?,
            opened => opened?,
        };
        let (id, key) = (*self.world.agency.id(), twin(&self.world.keys.agency));
        Agency::open(id, key, KemAlgorithm::X25519, store, self.objects.clone(), &mut self.random)
    }

    /// Logs what the agency has signed.
    fn log(&mut self, agency: &Agency<FaultStore>) {
        let unlogged = agency.unlogged(&self.world.ledger);
        for entry in unlogged {
            self.world.log.append(entry).unwrap();
        }
        self.world.witness();
        assert!(agency.unlogged(&self.world.ledger).is_empty());
    }

    /// From the beginning to the end. What was done before is not done again.
    fn live(&mut self, agency: &mut Agency<FaultStore>) -> Result<(), AgencyError> {
        let anchor = self.world.anchor();
        if self.request.is_none() {
            if agency.requests().next().is_none() {
                let _request =
                    agency.request(self.world.ask(), &self.world.policy, &self.world.ledger, &mut self.random)?;
            }
            self.request = agency.requests().next().map(|(request, _)| request.id());
            self.log(agency);
        }
        let request = self.request.unwrap();
        if self.granted.is_none() {
            let standing = self.world.ledger.request(request).unwrap();
            let clip = self.clip.clone();
            self.granted = Some(self.world.grant(&standing, &clip));
        }
        let granted = self.granted.as_ref().unwrap();
        let (terms, mut file) = (granted.id(), granted.open_file());
        if agency.state(terms).is_none() {
            agency.take_in(&mut file, &self.world.policy, &self.world.ledger)?;
        } else {
            let again = agency.take_in(&mut file, &self.world.policy, &self.world.ledger).unwrap_err();
            assert!(matches!(again, AgencyError::TakenIn(_)), "any state refuses");
        }
        if matches!(agency.state(terms), Some(GrantState::TakenIn | GrantState::Released)) {
            let World { policy, ledger, now, .. } = &self.world;
            let release = agency.release(terms, policy, ledger, *now, &mut self.random)?;
            assert!(self.released.is_none_or(|told| told == release.id()), "what was told holds");
            self.released = Some(release.id());
            self.log(agency);
        }
        if self.answers.is_empty() {
            let granted = self.granted.take().unwrap();
            self.answers = self.world.answers(&granted, self.released.unwrap(), &[0, 1]);
            self.granted = Some(granted);
        }
        if agency.state(terms) == Some(GrantState::Released) {
            for answer in self.answers.clone() {
                agency.take_answer(answer, &self.world.ledger)?;
            }
        }
        while agency.state(terms) == Some(GrantState::Answered) {
            let mut content = Vec::new();
            let mut opened = agency.open_grant(terms, &self.world.ledger, self.world.now)?;
            opened.excerpt.open_all(&mut content, |_| {}).unwrap();
            assert!(content.starts_with(b"codec parameters"));
            self.opened += 1;
            if self.opened > 1 {
                agency.finish(terms)?;
            }
        }
        assert!(self.opened > 0, "nothing was acknowledged and lost");
        if !self.deleted {
            let _receipt = agency.delete(terms, deletion(), &anchor)?;
            self.deleted = true;
        }
        let _receipt = agency.close_request(request, deletion(), &anchor)?;
        self.log(agency);
        Ok(())
    }

    /// A grant that has come so far.
    fn reach(&mut self, agency: &mut Agency<FaultStore>, stage: GrantState) -> Granted {
        let request =
            agency.request(self.world.ask(), &self.world.policy, &self.world.ledger, &mut self.random).unwrap().id();
        self.log(agency);
        let (standing, clip) = (self.world.ledger.request(request).unwrap(), self.clip.clone());
        let granted = self.world.grant(&standing, &clip);
        let terms = agency.take_in(&mut granted.open_file(), &self.world.policy, &self.world.ledger).unwrap();
        if stage != GrantState::TakenIn {
            let World { policy, ledger, now, .. } = &self.world;
            let release = agency.release(terms, policy, ledger, *now, &mut self.random).unwrap().id();
            self.log(agency);
            let custodians: &[usize] = if stage == GrantState::Released { &[0] } else { &[0, 1] };
            for answer in self.world.answers(&granted, release, custodians) {
                agency.take_answer(answer, &self.world.ledger).unwrap();
            }
        }
        if stage == GrantState::Finished {
            agency.finish(terms).unwrap();
        }
        assert_eq!(agency.state(terms), Some(stage));
        granted
    }

    /// Every secret that is there belongs to what the facts say, and none that was erased is back.
    fn account(&mut self, agency: &Agency<FaultStore>) {
        let mut allowed = Vec::new();
        for (request, state) in agency.requests() {
            if state == RequestState::Asked {
                allowed.push(format!("request-key.{}", request.id()));
            }
        }
        for (terms, state) in agency.grants() {
            let names: &[&str] = match state {
                GrantState::TakenIn => &["agency-half"],
                GrantState::Released => &["agency-half", "one-time"],
                GrantState::Answered => &["agency-half", "custodian-half"],
                GrantState::Finished | GrantState::Deleting | GrantState::Deleted => &[],
            };
            allowed.extend(names.iter().map(|name| format!("{name}.{terms}")));
            let folder: ObjectPath = format!("excerpts/{terms}").parse().unwrap();
            let copies = self.objects.list(Some(&folder)).unwrap().len();
            let deleted = matches!(state, GrantState::Deleting | GrantState::Deleted);
            assert_eq!(copies > 0, !deleted, "{state:?} with {copies} copies");
        }
        let here: Vec<_> =
            self.image.fork().open().unwrap().secrets().unwrap().iter().map(|(key, _)| key.to_string()).collect();
        let (ratchets, keys): (Vec<_>, Vec<_>) = here.into_iter().partition(|name| name.starts_with("ratchet."));
        assert_eq!(ratchets.len(), 1, "one ratchet");
        let mut expected = allowed;
        expected.sort();
        assert_eq!(keys, expected);
        assert!(keys.iter().all(|name| !self.erased.contains(name)), "an erased key is back");
        assert!(!self.deleted || agency.grants().all(|(_, state)| state == GrantState::Deleted));
    }

    /// Notes which secrets are gone for good.
    fn note(&mut self, before: &[String], after: &[String]) {
        self.erased.extend(before.iter().filter(|name| !after.contains(name)).cloned());
    }

    fn names(&self) -> Vec<String> {
        match self.image.fork().open() {
            Ok(mut store) => store.secrets().unwrap().iter().map(|(key, _)| key.to_string()).collect(),
            Err(_) => Vec::new(),
        }
    }
}

#[test]
fn the_agency_goes_on_after_a_crash_at_every_change() {
    for crash in Crash::ALL {
        for change in 0.. {
            let mut life = Life::new();
            life.image.crash_at(change, crash);
            let first = life.open().and_then(|mut agency| life.live(&mut agency));
            let crashed = life.image.crashed();
            assert_eq!(first.is_err(), crashed, "{crash:?} at change {change}: {first:?}");
            let at_the_crash = life.names();
            life.image.power_cut();
            let agency = life.open().unwrap();
            let after_opening = life.names();
            life.account(&agency);
            life.note(&at_the_crash, &after_opening);
            drop(agency);
            life.image.power_cut();
            let mut agency = life.open().unwrap();
            life.account(&agency);
            life.live(&mut agency).unwrap();
            life.account(&agency);
            assert!(agency.grants().all(|(_, state)| state == GrantState::Deleted));
            if !crashed {
                assert!(change > 20, "only {change} changes");
                break;
            }
        }
    }
}

/// Whatever change a grant is let go at, it is there as it was, or nothing of it is.
#[test]
fn c10_a_grant_is_let_go_whole_or_not_at_all() {
    for crash in Crash::ALL {
        for change in 0.. {
            let mut life = Life::new();
            let mut agency = life.open().unwrap();
            let request = agency
                .request(life.world.ask(), &life.world.policy, &life.world.ledger, &mut life.random)
                .unwrap()
                .id();
            life.log(&agency);
            let (standing, clip) = (life.world.ledger.request(request).unwrap(), life.clip.clone());
            let granted = life.world.grant(&standing, &clip);
            agency.take_in(&mut granted.open_file(), &life.world.policy, &life.world.ledger).unwrap();
            life.image.crash_at(change, crash);
            let first = agency.discard(granted.id());
            let crashed = life.image.crashed();
            assert_eq!(first.is_err(), crashed, "{crash:?} at change {change}: {first:?}");
            drop(agency);
            life.image.power_cut();
            let mut agency = life.open().unwrap();
            life.account(&agency);
            if agency.state(granted.id()).is_some() {
                agency.discard(granted.id()).unwrap();
            }
            life.account(&agency);
            assert!(life.objects.list(None).unwrap().is_empty(), "a copy is left");
            if !crashed {
                assert!(change > 1, "only {change} changes");
                break;
            }
        }
    }
}

/// P3: whatever change the keys of a grant and a request end at, none of them is left at the end, and none comes back.
#[test]
fn p3_keys_end_at_their_date_whatever_is_interrupted() {
    for stage in [GrantState::TakenIn, GrantState::Released, GrantState::Answered, GrantState::Finished] {
        for crash in Crash::ALL {
            for change in 0.. {
                let mut life = Life::new();
                let mut agency = life.open().unwrap();
                let granted = life.reach(&mut agency, stage);
                life.world.pass_to(granted.end());
                life.image.crash_at(change, crash);
                let first = agency.end(&life.world.ledger, life.world.now);
                let crashed = life.image.crashed();
                assert_eq!(first.is_err(), crashed, "{stage:?}, {crash:?} at change {change}: {first:?}");
                let at_the_crash = life.names();
                drop(agency);
                life.image.power_cut();
                let mut agency = life.open().unwrap();
                let after_opening = life.names();
                life.note(&at_the_crash, &after_opening);
                life.account(&agency);
                let ended = agency.end(&life.world.ledger, life.world.now).unwrap();
                life.account(&agency);
                assert!(ended.failed.is_empty() && ended.next.is_none(), "{ended:?}");
                let released = stage != GrantState::TakenIn;
                assert_eq!(ended.to_delete.len(), usize::from(released));
                assert_eq!(ended.to_close, [granted.request.id()]);
                let left = life.names();
                assert!(left.iter().all(|name| name.starts_with("ratchet.")), "{left:?}");
                // What was a file once opens nothing any more.
                let policy = (&life.world.policy, &life.world.ledger);
                let again = agency.take_in(&mut granted.open_file(), policy.0, policy.1).unwrap_err();
                assert!(matches!(again, AgencyError::NoRequestKey(_) | AgencyError::TakenIn(_)), "{again}");
                let opened = agency.open_grant(granted.id(), &life.world.ledger, life.world.now);
                assert!(matches!(opened, Err(AgencyError::Finished(_) | AgencyError::NotTakenIn(_))), "{opened:?}");
                if !crashed {
                    assert!(change > 1, "only {change} changes");
                    break;
                }
            }
        }
    }
}

/// Random calls in random order, with a crash now and then: states go forward only, and every secret is accounted for.
#[test]
fn any_history_of_calls_and_crashes_keeps_the_rules() {
    for seed in 0..24 {
        let mut life = Life::new();
        let mut dice = Pinned(1000 + seed);
        let mut roll = |sides: u64| {
            let mut bytes = [0; 8];
            footage::crypto::Random::fill(&mut dice, &mut bytes).unwrap();
            u64::from_le_bytes(bytes) % sides
        };
        let mut agency = life.open().unwrap();
        let anchor = life.world.anchor();
        let request =
            agency.request(life.world.ask(), &life.world.policy, &life.world.ledger, &mut life.random).unwrap().id();
        life.log(&agency);
        let (standing, clip) = (life.world.ledger.request(request).unwrap(), life.clip.clone());
        let granted = life.world.grant(&standing, &clip);
        let terms = granted.id();
        let mut last = None;
        for _ in 0..30 {
            if roll(3) == 0 {
                let crash = Crash::ALL[roll(3) as usize];
                life.image.crash_at(roll(4), crash);
            }
            let World { policy, ledger, now, .. } = &life.world;
            let done = match roll(8) {
                0 | 1 => agency.take_in(&mut granted.open_file(), policy, ledger).map(drop),
                2 | 3 => agency.release(terms, policy, ledger, *now, &mut life.random).map(drop),
                4 | 5 => match (life.answers.clone(), agency.state(terms)) {
                    (answers, Some(GrantState::Released)) if answers.is_empty() => {
                        life.log(&agency);
                        let release = life.world.ledger.releases().next().unwrap().id();
                        life.answers = life.world.answers(&granted, release, &[0, 1]);
                        Ok(())
                    }
                    (answers, _) => answers
                        .into_iter()
                        .try_for_each(|answer| agency.take_answer(answer, &life.world.ledger).map(drop)),
                },
                6 if roll(3) == 0 => agency.finish(terms),
                7 if roll(5) == 0 => agency.delete(terms, deletion(), &anchor).map(drop),
                _ => agency.open_grant(terms, ledger, *now).map(drop),
            };
            if life.image.crashed() || matches!(done, Err(AgencyError::Store(_))) {
                drop(agency);
                life.image.power_cut();
                agency = life.open().unwrap();
                life.image.crash_at(u64::MAX / 2, Crash::Before);
                life.account(&agency);
            }
            let rank = |state: Option<GrantState>| match state {
                None => 0,
                Some(GrantState::TakenIn) => 1,
                Some(GrantState::Released) => 2,
                Some(GrantState::Answered) => 3,
                Some(GrantState::Finished) => 4,
                Some(GrantState::Deleting) => 5,
                Some(GrantState::Deleted) => 6,
            };
            let state = agency.state(terms);
            assert!(rank(state) >= rank(last), "{last:?} became {state:?}");
            last = state;
        }
        life.world.wait(Millis::SECOND);
    }
}
