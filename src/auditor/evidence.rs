use std::collections::BTreeSet;

use crate::ledger::{Party, View};
use crate::policy::{Policy, Rule};
use crate::record::{Basis, CustodianId, Request, StatementId, Subject, Timestamp};
use crate::tlog::Logged;

use super::charge::Charge;

/// The time bounds of the entry at an index.
pub(super) type Bounds<'a> = &'a dyn Fn(u64) -> [Timestamp; 2];

/// The indices of all statements that a charge rests on, approvals included.
pub(super) fn evidence(charge: &Charge, view: &View, policy: &Policy, bounds: Bounds<'_>) -> BTreeSet<u64> {
    let mut found = Evidence { view, bounds, indices: BTreeSet::new() };
    // What the view does not hold adds nothing; the accusation then does not verify.
    let _ = found.gather(charge, policy);
    found.indices
}

struct Evidence<'a> {
    view: &'a View,
    bounds: Bounds<'a>,
    indices: BTreeSet<u64>,
}

impl Evidence<'_> {
    fn gather(&mut self, charge: &Charge, policy: &Policy) -> Option<()> {
        match charge {
            Charge::Overdue { party: Party::Agency(_), subject: Subject::Grant(terms), .. } => {
                for notice in self.view.released_grant(*terms)?.notices() {
                    self.release(notice.statement().release)?;
                    self.custodian(&notice.statement().custodian, notice);
                }
            }
            Charge::Overdue { subject: Subject::Request(request), .. } => self.request(*request)?,
            Charge::Overdue { party: Party::Custodian(custodian), subject: Subject::Epoch(epoch), .. } => {
                let key = self.view.any_expiry_key(custodian, *epoch)?;
                self.custodian(custodian, key);
            }
            Charge::ReleaseNotApproved { release } => {
                self.indices.insert(self.view.any_release(*release)?.index());
            }
            Charge::ReleaseTooEarly { release } | Charge::ReleaseTooLate { release } => self.release(*release)?,
            Charge::PolicyBroken { request, rules } => self.policy(*request, rules, policy)?,
            Charge::RequestKeyReused { request, earlier } => {
                self.request(*earlier)?;
                self.request(*request)?;
            }
            Charge::SequenceBroken { request, other } => {
                if let Some(other) = other {
                    self.request(*other)?;
                }
                self.request(*request)?;
            }
            Charge::SecondExpiryKey { key, earlier } => {
                let index = self.view.second_expiry_key(*key)?;
                let earlier = self.view.expiry_key_by_id(*earlier)?;
                self.custodian(&earlier.statement().custodian, earlier);
                let approvals = self.view.custodian_approved_by(
                    &earlier.statement().custodian,
                    earlier.signer(),
                    (self.bounds)(index),
                );
                self.indices.extend(approvals);
                self.indices.insert(index);
            }
            _ => return None,
        }
        Some(())
    }

    fn request(&mut self, id: StatementId) -> Option<()> {
        let request = self.view.request(id).ok()?;
        self.add_request(&request);
        Some(())
    }

    fn add_request(&mut self, request: &Logged<Request>) {
        let bounds = (self.bounds)(request.index());
        let approvals = self.view.agency_approved_by(&request.statement().agency, request.signer(), bounds);
        self.indices.extend(approvals);
        self.indices.insert(request.index());
    }

    fn release(&mut self, id: StatementId) -> Option<()> {
        let release = self.view.any_release(id)?;
        let agency = release.statement().terms.statement().agency;
        let approvals = self.view.agency_approved_by(&agency, release.signer(), (self.bounds)(release.index()));
        self.indices.extend(approvals);
        self.indices.insert(release.index());
        Some(())
    }

    fn custodian<T>(&mut self, custodian: &CustodianId, logged: &Logged<T>) {
        let approvals = self.view.custodian_approved_by(custodian, logged.signer(), (self.bounds)(logged.index()));
        self.indices.extend(approvals);
        self.indices.insert(logged.index());
    }

    /// As many of the agency's latest requests as show that there were too many.
    fn policy(&mut self, id: StatementId, rules: &[Rule], policy: &Policy) -> Option<()> {
        let view = self.view;
        let request = view.request(id).ok()?;
        self.add_request(&request);
        let asked = request.statement();
        let before = || view.requests_of(&asked.agency).rev().filter(|other| other.index() < request.index());
        if rules.contains(&Rule::PerCase) {
            let same = before().filter(|other| other.statement().case == asked.case);
            same.take(policy.per_case as usize).for_each(|other| self.add_request(other));
        }
        if rules.contains(&Rule::Budget) {
            let counted = before().filter(|other| other.statement().basis == Basis::Voluntary);
            counted.take(policy.budget as usize).for_each(|other| self.add_request(other));
        }
        Some(())
    }
}
