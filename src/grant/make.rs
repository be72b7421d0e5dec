use std::io::{Read, Seek};

use thiserror::Error;

use crate::cbor::limits;
use crate::clip::{ClipError, Header, Selection, write_frame};
use crate::crypto::{
    BodyDigest, Digest, Hedge, KemPublicKey, Label, Random, RandomError, Secret, SigningKey, Suite, TAG_LEN, Wrapped,
    seal, split,
};
use crate::record::{
    AgencyId, ClipId, Consent, ConsentedClip, ConsentedRange, CustodianId, Custody, CustodyError, Envelope, Epoch,
    GrantId, GroupId, Member, Revocation, Signed, StatementId, Terms, Timestamp, Verified,
};

use super::excerpt::{ENVELOPE, MAGIC, PART, TERMS, WRAPS, Wraps, bodies_digest};
use super::form::FormError;
use super::gather::gather;
use super::lock::{self, GrantKey, Role, commit};
use super::owned_clip::OwnedClip;
use super::part::{ClipPart, PartBytes, Words, digest, digest_of_all, put_salt};

/// Why a grant cannot be made. Nothing of it is left.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GrantError {
    /// A clip is not what its camera signed, cannot be read, or cannot be granted.
    #[error("the clip cannot be granted")]
    Clip(#[from] ClipError),
    /// A selection is of a clip that was not given, or a clip was given twice or without a selection.
    #[error("the clips that were given are not those of which something was selected")]
    OtherClip,
    /// The ranges of a clip overlap, or touch and have the same layers. Select one range instead.
    #[error("the selected ranges of a clip overlap, or two that touch have the same layers")]
    Ranges,
    /// What the index of a clip lists does not fit together. Nothing of the clip was believed.
    #[error("what the clip's index lists does not fit together: {0}")]
    Index(&'static str),
    /// The words are longer than 4 KiB.
    #[error("the words are {0} bytes long: at most {max}", max = limits::WORDS_BYTES)]
    Words(usize),
    /// The custodians cannot hold it.
    #[error("the custodians cannot hold the grant")]
    Custody(#[from] CustodyError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// More is selected than one grant takes. Make several.
    #[error("more is selected than one grant takes: make several")]
    TooLong,
}

impl From<FormError> for GrantError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Clip(error) => Self::Clip(error),
            FormError::Rule(rule) => Self::Index(rule),
            FormError::Manifest => Self::Index("the manifest's root"),
        }
    }
}

/// To whom a grant goes, until when, and who holds the other half.
pub(crate) struct Grantee<'a> {
    pub(crate) request: StatementId,
    pub(crate) agency: AgencyId,
    pub(crate) key: &'a KemPublicKey,
    pub(crate) group: GroupId,
    pub(crate) threshold: u8,
    pub(crate) custodians: &'a [Holder],
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Epoch,
}

/// A custodian with its expiry key for the last epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) custodian: CustodianId,
    pub(crate) expiry: StatementId,
    pub(crate) key: KemPublicKey,
}

/// Everything of a grant but the segments' bodies.
pub(crate) struct Made {
    pub(crate) terms: Verified<Terms>,
    pub(crate) envelope: Verified<Envelope>,
    /// The ciphertext of each part.
    sealed: Vec<Vec<u8>>,
    wraps: Wraps,
    revocation: Signed<Revocation>,
    pub(crate) bodies: Vec<GrantedBodies>,
    clips: Vec<ConsentedClip>,
}

/// The segments of one clip whose bodies go out.
pub(crate) struct GrantedBodies {
    pub(crate) clip: ClipId,
    /// The index of each, ascending, and the digest of its body.
    pub(crate) segments: Vec<(u32, BodyDigest)>,
}

impl Made {
    /// What the household keeps of it.
    pub(crate) fn consent(&self, given: Timestamp) -> Consent {
        Consent {
            terms: Box::new(self.terms.clone().into_signed()),
            clips: self.clips.clone(),
            given,
            revocation: Box::new(self.revocation.clone()),
        }
    }

    /// The beginning of the excerpt, up to the bodies.
    pub(crate) fn beginning(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = MAGIC.to_vec();
        write_frame(&mut bytes, TERMS, &[&self.terms.to_bytes()])?;
        write_frame(&mut bytes, ENVELOPE, &[&self.envelope.to_bytes()])?;
        for sealed in &self.sealed {
            write_frame(&mut bytes, PART, &[sealed])?;
        }
        Ok(bytes)
    }

    /// The end of the excerpt: the wraps, without which the rest opens to nobody.
    pub(crate) fn end(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, WRAPS, &[&self.wraps.to_bytes()])?;
        Ok(bytes)
    }
}

/// Makes a grant of the selections. The grant key signs terms, envelope and revocation, and is gone.
///
/// All randomness comes from one hedge over the request, the keys, the parts, the end and the words, so that equal fresh
/// randomness never serves two grants.
pub(crate) fn make<R: Read + Seek>(
    clips: &mut [OwnedClip<R>],
    selections: &[Selection],
    grantee: &Grantee<'_>,
    words: &str,
    long_term: &Secret<32>,
    random: &mut dyn Random,
) -> Result<Made, GrantError> {
    if words.len() > limits::WORDS_BYTES {
        return Err(GrantError::Words(words.len()));
    }
    let parts = gather_all(clips, selections)?;
    let words = Words { salt: [0; 32], words: words.to_owned() };
    let mut plain: Vec<PartBytes> = vec![words.to_bytes()];
    for (_, part) in &parts {
        plain.push(encoded(part)?);
    }
    let hedge = hedge(grantee, &plain, long_term, random)?;
    for (call, part) in (0..).zip(&mut plain) {
        put_salt(part, &hedge.secret(Label::SALT, call));
    }

    // The lock: two halves, the second in shares.
    let agency_half = hedge.secret::<32>(Label::AGENCY_HALF, 0);
    let custodian_half = hedge.secret::<32>(Label::CUSTODIAN_HALF, 0);
    let holders = grantee.custodians;
    let coefficients: Vec<_> =
        (1..grantee.threshold).map(|power| hedge.secret(Label::COEFFICIENT, power.into())).collect();
    let shares = split(&custodian_half, &coefficients, holders.len() as u8);
    let key = SigningKey::from_secret(&hedge.secret(Label::GRANT_SIGNING_KEY, 0));
    let grant = GrantId::of(&key.verifying_key());
    let indexed = || (0u8..).zip(holders.iter().zip(&shares));
    let members = indexed().map(|(index, (holder, share))| Member {
        custodian: holder.custodian.clone(),
        expiry: holder.expiry,
        share: commit(Role::Share, index, share.expose()),
    });
    let digests: Vec<_> = plain.iter().map(|part| digest(part)).collect();
    let terms = Terms {
        grant,
        request: grantee.request,
        agency: grantee.agency,
        custody: Custody::new(grantee.group.clone(), grantee.threshold, members.collect())?,
        not_before: grantee.not_before,
        not_after: grantee.not_after,
        agency_half: commit(Role::AgencyHalf, 0, agency_half.expose()),
        custodian_half: commit(Role::CustodianHalf, 0, custodian_half.expose()),
        possession: commit(Role::Possession, 0, lock::possession(&agency_half, &grant).as_bytes()),
        private: digest_of_all(&digests),
    };
    let terms = Verified::sign(terms, &key);
    let id = terms.id();

    let drawn = |call: u32| hedge.secret::<64>(Label::WRAP, call);
    let agency = lock::wrap_with(grantee.key, &id, Role::AgencyHalf, 0, &agency_half, &drawn(0))?;
    let custodians = indexed().map(|(index, (holder, share))| {
        lock::wrap_with(&holder.key, &id, Role::Share, index, share, &drawn(u32::from(index) + 1))
    });
    let wraps = Wraps { agency, custodians: custodians.collect::<Result<_, _>>()? };
    let grant_key = GrantKey::new(&agency_half, &custodian_half, id);
    let sealed = (0..).zip(&plain).map(|(index, part)| seal_part(&grant_key, index, part));
    let sealed = sealed.collect::<Result<Vec<_>, _>>()?;

    let bodies: Vec<_> = parts.iter().map(|(clip, part)| granted_bodies(*clip, part)).collect();
    let envelope = Envelope {
        terms: id,
        agency_wrap: wraps.agency.digest(),
        custodian_wraps: wraps.custodians.iter().map(Wrapped::digest).collect(),
        parts: sealed.iter().map(|sealed| Digest::of(Label::SEALED, &[sealed])).collect(),
        bodies: bodies.iter().map(|bodies| bodies.digest(&id)).collect(),
    };
    let envelope = Verified::sign(envelope, &key);
    let revocation = Verified::sign(Revocation { grant }, &key).into_signed();
    let clips = parts.iter().map(|(clip, part)| consented(*clip, part)).collect();
    Ok(Made { terms, envelope, sealed, wraps, revocation, bodies, clips })
}

/// Seals a part under its own key.
pub(super) fn seal_part(key: &GrantKey, index: u16, part: &[u8]) -> Result<Vec<u8>, GrantError> {
    let mut sealed = Vec::with_capacity(part.len() + TAG_LEN);
    sealed.extend_from_slice(part);
    seal(Suite::ChaCha20Poly1305, key.part(index), &[], &mut sealed).map_err(|_| GrantError::TooLong)?;
    Ok(sealed)
}

impl GrantedBodies {
    fn digest(&self, terms: &StatementId) -> Digest {
        let digests: Vec<_> = self.segments.iter().map(|(_, digest)| *digest.as_bytes()).collect();
        bodies_digest(terms, &digests)
    }
}

fn granted_bodies(clip: ClipId, part: &ClipPart) -> GrantedBodies {
    let segments = part.granted();
    let segments = segments.iter().map(|segment| (segment.header.open.index, segment.digest));
    GrantedBodies { clip, segments: segments.collect() }
}

fn consented(clip: ClipId, part: &ClipPart) -> ConsentedClip {
    let ranges = part.ranges.iter().map(|part| ConsentedRange {
        from: part.range.from(),
        to: part.range.to(),
        layers: part.layers,
    });
    ConsentedClip { clip, ranges: ranges.collect() }
}

/// The randomness of a grant.
fn hedge(
    grantee: &Grantee<'_>,
    parts: &[PartBytes],
    long_term: &Secret<32>,
    random: &mut dyn Random,
) -> Result<Hedge, RandomError> {
    let mut context = Vec::new();
    context.extend_from_slice(grantee.request.as_bytes());
    context.extend_from_slice(grantee.key.fingerprint().as_bytes());
    context.extend_from_slice(&[grantee.threshold, grantee.custodians.len() as u8]);
    for holder in grantee.custodians {
        context.extend_from_slice(holder.expiry.as_bytes());
        context.extend_from_slice(holder.key.fingerprint().as_bytes());
    }
    context.extend_from_slice(&grantee.not_after.number().to_be_bytes());
    context.extend_from_slice(&(parts.len() as u16).to_be_bytes());
    for part in parts {
        context.extend_from_slice(digest(part).as_bytes());
    }
    context.extend_from_slice(&grantee.not_before.as_millis().to_be_bytes());
    let names = grantee.custodians.iter().map(|holder| holder.custodian.as_str());
    for name in [grantee.agency.as_str(), grantee.group.as_str()].into_iter().chain(names) {
        context.push(name.len() as u8);
        context.extend_from_slice(name.as_bytes());
    }
    Hedge::new(random, long_term, &[&context])
}

/// The parts of all clips, in their one order: by when they began, then by id.
pub(super) fn gather_all<R: Read + Seek>(
    clips: &mut [OwnedClip<R>],
    selections: &[Selection],
) -> Result<Vec<(ClipId, ClipPart)>, GrantError> {
    if selections.len() > limits::RANGES {
        return Err(GrantError::TooLong);
    }
    clips.sort_by_key(|owned| order(owned.clip.header()));
    let ids: Vec<_> = clips.iter().map(|owned| owned.clip.clip()).collect();
    let twice = (1..).zip(&ids).any(|(next, id)| ids.iter().skip(next).any(|other| other == id));
    if clips.is_empty() || twice || selections.iter().any(|selection| !ids.contains(&selection.clip)) {
        return Err(GrantError::OtherClip);
    }
    let (mut parts, mut listed) = (Vec::new(), 0);
    for OwnedClip { clip, secret } in clips {
        let id = clip.clip();
        let mut own: Vec<_> = selections.iter().filter(|selection| selection.clip == id).copied().collect();
        own.sort_by_key(|selection| selection.range.from());
        if own.is_empty() {
            return Err(GrantError::OtherClip);
        }
        let apart = |pair: &[Selection]| match pair {
            [one, next] => {
                one.range.to() < next.range.from() || (one.range.to() == next.range.from() && one.layers != next.layers)
            }
            _ => true,
        };
        if !own.windows(2).all(apart) {
            return Err(GrantError::Ranges);
        }
        let long = own.iter().map(|selection| selection.range.count() as usize).sum::<usize>();
        if long > limits::LISTED {
            return Err(GrantError::TooLong);
        }
        let part = gather(clip, secret, &own)?;
        listed += part.listed();
        if part.listed() > limits::LISTED || listed > limits::LISTED_IN_GRANT {
            return Err(GrantError::TooLong);
        }
        parts.push((id, part));
    }
    Ok(parts)
}

/// Returns the plaintext of a part, if it is not too long.
pub(super) fn encoded(part: &ClipPart) -> Result<PartBytes, GrantError> {
    let bytes = part.to_bytes();
    if bytes.len() > limits::PART_BYTES { Err(GrantError::TooLong) } else { Ok(bytes) }
}

/// The place of a clip among the parts.
pub(super) const fn order(header: &Header) -> (Timestamp, ClipId) {
    (header.started, header.clip)
}
