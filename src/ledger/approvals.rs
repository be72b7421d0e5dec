use std::collections::BTreeMap;

use crate::crypto::VerifyingKey;
use crate::record::{
    AgencyApproval, AgencyId, CustodianApproval, CustodianId, MAX_APPROVAL, MakerApproval, MakerId, Timestamp,
    TrustRoots, Window,
};
use crate::tlog::Logged;

/// What the three kinds of approval have in common.
pub(super) trait Approval: Clone + PartialEq {
    type Holder: Ord + Clone;

    fn holder(&self) -> &Self::Holder;
    fn key(&self) -> &VerifyingKey;
    fn validity(&self) -> Window;
    /// The same for another time.
    fn during(&self, validity: Window) -> Self;
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

            fn during(&self, validity: Window) -> Self {
                Self { validity, ..self.clone() }
            }
        }
    };
}
approval!(AgencyApproval, AgencyId, agency);
approval!(CustodianApproval, CustodianId, custodian);
approval!(MakerApproval, MakerId, maker);

/// The approvals of one holder. From week to week little more than the time is another, so the rest is kept once.
#[derive(Debug)]
pub(super) struct Holding<T> {
    /// What differs in more than the time, each for the time for which it came first.
    pub(super) contents: Vec<T>,
    /// Every approval, in the order in which they came.
    pub(super) times: Vec<Held>,
}

/// What of the holder's contents was approved for which time, and the registrars who have logged exactly that.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) content: u32,
    pub(super) validity: Window,
    /// By their number among the trusted, each with the index of its statement.
    pub(super) registrars: Vec<(u8, u64)>,
    /// Where and when the quorum of registrars was reached.
    pub(super) since: Option<(u64, Timestamp)>,
}

/// One approval.
pub(super) struct Entry<'a, T> {
    content: &'a T,
    approved: &'a Held,
}

/// All approvals of one kind, by holder.
#[derive(Debug)]
pub(super) struct Register<T: Approval> {
    pub(super) holders: BTreeMap<T::Holder, Holding<T>>,
}

impl<T: Approval> Default for Register<T> {
    fn default() -> Self {
        Self { holders: BTreeMap::new() }
    }
}

impl<T: Approval> Holding<T> {
    fn add(&mut self, logged: &Logged<T>, registrar: u8, quorum: usize) {
        let (approval, validity) = (logged.statement(), logged.statement().validity());
        let known = self.contents.iter().rposition(|content| approval.during(content.validity()) == *content);
        let content = known.unwrap_or(self.contents.len()) as u32;
        if known.is_none() {
            self.contents.push(approval.clone());
        }
        let of_this = |approved: &Held| (approved.content, approved.validity) == (content, validity);
        let at = self.times.iter().rposition(of_this).unwrap_or(self.times.len());
        if at == self.times.len() {
            self.times.push(Held { content, validity, registrars: Vec::with_capacity(quorum), since: None });
        }
        let Some(approved) = self.times.get_mut(at) else {
            return;
        };
        if approved.registrars.iter().all(|(known, _)| *known != registrar) {
            approved.registrars.push((registrar, logged.index()));
        }
        if approved.since.is_none() && approved.registrars.len() >= quorum {
            approved.since = Some((logged.index(), logged.existed_by()));
        }
    }

    /// The latest first.
    fn entries(&self) -> impl Iterator<Item = Entry<'_, T>> {
        self.times.iter().rev().filter_map(|approved| {
            let content = self.contents.get(approved.content as usize)?;
            Some(Entry { content, approved })
        })
    }
}

impl<T: Approval> Register<T> {
    /// Takes an approval in, if a registrar signed it and it is no longer than seven days.
    pub(super) fn add(&mut self, logged: &Logged<T>, trust: &TrustRoots) -> bool {
        let approval = logged.statement();
        let registrar = (0..).zip(trust.registrars()).find(|(_, key)| *key == logged.signer());
        let Some((registrar, _)) = registrar.filter(|_| approval.validity().length() <= MAX_APPROVAL) else {
            return false;
        };
        let holding = self.holders.entry(approval.holder().clone());
        let holding = holding.or_insert_with(|| Holding { contents: Vec::with_capacity(1), times: Vec::new() });
        holding.add(logged, registrar, trust.registrar_quorum().into());
        true
    }

    /// The approval that a holder has at a time, the latest if there are several.
    pub(super) fn at(&self, holder: &T::Holder, time: Timestamp, withdrawn: &Withdrawn) -> Option<T> {
        latest(self.of(holder), time, withdrawn)
    }

    /// The approval under which a holder's key signs at a time, the one logged last if there are several.
    pub(super) fn key_at(
        &self,
        holder: &T::Holder,
        key: &VerifyingKey,
        time: Timestamp,
        withdrawn: &Withdrawn,
    ) -> Option<T> {
        latest(self.of(holder).filter(|entry| entry.key() == key), time, withdrawn)
    }

    /// Every approval of a holder, the latest first.
    pub(super) fn of(&self, holder: &T::Holder) -> impl Iterator<Item = Entry<'_, T>> {
        self.holders.get(holder).into_iter().flat_map(Holding::entries)
    }

    /// Whether a holder's key may sign the statement that is being folded. Every withdrawal known by then stands before it
    /// in the log, whatever the witnesses' clocks say.
    pub(super) fn signs(&self, holder: &T::Holder, key: &VerifyingKey, time: Timestamp, withdrawn: &Withdrawn) -> bool {
        let mut own = self.of(holder).filter(|entry| entry.key() == key);
        own.any(|entry| entry.validity().contains(time) && entry.stands(Timestamp::MAX, withdrawn))
    }

    /// Every holder's approval at a time.
    pub(super) fn all_at(&self, time: Timestamp, withdrawn: &Withdrawn) -> impl Iterator<Item = T> {
        self.holders.values().filter_map(move |holding| latest(holding.entries(), time, withdrawn))
    }
}

/// The approval among these that holds, the one logged last if there are several.
fn latest<'a, T: Approval + 'a>(
    entries: impl Iterator<Item = Entry<'a, T>>,
    time: Timestamp,
    withdrawn: &Withdrawn,
) -> Option<T> {
    let holding = entries.filter(|entry| entry.holds(time, withdrawn));
    holding.max_by_key(|entry| entry.approved.since).map(|entry| entry.content.during(entry.validity()))
}

impl<'a, T: Approval> Entry<'a, T> {
    pub(super) fn key(&self) -> &'a VerifyingKey {
        self.content.key()
    }

    pub(super) fn validity(&self) -> Window {
        self.approved.validity
    }

    /// The indices of the statements that make it up.
    pub(super) fn indices(self) -> impl Iterator<Item = u64> + use<'a, T> {
        self.approved.registrars.iter().map(|(_, index)| *index)
    }

    /// The index of the statement with which a quorum of registrars had approved.
    pub(super) fn since(&self) -> Option<u64> {
        self.approved.since.map(|(index, _)| index)
    }

    pub(super) fn holds(&self, time: Timestamp, withdrawn: &Withdrawn) -> bool {
        self.validity().contains(time) && self.stands(time, withdrawn)
    }

    /// Whether the quorum approved, and nobody withdrew it by this time.
    fn stands(&self, by: Timestamp, withdrawn: &Withdrawn) -> bool {
        self.since().is_some_and(|index| !withdrawn.after(self.key(), index, by))
    }
}

/// The approvals of keys and the single cameras that registrars ended. One registrar is enough: losing standing must be
/// easier than gaining it.
#[derive(Debug, Default)]
pub(super) struct Withdrawn {
    pub(super) keys: BTreeMap<VerifyingKey, BTreeMap<u64, Timestamp>>,
    /// The index of the first withdrawal of each camera. Later withdrawals change nothing.
    pub(super) cameras: BTreeMap<VerifyingKey, u64>,
}

impl Withdrawn {
    pub(super) fn add(&mut self, key: VerifyingKey, index: u64, since: Timestamp) {
        self.keys.entry(key).or_default().insert(index, since);
    }

    /// Takes in the withdrawal of a camera. Returns `false` if it was withdrawn before.
    pub(super) fn add_camera(&mut self, key: VerifyingKey, index: u64) -> bool {
        let first = !self.cameras.contains_key(&key);
        if first {
            self.cameras.insert(key, index);
        }
        first
    }

    /// Returns the index of the statement that withdrew a camera.
    pub(super) fn camera(&self, key: &VerifyingKey) -> Option<u64> {
        self.cameras.get(key).copied()
    }

    /// Returns the index of the first statement that withdrew a key after an approval.
    pub(super) fn next(&self, key: &VerifyingKey, approved: u64) -> Option<u64> {
        self.keys.get(key)?.range(approved.saturating_add(1)..).next().map(|(index, _)| *index)
    }

    /// When a key's approvals that were logged by then were withdrawn, at the latest.
    pub(super) fn ended(&self, key: &VerifyingKey, approved: u64) -> Option<Timestamp> {
        let later = self.keys.get(key)?.range(approved.saturating_add(1)..);
        later.map(|(_, existed_by)| *existed_by).min()
    }

    /// Whether an approval logged at `approved` was withdrawn later, by this time.
    fn after(&self, key: &VerifyingKey, approved: u64, time: Timestamp) -> bool {
        self.ended(key, approved).is_some_and(|ended| ended <= time)
    }
}
