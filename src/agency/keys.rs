//! What facts and secrets are called in the store: by what they belong to.

use crate::record::StatementId;
use crate::store::{InvalidKey, StoreKey};

/// A fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    /// How far a request has come.
    Request(StatementId),
    /// How far a grant has come, by its terms.
    Grant(StatementId),
    /// The answer of the member at this place to the release of a grant.
    Answer(StatementId, u8),
}

/// A secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecretName {
    /// The request key of a request.
    RequestKey(StatementId),
    /// The agency's half of a grant.
    AgencyHalf(StatementId),
    /// The one-time key of the release of a grant.
    OneTime(StatementId),
    /// The custodians' half of a grant.
    CustodianHalf(StatementId),
    /// What the next key is made from. The newest counts.
    Ratchet(u64),
}

impl Fact {
    pub(super) fn key(self) -> Result<StoreKey, InvalidKey> {
        StoreKey::new(match self {
            Self::Request(id) => format!("request.{id}"),
            Self::Grant(terms) => format!("grant.{terms}"),
            Self::Answer(terms, place) => format!("answer.{terms}.{place:02}"),
        })
    }

    /// What a fact of this name is; `None` if it is none of an agency.
    pub(super) fn parse(key: &StoreKey) -> Option<Self> {
        let (kind, rest) = key.as_str().split_once('.')?;
        let fact = match kind {
            "request" => Self::Request(rest.parse().ok()?),
            "grant" => Self::Grant(rest.parse().ok()?),
            "answer" => {
                let (terms, place) = rest.split_once('.')?;
                Self::Answer(terms.parse().ok()?, place.parse().ok()?)
            }
            _ => return None,
        };
        // Each has one name.
        (fact.key().as_ref() == Ok(key)).then_some(fact)
    }
}

impl SecretName {
    /// The secrets of one grant.
    pub(super) const fn of_grant(terms: StatementId) -> [Self; 3] {
        [Self::AgencyHalf(terms), Self::OneTime(terms), Self::CustodianHalf(terms)]
    }

    pub(super) fn key(self) -> Result<StoreKey, InvalidKey> {
        StoreKey::new(match self {
            Self::RequestKey(id) => format!("request-key.{id}"),
            Self::AgencyHalf(terms) => format!("agency-half.{terms}"),
            Self::OneTime(terms) => format!("one-time.{terms}"),
            Self::CustodianHalf(terms) => format!("custodian-half.{terms}"),
            Self::Ratchet(number) => format!("ratchet.{number:020}"),
        })
    }

    /// The number of a ratchet of this name.
    pub(super) fn ratchet(key: &StoreKey) -> Option<u64> {
        key.as_str().strip_prefix("ratchet.").filter(|number| number.len() == 20)?.parse().ok()
    }
}
