use std::collections::BTreeMap;

use crate::cbor::{Encode, encode};
use crate::crypto::{VerifyingKey, sha256};
use crate::record::{
    AgencyApproval, AgencyId, CustodianApproval, CustodianId, MAX_APPROVAL, MakerApproval, MakerId, Timestamp,
    TrustRoots, Window,
};
use crate::tlog::Logged;

/// What the three kinds of approval have in common.
pub(super) trait Approval: Encode + Clone {
    type Holder: Ord + Clone;

    fn holder(&self) -> &Self::Holder;
    fn key(&self) -> &VerifyingKey;
    fn validity(&self) -> Window;
}

macro_rules! approval {
    ($type:ty, $id:ty, $field:ident) => {
        impl Approval for $type {
            type Holder = $id;

            fn holder(&self) -> &$id {
                &self.$field
            }

            fn key(&self) -> &VerifyingKey {
                &self.key
            }

            fn validity(&self) -> Window {
                self.validity
            }
        }
    };
}
approval!(AgencyApproval, AgencyId, agency);
approval!(CustodianApproval, CustodianId, custodian);
approval!(MakerApproval, MakerId, maker);

/// One approval, and the registrars who have logged exactly it.
#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) approval: T,
    /// Each with the index of its statement.
    registrars: BTreeMap<VerifyingKey, u64>,
    /// Where and when the quorum of registrars was reached.
    since: Option<(u64, Timestamp)>,
}

/// All approvals of one kind, by holder.
#[derive(Debug)]
pub(super) struct Register<T: Approval> {
    holders: BTreeMap<T::Holder, BTreeMap<[u8; 32], Entry<T>>>,
}

impl<T: Approval> Default for Register<T> {
    fn default() -> Self {
        Self { holders: BTreeMap::new() }
    }
}

impl<T: Approval> Register<T> {
    /// Takes an approval in, if a registrar signed it and it is no longer than seven days.
    pub(super) fn add(&mut self, logged: &Logged<T>, trust: &TrustRoots) -> bool {
        let approval = logged.statement();
        if !trust.registrars().contains(logged.signer()) || approval.validity().length() > MAX_APPROVAL {
            return false;
        }
        let entry = self
            .holders
            .entry(approval.holder().clone())
            .or_default()
            .entry(sha256(&[&encode(approval)]))
            .or_insert_with(|| Entry { approval: approval.clone(), registrars: BTreeMap::new(), since: None });
        entry.registrars.entry(*logged.signer()).or_insert(logged.index());
        if entry.since.is_none() && entry.registrars.len() >= usize::from(trust.registrar_quorum()) {
            entry.since = Some((logged.index(), logged.existed_by()));
        }
        true
    }

    /// The approval that a holder has at a time, the latest if there are several.
    pub(super) fn at(&self, holder: &T::Holder, time: Timestamp, withdrawn: &Withdrawn) -> Option<&T> {
        latest(self.holders.get(holder)?, time, withdrawn)
    }

    /// The approval under which a holder's key signs at a time, the one logged last if there are several.
    pub(super) fn key_at(
        &self,
        holder: &T::Holder,
        key: &VerifyingKey,
        time: Timestamp,
        withdrawn: &Withdrawn,
    ) -> Option<&T> {
        let holding = self.of(holder).filter(|entry| entry.approval.key() == key && entry.holds(time, withdrawn));
        holding.max_by_key(|entry| entry.since).map(|entry| &entry.approval)
    }

    /// Every approval of a holder, in no particular order.
    pub(super) fn of(&self, holder: &T::Holder) -> impl Iterator<Item = &Entry<T>> {
        self.holders.get(holder).into_iter().flat_map(BTreeMap::values)
    }

    /// Whether a holder's key may sign the statement that is being folded. Every withdrawal known by then stands before it
    /// in the log, whatever the witnesses' clocks say.
    pub(super) fn signs(&self, holder: &T::Holder, key: &VerifyingKey, time: Timestamp, withdrawn: &Withdrawn) -> bool {
        let mut own = self.of(holder).filter(|entry| entry.approval.key() == key);
        own.any(|entry| entry.approval.validity().contains(time) && entry.approved(Timestamp::MAX, withdrawn))
    }

    /// Every holder's approval at a time.
    pub(super) fn all_at(&self, time: Timestamp, withdrawn: &Withdrawn) -> impl Iterator<Item = &T> {
        self.holders.values().filter_map(move |entries| latest(entries, time, withdrawn))
    }
}

/// The approval among these that holds, the one logged last if there are several.
fn latest<'a, T: Approval>(
    entries: &'a BTreeMap<[u8; 32], Entry<T>>,
    time: Timestamp,
    withdrawn: &Withdrawn,
) -> Option<&'a T> {
    let holding = entries.values().filter(|entry| entry.holds(time, withdrawn));
    holding.max_by_key(|entry| entry.since).map(|entry| &entry.approval)
}

impl<T: Approval> Entry<T> {
    /// The indices of the statements that make it up.
    pub(super) fn indices(&self) -> impl Iterator<Item = u64> {
        self.registrars.values().copied()
    }

    /// The index of the statement with which a quorum of registrars had approved.
    pub(super) fn since(&self) -> Option<u64> {
        self.since.map(|(index, _)| index)
    }

    pub(super) fn holds(&self, time: Timestamp, withdrawn: &Withdrawn) -> bool {
        self.approval.validity().contains(time) && self.approved(time, withdrawn)
    }

    /// Whether the quorum approved, and nobody withdrew it by this time.
    fn approved(&self, by: Timestamp, withdrawn: &Withdrawn) -> bool {
        self.since.is_some_and(|(index, _)| !withdrawn.after(self.approval.key(), index, by))
    }
}

/// Keys whose approvals a registrar ended. One registrar is enough: losing standing must be easier than gaining it.
#[derive(Debug, Default)]
pub(super) struct Withdrawn(BTreeMap<VerifyingKey, Vec<(u64, Timestamp)>>);

impl Withdrawn {
    pub(super) fn add(&mut self, key: VerifyingKey, index: u64, since: Timestamp) {
        self.0.entry(key).or_default().push((index, since));
    }

    /// When a key's approvals that were logged by then were withdrawn, at the latest.
    pub(super) fn ended(&self, key: &VerifyingKey, approved: u64) -> Option<Timestamp> {
        let later = self.0.get(key).into_iter().flatten().filter(|(index, _)| *index > approved);
        later.map(|&(_, existed_by)| existed_by).min()
    }

    /// Whether an approval logged at `approved` was withdrawn later, by this time.
    fn after(&self, key: &VerifyingKey, approved: u64, time: Timestamp) -> bool {
        self.ended(key, approved).is_some_and(|ended| ended <= time)
    }
}
