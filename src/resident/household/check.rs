use crate::clip::Owners;
use crate::crypto::{Digest, KemPrivateKey, VerifyingKey};
use crate::record::{Cell, EntryContent, OwnerList, StatementId, Timestamp};
use crate::store::Store;

use super::Household;

/// For whom a clip is sealed: made of [`FinishedClip::owners`](crate::clip::FinishedClip::owners).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipOwners {
    /// The owner list that the camera sealed for.
    pub list: StatementId,
    /// The fingerprint of the household key.
    pub household: Digest,
    /// The fingerprint of the recovery key.
    pub recovery: Digest,
}

impl From<&Owners> for ClipOwners {
    fn from(owners: &Owners) -> Self {
        Self { list: owners.list(), household: owners.household(), recovery: owners.recovery() }
    }
}

/// What a household knows of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipCheck {
    /// Whose camera recorded it.
    pub camera: CameraCheck,
    /// For whom it is sealed.
    pub owners: OwnersCheck,
}

/// Whose camera recorded a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraCheck {
    /// A camera of the household, in this cell.
    Own(Cell),
    /// A camera that was the household's, and no longer is.
    Former,
    /// A camera that the household does not know.
    Unknown,
}

/// For whom a clip is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnersCheck {
    /// For the household, by a list of the present period.
    Present,
    /// For the household, by a list of a period that has ended: the camera has not heard of the present one, or had not when
    /// it began the clip. Those who were taken out since can open it.
    Ended {
        /// The list's period.
        period: u64,
    },
    /// For the household, but the camera follows a list that this device does not know: a device was added that this device
    /// has not heard of, or one that was taken out added another; or the camera follows one of the
    /// [rival lists](Household::rival_lists).
    UnknownList {
        /// The period whose household key the clip is sealed for.
        period: u64,
    },
    /// A stranger is among the owners: one of the two keys is not the one that the list names, or that belongs to the other.
    Stranger {
        /// Whether the household key is a stranger's.
        household: bool,
        /// Whether the recovery key is a stranger's.
        recovery: bool,
    },
    /// Neither key nor the list is of this household.
    OtherHousehold,
}

impl<S: Store> Household<S> {
    /// Returns what the household knows of a clip: who recorded it, and for whom it is sealed.
    pub fn check(&self, owners: &ClipOwners, camera: &VerifyingKey, now: Timestamp) -> ClipCheck {
        ClipCheck { camera: self.check_camera(camera, now), owners: self.check_owners(owners) }
    }

    fn check_camera(&self, key: &VerifyingKey, now: Timestamp) -> CameraCheck {
        let cameras = self.view.cameras(&self.state.chain, now);
        match cameras.get(key).map(|entry| &entry.statement().content) {
            Some(EntryContent::Camera(camera)) => camera.cell.map_or(CameraCheck::Former, CameraCheck::Own),
            _ => CameraCheck::Unknown,
        }
    }

    fn check_owners(&self, owners: &ClipOwners) -> OwnersCheck {
        let chain = &self.state.chain;
        if let Some(list) = self.view.lists(chain).find(|list| list.id() == owners.list) {
            let list = list.statement();
            let household = list.key.fingerprint() != owners.household;
            let recovery = list.recovery.kem.fingerprint() != owners.recovery;
            return match (household, recovery) {
                (false, false) if list.period == chain.period() => OwnersCheck::Present,
                (false, false) => OwnersCheck::Ended { period: list.period },
                _ => OwnersCheck::Stranger { household, recovery },
            };
        }
        // Only of the periods that count: anybody who was in the household can put others into the file.
        let counting = self.view.looked_after(chain).unwrap_or_default();
        let periods = self.view.keys.iter().filter(|(begins, _)| counting.contains(begins));
        let begin = periods.map(|(_, period)| period.list.statement());
        let lists: Vec<_> = begin.chain([chain.begins().statement()]).collect();
        let own = lists.iter().find(|list| list.key.fingerprint() == owners.household);
        let recovery = |list: &&&OwnerList| list.recovery.kem.fingerprint() == owners.recovery;
        match (own, lists.iter().find(recovery)) {
            (Some(list), _) if recovery(&list) => OwnersCheck::UnknownList { period: list.period },
            (Some(_), _) => OwnersCheck::Stranger { household: false, recovery: true },
            (None, Some(_)) => OwnersCheck::Stranger { household: true, recovery: false },
            (None, None) => OwnersCheck::OtherHousehold,
        }
    }

    /// Returns the private household key with this fingerprint, which opens the clips that are sealed for it.
    pub fn key(&self, fingerprint: &Digest) -> Option<&KemPrivateKey> {
        self.view.keys.values().find(|period| period.public.fingerprint() == *fingerprint).map(|period| &period.key)
    }
}
