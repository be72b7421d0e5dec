//! Statements, alone and in what holds them.

use footage::auditor::{Accusation, Auditor, Charge, Exhibit};
use footage::crypto::KemAlgorithm;
use footage::custodian::MemoryKeyStore;
use footage::ledger::{Feed, Ledger, Page};
use footage::merkle::{Hash, InclusionProof};
use footage::record::{Anchor, Consent, Entry, Signed, Verified};

use super::common::{World, deletion};
use super::records::{Plausible, Record, Visitor};
use super::{Form, Row};

#[derive(Default)]
struct Rows(Vec<Row<'static>>);

impl Visitor for Rows {
    fn record<T: Record>(&mut self, name: &'static str, statement: &Verified<T>) {
        let parse = |bytes: &[u8]| Signed::<T>::from_bytes(bytes).map(drop);
        self.0.push(Row::new(name, Form::Cbor, statement.to_bytes(), parse));
        {
            let parse = |text: &[u8]| serde_json::from_slice::<Signed<T>>(text).map(drop);
            self.0.push(Row::new(format!("{name} in JSON"), Form::Text, serde_json::to_vec(statement).unwrap(), parse));
        }
    }

    fn entry<T: Record + Into<Entry> + TryFrom<Entry, Error = Entry>>(
        &mut self,
        name: &'static str,
        statement: &Verified<T>,
    ) {
        self.record(name, statement);
        let parse = |bytes: &[u8]| Signed::<Entry>::from_bytes(bytes).map(drop);
        self.0.push(Row::new(format!("{name} as an entry"), Form::Cbor, statement.to_bytes(), parse));
    }
}

#[test]
fn statements_of_every_kind() {
    for seed in 1..4 {
        let mut rows = Rows::default();
        Plausible::new(seed).visit(&mut rows);
        rows.0.into_iter().for_each(Row::check);
    }
}

/// A town in which a grant was made, opened and deleted.
fn world() -> (World, Consent) {
    let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let (clip, request) = (world.clip(), world.request());
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    world.answers(&granted, release, &[0, 1]);
    let anchor = world.anchor();
    let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    world.publish(receipt);
    (world, granted.excerpted.consent)
}

/// What page and accusation keep as bytes until they are taken or verified.
fn statement(entry: &[u8]) -> Result<(), String> {
    Signed::<Entry>::from_bytes(entry).map(drop).map_err(|error| error.to_string())
}

#[test]
fn what_holds_statements() {
    let (world, consent) = world();
    let last = &world.history[world.history.len() - 1];
    let entries = |to: u64| world.log.entries(0, to).unwrap();
    // Of the beginning of the log: all of it is long.
    let few = &world.history[0];
    let page = Feed::new(world.trust.clone()).page(entries(few.checkpoint().size()), few, &world.log).unwrap();
    let exhibit = Exhibit {
        entry: entries(1)[0].clone(),
        index: 0,
        proof: InclusionProof(vec![Hash::EMPTY; 3]),
        checkpoint: last.to_anchor(),
        before: Some(Anchor::from_bytes(b"nothing").unwrap()),
    };
    let accusation =
        Accusation { charge: Charge::Equivocation, exhibits: vec![exhibit], notes: vec![last.to_anchor()] };
    let rows = [
        Row::new("consent", Form::Cbor, consent.to_bytes(), |bytes| Consent::from_bytes(bytes).map(drop)),
        Row::new("page of the feed", Form::Cbor, page.to_bytes(), |bytes| {
            let page = Page::from_bytes(bytes).map_err(|error| error.to_string())?;
            page.entries.iter().try_for_each(|(_, entry)| statement(entry))
        }),
        Row::new("accusation", Form::Cbor, accusation.to_bytes(), |bytes| {
            let accusation = Accusation::from_bytes(bytes).map_err(|error| error.to_string())?;
            accusation.exhibits.iter().try_for_each(|exhibit| statement(&exhibit.entry))
        }),
    ];
    rows.into_iter().for_each(Row::check);
}

/// What comes after the state itself.
fn with_digest(state: &[u8]) -> Vec<u8> {
    [state, &<sha2::Sha256 as sha2::Digest>::digest(state)[..]].concat()
}

#[test]
fn saved_states() {
    let (world, _) = world();
    let mut auditor = Auditor::new(world.trust.clone(), world.policy.clone());
    for checkpoint in &world.history {
        let entries = world.log.entries(auditor.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        auditor.advance(entries, checkpoint).unwrap();
    }
    let (trust, policy) = (&world.trust, &world.policy);
    // Of the approvals alone; the auditor's holds a whole one.
    let state = world.ledger_of(1).save();
    let parse = |state: &[u8]| Ledger::restore(&with_digest(state), trust.clone()).map(drop);
    Row::new("ledger", Form::Cbor, &state[..state.len() - 32], parse).check();
    let state = auditor.save();
    let parse = |state: &[u8]| Auditor::restore(&with_digest(state), trust.clone(), policy.clone()).map(drop);
    Row::new("auditor", Form::Cbor, &state[..state.len() - 32], parse).check();
}

#[test]
fn values_in_json() {
    use footage::crypto::KemPublicKey;
    use footage::policy::Policy;
    use footage::record::{Cells, Jurisdiction, TrustRoots};

    fn row<T: serde::Serialize + serde::de::DeserializeOwned>(name: &str, value: &T) -> Row<'static> {
        let parse = |text: &[u8]| serde_json::from_slice::<T>(text).map(drop);
        Row::new(name, Form::Text, serde_json::to_vec(value).unwrap(), parse)
    }
    let world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    row::<Cells>("cells", &Plausible::new(2).cells()).check();
    row::<Jurisdiction>("jurisdiction", &Plausible::new(2).jurisdiction()).check();
    row::<Policy>("policy", &world.policy).check();
    row::<TrustRoots>("trust roots", &world.trust).check();
    row::<KemPublicKey>("key", &world.owner.public_key()).check();
}
