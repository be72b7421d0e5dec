use crate::crypto::Digest;
use crate::ledger::{grant_due, request_due};
use crate::record::{Method, Receipt, StatementId, Subject, Tool, Verified};
use crate::store::{ErasureMethod, Store};
use crate::tlog::Witnessed;

use super::agency::Agency;
use super::error::AgencyError;
use super::facts::{GrantFact, GrantState, Ordered, RequestFact, RequestState};
use super::keys::SecretName;

/// What the agency says of a deletion. How the keys were erased, the store says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Deletion {
    /// With what the copies outside of the store were destroyed.
    pub tool: Tool,
    /// Whether backups existed; if so, they were destroyed too.
    pub backups: bool,
    /// Whether the footage was obtained at all.
    pub obtained: bool,
}

impl Deletion {
    fn ordered(self, anchor: &Witnessed) -> Ordered {
        let Self { tool, backups, obtained } = self;
        Ordered { tool, backups, obtained, anchor: anchor.to_anchor() }
    }
}

impl<S: Store> Agency<S> {
    /// Deletes a grant: destroys the agency's halves of the lock, any one-time key and the copy in the objects, reads back that
    /// nothing is left, and states so. The caller has destroyed every other copy of the footage before.
    ///
    /// A grant that is deleted gives the same receipt again; one whose deletion was interrupted is deleted as it was ordered
    /// first.
    pub fn delete(
        &mut self,
        terms: StatementId,
        deletion: Deletion,
        anchor: &Witnessed,
    ) -> Result<Verified<Receipt>, AgencyError> {
        let fact = self.grant(terms)?.clone();
        if !matches!(fact.state, GrantState::Deleting | GrantState::Deleted) {
            let ordered = Some(deletion.ordered(anchor));
            self.put_grant(GrantFact { state: GrantState::Deleting, ordered, ..fact })?;
        }
        self.finish_deletion(terms)
    }

    /// Deletes what a grant's fact says is being deleted.
    pub(super) fn finish_deletion(&mut self, terms: StatementId) -> Result<Verified<Receipt>, AgencyError> {
        let fact = self.grant(terms)?.clone();
        if let Some(receipt) = fact.receipt {
            return Ok(receipt);
        }
        let ordered = fact.ordered.clone().ok_or(AgencyError::NotTakenIn(terms))?;
        let mut erased = Vec::new();
        let mut failed = None;
        // One that stays keeps none of the others.
        for name in SecretName::of_grant(terms) {
            match self.erase(name) {
                Ok(done) => erased.push(done),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        self.remove_answers(terms)?;
        self.delete_copy(terms)?;
        if let Some(error) = failed {
            return Err(error);
        }
        self.nothing_left(&SecretName::of_grant(terms))?;
        let stated = fact.terms.statement();
        let receipt = Receipt {
            subject: Subject::Grant(terms),
            keys: vec![stated.agency_half],
            // It binds all that was in it, and tells nobody how many clips that were.
            excerpts: vec![Digest::from_bytes(*fact.envelope.id().as_bytes())],
            method: method(&erased),
            tool: ordered.tool,
            backups: ordered.backups,
            obtained: ordered.obtained,
            deadline: grant_due(stated.not_after),
            anchor: ordered.anchor,
        };
        let receipt = Verified::sign(receipt, &self.key);
        self.put_grant(GrantFact {
            state: GrantState::Deleted,
            wraps: Vec::new(),
            ordered: None,
            receipt: Some(receipt.clone()),
            ..fact
        })?;
        Ok(receipt)
    }

    /// Closes a request: destroys its key, and states so. From then on a copy of an excerpt that was not taken in is dead.
    ///
    /// A request that is closed gives the same receipt again.
    pub fn close_request(
        &mut self,
        request: StatementId,
        deletion: Deletion,
        anchor: &Witnessed,
    ) -> Result<Verified<Receipt>, AgencyError> {
        let fact = self.own_request(request)?.clone();
        if matches!(fact.state, RequestState::Asked | RequestState::Closed) {
            let ordered = Some(deletion.ordered(anchor));
            self.put_request(RequestFact { state: RequestState::Destroying, ordered, ..fact })?;
        }
        self.finish_destruction(request)
    }

    /// Destroys the key that a request's fact says is being destroyed.
    pub(super) fn finish_destruction(&mut self, request: StatementId) -> Result<Verified<Receipt>, AgencyError> {
        let fact = self.own_request(request)?.clone();
        if let Some(receipt) = fact.receipt {
            return Ok(receipt);
        }
        let ordered = fact.ordered.clone().ok_or(AgencyError::NoRequest(request))?;
        let name = SecretName::RequestKey(request);
        let erased = self.erase(name)?;
        self.nothing_left(&[name])?;
        let asked = fact.request.statement();
        let receipt = Receipt {
            subject: Subject::Request(request),
            keys: vec![asked.key.fingerprint()],
            excerpts: Vec::new(),
            method: method(&[erased]),
            tool: ordered.tool,
            backups: ordered.backups,
            obtained: ordered.obtained,
            deadline: request_due(asked.open_until),
            anchor: ordered.anchor,
        };
        let receipt = Verified::sign(receipt, &self.key);
        self.put_request(RequestFact {
            state: RequestState::Destroyed,
            ordered: None,
            receipt: Some(receipt.clone()),
            ..fact
        })?;
        Ok(receipt)
    }

    /// Reads back that the store has none of these secrets, whole or half erased.
    fn nothing_left(&mut self, names: &[SecretName]) -> Result<(), AgencyError> {
        let listed = self.store.secrets()?;
        for name in names {
            let key = name.key()?;
            if listed.iter().any(|(left, _)| *left == key) {
                return Err(AgencyError::NotErased(key.to_string()));
            }
        }
        Ok(())
    }
}

/// How the store erased, in the words of NIST SP 800-88: the weakest of what it did.
fn method(erased: &[ErasureMethod]) -> Method {
    if !erased.is_empty() && erased.iter().all(|method| *method == ErasureMethod::HardwareKey) {
        Method::CryptographicErase
    } else {
        Method::Clear
    }
}
