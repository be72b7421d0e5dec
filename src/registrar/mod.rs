//! The registrar approves agencies, custodians and makers, each for at most seven days, and withdraws approvals and single
//! cameras.
//!
//! What it signs goes to the log; where the trust roots require a quorum, several registrars sign the same approval.

use core::fmt;

use thiserror::Error;

use crate::crypto::{SigningKey, VerifyingKey};
use crate::record::{
    AgencyApproval, CustodianApproval, Entry, MAX_APPROVAL, MakerApproval, Millis, Statement, Verified, Window,
    Withdrawal, WithdrawalKind,
};
use crate::tlog::Witnessed;

/// A registrar with its key.
pub struct Registrar {
    key: SigningKey,
}

/// The approval would hold for more than seven days. Approve for less, and renew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an approval for {} hours: at most {} hours", .0.0.div_ceil(Millis::HOUR.0), MAX_APPROVAL.0 / Millis::HOUR.0)]
pub struct ApprovalTooLong(pub Millis);

/// What a registrar approves.
pub trait Approval: Statement + Into<Entry> {
    /// When the approval holds.
    fn validity(&self) -> Window;
}

macro_rules! approvals {
    ($($type:ty),+) => {
        $(impl Approval for $type {
            fn validity(&self) -> Window {
                self.validity
            }
        })+
    };
}
approvals!(AgencyApproval, CustodianApproval, MakerApproval);

impl Registrar {
    /// The registrar with this key.
    pub const fn new(key: SigningKey) -> Self {
        Self { key }
    }

    /// The key that trust roots name it by.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// Approves. The statement is to be logged.
    pub fn approve<T: Approval>(&self, approval: T) -> Result<Verified<T>, ApprovalTooLong> {
        let length = approval.validity().length();
        if length <= MAX_APPROVAL { Ok(Verified::sign(approval, &self.key)) } else { Err(ApprovalTooLong(length)) }
    }

    /// Ends every approval of a key that was logged before. Log the returned statement. To withdraw the key again after a
    /// later approval, use a newer anchor: with the same one it is the same statement.
    pub fn withdraw(&self, key: VerifyingKey, anchor: &Witnessed) -> Verified<Withdrawal> {
        self.sign_withdrawal(WithdrawalKind::Approvals, key, anchor)
    }

    /// Permanently withdraws the camera that signs with this key, for instance because it was stolen. Log the returned
    /// statement.
    pub fn withdraw_camera(&self, key: VerifyingKey, anchor: &Witnessed) -> Verified<Withdrawal> {
        self.sign_withdrawal(WithdrawalKind::Camera, key, anchor)
    }

    fn sign_withdrawal(&self, kind: WithdrawalKind, key: VerifyingKey, anchor: &Witnessed) -> Verified<Withdrawal> {
        Verified::sign(Withdrawal { kind, key, anchor: anchor.to_anchor() }, &self.key)
    }
}

impl fmt::Debug for Registrar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registrar({})", self.verifying_key())
    }
}
