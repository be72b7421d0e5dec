//! The registrar approves agencies, custodians and makers, each for at most seven days, and withdraws approvals.
//!
//! What it signs goes to the log; where the trust roots require a quorum, several registrars sign the same approval.

use core::fmt;

use thiserror::Error;

use crate::crypto::{Hedge, Label, Random, RandomError, Secret, SigningKey, VerifyingKey};
use crate::record::{
    AgencyApproval, CustodianApproval, Entry, MAX_APPROVAL, MakerApproval, Millis, Nonce, Statement, Verified, Window,
    Withdrawal,
};

/// A registrar with its key.
pub struct Registrar {
    key: SigningKey,
}

/// The approval would hold for more than seven days. Approve for less, and renew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an approval for {} ms: at most {} ms", .0.0, MAX_APPROVAL.0)]
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

    /// Ends every approval of a key that was logged before. The statement is to be logged.
    pub fn withdraw(&self, key: VerifyingKey, random: &mut dyn Random) -> Result<Verified<Withdrawal>, RandomError> {
        // It is public, and has only to differ: no secret of the registrar goes into it.
        let hedge = Hedge::new(random, &Secret::filled(|_| ()), &[b"withdrawal", key.as_bytes()])?;
        let nonce = Nonce::from_bytes(*hedge.secret::<32>(Label::NONCE, 0).expose());
        Ok(Verified::sign(Withdrawal { key, nonce }, &self.key))
    }
}

impl fmt::Debug for Registrar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registrar({})", self.verifying_key())
    }
}
