//! Halves of the lock and answers that do not fit the terms.

use std::io::Cursor;

use serde_json::{Value, json};

use super::super::kem_key;
use super::excerpts::{self, Bad};
use crate::clip::sample::Pinned;
use crate::crypto::{Digest, KemAlgorithm, KemPrivateKey, Secret, SigningKey};
use crate::foreign::hex;
use crate::grant::forged::Made;
use crate::grant::{AgencyHalf, Excerpt, UnlockError};
use crate::record::{Answer, CustodianId, StatementId, Verified};

/// An excerpt with the key of its request.
pub(super) struct Half {
    made: Made,
    key: KemPrivateKey,
}

impl Half {
    fn of(bad: Bad) -> Self {
        let key = &bad.made.request_key;
        let key = KemPrivateKey::from_secret(key.algorithm(), key.secret().duplicate());
        Self { made: bad.made, key }
    }

    pub(super) fn refused(&self) -> UnlockError {
        let excerpt = Excerpt::open(Cursor::new(self.made.file.clone())).unwrap();
        AgencyHalf::unwrap(excerpt.terms(), excerpt.agency_wrap(), &self.key).unwrap_err()
    }

    pub(super) fn describe(&self, name: &str, step: &str) -> Value {
        json!({ "name": name, "step": step, "excerpt": hex(&self.made.file), "request": kem_key(&self.key) })
    }
}

/// A wrap that was made for another key.
pub(super) fn other_key() -> Half {
    let key = KemPrivateKey::generate(KemAlgorithm::X25519, &mut Pinned(8 << 32)).unwrap();
    Half { made: excerpts::good().made, key }
}

pub(super) fn role() -> Half {
    Half::of(excerpts::role())
}

pub(super) fn half() -> Half {
    Half::of(excerpts::terms(|terms| terms.agency_half = Digest::from_bytes([7; 32])))
}

pub(super) fn possession() -> Half {
    Half::of(excerpts::terms(|terms| terms.possession = Digest::from_bytes([7; 32])))
}

/// Answers to a grant's release.
pub(super) struct Answers {
    made: Made,
    one_time: KemPrivateKey,
    given: Vec<Answer>,
}

impl Answers {
    /// Two good answers to an excerpt.
    fn of(bad: Bad) -> Self {
        let random = &mut Pinned(7 << 32);
        let one_time = KemPrivateKey::generate(KemAlgorithm::X25519, random).unwrap();
        let made = bad.made;
        let answers = [0, 1].map(|index| made.answer(index, &made.shares[usize::from(index)], &one_time, random));
        Self { given: answers.into(), made, one_time }
    }

    fn changed(change: impl FnOnce(&mut Self)) -> Self {
        let mut answers = Self::of(excerpts::good());
        change(&mut answers);
        answers
    }

    pub(super) fn good() -> Self {
        Self::changed(|_| ())
    }

    pub(super) fn combine(&self) -> Result<Secret<32>, UnlockError> {
        let [half, _] = &self.made.halves;
        let half = AgencyHalf::from_secret(&self.made.terms, half.duplicate()).unwrap();
        half.combine(&self.one_time, &self.given)
    }

    pub(super) fn refused(&self) -> UnlockError {
        self.combine().unwrap_err()
    }

    pub(super) fn describe(&self, name: &str, step: &str) -> Value {
        let key = SigningKey::generate(&mut Pinned(6 << 32)).unwrap();
        let answers = self.given.iter().map(|answer| hex(&Verified::sign(answer.clone(), &key).to_bytes()));
        json!({
            "name": name,
            "step": step,
            "excerpt": hex(&self.made.file),
            "one_time": kem_key(&self.one_time),
            "answers": answers.collect::<Vec<_>>(),
        })
    }
}

pub(super) fn other_terms() -> Answers {
    Answers::changed(|answers| answers.given[0].terms = StatementId::from_bytes([7; 32]))
}

pub(super) fn no_member() -> Answers {
    Answers::changed(|answers| answers.given[0].custodian = CustodianId::new("nobody").unwrap())
}

/// A share of another custodian, wrapped as one's own.
pub(super) fn other_share() -> Answers {
    Answers::changed(|answers| {
        let Answers { made, one_time, .. } = &*answers;
        let answer = made.answer(0, &made.shares[2], one_time, &mut Pinned(5 << 32));
        answers.given[0] = answer;
    })
}

pub(super) fn other_one_time_key() -> Answers {
    Answers::changed(|answers| {
        let key = KemPrivateKey::generate(KemAlgorithm::X25519, &mut Pinned(4 << 32)).unwrap();
        let made = &answers.made;
        let answer = made.answer(0, &made.shares[0], &key, &mut Pinned(5 << 32));
        answers.given[0] = answer;
    })
}

pub(super) fn twice() -> Answers {
    Answers::changed(|answers| answers.given[1] = answers.given[0].clone())
}

/// Shares that fit their commitments, of a secret that is not the one of the terms.
pub(super) fn other_secret() -> Answers {
    Answers::of(excerpts::terms(|terms| terms.custodian_half = Digest::from_bytes([7; 32])))
}
