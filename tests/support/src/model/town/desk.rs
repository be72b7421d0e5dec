//! The agencies' side.

use footage::agency::{Agency, AgencyStanding, Ask as Asking, Deletion, LogState};
use footage::crypto::{Digest, KemPrivateKey};
use footage::ledger::{grant_due, request_due};
use footage::record::*;
use footage::store::{Store, StoreKey};
use footage::tlog::Witnessed;

use super::super::action::{Answers, Arrival, Ask, Fate, Loss, Reader, STRANGER};
use super::super::rules::{Opened, Outcome};
use super::founding::{KEM, agency_id, cell, custodian_id, recorded};
use super::home::HOMES;
use super::post::Post;
use super::{Found, Town, ledger, refused};
use crate::common::{Hoard, at, deletion, put_together, read_excerpt, take_apart};

impl Town {
    pub(super) fn ask(&mut self, agency: usize, ask: Ask, fate: Fate) {
        let anchor = self.history.last().unwrap().clone();
        let asking = asking(ask, self.requests.len(), self.now, anchor.not_before().as_millis());
        let draft = self.draft(agency, asking, &anchor);
        let key = if ask == Ask::WrongSigner { STRANGER } else { agency };
        let mut request = draft.statement().clone();
        let mut key_of = Some(draft.id());
        match ask {
            Ask::NumberTwice => request.sequence = request.sequence.saturating_sub(1),
            Ask::NumberSkipped => request.sequence += 2,
            Ask::FalsePredecessor => request.previous = Some(StatementId::from_bytes([3; 32])),
            Ask::NoAnchor => request.anchor = Anchor::from_bytes(b"nothing").unwrap(),
            Ask::UsedKey => {
                if let Some(last) = self.requests.last() {
                    request.key = last.statement().key.clone();
                    key_of = (last.statement().agency == request.agency).then_some(last.id());
                }
            }
            _ => {}
        }
        let request = Verified::sign(request, &self.founding.keys.agencies[key]);
        if request.id() != draft.id() {
            self.put_instead(agency, &draft, &request, key_of, ask == Ask::NumberTwice);
        }
        self.publish(&request, fate);
        self.requests.push(request);
    }

    /// What an agency signs that asks whatever it likes, when it likes: its app would refuse most of it. Its store has it.
    fn draft(&mut self, agency: usize, asking: Asking, anchor: &Witnessed) -> Verified<Request> {
        let Asking { cells, window, offence, case, basis, retention, open_until } = asking;
        let secret = KemPrivateKey::generate(KEM, &mut self.random).unwrap();
        let logged = self.auditor.ledger().last_asked(&agency_id(agency));
        let own = self.agencies[agency].requests().map(|(request, _)| (request.statement().sequence, request.id()));
        // Where log and store have another one of that number, the log's counts.
        let own = own.max_by_key(|(number, _)| *number);
        let last = own.filter(|own| logged.is_none_or(|logged| own.0 > logged.0)).or(logged);
        let (sequence, previous) = last.map_or((0, None), |(number, last)| (number + 1, Some(last)));
        let (agency_of, key, anchor) = (agency_id(agency), secret.public_key(), anchor.to_anchor());
        let request = Request {
            agency: agency_of,
            cells,
            window,
            offence,
            case,
            basis,
            retention,
            open_until,
            key,
            sequence,
            previous,
            anchor,
        };
        let request = Verified::sign(request, &self.founding.keys.agencies[agency]);
        let key = |kind: &str| StoreKey::new(format!("{kind}.{}", request.id())).unwrap();
        let store = &mut self.vaults[agency];
        store.put_secret(&key("request-key"), secret.secret().expose()).unwrap();
        store.put_fact(&key("request"), &asked_fact(&request)).unwrap();
        self.reopen(agency);
        request
    }

    /// Has the agency's store know another request than the app made, with the key of one that it knows.
    fn put_instead(
        &mut self,
        agency: usize,
        draft: &Verified<Request>,
        request: &Verified<Request>,
        key_of: Option<StatementId>,
        keep_draft: bool,
    ) {
        let mut store = self.vaults[agency].clone();
        let key = |kind: &str, id: StatementId| StoreKey::new(format!("{kind}.{id}")).unwrap();
        store.put_fact(&key("request", request.id()), &asked_fact(request)).unwrap();
        if let Some(secret) = key_of.and_then(|id| store.secret(&key("request-key", id)).unwrap()) {
            store.put_secret(&key("request-key", request.id()), &secret).unwrap();
        }
        if !keep_draft {
            store.remove_fact(&key("request", draft.id())).unwrap();
        }
        self.reopen(agency);
    }

    fn reopen(&mut self, agency: usize) {
        let (store, objects) = (&self.vaults[agency], &self.objects[agency]);
        self.agencies[agency] = self.founding.keys.agency(agency, store, objects, &mut self.random);
    }

    pub(super) fn take_in(&mut self, agency: usize, grant: usize, arrival: Arrival) -> Found {
        let bytes = self.arrived(grant, arrival);
        let mut excerpt = read_excerpt(&bytes).map_err(refused)?;
        let ledger = ledger!(self, Reader::Agencies);
        let terms = self.agencies[agency].take_in(&mut excerpt, &self.founding.policy, ledger).map_err(refused)?;
        assert_eq!(terms, self.grants[grant].terms.id());
        Ok(Outcome::Done)
    }

    fn arrived(&self, grant: usize, arrival: Arrival) -> Vec<u8> {
        let mut bytes = self.grants[grant].excerpt.clone();
        let (magic, mut parts) = take_apart(&bytes);
        match arrival {
            Arrival::Whole => return bytes,
            Arrival::Byte(place) => {
                let at = bytes.len() * usize::from(place) / 256;
                bytes[at] ^= 1;
                return bytes;
            }
            Arrival::Swapped { part, with } => {
                let part = usize::from(part);
                parts[part] = take_apart(&self.grants[with].excerpt).1[part].clone();
            }
            Arrival::BodiesSwapped => {
                let wraps = parts.len() - 1;
                parts.swap(wraps - 2, wraps - 1);
            }
            Arrival::CutOff => parts.truncate(parts.len() - 1),
        }
        put_together(&magic, &parts)
    }

    pub(super) fn release(&mut self, agency: usize, grant: usize, fate: Fate) -> Found {
        let (terms, now) = (self.grants[grant].terms.clone(), self.clock(Reader::Agencies));
        let (policy, ledger) = (&self.founding.policy, ledger!(self, Reader::Agencies));
        let release = self.agencies[agency].release(terms.id(), policy, ledger, now, &mut self.random);
        let release = release.map_err(refused)?;
        self.publish(&release, fate);
        // It may be the same once more.
        if self.releases.iter().all(|known| known.id() != release.id()) {
            self.releases.push(release);
            self.released.push(grant);
            let store = &mut self.vaults[agency];
            let names = [format!("request.{}", terms.statement().request), format!("grant.{}", terms.id())];
            let facts = names.map(|name| {
                let key = StoreKey::new(name).unwrap();
                let fact = store.fact(&key).unwrap().unwrap();
                (key, fact)
            });
            self.as_released.insert((agency, grant), facts);
        }
        Ok(Outcome::Done)
    }

    pub(super) fn steal(&mut self, agency: usize, release: usize) {
        let mut stolen = self.releases[release].statement().clone();
        stolen.key = KemPrivateKey::generate(KEM, &mut self.random).unwrap().public_key();
        let stolen = Verified::sign(stolen, &self.founding.keys.agencies[agency]);
        self.publish(&stolen, Fate::Logged);
        self.releases.push(stolen);
        self.released.push(self.released[release]);
    }

    pub(super) fn open(&mut self, agency: usize, grant: usize, how: Answers) -> Found {
        let answers = self.hands[agency].iter().map(|&answer| self.answers[answer].clone());
        let answers = match how {
            Answers::All => answers.collect(),
            Answers::Most(most) => answers.take(most).collect(),
            Answers::OneTwice => answers.take(1).flat_map(|answer| [self.in_another_name(&answer), answer]).collect(),
        };
        let mut opener = self.agencies.remove(agency);
        let found = self.open_with(&mut opener, grant, answers);
        self.agencies.insert(agency, opener);
        found
    }

    /// The answer, said to be another custodian's.
    fn in_another_name(&self, answer: &Signed<Answer>) -> Signed<Answer> {
        let mut other = answer.statement().clone();
        let own = (0..3).find(|n| custodian_id(*n) == other.custodian).unwrap();
        other.custodian = custodian_id((own + 1) % 3);
        Verified::sign(other, &self.founding.keys.custodians[own]).into_signed()
    }

    /// Opens, and holds every byte against what was recorded.
    pub(super) fn open_with(
        &mut self,
        agency: &mut Agency<Hoard>,
        grant: usize,
        answers: Vec<Signed<Answer>>,
    ) -> Found {
        let now = self.clock(Reader::Agencies);
        let ledger = ledger!(self, Reader::Agencies);
        for answer in answers {
            let _passed_over = agency.take_answer(answer, ledger);
        }
        let opened = agency.open_grant(self.grants[grant].terms.id(), ledger, now).map_err(refused)?;
        let (verdict, mut excerpt) = (opened.verdict, opened.excerpt);
        let [clip] = verdict.clips.as_slice() else { panic!("not one clip") };
        let home = self.founding.clip_ids.iter().position(|id| *id == clip.clip).unwrap();
        let mut segments = Vec::new();
        while let Some(segment) = excerpt.next_segment().unwrap() {
            let index = segment.header.open.index;
            assert_eq!(*segment.content, recorded(home, index), "another content than was recorded");
            segments.push(index);
        }
        assert_eq!((clip.sound.granted, clip.sound.left_out), (0, 0));
        Ok(Outcome::Opened(Opened {
            home,
            segments,
            outside: clip.outside,
            pictures: (clip.pictures.granted, clip.pictures.left_out),
            fresh: verdict.log == LogState::Current,
            approved: verdict.agency == AgencyStanding::Approved,
        }))
    }

    pub(super) fn restart_agency(&mut self, agency: usize, loss: Loss) {
        let vault = &mut self.vaults[agency];
        match loss {
            Loss::Nothing => {}
            Loss::OneTimeKeys => {
                for name in vault.names().iter().filter(|name| name.starts_with("one-time.")) {
                    let _ = vault.erase(&StoreKey::new(name.clone()).unwrap()).unwrap();
                }
            }
            Loss::Everything => vault.lose(),
        }
        self.reopen(agency);
    }

    pub(super) fn delete(
        &mut self,
        agency: usize,
        grant: usize,
        early: bool,
        carrier: Option<usize>,
        fate: Fate,
    ) -> Found {
        let anchor = if early { self.history.first() } else { self.history.last() };
        let carrier = match carrier.map(|custodian| &self.posts[custodian]) {
            Some(Post::Starting(_)) => return Err("it does not serve".into()),
            Some(Post::Serving(custodian)) => Some(custodian),
            None => None,
        };
        let (anchor, terms) = (anchor.unwrap(), self.grants[grant].terms.statement());
        let envelope = read_excerpt(&self.grants[grant].excerpt).unwrap().envelope().id();
        let subject = Subject::Grant(self.grants[grant].terms.id());
        let (keys, excerpts) = (vec![terms.agency_half], vec![Digest::from_bytes(*envelope.as_bytes())]);
        let own = self.agencies[agency].delete(self.grants[grant].terms.id(), deletion(), anchor).ok();
        let receipt = self.receipt(agency, subject, (keys, excerpts), grant_due(terms.not_after), anchor);
        let had = own.as_ref().map(|own| assert_alike(own, &receipt)).is_some();
        match carrier {
            Some(custodian) => {
                let carried = custodian.carry(receipt.into_signed());
                self.publish(&carried, fate);
            }
            None => self.publish(&receipt, fate),
        }
        Ok(Outcome::Deleted(had))
    }

    /// What an agency says of a deletion, also if its app would not: of what it never had, or once more by another anchor.
    fn receipt(
        &self,
        agency: usize,
        subject: Subject,
        (keys, excerpts): (Vec<Digest>, Vec<Digest>),
        deadline: Timestamp,
        anchor: &Witnessed,
    ) -> Verified<Receipt> {
        let Deletion { tool, backups, obtained } = deletion();
        let (method, anchor) = (Method::Clear, anchor.to_anchor());
        let receipt = Receipt { subject, keys, excerpts, method, tool, backups, obtained, deadline, anchor };
        Verified::sign(receipt, &self.founding.keys.agencies[agency])
    }

    pub(super) fn close(&mut self, request: usize, fate: Fate) -> Outcome {
        let request = &self.requests[request];
        let agency = (0..3).find(|n| agency_id(*n) == request.statement().agency).unwrap();
        let anchor = self.history.last().unwrap();
        let (id, asked) = (request.id(), request.statement());
        let own = self.agencies[agency].close_request(id, deletion(), anchor).ok();
        let (keys, due) = (vec![asked.key.fingerprint()], request_due(asked.open_until));
        let receipt = self.receipt(agency, Subject::Request(id), (keys, Vec::new()), due, anchor);
        let had = own.as_ref().map(|own| assert_alike(own, &receipt)).is_some();
        self.publish(&receipt, fate);
        Outcome::Deleted(had)
    }
}

/// A request that is asked, without anything else, as the app keeps it: an array of four.
fn asked_fact(request: &Verified<Request>) -> Vec<u8> {
    [&[0x84, 1], request.to_bytes().as_slice(), &[0xf6, 0xf6]].concat()
}

/// The app says the same as is expected, by whichever checkpoint it said it first.
fn assert_alike(own: &Verified<Receipt>, expected: &Verified<Receipt>) {
    let anchored = Receipt { anchor: own.statement().anchor.clone(), ..expected.statement().clone() };
    assert_eq!(*own.statement(), anchored);
    assert_eq!(own.signer(), expected.signer());
}

fn asking(ask: Ask, number: usize, now: u64, anchor: u64) -> Asking {
    let reference = |text: &str| Reference::new(text).unwrap();
    let (from, to) = ask.window(anchor);
    Asking {
        cells: {
            let cell = match ask {
                Ask::Elsewhere => cell(HOMES[1]),
                Ask::SmallCell => cell(0.0).children().next().unwrap(),
                Ask::LargeCell => cell(0.0).parent().unwrap(),
                Ask::OutsideJurisdiction => cell(30_000.0),
                _ => cell(0.0),
            };
            Cells::new(vec![cell]).unwrap()
        },
        window: Window::new(at(from), at(to)).unwrap(),
        offence: Offence::new(if ask == Ask::AnyOffence { "90Z" } else { "220" }).unwrap(),
        case: if ask == Ask::SameCase { reference("SAME") } else { reference(&format!("C-{number}")) },
        basis: if ask == Ask::Legal {
            let (court, reference) = (reference("COURT"), reference("W-1"));
            Basis::LegalProcess { process: Process::Warrant, court, reference }
        } else {
            Basis::Voluntary
        },
        retention: Days::new(ask.retention()).unwrap(),
        open_until: at(now + ask.open()),
    }
}
