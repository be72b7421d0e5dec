//! The agencies' side.

use footage::agency::{Agency, AgencyStanding, Ask as Asking, LogState};
use footage::crypto::KemPrivateKey;
use footage::record::*;

use super::super::action::{Answers, Arrival, Ask, Fate, Loss, Reader, STRANGER};
use super::super::rules::{Opened, Outcome};
use super::founding::{KEM, agency_id, custodian_id, recorded, square};
use super::home::HOMES;
use super::post::Post;
use super::{Found, Town, ledger, refused};
use crate::common::{at, deletion, put_together, read_excerpt, take_apart};

impl Town {
    pub(super) fn ask(&mut self, agency: usize, ask: Ask, fate: Fate) {
        let anchor = self.history.last().unwrap().clone();
        let asking = asking(ask, self.requests.len(), self.now, anchor.not_before().as_millis());
        let ledger = self.auditor.ledger();
        let draft = self.agencies[agency].request(asking, ledger, &anchor, &mut self.random).unwrap();
        let key = if ask == Ask::WrongSigner { STRANGER } else { agency };
        let mut request = draft.statement().clone();
        let mut held = Some(Slot::Request(draft.id()));
        match ask {
            Ask::NumberTwice => request.sequence = request.sequence.saturating_sub(1),
            Ask::NumberSkipped => request.sequence += 2,
            Ask::FalsePredecessor => request.previous = Some(StatementId::from_bytes([3; 32])),
            Ask::NoAnchor => request.anchor = Anchor::from_bytes(b"nothing").unwrap(),
            Ask::UsedKey => {
                if let Some(last) = self.requests.last() {
                    request.key = last.statement().key.clone();
                    held = (last.statement().agency == request.agency).then_some(Slot::Request(last.id()));
                }
            }
            _ => {}
        }
        let request = Verified::sign(request, &self.founding.keys.agencies[key]);
        // The request key is kept for what is logged, not for the draft.
        let mut vault = self.vaults[agency].clone();
        if let Some(secret) = held.and_then(|slot| vault.get(slot).unwrap()) {
            vault.put(Slot::Request(request.id()), secret).unwrap();
        }
        self.publish(&request, fate);
        self.requests.push(request);
    }

    pub(super) fn take_in(&mut self, agency: usize, grant: usize, arrival: Arrival) -> Found {
        let bytes = self.arrived(grant, arrival);
        let excerpt = read_excerpt(&bytes).map_err(refused)?;
        self.agencies[agency].take_in(&excerpt).map_err(refused)?;
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
                let last = parts.len() - 1;
                parts.swap(last - 1, last);
            }
            Arrival::CutOff => parts.truncate(parts.len() - 1),
        }
        put_together(&magic, &parts)
    }

    pub(super) fn release(&mut self, agency: usize, grant: usize, fate: Fate) -> Found {
        let release = self.agencies[agency].release(&self.grants[grant].terms, &mut self.random).map_err(refused)?;
        self.publish(&release, fate);
        self.releases.push(release);
        self.released.push(grant);
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
        self.open_with(agency, grant, answers)
    }

    /// The answer, said to be another custodian's.
    fn in_another_name(&self, answer: &Signed<Answer>) -> Signed<Answer> {
        let mut other = answer.statement().clone();
        let own = (0..3).find(|n| custodian_id(*n) == other.custodian).unwrap();
        other.custodian = custodian_id((own + 1) % 3);
        Verified::sign(other, &self.founding.keys.custodians[own]).into_signed()
    }

    /// Opens, and holds every byte against what was recorded.
    pub(super) fn open_with(&mut self, agency: usize, grant: usize, answers: Vec<Signed<Answer>>) -> Found {
        let excerpt = read_excerpt(&self.grants[grant].excerpt).unwrap();
        let now = self.clock(Reader::Agencies);
        let ledger = ledger!(self, Reader::Agencies);
        let opened = self.agencies[agency].open(excerpt, answers, ledger, now).map_err(refused)?;
        let (verdict, mut excerpt) = (opened.verdict, opened.excerpt);
        let home = self.founding.clip_ids.iter().position(|clip| *clip == excerpt.clip()).unwrap();
        let mut segments = Vec::new();
        while let Some(segment) = excerpt.next_segment().unwrap() {
            assert_eq!(
                *segment.content,
                recorded(home, segment.header.open.index),
                "another content than was recorded"
            );
            segments.push(segment.header.open.index);
        }
        Ok(Outcome::Opened(Opened {
            home,
            segments,
            left_out: (verdict.completeness.before, verdict.completeness.after),
            fresh: verdict.log == LogState::Current,
            approved: verdict.agency == AgencyStanding::Approved,
        }))
    }

    pub(super) fn restart_agency(&mut self, agency: usize, loss: Loss) {
        let vault = &mut self.vaults[agency];
        for grant in self.grants.iter().filter(|_| loss != Loss::Nothing) {
            vault.erase(Slot::OneTime(grant.terms.id())).unwrap();
            if loss == Loss::Everything {
                vault.erase(Slot::Grant(grant.terms.id())).unwrap();
            }
        }
        for request in self.requests.iter().filter(|_| loss == Loss::Everything) {
            vault.erase(Slot::Request(request.id())).unwrap();
        }
        let key = self.founding.keys.agencies[agency].duplicate();
        self.agencies[agency] = Agency::resume(agency_id(agency), key, KEM, vault.clone(), self.auditor.ledger());
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
        let excerpt = read_excerpt(&self.grants[grant].excerpt).unwrap();
        let receipt = self.agencies[agency].delete(&excerpt, deletion(), anchor.unwrap()).unwrap();
        match carrier {
            Some(custodian) => {
                let carried = custodian.carry(receipt.into_signed());
                self.publish(&carried, fate);
            }
            None => self.publish(&receipt, fate),
        }
        Ok(Outcome::Done)
    }

    pub(super) fn close(&mut self, request: usize, fate: Fate) {
        let request = &self.requests[request];
        let agency = (0..3).find(|n| agency_id(*n) == request.statement().agency).unwrap();
        let anchor = self.history.last().unwrap();
        let receipt = self.agencies[agency].close_request(request, deletion(), anchor).unwrap();
        self.publish(&receipt, fate);
    }
}

fn asking(ask: Ask, number: usize, now: u64, anchor: u64) -> Asking {
    let reference = |text: &str| Reference::new(text).unwrap();
    let (from, to) = ask.window(anchor);
    Asking {
        area: match ask {
            Ask::Elsewhere => square(500.0, HOMES[1]),
            Ask::SmallArea => square(100.0, 0.0),
            Ask::LargeArea => square(2000.0, 0.0),
            Ask::OutsideJurisdiction => square(500.0, 30_000.0),
            _ => square(500.0, 0.0),
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
