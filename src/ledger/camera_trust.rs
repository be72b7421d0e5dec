use core::fmt;

use crate::record::{CameraCertificate, MakerApproval, MakerId, Timestamp, Verified};
use crate::tlog::Logged;

use super::approvals::Entry;
use super::fold::View;
use super::signers::Place;

/// The trust in a camera, judged by the entries before a place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum CameraTrust {
    /// The camera was certified by an approved key of its maker, and the maker is approved.
    Approved {
        /// The maker.
        maker: MakerId,
    },
    /// The maker's approval had ended. The camera is trusted again once registrars approve the maker again.
    Lapsed {
        /// The maker.
        maker: MakerId,
        /// When its last approval ended.
        ended: Timestamp,
    },
    /// The maker's key that certified the camera was withdrawn. The camera is trusted again once registrars approve that key
    /// again.
    MakerWithdrawn {
        /// The maker.
        maker: MakerId,
        /// The index of the withdrawal.
        index: u64,
    },
    /// The camera itself was withdrawn, for instance because it was stolen. Its key is never trusted again. A reset gives
    /// the camera another key.
    CameraWithdrawn {
        /// The maker.
        maker: MakerId,
        /// The index of the withdrawal.
        index: u64,
    },
    /// The camera was certified by a key that had not been approved for the maker.
    Unknown {
        /// The maker that the certificate names.
        maker: MakerId,
    },
}

/// A place in the log. Judging at a place takes the entries before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogPlace {
    /// Entries with a lower index count.
    index: u64,
    /// Approvals must hold at this time.
    time: Timestamp,
}

impl LogPlace {
    /// Returns the place before this entry, where approvals must hold at this time.
    pub(super) const fn new(index: u64, time: Timestamp) -> Self {
        Self { index, time }
    }

    /// Returns the place just before a logged statement.
    pub fn before<T>(logged: &Logged<T>) -> Self {
        Self { index: logged.index(), time: logged.existed_by() }
    }
}

impl From<&Place> for LogPlace {
    fn from(place: &Place) -> Self {
        Self { index: place.index, time: place.existed_by }
    }
}

impl View {
    /// Returns the place after everything that the newest checkpoint includes.
    pub fn newest(&self) -> LogPlace {
        let size = self.latest().map_or(0, |latest| latest.checkpoint().size());
        LogPlace { index: size, time: self.time() }
    }

    /// Returns the trust in a camera at a place in the log. Later entries do not change it.
    ///
    /// Certificates by an earlier key of the maker remain good when a later key is approved. They end with the withdrawal of
    /// the earlier key or of the camera, or with the maker's approval.
    pub fn camera_trust(&self, certificate: &Verified<CameraCertificate>, at: LogPlace) -> CameraTrust {
        let maker = certificate.statement().maker().clone();
        if let Some(index) = self.withdrawn.camera(certificate.statement().key()).filter(|index| *index < at.index) {
            return CameraTrust::CameraWithdrawn { maker, index };
        }
        let begun: Vec<_> = self.makers.of(&maker).filter(|entry| begun(entry, at)).collect();
        let by_key = begun.iter().filter(|entry| entry.key() == certificate.signer());
        let Some(approval) = by_key.max_by_key(|entry| entry.since()) else {
            return CameraTrust::Unknown { maker };
        };
        if let Some(index) = self.withdrawn_before(approval, at) {
            return CameraTrust::MakerWithdrawn { maker, index };
        }
        let standing = || begun.iter().filter(|entry| self.withdrawn_before(entry, at).is_none());
        if standing().any(|entry| entry.validity().contains(at.time)) {
            return CameraTrust::Approved { maker };
        }
        let ended = standing().map(|entry| entry.validity().to()).max().unwrap_or_default();
        CameraTrust::Lapsed { maker, ended }
    }

    /// Returns the approvals of a camera's maker that [`camera_trust`](Self::camera_trust) rests on: the last one of the key
    /// that certified the camera, those that hold, and the one that ends last.
    pub(super) fn deciding(
        &self,
        certificate: &Verified<CameraCertificate>,
        at: LogPlace,
    ) -> impl Iterator<Item = Entry<'_, MakerApproval>> {
        let of = || self.makers.of(certificate.statement().maker()).filter(|entry| begun(entry, at));
        let own = of().filter(|entry| entry.key() == certificate.signer()).max_by_key(Entry::since);
        let last = of().filter(|entry| self.withdrawn_before(entry, at).is_none());
        let last = last.max_by_key(|entry| entry.validity().to());
        let holding: Vec<_> = of().filter(|entry| entry.validity().contains(at.time)).collect();
        holding.into_iter().chain(own).chain(last)
    }

    /// Returns the index of the statement before a place that withdrew an approval.
    fn withdrawn_before(&self, approval: &Entry<'_, MakerApproval>, at: LogPlace) -> Option<u64> {
        self.withdrawn.next(approval.key(), approval.since()?).filter(|index| *index < at.index)
    }
}

/// Returns whether an approval was logged before the place, and its validity had begun.
fn begun(entry: &Entry<'_, MakerApproval>, at: LogPlace) -> bool {
    entry.since().is_some_and(|since| since < at.index) && entry.validity().from() <= at.time
}

impl CameraTrust {
    /// Returns whether the camera is trusted.
    pub const fn is_approved(&self) -> bool {
        matches!(self, Self::Approved { .. })
    }

    /// Returns whether registrars withdrew the camera, or the key that certified it.
    pub const fn is_withdrawn(&self) -> bool {
        matches!(self, Self::MakerWithdrawn { .. } | Self::CameraWithdrawn { .. })
    }
}

impl fmt::Display for CameraTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approved { maker } => write!(f, "a camera of the approved maker {maker}"),
            Self::Lapsed { maker, ended } => write!(f, "a camera of {maker}, whose approval ended at {ended}"),
            Self::MakerWithdrawn { maker, index } => {
                write!(f, "a camera certified by a key of {maker} that entry {index} withdrew")
            }
            Self::CameraWithdrawn { maker, index } => write!(f, "a camera of {maker} that entry {index} withdrew"),
            Self::Unknown { maker } => write!(f, "a camera that no approved key of {maker} certified"),
        }
    }
}
