use std::io::{Read, Seek, Write};

use thiserror::Error;

use crate::clip::{ClipSecret, FinishedClip};
use crate::crypto::Random;
use crate::grant::{GrantError, Grantee, Made, make};
use crate::policy::Permit;
use crate::record::{Consent, Terms, Timestamp, Verified};

/// Why a consent makes no grant.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConsentError {
    /// The permit has run out. Ask the policy again, with the log as it is now.
    #[error("the permit ran out at {0}: ask the policy again")]
    PermitExpired(Timestamp),
    /// The grant could not be made.
    #[error(transparent)]
    Grant(#[from] GrantError),
}

/// What a consent leaves, besides the excerpt.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub struct Excerpted {
    /// For every owner's store; it holds the revocation. Nothing of it goes to anybody.
    pub consent: Consent,
    /// The grant's public terms, which travel in the excerpt.
    pub terms: Verified<Terms>,
}

/// Grants what the permit allows, and writes the excerpt: the only door to a grant.
///
/// `now` is the device's clock and is held against the permit alone. The excerpt in `sink` is to be thrown away if this
/// fails.
///
/// # Compile-time guarantees
///
/// There is no grant without a permit. A request with standing is none, nor is a proposal:
///
/// ```
/// # use std::fs::File;
/// # use footage::clip::{ClipSecret, FinishedClip};
/// # use footage::{crypto::OsRandom, record::Timestamp, resident::consent};
/// # fn f(permit: footage::policy::Permit, clip: &mut FinishedClip<File>, secret: &ClipSecret, now: Timestamp) {
/// let _ = consent(permit, clip, secret, "", now, &mut Vec::new(), &mut OsRandom); // a `Permit`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::clip::{ClipSecret, FinishedClip};
/// # use footage::{crypto::OsRandom, record::Timestamp, resident::consent};
/// # fn f(permit: footage::ledger::Standing<footage::record::Request>, clip: &mut FinishedClip<File>, secret: &ClipSecret, now: Timestamp) {
/// let _ = consent(permit, clip, secret, "", now, &mut Vec::new(), &mut OsRandom); // a `Standing<Request>`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::clip::{ClipSecret, FinishedClip};
/// # use footage::{crypto::OsRandom, record::Timestamp, resident::consent};
/// # fn f(permit: footage::policy::Proposal<'_>, clip: &mut FinishedClip<File>, secret: &ClipSecret, now: Timestamp) {
/// let _ = consent(permit, clip, secret, "", now, &mut Vec::new(), &mut OsRandom); // a `Proposal`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::clip::{ClipSecret, FinishedClip};
/// # use footage::{crypto::OsRandom, record::Timestamp, resident::consent};
/// # fn f(permit: (), clip: &mut FinishedClip<File>, secret: &ClipSecret, now: Timestamp) {
/// let _ = consent(permit, clip, secret, "", now, &mut Vec::new(), &mut OsRandom); // nothing
/// # }
/// ```
///
/// What is granted is of a finished clip. A recording is none, nor is what it becomes before it was read again, nor are
/// bytes:
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::clip::{ClipSecret, FinishedClip};
/// # use footage::{crypto::OsRandom, record::Timestamp, resident::consent};
/// # fn f(permit: footage::policy::Permit, clip: &mut footage::camera::Recording<File>, secret: &ClipSecret, now: Timestamp) {
/// let _ = consent(permit, clip, secret, "", now, &mut Vec::new(), &mut OsRandom); // of a `Recording`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::clip::{ClipSecret, FinishedClip};
/// # use footage::{crypto::OsRandom, record::Timestamp, resident::consent};
/// # fn f(permit: footage::policy::Permit, clip: &mut footage::camera::SealedClip<File>, secret: &ClipSecret, now: Timestamp) {
/// let _ = consent(permit, clip, secret, "", now, &mut Vec::new(), &mut OsRandom); // of a `SealedClip`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::clip::{ClipSecret, FinishedClip};
/// # use footage::{crypto::OsRandom, record::Timestamp, resident::consent};
/// # fn f(permit: footage::policy::Permit, clip: &mut Vec<u8>, secret: &ClipSecret, now: Timestamp) {
/// let _ = consent(permit, clip, secret, "", now, &mut Vec::new(), &mut OsRandom); // of a `Vec<u8>`
/// # }
/// ```
pub fn consent<R: Read + Seek>(
    permit: Permit,
    clip: &mut FinishedClip<R>,
    secret: &ClipSecret,
    words: &str,
    now: Timestamp,
    sink: &mut impl Write,
    random: &mut dyn Random,
) -> Result<Excerpted, ConsentError> {
    if now >= permit.valid_until {
        return Err(ConsentError::PermitExpired(permit.valid_until));
    }
    let selection = permit.selection;
    let grantee = Grantee {
        request: permit.request,
        agency: permit.agency,
        key: &permit.key,
        group: permit.group,
        threshold: permit.threshold,
        custodians: &permit.custodians,
        not_before: permit.not_before,
        not_after: permit.not_after,
    };
    let Made { terms, revocation } = make(clip, secret, selection, &grantee, words, sink, random)?;
    let consent = Consent {
        grant: terms.statement().grant,
        request: permit.request,
        clip: selection.clip(),
        from: selection.range().from(),
        to: selection.range().to(),
        given: now,
        not_after: permit.not_after,
        revocation: Box::new(revocation),
    };
    Ok(Excerpted { consent, terms })
}
