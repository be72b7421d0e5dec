//! A log and those who follow it: every entry is good, and they are as many as somebody cares to make. Signatures of so
//! many are verified by other threads, where nothing is counted: what is left is what grows otherwise.

use footage::auditor::{Accusation, Auditor, Charge, Exhibit};
use footage::crypto::{Digest, KemAlgorithm, KemPrivateKey, VerifyingKey};
use footage::ledger::{Feed, Ledger, Page, Phone};
use footage::logkeeper::MemoryLog;
use footage::merkle::leaf_hash;
use footage::policy::Policy;
use footage::record::*;
use footage::registrar::Registrar;
use footage::tlog::{Checkpoint, Edge, Row, TILE_WIDTH, Tile, TileTree, Witness, Witnessed, bundle};

use super::common::{NOON, at, cells, name, tool, town};
use super::values::key;
use super::{Path, measured};

pub(super) const PATHS: &[Path] = &[
    ("follow a log of n requests", 80, follow),
    ("count the requests of an agency for each of n", 128, usage),
    ("judge n receipts for a grant with n releases", 32, receipts),
    ("restore a ledger of n requests", 32, restore),
    ("read a page of the feed with n requests, and take it", 80, phone),
    ("make a page of the feed with n requests", 80, feed),
    ("verify an accusation of n exhibits", 16, accusation),
    ("take n notices of no release and n approvals of one agency", 40, approvals),
    ("prove n entries from tiles", 300, tiles),
];

const AGENCY: &str = "OH0500100";

/// A log with one witness, a registrar, and an agency that is approved.
struct Town {
    log: MemoryLog,
    witnesses: [Witness; 1],
    trust: TrustRoots,
    now: Timestamp,
    checkpoints: Vec<Witnessed>,
}

impl Town {
    fn new() -> Self {
        let origin = KeyName::new("log.example").unwrap();
        let log = MemoryLog::new(origin.clone(), key(1));
        let mut witness = Witness::new(KeyName::new("witness.example").unwrap(), key(2));
        witness.watch(origin.clone(), log.verifying_key());
        let root = LogRoot::new(origin, log.verifying_key(), vec![witness.key()], 1, 0).unwrap();
        let trust = TrustRoots::new(root, vec![key(3).verifying_key()], 1).unwrap();
        let mut town = Self { log, witnesses: [witness], trust, now: at(NOON), checkpoints: Vec::new() };
        town.approve(0, key(4).verifying_key());
        town.witness();
        town
    }

    /// Approves the agency for a week less so many milliseconds.
    fn approve(&mut self, less: u64, key_of: VerifyingKey) {
        let from = self.now.before(Millis::MINUTE);
        let approval = AgencyApproval {
            agency: AgencyId::new(AGENCY).unwrap(),
            name: name("Town Police"),
            jurisdiction: town(5),
            key: key_of,
            incentives: Vec::new(),
            validity: Window::new(from, from.after(Millis(MAX_APPROVAL.0 - less))).unwrap(),
        };
        self.append(Registrar::new(key(3)).approve(approval).unwrap());
    }

    fn append<T: Statement>(&mut self, statement: Verified<T>) -> StatementId {
        let id = statement.id();
        self.log.append(statement.into_signed()).unwrap();
        id
    }

    fn witness(&mut self) {
        self.now = self.now.after(Millis::SECOND);
        let note = self.log.cosigned(&mut self.witnesses, self.now).unwrap();
        self.checkpoints.push(Witnessed::verify(&note, self.trust.log()).unwrap());
    }

    fn last(&self) -> &Witnessed {
        &self.checkpoints[self.checkpoints.len() - 1]
    }

    /// Logs requests, whose request keys are their numbers.
    fn ask(&mut self, count: usize) -> Vec<StatementId> {
        let (anchor, mut previous) = (self.last().to_anchor(), None);
        let ids = (0..count as u64).map(|sequence| {
            let mut secret = [9; 32];
            secret[..8].copy_from_slice(&sequence.to_le_bytes());
            let key_of = KemPrivateKey::from_secret(KemAlgorithm::X25519, footage::crypto::Secret::take(&mut secret));
            let to = at(NOON).before(Millis::HOUR);
            let request = Request {
                agency: AgencyId::new(AGENCY).unwrap(),
                cells: cells(3),
                window: Window::new(to.before(Millis::HOUR), to).unwrap(),
                offence: Offence::new("220").unwrap(),
                case: Reference::new(&format!("C-{}", sequence / 2)).unwrap(),
                basis: Basis::Voluntary,
                retention: Days::new(14).unwrap(),
                open_until: at(NOON).after(Millis::DAY),
                key: key_of.public_key(),
                sequence,
                previous,
                anchor: anchor.clone(),
            };
            let id = self.append(Verified::sign(request, &key(4)));
            previous = Some(id);
            id
        });
        let ids = ids.collect();
        self.witness();
        ids
    }

    fn entries(&self, from: u64, to: &Witnessed) -> &[Vec<u8>] {
        self.log.entries(from, to.checkpoint().size()).unwrap()
    }

    fn auditor(&self) -> Auditor {
        let mut auditor = Auditor::new(self.trust.clone(), Policy { post_quantum: false, ..Policy::default() });
        for checkpoint in &self.checkpoints {
            auditor.advance(self.entries(auditor.ledger().size(), checkpoint), checkpoint).unwrap();
        }
        auditor
    }

    fn pages(&self) -> Vec<Page> {
        let mut feed = Feed::new(self.trust.clone());
        let pages = self.checkpoints.iter().map(|checkpoint| {
            let entries = self.entries(feed.ledger().size(), checkpoint);
            feed.page(entries, checkpoint, &self.log).unwrap()
        });
        pages.collect()
    }
}

fn follow(count: usize) {
    let mut town = Town::new();
    town.ask(count);
    measured(|| assert_eq!(town.auditor().ledger().requests().count(), count));
}

fn usage(count: usize) {
    let mut town = Town::new();
    let ids = town.ask(count);
    let auditor = town.auditor();
    let requests: Vec<_> = ids.into_iter().map(|id| auditor.ledger().request(id).unwrap()).collect();
    measured(|| {
        let used = requests.iter().map(|request| auditor.ledger().usage(request).in_30_days);
        assert!(used.eq(1..=count));
    });
}

/// Anybody can log a receipt, and the agency as many releases as it likes.
fn receipts(count: usize) {
    let mut town = Town::new();
    let request = town.ask(1)[0];
    let (grant, digest) = (key(5), Digest::from_bytes([9; 32]));
    let member = Member {
        custodian: CustodianId::new("alpha").unwrap(),
        expiry: StatementId::from_bytes([4; 32]),
        share: digest,
    };
    // The commitment of the format: label, part, index, secret.
    let possession = Possession::from_bytes([8; 32]);
    let commitment = [b"footage v1 commit\0".as_slice(), &[4, 0], possession.as_bytes()].concat();
    let terms = Terms {
        grant: GrantId::of(&grant.verifying_key()),
        request,
        agency: AgencyId::new(AGENCY).unwrap(),
        custody: Custody::new(GroupId::new("town").unwrap(), 1, vec![member]).unwrap(),
        not_before: at(NOON),
        not_after: at(NOON).epoch().plus(9),
        agency_half: digest,
        custodian_half: digest,
        possession: Digest::from_bytes(<sha2::Sha256 as sha2::Digest>::digest(commitment).into()),
        private: digest,
    };
    let terms = Verified::sign(terms, &grant).into_signed();
    let anchor = town.last().to_anchor();
    for number in 0..count {
        let key_of = KemPrivateKey::from_secret(
            KemAlgorithm::X25519,
            footage::crypto::Secret::take(&mut [number as u8 + 1; 32]),
        );
        let release = Release { terms: Box::new(terms.clone()), possession, key: key_of.public_key() };
        town.append(Verified::sign(release, &key(4)));
        let receipt = Receipt {
            subject: Subject::Grant(terms.id()),
            keys: Vec::new(),
            excerpts: Vec::new(),
            method: Method::Clear,
            tool: tool(),
            backups: false,
            obtained: true,
            deadline: at(NOON),
            anchor: anchor.clone(),
        };
        town.append(Verified::sign(receipt, &key(number as u8 + 100)));
    }
    town.witness();
    let auditor = town.auditor();
    let party = footage::ledger::Party::Agency(AgencyId::new(AGENCY).unwrap());
    measured(|| assert!(auditor.ledger().receipts(&party, Subject::Grant(terms.id())).is_empty()));
}

fn restore(count: usize) {
    let mut town = Town::new();
    town.ask(count);
    let auditor = town.auditor();
    measured(|| Ledger::restore(&auditor.ledger().save(), town.trust.clone()).unwrap());
}

fn phone(count: usize) {
    let mut town = Town::new();
    town.ask(count);
    let pages: Vec<_> = town.pages().iter().map(Page::to_bytes).collect();
    let mut phone = Phone::new(town.trust.clone());
    measured(|| {
        for page in &pages {
            phone.take(&Page::from_bytes(page).unwrap()).unwrap();
        }
    });
    assert_eq!(phone.requests().count(), count);
}

fn feed(count: usize) {
    let mut town = Town::new();
    town.ask(count);
    measured(|| town.pages());
}

fn accusation(count: usize) {
    let mut town = Town::new();
    let ids = town.ask(count);
    let (size, anchor) = (town.log.size(), town.last().to_anchor());
    let exhibits = (0..size).map(|index| Exhibit {
        entry: town.log.entries(index, index + 1).unwrap()[0].clone(),
        index,
        proof: town.log.inclusion_proof(index, size).unwrap(),
        checkpoint: anchor.clone(),
        before: None,
    });
    let charge = Charge::RequestKeyReused { request: ids[0], earlier: ids[1] };
    let accusation = Accusation { charge, exhibits: exhibits.collect(), notes: vec![anchor.clone()] };
    measured(|| accusation.verify(&town.trust, &Policy::default()).unwrap_err());
}

fn approvals(count: usize) {
    let mut town = Town::new();
    for number in 0..count {
        town.approve(1 + number as u64, key(4).verifying_key());
        let notice = AnswerNotice {
            custodian: CustodianId::new("alpha").unwrap(),
            terms: StatementId::from_bytes([1; 32]),
            release: StatementId::from_bytes([2; 32]),
            nonce: Nonce::from_bytes([number as u8; 32]),
        };
        town.append(Verified::sign(notice, &key(9)));
    }
    town.witness();
    measured(|| town.auditor());
}

fn tiles(count: usize) {
    let entries: Vec<_> = (0..count as u64).map(|index| index.to_be_bytes().to_vec()).collect();
    let (mut edge, mut files) = (Edge::new(), std::collections::BTreeMap::new());
    for entry in &entries {
        edge.push(leaf_hash(entry));
    }
    for tile in Tile::added(0, edge.size()) {
        let bytes = match tile.row() {
            Row::Hashes(_) => edge.tile(tile),
            Row::Entries => bundle(&entries[tile.start() as usize..][..usize::from(tile.width())]),
        };
        files.insert(tile.to_string(), bytes.unwrap());
    }
    let checkpoint = Checkpoint::new(KeyName::new("log.example").unwrap(), edge.size(), edge.root());
    let mut tree = TileTree::new(files, &checkpoint);
    measured(|| {
        for from in (0..count as u64).step_by(TILE_WIDTH as usize) {
            assert!(!tree.entries(from, u64::MAX).unwrap().is_empty());
        }
        (0..count as u64).for_each(|index| drop(tree.inclusion_proof(index).unwrap()));
    });
}
