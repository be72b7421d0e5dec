use std::collections::BTreeSet;

use crate::ledger::{Asked, Party, Place, View};
use crate::policy::{Policy, Rule};
use crate::record::{CustodianId, StatementId, Subject, Timestamp};

use super::charge::Charge;

/// The time bounds of the entry at an index.
pub(super) type Bounds<'a> = &'a dyn Fn(u64) -> [Timestamp; 2];

/// Returns the indices of all statements that a charge rests on, approvals included.
pub(super) fn grounds(charge: &Charge, view: &View, policy: &Policy, bounds: Bounds<'_>) -> BTreeSet<u64> {
    let mut found = Grounds { view, bounds, indices: BTreeSet::new() };
    // What the view does not hold adds nothing; the accusation then does not verify.
    let _ = found.gather(charge, policy);
    found.indices
}

struct Grounds<'a> {
    view: &'a View,
    bounds: Bounds<'a>,
    indices: BTreeSet<u64>,
}

impl Grounds<'_> {
    fn gather(&mut self, charge: &Charge, policy: &Policy) -> Option<()> {
        match charge {
            Charge::Overdue { party: Party::Agency(_), subject: Subject::Grant(terms), .. } => {
                for notice in self.view.released_grant(*terms)?.notices() {
                    self.release(notice.release)?;
                    self.custodian(&notice.custodian, &notice.place)?;
                }
            }
            Charge::Overdue { subject: Subject::Request(request), .. } => self.request(*request)?,
            Charge::Overdue { party: Party::Custodian(custodian), subject: Subject::Epoch(epoch), .. } => {
                let place = &self.view.any_expiry_key(custodian, *epoch)?.place;
                self.custodian(custodian, place)?;
            }
            Charge::ReleaseNotApproved { release } => {
                self.indices.insert(self.view.any_release(*release)?.place.index);
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
                let (custodian, first) = self.view.expiry_key_by_id(*earlier)?;
                self.custodian(custodian, &first.place)?;
                let signer = self.view.signer(&first.place)?;
                self.indices.extend(self.view.custodian_approved_by(custodian, signer, (self.bounds)(index)));
                self.indices.insert(index);
            }
            _ => return None,
        }
        Some(())
    }

    fn request(&mut self, id: StatementId) -> Option<()> {
        self.add_request(self.view.asked_as(id)?)
    }

    fn add_request(&mut self, asked: &Asked) -> Option<()> {
        let bounds = (self.bounds)(asked.index());
        let approvals = self.view.agency_approved_by(&asked.agency, self.view.signer(&asked.place)?, bounds);
        self.indices.extend(approvals);
        self.indices.insert(asked.index());
        Some(())
    }

    fn release(&mut self, id: StatementId) -> Option<()> {
        let release = self.view.any_release(id)?;
        let (index, signer) = (release.place.index, self.view.signer(&release.place)?);
        let approvals = self.view.agency_approved_by(&release.agency, signer, (self.bounds)(index));
        self.indices.extend(approvals);
        self.indices.insert(index);
        Some(())
    }

    fn custodian(&mut self, custodian: &CustodianId, place: &Place) -> Option<()> {
        let signer = self.view.signer(place)?;
        let approvals = self.view.custodian_approved_by(custodian, signer, (self.bounds)(place.index));
        self.indices.extend(approvals);
        self.indices.insert(place.index);
        Some(())
    }

    /// Adds as many of the agency's latest requests as it takes to show that there were too many.
    fn policy(&mut self, id: StatementId, rules: &[Rule], policy: &Policy) -> Option<()> {
        let view = self.view;
        let asked = view.asked_as(id)?;
        self.add_request(asked)?;
        let before = || view.asked_by(&asked.agency).rev().filter(|other| other.index() < asked.index());
        if rules.contains(&Rule::PerCase) {
            let mut same = before().filter(|other| other.shares_case(asked)).take(policy.per_case as usize);
            same.try_for_each(|other| self.add_request(other))?;
        }
        if rules.contains(&Rule::Budget) {
            let mut counted = before().filter(|other| other.voluntary).take(policy.budget as usize);
            counted.try_for_each(|other| self.add_request(other))?;
        }
        Some(())
    }
}
