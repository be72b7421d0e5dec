//! Every kind of statement, by its number.

use footage::record::*;

use super::records::Record;

/// Who looks at a kind of statement.
pub trait Look {
    fn at<T: Record>(&mut self, name: &'static str);
}

macro_rules! kinds {
    ($($name:literal $kind:ident),+ $(,)?) => {
        /// The names of the kinds.
        pub const KINDS: &[&str] = &[$($name),+];

        /// Looks at the kind with this number, counted round.
        pub fn at_kind(number: u8, look: &mut impl Look) {
            let name = KINDS[usize::from(number) % KINDS.len()];
            match name {
                $($name => look.at::<$kind>($name),)+
                _ => {}
            }
        }
    };
}
kinds! {
    "agency-approval" AgencyApproval,
    "custodian-approval" CustodianApproval,
    "maker-approval" MakerApproval,
    "withdrawal" Withdrawal,
    "disclosure" Disclosure,
    "request" Request,
    "outcome" Outcome,
    "release" Release,
    "expiry-key" ExpiryKey,
    "custodian-start" CustodianStart,
    "answer-notice" AnswerNotice,
    "revocation-notice" RevocationNotice,
    "receipt" Receipt,
    "carried-receipt" CarriedReceipt,
    "camera-certificate" CameraCertificate,
    "head" Head,
    "terms" Terms,
    "envelope" Envelope,
    "answer" Answer,
    "revocation" Revocation,
    "owner-list" OwnerList,
    "certificate-request" CertificateRequest,
}

/// Whether the log may hold statements of this kind.
pub fn is_entry(name: &str) -> bool {
    KINDS.iter().position(|kind| *kind == name).is_some_and(|number| number < 14)
}
