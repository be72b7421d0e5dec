use alloc::vec::Vec;

use thiserror::Error;

use crate::cbor::limits;
use crate::crypto::{Digest, VerifyingKey};

use super::{Device, HouseholdId, OwnerList, OwnerListError, StatementId, Verified};

/// The owner lists that a camera, or a device of the household, has taken, and the rule for which list it takes next.
///
/// The first list is given at pairing. After that the chain takes
/// - a list of the present period that names a taken list as the one before, adds exactly one device to it, changes nothing
///   else, and is signed by a device of the chain;
/// - a list that begins a higher period, names a household key that no taken list named, and is signed by the recovery key
///   of the taken lists.
///
/// Two lists that name the same list before both hold: the devices of a period are those of all its lists.
///
/// A chain is stored as the lists of [`kept`](Self::kept), and restored from them with [`restore`](Self::restore).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerChain {
    /// Of each earlier period: one list, and the fingerprint of its household key.
    past: Vec<(StatementId, Digest)>,
    /// The lists of the present period, in the order in which they were taken; never empty.
    lists: Vec<Verified<OwnerList>>,
    devices: Vec<Device>,
}

/// The effect of taking a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The list had been taken before. Nothing changed.
    Known,
    /// A device was added. The keys are the same.
    Device,
    /// A period began: the household key is new. Clips that are being recorded end before the list is stored.
    Period,
}

/// The reason a chain does not take a list. The chain is unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OwnerChainError {
    /// The list's own fields are not consistent.
    #[error(transparent)]
    List(#[from] OwnerListError),
    /// There is no list to begin with.
    #[error("there is no list to begin with: pair again")]
    Empty,
    /// The list is of another household. A camera has one: reset it to give it to another.
    #[error("the list is of another household")]
    Household,
    /// The list is of a period that has ended.
    #[error("the list is of period {period}, which has ended: period {present} is the present one")]
    Ended {
        /// The list's period.
        period: u64,
        /// The chain's period.
        present: u64,
    },
    /// Another list begins the present period. To bring both together, begin another period.
    #[error("another list begins this period: begin a new period to bring both together")]
    AnotherBeginning,
    /// The list belongs to a later period and does not begin it. Give the list that begins the period first.
    #[error("the list is of a later period: give the list that begins that period first")]
    NotBegun,
    /// The list names a list before that was not taken. Give that one first.
    #[error("the list names a list before it that was not taken: give that one first")]
    Before,
    /// The number is not one more than that of the list before.
    #[error("the list's number does not follow that of the list before")]
    Number,
    /// The signer is no device of the present period.
    #[error("the list is not signed by a device of the present period")]
    NotADevice,
    /// The list begins a period and is not signed by the recovery key of the lists that were taken.
    #[error("the list begins a period and is not signed by the present recovery key")]
    NotTheRecoveryKey,
    /// The list changes the household key or the recovery key within a period.
    #[error("the list changes a key, which only the list that begins a period may")]
    KeyChanged,
    /// The list leaves out a device within a period.
    #[error("the list takes out a device, which only the list that begins a period may")]
    DeviceRemoved,
    /// The list adds no device, or more than one.
    #[error("the list adds {0} devices: within a period each list adds exactly one")]
    NotOneDevice(usize),
    /// The list adds a device that has a key of another device.
    #[error("the added device has a key of another device")]
    DeviceTwice,
    /// The list begins a period with a household key that was in use before.
    #[error("the list begins a period with a household key that was used before")]
    KeyUsed,
    /// The period has as many devices or lists as it may have. Begin a new period.
    #[error("the period has as many devices or lists as it may have: begin a new one")]
    Full,
}

impl OwnerChain {
    /// The most lists of one period.
    pub const MAX_LISTS: usize = 64;
    /// The maximum number of lists that are [kept](Self::kept): one of each earlier period, and all of the present one.
    pub const MAX_KEPT: usize = limits::PERIODS as usize - 1 + Self::MAX_LISTS;

    /// Begins a chain with the list that is given at pairing. Whether it is the right one is for the pairing to show.
    ///
    /// # Errors
    /// [`NotADevice`](OwnerChainError::NotADevice) if a list that a device has to sign is not signed by one of its devices.
    pub fn begin(first: Verified<OwnerList>) -> Result<Self, OwnerChainError> {
        let list = first.statement();
        list.check()?;
        // The list that begins a later period is signed by a recovery key that it does not name.
        let by_recovery = list.begins_period() && list.before.is_some();
        if !by_recovery && !list.has_device(first.signer()) {
            return Err(OwnerChainError::NotADevice);
        }
        let devices = list.devices.clone();
        Ok(Self { past: Vec::new(), lists: Vec::from([first]), devices })
    }

    /// Restores a chain from its [`kept`](Self::kept) lists, in their order.
    ///
    /// # Errors
    /// The error of the first list that does not follow those before it.
    pub fn restore(lists: impl IntoIterator<Item = Verified<OwnerList>>) -> Result<Self, OwnerChainError> {
        let mut lists = lists.into_iter();
        let mut chain = Self::begin(lists.next().ok_or(OwnerChainError::Empty)?)?;
        for list in lists {
            chain.take(list)?;
        }
        Ok(chain)
    }

    /// Takes a list, if the rule allows it.
    pub fn take(&mut self, list: Verified<OwnerList>) -> Result<Taken, OwnerChainError> {
        let taken = self.judge(&list)?;
        match taken {
            Taken::Known => {}
            Taken::Device => {
                let added = list.statement().devices.iter().filter(|device| !self.devices.contains(device));
                let added: Vec<_> = added.copied().collect();
                self.devices.extend(added);
                self.lists.push(list);
            }
            Taken::Period => {
                let past = (self.begins().id(), self.begins().statement().key.fingerprint());
                self.past.push(past);
                self.devices.clone_from(&list.statement().devices);
                self.lists = Vec::from([list]);
            }
        }
        Ok(taken)
    }

    /// Returns what [`take`](Self::take) would do with a list, and changes nothing.
    pub fn judge(&self, list: &Verified<OwnerList>) -> Result<Taken, OwnerChainError> {
        if self.names(&list.id()) {
            return Ok(Taken::Known);
        }
        let (next, present) = (list.statement(), self.begins().statement());
        next.check()?;
        if next.household != present.household {
            return Err(OwnerChainError::Household);
        }
        if next.period < present.period {
            return Err(OwnerChainError::Ended { period: next.period, present: present.period });
        }
        if next.period == present.period {
            if next.begins_period() {
                return Err(OwnerChainError::AnotherBeginning);
            }
            self.judge_device(list).map(|()| Taken::Device)
        } else {
            if !next.begins_period() {
                return Err(OwnerChainError::NotBegun);
            }
            self.judge_period(list).map(|()| Taken::Period)
        }
    }

    fn judge_device(&self, list: &Verified<OwnerList>) -> Result<(), OwnerChainError> {
        let next = list.statement();
        let before = self.lists.iter().find(|taken| Some(taken.id()) == next.before).ok_or(OwnerChainError::Before)?;
        let before = before.statement();
        if !self.has_device(list.signer()) {
            return Err(OwnerChainError::NotADevice);
        }
        if next.number != before.number + 1 {
            return Err(OwnerChainError::Number);
        }
        if next.key != before.key || next.recovery != before.recovery {
            return Err(OwnerChainError::KeyChanged);
        }
        if !before.devices.iter().all(|device| next.devices.contains(device)) {
            return Err(OwnerChainError::DeviceRemoved);
        }
        // The devices stand in the order in which they were added.
        let Some([added]) = next.devices.strip_prefix(before.devices.as_slice()) else {
            return Err(OwnerChainError::NotOneDevice(next.devices.len() - before.devices.len()));
        };
        let mut others = self.devices.iter().filter(|device| *device != added);
        if others.any(|device| device.signer == added.signer || device.fingerprint == added.fingerprint) {
            return Err(OwnerChainError::DeviceTwice);
        }
        let grows = !self.devices.contains(added);
        if self.lists.len() >= Self::MAX_LISTS || (grows && self.devices.len() >= limits::DEVICES) {
            return Err(OwnerChainError::Full);
        }
        Ok(())
    }

    fn judge_period(&self, list: &Verified<OwnerList>) -> Result<(), OwnerChainError> {
        let (next, present) = (list.statement(), self.begins().statement());
        if *list.signer() != present.recovery.signer {
            return Err(OwnerChainError::NotTheRecoveryKey);
        }
        let key = next.key.fingerprint();
        if next.key == present.key || self.past.iter().any(|(_, used)| *used == key) {
            return Err(OwnerChainError::KeyUsed);
        }
        Ok(())
    }

    /// Returns the lists of the present period, in the order in which they were taken.
    pub fn lists(&self) -> &[Verified<OwnerList>] {
        &self.lists
    }

    /// Returns the first list that was taken of the present period: the one that begins it, unless a later one was given at
    /// pairing.
    pub fn begins(&self) -> &Verified<OwnerList> {
        &self.lists[0]
    }

    /// Returns the list to seal clips for: of the present period the one with the greatest number, of two such the one with
    /// the lesser id.
    pub fn newest(&self) -> &Verified<OwnerList> {
        let rank = |list: &Verified<OwnerList>| (list.statement().number, core::cmp::Reverse(list.id()));
        self.lists.iter().fold(self.begins(), |best, list| if rank(list) > rank(best) { list } else { best })
    }

    /// Returns the devices of the present period, in the order in which they became known.
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// Returns whether a device of the present period has this signing key.
    pub fn has_device(&self, signer: &VerifyingKey) -> bool {
        self.devices.iter().any(|device| device.signer == *signer)
    }

    /// Returns the household.
    pub fn household(&self) -> HouseholdId {
        self.begins().statement().household
    }

    /// Returns the present period.
    pub fn period(&self) -> u64 {
        self.begins().statement().period
    }

    /// Returns the ids of the lists to keep, in the order in which [`restore`](Self::restore) takes them: one of each earlier
    /// period, then all of the present one.
    pub fn kept(&self) -> impl Iterator<Item = StatementId> {
        self.past.iter().map(|(id, _)| *id).chain(self.lists.iter().map(|list| list.id()))
    }

    fn names(&self, id: &StatementId) -> bool {
        self.kept().any(|kept| kept == *id)
    }
}
