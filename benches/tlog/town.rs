use footage::crypto::{KemAlgorithm, KemPublicKey, Secret, SigningKey};
use footage::merkle::{Frontier, leaf_hash};
use footage::record::{
    AgencyApproval, AgencyId, Basis, Cell, Cells, Days, Jurisdiction, KeyName, LogRoot, MAX_APPROVAL, Millis, Name,
    Offence, Outcome, OutcomeResult, Reference, Request, StatementId, Timestamp, TrustRoots, Verified, Window,
    WitnessKey,
};
use footage::tlog::{Checkpoint, Cosignature, Note, Witnessed};

const AGENCIES: u64 = 1000;

/// What the registrar and the agencies of a region put into the log in six days of each batch: the approvals of all
/// agencies, and then requests and what came of them, in turn.
pub(crate) struct Town {
    origin: KeyName,
    log: SigningKey,
    witness: SigningKey,
    registrar: SigningKey,
    agencies: Vec<Agency>,
    now: Timestamp,
    tree: Frontier,
    latest: Witnessed,
    pub(crate) trust: TrustRoots,
}

struct Agency {
    id: AgencyId,
    key: SigningKey,
    next: u64,
    previous: Option<StatementId>,
}

fn key(number: u64) -> SigningKey {
    SigningKey::from_secret(&Secret::take(&mut numbered(number)))
}

fn numbered(number: u64) -> [u8; 32] {
    let mut bytes = [9; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn centre() -> Cell {
    Cell::at(41.1, -80.65).unwrap()
}

impl Town {
    pub(crate) fn new() -> Self {
        let origin = KeyName::new("log.example/footage").unwrap();
        let (log, witness, registrar) = (key(1), key(2), key(3));
        let name = KeyName::new("witness.example").unwrap();
        let witnesses = vec![WitnessKey { name, key: witness.verifying_key() }];
        let root = LogRoot::new(origin.clone(), log.verifying_key(), witnesses, 1, 0).unwrap();
        let trust = TrustRoots::new(root, vec![registrar.verifying_key()], 1).unwrap();
        let agency = |number| Agency {
            id: AgencyId::new(&format!("OH{number:07}")).unwrap(),
            key: key(1000 + number),
            next: 0,
            previous: None,
        };
        let (now, tree) = (Timestamp::from_seconds(1_790_000_000).unwrap(), Frontier::new());
        let latest = cosign(&origin, [&log, &witness], &tree, &trust, now);
        Self {
            origin,
            log,
            witness,
            registrar,
            agencies: (0..AGENCIES).map(agency).collect(),
            now,
            tree,
            latest,
            trust,
        }
    }

    /// The next batch, of so many entries, and the checkpoint that includes it.
    pub(crate) fn batch(&mut self, count: u64) -> (Vec<Vec<u8>>, Witnessed) {
        self.now = self.now.after(Millis::DAY.times(6));
        let entries: Vec<_> = (0..count).map(|number| self.entry(number)).collect();
        self.tree.extend(entries.iter().map(|entry| leaf_hash(entry)));
        self.latest = cosign(&self.origin, [&self.log, &self.witness], &self.tree, &self.trust, self.now);
        (entries, self.latest.clone())
    }

    fn entry(&mut self, number: u64) -> Vec<u8> {
        let (round, at) = (number / AGENCIES, number % AGENCIES);
        let (now, anchor) = (self.now, self.latest.to_anchor());
        let agency = &mut self.agencies[usize::try_from(at).unwrap()];
        match (round, agency.previous) {
            (0, _) => {
                let approval = AgencyApproval {
                    agency: agency.id,
                    name: Name::new("Town Police").unwrap(),
                    jurisdiction: Jurisdiction::new(centre().parent().unwrap().neighbours().chain([centre()])).unwrap(),
                    key: agency.key.verifying_key(),
                    incentives: Vec::new(),
                    validity: Window::new(now.before(Millis::MINUTE), now.before(Millis::MINUTE).after(MAX_APPROVAL))
                        .unwrap(),
                };
                Verified::sign(approval, &self.registrar).to_bytes()
            }
            (2 | 4 | 6, Some(request)) => {
                let outcome = Outcome { agency: agency.id, request, result: OutcomeResult::Arrest };
                Verified::sign(outcome, &agency.key).to_bytes()
            }
            (_, previous) => {
                // Any `u` is a public key to those who only read it; the top byte keeps it below the prime.
                let mut point = numbered(at * 1_000_000 + agency.next);
                point[31] = 1;
                let request = Request {
                    agency: agency.id,
                    cells: Cells::new(vec![centre()]).unwrap(),
                    window: Window::new(now.before(Millis::HOUR.times(3)), now.before(Millis::HOUR)).unwrap(),
                    offence: Offence::new("220").unwrap(),
                    case: Reference::new(&format!("C-{}", agency.next)).unwrap(),
                    basis: Basis::Voluntary,
                    retention: Days::new(30).unwrap(),
                    open_until: now.after(Millis::DAY),
                    key: KemPublicKey::from_bytes(KemAlgorithm::X25519, &point).unwrap(),
                    sequence: agency.next,
                    previous,
                    anchor,
                };
                let request = Verified::sign(request, &agency.key);
                (agency.next, agency.previous) = (agency.next + 1, Some(request.id()));
                request.to_bytes()
            }
        }
    }
}

fn cosign(
    origin: &KeyName,
    [log, witness]: [&SigningKey; 2],
    tree: &Frontier,
    trust: &TrustRoots,
    now: Timestamp,
) -> Witnessed {
    let mut note = Note::new(Checkpoint::new(origin.clone(), tree.size(), tree.root()).to_string()).unwrap();
    note.sign(origin, log).unwrap();
    let line = Cosignature::sign(note.text(), witness, now).to_line(&trust.log().witnesses()[0].name, witness);
    note.add(line).unwrap();
    Witnessed::verify(note.to_string().as_bytes(), trust.log()).unwrap()
}
