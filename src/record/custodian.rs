use alloc::boxed::Box;

use crate::cbor::record_array;
use crate::crypto::{Digest, KemPublicKey, Wrapped};

use super::signed::statement;
use super::{CustodianId, Epoch, Nonce, Receipt, Signed, StatementId};

/// A custodian publishes the key that it will hold until the end of an epoch, and then destroy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct ExpiryKey {
    /// Whose key.
    pub custodian: CustodianId,
    /// Until the end of which epoch. Two keys of one custodian for one epoch are misconduct.
    pub epoch: Epoch,
    /// The key.
    pub key: KemPublicKey,
}
record_array!(ExpiryKey { custodian, epoch, key });
statement!(ExpiryKey, "expiry-key");

/// A custodian has started: it serves once the log shows this fresh nonce, so that one restored from a backup finds out
/// what time it is first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct CustodianStart {
    /// Which custodian.
    pub custodian: CustodianId,
    /// Fresh at every start.
    pub nonce: Nonce,
}
record_array!(CustodianStart { custodian, nonce });
statement!(CustodianStart, "custodian-start");

/// A custodian is about to answer a release. Only once this is witnessed before the end date does the share leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct AnswerNotice {
    /// Which custodian.
    pub custodian: CustodianId,
    /// The grant's terms.
    pub terms: StatementId,
    /// The release that it answers.
    pub release: StatementId,
    /// Fresh for every notice.
    pub nonce: Nonce,
}
record_array!(AnswerNotice { custodian, terms, release, nonce });
statement!(AnswerNotice, "answer-notice");

/// A custodian hands its share to the agency, wrapped to the release's one-time key. It does not go to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Answer {
    /// Which custodian.
    pub custodian: CustodianId,
    /// The grant's terms.
    pub terms: StatementId,
    /// The release that it answers.
    pub release: StatementId,
    /// The notice that it gave in the log.
    pub notice: StatementId,
    /// The share, wrapped.
    pub share: Wrapped,
}
record_array!(Answer { custodian, terms, release, notice, share });
statement!(Answer, "answer");

/// A custodian has been told that a grant is revoked, and will not answer for it again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct RevocationNotice {
    /// Which custodian.
    pub custodian: CustodianId,
    /// The hash of the grant's id: who does not know the grant learns nothing.
    pub revoked: Digest,
}
record_array!(RevocationNotice { custodian, revoked });
statement!(RevocationNotice, "revocation-notice");

/// A custodian carries an agency's receipt into the log, so that a log which withholds receipts makes nobody overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct CarriedReceipt {
    /// Which custodian.
    pub custodian: CustodianId,
    /// The agency's receipt.
    pub receipt: Box<Signed<Receipt>>,
}
record_array!(CarriedReceipt { custodian, receipt });
statement!(CarriedReceipt, "carried-receipt");
