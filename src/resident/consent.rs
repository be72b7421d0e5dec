use std::io::{self, Read, Seek, Write};

use thiserror::Error;

use crate::crypto::{Random, Secret};
use crate::grant::{BodyList, GrantError, Grantee, JoinError, Made, OwnedClip, join_own, make};
use crate::ledger::{CameraTrust, LogPlace, View};
use crate::policy::Permit;
use crate::record::{ClipId, Consent, Terms, Timestamp, Verified};

use super::keeper::{ConsentKeeper, KeepError};

/// Why a consent makes no grant.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConsentError {
    /// The permit has run out. Ask the policy again, with the log as it is now.
    #[error("the permit ran out at {0}: ask the policy again")]
    PermitExpired(Timestamp),
    /// The ledger does not hold the request, or has other trust roots than the permit. Pass the ledger that the permit was
    /// made with.
    #[error("the ledger is not the one that the permit was made with")]
    OtherLedger,
    /// Registrars withdrew the camera or its maker's key, so somebody else may have signed the clip. Leave it out.
    #[error("a clip is of {trust}")]
    Camera {
        /// The clip.
        clip: ClipId,
        /// The trust in its camera.
        trust: CameraTrust,
    },
    /// The grant could not be made.
    #[error("the grant could not be made")]
    Grant(#[from] GrantError),
}

/// Why a grant was not sent. Nothing that opens it has left the device.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// A device of the household has revoked it.
    #[error("a device of the household has revoked the grant")]
    Revoked,
    /// The permit ran out before the grant was sent. Get a new permit from the log as it is now, and consent again.
    #[error("the permit ran out at {0}, before the grant was sent: ask the policy again")]
    PermitExpired(Timestamp),
    /// Whether it is revoked is not known. Try again later.
    #[error("whether the grant is revoked is not known")]
    Keeper(#[from] KeepError),
    /// The bodies of the granted segments could not be added.
    #[error("the bodies of the granted segments could not be added")]
    Bodies(#[from] JoinError),
    /// Writing failed. What was written is to be thrown away.
    #[error("writing the excerpt failed")]
    Write(#[from] io::Error),
}

/// What a resident consents to, and with what the grant is made.
pub struct Consenting<'a, R> {
    /// What the policy permits. It is used up.
    pub permit: Permit,
    /// The clips of which something is granted, each once. They are put into the order in which the grant has them.
    pub clips: &'a mut [OwnedClip<R>],
    /// The ledger, followed to the end of the log. It decides which cameras are trusted.
    pub ledger: &'a View,
    /// The owner's words to the agency, which may be empty.
    pub words: &'a str,
    /// The device's clock, which is held against the permit alone.
    pub now: Timestamp,
    /// A secret that the device draws once and keeps for this alone, beside fresh randomness: either of the two suffices. The
    /// store of the household does not hold it.
    pub long_term: &'a Secret<32>,
}

/// A grant that is made, of which nothing has left the device. [Keep](Self::keep) it next.
#[must_use]
pub struct Consented {
    made: Made,
    consent: Consent,
    valid_until: Timestamp,
    cameras: Vec<(ClipId, CameraTrust)>,
}

/// A grant that the household can revoke, ready to be sent while its permit holds.
#[must_use]
pub struct KeptGrant {
    made: Made,
    consent: Consent,
    valid_until: Timestamp,
}

/// What a consent leaves, besides the excerpt.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub struct Excerpted {
    /// Returns the consent that the household has kept.
    pub consent: Consent,
    /// The grant's public terms, which travel in the excerpt.
    pub terms: Verified<Terms>,
}

/// Makes a grant of what the permit allows: the only door to a grant. No body of a segment is read.
///
/// The clips may lie elsewhere, opened with [`open_remote`](crate::clip::FinishedClip::open_remote): what is read of them is
/// header, owners, manifest, and the blocks of the index that the ranges need.
///
/// Each clip belongs to the household, as checked by [`Household::own`](super::Household::own).
///
/// # Compile-time guarantees
///
/// There is no grant without a permit. A request with standing is none, nor is a proposal:
///
/// ```
/// # use std::fs::File;
/// # use footage::crypto::{OsRandom, Secret};
/// # use footage::resident::{Consenting, OwnedClip, consent};
/// # fn f(permit: footage::policy::Permit, clips: &mut [OwnedClip<File>], ledger: &footage::ledger::View, long_term: &Secret<32>, now: footage::record::Timestamp) {
/// let _ = consent(Consenting { permit, clips, ledger, words: "", now, long_term }, &mut OsRandom); // a `Permit`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::crypto::{OsRandom, Secret};
/// # use footage::resident::{Consenting, OwnedClip, consent};
/// # fn f(permit: footage::ledger::Standing<footage::record::Request>, clips: &mut [OwnedClip<File>], ledger: &footage::ledger::View, long_term: &Secret<32>, now: footage::record::Timestamp) {
/// consent(Consenting { permit, clips, ledger, words: "", now, long_term }, &mut OsRandom); // a `Standing<Request>`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::crypto::{OsRandom, Secret};
/// # use footage::resident::{Consenting, OwnedClip, consent};
/// # fn f(permit: footage::policy::Proposal<'_>, clips: &mut [OwnedClip<File>], ledger: &footage::ledger::View, long_term: &Secret<32>, now: footage::record::Timestamp) {
/// consent(Consenting { permit, clips, ledger, words: "", now, long_term }, &mut OsRandom); // a `Proposal`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::crypto::{OsRandom, Secret};
/// # use footage::resident::{Consenting, OwnedClip, consent};
/// # fn f(permit: (), clips: &mut [OwnedClip<File>], ledger: &footage::ledger::View, long_term: &Secret<32>, now: footage::record::Timestamp) {
/// consent(Consenting { permit, clips, ledger, words: "", now, long_term }, &mut OsRandom); // nothing
/// # }
/// ```
///
/// What is granted is of a finished clip. A recording is none, nor is what it becomes before it was read again, nor are
/// bytes:
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::crypto::{OsRandom, Secret};
/// # use footage::resident::{Consenting, OwnedClip, consent};
/// # fn f(permit: footage::policy::Permit, clips: &mut [footage::camera::Recording<File>], ledger: &footage::ledger::View, long_term: &Secret<32>, now: footage::record::Timestamp) {
/// consent(Consenting { permit, clips, ledger, words: "", now, long_term }, &mut OsRandom); // of a `Recording`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::crypto::{OsRandom, Secret};
/// # use footage::resident::{Consenting, OwnedClip, consent};
/// # fn f(permit: footage::policy::Permit, clips: &mut [footage::camera::SealedClip<File>], ledger: &footage::ledger::View, long_term: &Secret<32>, now: footage::record::Timestamp) {
/// consent(Consenting { permit, clips, ledger, words: "", now, long_term }, &mut OsRandom); // of a `SealedClip`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use std::fs::File;
/// # use footage::crypto::{OsRandom, Secret};
/// # use footage::resident::{Consenting, OwnedClip, consent};
/// # fn f(permit: footage::policy::Permit, clips: &mut [Vec<u8>], ledger: &footage::ledger::View, long_term: &Secret<32>, now: footage::record::Timestamp) {
/// consent(Consenting { permit, clips, ledger, words: "", now, long_term }, &mut OsRandom); // of a `Vec<u8>`
/// # }
/// ```
pub fn consent<R: Read + Seek>(
    consenting: Consenting<'_, R>,
    random: &mut dyn Random,
) -> Result<Consented, ConsentError> {
    let Consenting { permit, clips, ledger, words, now, long_term } = consenting;
    if now >= permit.valid_until {
        return Err(ConsentError::PermitExpired(permit.valid_until));
    }
    let cameras = judge(&permit, clips, ledger)?;
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
    let made = make(clips, &permit.selections, &grantee, words, long_term, random)?;
    let consent = made.consent(now);
    Ok(Consented { made, consent, valid_until: permit.valid_until, cameras })
}

/// Returns the trust in each clip's camera: the worse of that at the newest checkpoint and that just before the request.
/// Fails if a camera is withdrawn at either place.
fn judge<R: Read + Seek>(
    permit: &Permit,
    clips: &[OwnedClip<R>],
    ledger: &View,
) -> Result<Vec<(ClipId, CameraTrust)>, ConsentError> {
    if permit.trust() != ledger.trust().digest() {
        return Err(ConsentError::OtherLedger);
    }
    let request = ledger.request(permit.request).map_err(|_| ConsentError::OtherLedger)?;
    let mut cameras = Vec::with_capacity(clips.len());
    for owned in clips {
        let (clip, certificate) = (owned.clip.clip(), owned.clip.certificate());
        let asked = ledger.camera_trust(certificate, LogPlace::before(&request));
        let newest = ledger.camera_trust(certificate, ledger.newest());
        let worse = if asked.is_withdrawn() || newest.is_approved() { asked } else { newest };
        if worse.is_withdrawn() {
            return Err(ConsentError::Camera { clip, trust: worse });
        }
        cameras.push((clip, worse));
    }
    Ok(cameras)
}

impl Consented {
    /// Returns the trust in each clip's camera, in the order in which the clips were given. The agency's verdict shows
    /// whether the maker was approved, too, and it may give little weight to footage of an unapproved one.
    pub fn cameras(&self) -> &[(ClipId, CameraTrust)] {
        &self.cameras
    }

    /// Returns the consent that the household keeps.
    pub const fn consent(&self) -> &Consent {
        &self.consent
    }

    /// Has the household keep the consent, so that the grant can be revoked before anything that opens it leaves the device.
    pub fn keep(self, keeper: &mut dyn ConsentKeeper) -> Result<KeptGrant, KeepError> {
        keeper.keep(&self.consent)?;
        let Self { made, consent, valid_until, .. } = self;
        Ok(KeptGrant { made, consent, valid_until })
    }
}

impl KeptGrant {
    /// Returns the consent that the household has kept.
    pub const fn consent(&self) -> &Consent {
        &self.consent
    }

    /// Returns the grant's public terms.
    pub const fn terms(&self) -> &Verified<Terms> {
        &self.made.terms
    }

    /// Returns the end of the permit. The grant must be sent before.
    pub const fn valid_until(&self) -> Timestamp {
        self.valid_until
    }

    /// Returns the beginning of the excerpt, for a host that [adds the bodies](crate::grant::join) of the granted segments.
    /// Nobody can open it without the end.
    pub fn beginning(&self) -> io::Result<Vec<u8>> {
        self.made.beginning()
    }

    /// Returns the places of the bodies that the host adds after the beginning.
    pub fn bodies(&self) -> BodyList {
        BodyList::of(&self.made.bodies)
    }

    /// Returns the end of the excerpt: the wraps, which the device sends last. `now` is the device's clock.
    ///
    /// # Errors
    /// [`SendError::Revoked`] if a device of the household has revoked the grant, [`SendError::PermitExpired`] if the permit
    /// has run out.
    pub fn end(&self, keeper: &mut dyn ConsentKeeper, now: Timestamp) -> Result<Vec<u8>, SendError> {
        if now >= self.valid_until {
            return Err(SendError::PermitExpired(self.valid_until));
        }
        if keeper.is_revoked(&self.consent.grant())? {
            return Err(SendError::Revoked);
        }
        Ok(self.made.end()?)
    }

    /// Writes the whole excerpt, with the wraps last. `clips` must be the clips from which the grant was made. `now` is the
    /// device's clock.
    pub fn write<R: Read + Seek>(
        self,
        clips: &mut [OwnedClip<R>],
        keeper: &mut dyn ConsentKeeper,
        now: Timestamp,
        sink: &mut impl Write,
    ) -> Result<Excerpted, SendError> {
        join_own(&self.made, clips.iter_mut().map(|owned| &mut owned.clip), sink)?;
        sink.write_all(&self.end(keeper, now)?)?;
        sink.flush()?;
        let Self { made, consent, .. } = self;
        Ok(Excerpted { consent, terms: made.terms })
    }
}

// Without the owner's words.
impl<R: core::fmt::Debug> core::fmt::Debug for Consenting<'_, R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { permit, clips, now, .. } = self;
        f.debug_struct("Consenting")
            .field("permit", permit)
            .field("clips", clips)
            .field("now", now)
            .finish_non_exhaustive()
    }
}

impl core::fmt::Debug for Consented {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Consented").field("terms", &self.made.terms.id()).finish_non_exhaustive()
    }
}

impl core::fmt::Debug for KeptGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("KeptGrant").field("terms", &self.made.terms.id()).finish_non_exhaustive()
    }
}
