use crate::record::StatementId;

/// Something in the log that should not be there. It has no effect but to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Breach {
    /// An entry that is no valid statement.
    Unreadable {
        /// Its index.
        index: u64,
    },
    /// A statement whose signer was not approved for it.
    NotApproved {
        /// Its index.
        index: u64,
        /// The statement.
        statement: StatementId,
    },
    /// Two requests of one agency under one number, or two that do not follow each other.
    Sequence {
        /// The index of the later statement.
        index: u64,
        /// The later statement.
        statement: StatementId,
        /// The one that it does not fit to; nothing if it is a first request that says it follows another.
        other: Option<StatementId>,
    },
    /// A request with the request key of an earlier one.
    RequestKeyReused {
        /// The index of the later statement.
        index: u64,
        /// The later statement.
        statement: StatementId,
        /// The earlier one.
        earlier: StatementId,
    },
    /// A second expiry key of one custodian for one epoch.
    SecondExpiryKey {
        /// The index of the later statement.
        index: u64,
        /// The later statement.
        statement: StatementId,
        /// The earlier one.
        earlier: StatementId,
    },
    /// A release whose terms are not the grant's own, or which does not prove possession.
    BadRelease {
        /// Its index.
        index: u64,
        /// The release.
        statement: StatementId,
    },
}
