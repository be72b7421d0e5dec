//! The contract of [`Store`], as checks that any implementation can run in its tests.
//!
//! [`check`] exercises a store from its creation on. [`check_poisoned`] and [`check_half_erased`] check a store that
//! its author has brought into that state. They need no test framework, and return the first rule that is broken.
//!
//! ```
//! # use footage::store::{DirectoryStore, contract::{self, Opening}};
//! # let path = std::env::temp_dir().join(format!("footage-contract-example-{}", std::process::id()));
//! # let _ = std::fs::remove_dir_all(&path);
//! contract::check(&mut |opening| {
//!     Ok(Box::new(match opening {
//!         Opening::Begin => DirectoryStore::begin(&path)?,
//!         Opening::Open => DirectoryStore::open(&path)?,
//!     }))
//! })?;
//! # std::fs::remove_dir_all(&path)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Debug;

use thiserror::Error;

use super::{SecretState, Store, StoreError, StoreKey, limits};

/// How the check wants the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Begun. The place has no store when the check starts.
    Begin,
    /// Open the existing store. The previous one was dropped, unless the check tests that two cannot be open at once.
    Open,
}

/// A rule of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Where there is no store, opening says so; a new one is empty; where there is one, beginning is refused.
    Beginning,
    /// While a store is open, opening it and beginning one are refused.
    OneAtATime,
    /// A fact has the value that was put last, even if it is empty. A fact and a secret may have the same key.
    FactsAreReplaced,
    /// A removed fact is gone, and removing it again is no error.
    FactsAreRemoved,
    /// A secret has the value that was put, and another is refused while it is there.
    SecretsArePutOnce,
    /// An erased secret is gone, erasing says so, and erasing what is not there is no error.
    SecretsAreErased,
    /// All keys are listed, in order, and each once.
    Listing,
    /// The longest values are taken, and longer ones are refused.
    Limits,
    /// A refusal changes nothing, and does not poison.
    Refusals,
    /// Opening again finds everything as it was.
    Lasting,
    /// The monotonic floor never sinks.
    Floor,
    /// After an error every call fails.
    Poisoned,
    /// A half erased secret is listed as one, is never readable, and keeps another from being put.
    HalfErased,
}

/// A store that breaks its contract.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the store breaks the rule {rule:?}: {found}")]
pub struct Broken {
    /// The first rule that was found broken.
    pub rule: Rule,
    /// What was found.
    pub found: String,
}

type Place<'a> = dyn FnMut(Opening) -> Result<Box<dyn Store>, StoreError> + 'a;

/// Checks a store from its beginning on, all rules but [`Rule::Poisoned`] and [`Rule::HalfErased`].
///
/// `place` begins and opens the store at one place, which is empty at first.
pub fn check(place: &mut Place<'_>) -> Result<(), Broken> {
    beginning(place)?;
    one_at_a_time(place)?;
    let mut store = must(Rule::Lasting, "opening", place(Opening::Open))?;
    facts(&mut store)?;
    secrets(&mut store)?;
    refusals(&mut store)?;
    floor(&mut store)?;
    lasting(store, place)?;
    let mut store = must(Rule::Lasting, "opening", place(Opening::Open))?;
    empty_again(&mut store)
}

/// Checks a store of which an operation has just failed with [`StoreError::Io`].
pub fn check_poisoned(store: &mut dyn Store) -> Result<(), Broken> {
    let key = key("poisoned")?;
    let calls = [
        ("fact", store.fact(&key).err()),
        ("put_fact", store.put_fact(&key, b"value").err()),
        ("put_fact of a long value", store.put_fact(&key, &vec![0; limits::FACT_BYTES + 1]).err()),
        ("remove_fact", store.remove_fact(&key).err()),
        ("facts", store.facts().err()),
        ("secret", store.secret(&key).err()),
        ("put_secret", store.put_secret(&key, b"value").err()),
        ("erase", store.erase(&key).err()),
        ("secrets", store.secrets().err()),
        ("floor", store.floor().err()),
        ("raise_floor", store.raise_floor(1).err()),
    ];
    for (call, error) in calls {
        let poisoned = matches!(error, Some(StoreError::Poisoned));
        expect(Rule::Poisoned, &format!("{call} after an error"), &poisoned, &true)?;
    }
    Ok(())
}

/// Checks a store in which the erasure of this secret was begun, and could not be finished until now.
pub fn check_half_erased(store: &mut dyn Store, key: &StoreKey) -> Result<(), Broken> {
    let rule = Rule::HalfErased;
    let secrets = must(rule, "listing", store.secrets())?;
    let state = secrets.iter().find(|(listed, _)| listed == key).map(|(_, state)| *state);
    expect(rule, "the state of the secret", &state, &Some(SecretState::HalfErased))?;
    expect(rule, "whether it is read", &must(rule, "reading it", store.secret(key))?.is_some(), &false)?;
    let refused = matches!(store.put_secret(key, b"another"), Err(StoreError::SecretExists(_)));
    expect(rule, "whether another is refused", &refused, &true)?;
    let erased = must(rule, "erasing it again", store.erase(key))?;
    expect(rule, "whether nothing is left", &erased.nothing_left, &true)?;
    let secrets = must(rule, "listing", store.secrets())?;
    expect(rule, "whether it is listed", &secrets.iter().any(|(listed, _)| listed == key), &false)
}

fn beginning(place: &mut Place<'_>) -> Result<(), Broken> {
    let rule = Rule::Beginning;
    let missing = matches!(place(Opening::Open), Err(StoreError::Missing));
    expect(rule, "whether opening finds none", &missing, &true)?;
    let mut store = must(rule, "beginning", place(Opening::Begin))?;
    expect(rule, "the facts of a new store", &must(rule, "listing", store.facts())?, &Vec::new())?;
    expect(rule, "the secrets of a new store", &must(rule, "listing", store.secrets())?, &Vec::new())?;
    drop(store);
    let exists = matches!(place(Opening::Begin), Err(StoreError::Exists));
    expect(rule, "whether a second beginning is refused", &exists, &true)
}

fn one_at_a_time(place: &mut Place<'_>) -> Result<(), Broken> {
    let rule = Rule::OneAtATime;
    let store = must(rule, "opening", place(Opening::Open))?;
    let in_use = matches!(place(Opening::Open), Err(StoreError::InUse));
    expect(rule, "whether a second opening is refused", &in_use, &true)?;
    let refused = matches!(place(Opening::Begin), Err(StoreError::InUse | StoreError::Exists));
    expect(rule, "whether a beginning is refused", &refused, &true)?;
    drop(store);
    Ok(())
}

/// Keys that a careless store confuses: one begins another, and dots may end a file's name.
const KEYS: [&str; 6] = ["0", "a", "a-b", "a.b", "a.b.c", "a_b"];

fn facts(store: &mut dyn Store) -> Result<(), Broken> {
    let rule = Rule::FactsAreReplaced;
    for text in KEYS.iter().rev() {
        let key = key(text)?;
        expect(rule, "a fact that was not put", &must(rule, "reading", store.fact(&key))?, &None)?;
        for value in [&b"first"[..], b"", text.as_bytes()] {
            must(rule, "putting", store.put_fact(&key, value))?;
            expect(rule, "a fact", &must(rule, "reading", store.fact(&key))?, &Some(value.to_vec()))?;
        }
    }
    for text in KEYS {
        let key = key(text)?;
        expect(rule, "a fact", &must(rule, "reading", store.fact(&key))?, &Some(text.as_bytes().to_vec()))?;
        let secret = must(rule, "reading", store.secret(&key))?;
        expect(rule, "whether a fact is a secret", &secret.is_some(), &false)?;
    }
    let listed = must(Rule::Listing, "listing", store.facts())?;
    expect(Rule::Listing, "the facts", &texts(listed.iter()), &KEYS.map(String::from).to_vec())?;

    let rule = Rule::FactsAreRemoved;
    let gone = key("a.b")?;
    for _ in 0..2 {
        must(rule, "removing", store.remove_fact(&gone))?;
        expect(rule, "a removed fact", &must(rule, "reading", store.fact(&gone))?, &None)?;
    }
    let listed = must(rule, "listing", store.facts())?;
    expect(rule, "the facts", &texts(listed.iter()).len(), &(KEYS.len() - 1))?;

    let rule = Rule::Limits;
    let long = vec![0xa5; limits::FACT_BYTES];
    let name = "k".repeat(StoreKey::MAX_LENGTH);
    must(rule, "putting the longest fact", store.put_fact(&key(&name)?, &long))?;
    let read = must(rule, "reading the longest fact", store.fact(&key(&name)?))?;
    expect(rule, "whether the longest fact is read", &(read == Some(long)), &true)?;
    must(rule, "removing the longest fact", store.remove_fact(&key(&name)?))
}

fn secrets(store: &mut dyn Store) -> Result<(), Broken> {
    let rule = Rule::SecretsArePutOnce;
    for text in KEYS.iter().rev() {
        let key = key(text)?;
        must(rule, "putting", store.put_secret(&key, text.as_bytes()))?;
        let another = matches!(store.put_secret(&key, b"another"), Err(StoreError::SecretExists(_)));
        expect(rule, "whether another is refused", &another, &true)?;
    }
    for text in KEYS {
        let read = must(rule, "reading", store.secret(&key(text)?))?;
        let same = read.is_some_and(|read| *read == text.as_bytes());
        expect(rule, "whether a secret has its value", &same, &true)?;
    }
    let rule = Rule::Listing;
    let listed = must(rule, "listing", store.secrets())?;
    expect(rule, "the secrets", &texts(listed.iter().map(|(key, _)| key)), &KEYS.map(String::from).to_vec())?;
    expect(rule, "whether all are whole", &listed.iter().all(|(_, state)| *state == SecretState::Whole), &true)?;

    let rule = Rule::SecretsAreErased;
    let gone = key("a.b")?;
    for _ in 0..2 {
        let erased = must(rule, "erasing", store.erase(&gone))?;
        expect(rule, "whether nothing is left", &erased.nothing_left, &true)?;
        let read = must(rule, "reading", store.secret(&gone))?;
        expect(rule, "whether an erased secret is read", &read.is_some(), &false)?;
    }
    let listed = must(rule, "listing", store.secrets())?;
    let left: Vec<String> = KEYS.iter().filter(|text| **text != "a.b").map(|text| String::from(*text)).collect();
    expect(rule, "the secrets that are left", &texts(listed.iter().map(|(key, _)| key)), &left)?;
    let facts = texts(must(rule, "listing", store.facts())?.iter());
    expect(rule, "the facts after an erasure", &facts, &left)?;

    let rule = Rule::Limits;
    let (name, long) = (key(&"k".repeat(StoreKey::MAX_LENGTH))?, vec![0xa5; limits::SECRET_BYTES]);
    must(rule, "putting the longest secret", store.put_secret(&name, &long))?;
    let read = must(rule, "reading the longest secret", store.secret(&name))?;
    expect(rule, "whether the longest secret is read", &read.is_some_and(|read| *read == long), &true)?;
    must(rule, "erasing the longest secret", store.erase(&name)).map(drop)
}

fn refusals(store: &mut dyn Store) -> Result<(), Broken> {
    let (rule, kept, new) = (Rule::Refusals, key("a")?, key("new")?);
    for key in [&kept, &new] {
        let fact = store.put_fact(key, &vec![0; limits::FACT_BYTES + 1]);
        expect(
            Rule::Limits,
            "whether a long fact is refused",
            &matches!(fact, Err(StoreError::TooLong { .. })),
            &true,
        )?;
        let secret = store.put_secret(key, &vec![0; limits::SECRET_BYTES + 1]);
        let refused = matches!(secret, Err(StoreError::TooLong { .. }));
        expect(Rule::Limits, "whether a long secret is refused", &refused, &true)?;
    }
    expect(rule, "the fact", &must(rule, "reading", store.fact(&kept))?, &Some(b"a".to_vec()))?;
    expect(rule, "the new fact", &must(rule, "reading", store.fact(&new))?, &None)?;
    let same = must(rule, "reading", store.secret(&kept))?.is_some_and(|read| *read == b"a");
    expect(rule, "whether the secret has its value", &same, &true)?;
    expect(rule, "whether the new secret is there", &must(rule, "reading", store.secret(&new))?.is_some(), &false)
}

fn floor(store: &mut dyn Store) -> Result<(), Broken> {
    let rule = Rule::Floor;
    let before = must(rule, "reading the floor", store.floor())?;
    let Some(raised) = before.map(|floor| floor.saturating_add(5)) else {
        must(rule, "raising a floor that is not there", store.raise_floor(5))?;
        return expect(rule, "a floor that is not there", &must(rule, "reading the floor", store.floor())?, &None);
    };
    for to in [raised, raised - 1, 0] {
        must(rule, "raising the floor", store.raise_floor(to))?;
        expect(rule, "the floor", &must(rule, "reading the floor", store.floor())?, &Some(raised))?;
    }
    Ok(())
}

fn lasting(mut store: Box<dyn Store>, place: &mut Place<'_>) -> Result<(), Broken> {
    let rule = Rule::Lasting;
    let before = everything(&mut store)?;
    drop(store);
    let mut store = must(rule, "opening", place(Opening::Open))?;
    expect(rule, "whether everything is as it was", &(everything(&mut store)? == before), &true)
}

fn empty_again(store: &mut dyn Store) -> Result<(), Broken> {
    for key in must(Rule::FactsAreRemoved, "listing", store.facts())? {
        must(Rule::FactsAreRemoved, "removing", store.remove_fact(&key))?;
    }
    for (key, _) in must(Rule::SecretsAreErased, "listing", store.secrets())? {
        let erased = must(Rule::SecretsAreErased, "erasing", store.erase(&key))?;
        expect(Rule::SecretsAreErased, "whether nothing is left", &erased.nothing_left, &true)?;
    }
    expect(Rule::FactsAreRemoved, "the facts", &must(Rule::FactsAreRemoved, "listing", store.facts())?, &Vec::new())?;
    expect(
        Rule::SecretsAreErased,
        "the secrets",
        &must(Rule::SecretsAreErased, "listing", store.secrets())?,
        &Vec::new(),
    )
}

/// All facts, all secrets, and the floor. The secrets are those of this check.
type Everything = (Vec<(StoreKey, Option<Vec<u8>>)>, Vec<(StoreKey, SecretState, Option<Vec<u8>>)>, Option<u64>);

fn everything(store: &mut dyn Store) -> Result<Everything, Broken> {
    let rule = Rule::Lasting;
    let (mut facts, mut secrets) = (Vec::new(), Vec::new());
    for key in must(rule, "listing", store.facts())? {
        let value = must(rule, "reading", store.fact(&key))?;
        facts.push((key, value));
    }
    for (key, state) in must(rule, "listing", store.secrets())? {
        let value = must(rule, "reading", store.secret(&key))?.map(|value| value.to_vec());
        secrets.push((key, state, value));
    }
    Ok((facts, secrets, must(rule, "reading the floor", store.floor())?))
}

fn key(text: &str) -> Result<StoreKey, Broken> {
    StoreKey::new(text).map_err(|error| Broken { rule: Rule::Limits, found: format!("{error}") })
}

fn texts<'a>(keys: impl Iterator<Item = &'a StoreKey>) -> Vec<String> {
    keys.map(|key| String::from(key.as_str())).collect()
}

fn must<T>(rule: Rule, doing: &str, result: Result<T, StoreError>) -> Result<T, Broken> {
    result.map_err(|error| Broken { rule, found: format!("{doing} failed: {error}") })
}

fn expect<T: PartialEq + Debug>(rule: Rule, what: &str, found: &T, expected: &T) -> Result<(), Broken> {
    if found == expected {
        return Ok(());
    }
    Err(Broken { rule, found: format!("{what}: {found:?} instead of {expected:?}") })
}
