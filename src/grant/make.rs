use std::io::{self, Read, Seek, Write};

use thiserror::Error;

use crate::cbor::limits;
use crate::clip::{
    ClipError, ClipSecret, FinishedClip, SegmentRange, Selection, StoredSegment, cover, node, write_frame,
};
use crate::crypto::{
    Digest, KemPublicKey, Label, Random, RandomError, Secret, SigningKey, Suite, Wrapped, seal, split,
};
use crate::merkle::Hash;
use crate::record::{
    AgencyId, CustodianId, Custody, CustodyError, Envelope, Epoch, GrantId, GroupId, Member, Revocation, Signed,
    StatementId, Terms, Timestamp, Verified,
};

use super::excerpt::{BODY, ENVELOPE, MAGIC, PRIVATE, TERMS, WRAPS, Wraps, bodies_digest};
use super::lock::{self, Part, commit};
use super::private::{Init, Listed, Private};

/// Why a grant cannot be made. Nothing of it is left; an excerpt that was begun is to be thrown away.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The clip is not what its camera signed, or cannot be read.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The selection or the secret is another clip's.
    #[error("the selection or the secret belongs to another clip")]
    OtherClip,
    /// The words are longer than 4 KiB.
    #[error("the words are {0} bytes long: at most {max}", max = limits::WORDS_BYTES)]
    Words(usize),
    /// The custodians cannot hold it.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The cipher refused: the range is too long for one grant.
    #[error("the range is too long for one grant")]
    TooLong,
    /// Writing the excerpt failed.
    #[error("writing the excerpt failed: {0}")]
    Write(#[from] io::Error),
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

/// What is left of making a grant, besides the excerpt.
pub(crate) struct Made {
    pub(crate) terms: Verified<Terms>,
    pub(crate) revocation: Signed<Revocation>,
}

/// Makes a grant of the selection and writes its excerpt. The grant key signs terms, envelope and revocation, and is gone.
pub(crate) fn make<R: Read + Seek>(
    clip: &mut FinishedClip<R>,
    secret: &ClipSecret,
    selection: Selection,
    grantee: &Grantee<'_>,
    words: &str,
    sink: &mut impl Write,
    random: &mut dyn Random,
) -> Result<Made, GrantError> {
    if clip.clip() != selection.clip || clip.clip() != secret.clip {
        return Err(GrantError::OtherClip);
    }
    if words.len() > limits::WORDS_BYTES {
        return Err(GrantError::Words(words.len()));
    }
    let mut salt = [0; 32];
    random.fill(&mut salt)?;
    let private = clip.retrying(|clip| gather(clip, secret, selection, words, salt))?;
    let plain = private.to_bytes();

    // The lock: two halves, the second in shares.
    let (agency_half, custodian_half) = (Secret::<32>::random(random)?, Secret::<32>::random(random)?);
    let holders = grantee.custodians;
    let shares = split(&custodian_half, grantee.threshold, holders.len() as u8, random)?;
    let key = SigningKey::generate(random)?;
    let grant = GrantId::of(&key.verifying_key());
    let indexed = || (0u8..).zip(holders.iter().zip(&shares));
    let members = indexed().map(|(index, (holder, share))| Member {
        custodian: holder.custodian.clone(),
        expiry: holder.expiry,
        share: commit(Part::Share, index, share.expose()),
    });
    let terms = Terms {
        grant,
        request: grantee.request,
        agency: grantee.agency,
        custody: Custody::new(grantee.group.clone(), grantee.threshold, members.collect())?,
        not_before: grantee.not_before,
        not_after: grantee.not_after,
        agency_half: commit(Part::AgencyHalf, 0, agency_half.expose()),
        custodian_half: commit(Part::CustodianHalf, 0, custodian_half.expose()),
        possession: commit(Part::Possession, 0, lock::possession(&agency_half, &grant).as_bytes()),
        private: Private::digest(&plain),
    };
    let terms = Verified::sign(terms, &key);
    let id = terms.id();

    let agency_wrap = lock::wrap(grantee.key, &id, Part::AgencyHalf, 0, &agency_half, random)?;
    let custodian_wraps = indexed()
        .map(|(index, (holder, share))| lock::wrap(&holder.key, &id, Part::Share, index, share, random))
        .collect::<Result<Vec<_>, _>>()?;
    let mut sealed = Vec::with_capacity(plain.len() + crate::crypto::TAG_LEN);
    sealed.extend_from_slice(&plain);
    let grant_key = lock::key(&agency_half, &custodian_half, &id);
    seal(Suite::ChaCha20Poly1305, grant_key, &[], &mut sealed).map_err(|_| GrantError::TooLong)?;
    let bodies = private.bodies();
    let envelope = Envelope {
        terms: id,
        agency_wrap: agency_wrap.digest(),
        custodian_wraps: custodian_wraps.iter().map(Wrapped::digest).collect(),
        private: Digest::of(Label::SEALED, &[&sealed]),
        bodies: bodies_digest(&id, &bodies),
    };
    let envelope = Verified::sign(envelope, &key);
    let revocation = Verified::sign(Revocation { grant }, &key).into_signed();

    sink.write_all(MAGIC)?;
    write_frame(sink, TERMS, &[&terms.to_bytes()])?;
    write_frame(sink, ENVELOPE, &[&envelope.to_bytes()])?;
    write_frame(sink, WRAPS, &[&Wraps { agency: agency_wrap, custodians: custodian_wraps }.to_bytes()])?;
    write_frame(sink, PRIVATE, &[&sealed])?;
    let indices = selection.init.into_iter().chain(selection.range.from()..selection.range.to());
    let mut body = Vec::new();
    for (index, expected) in indices.zip(bodies) {
        let StoredSegment { digest, .. } = clip.stored_into(index, &mut body)?;
        if *digest.as_bytes() != expected {
            return Err(ClipError::Segment(index).into());
        }
        write_frame(sink, BODY, &[&body])?;
    }
    sink.flush()?;
    Ok(Made { terms, revocation })
}

/// Reads the selected segments, proves them under the manifest, and puts the private part together.
pub(super) fn gather<R: Read + Seek>(
    clip: &mut FinishedClip<R>,
    secret: &ClipSecret,
    selection: Selection,
    words: &str,
    salt: [u8; 32],
) -> Result<Private, ClipError> {
    let Selection { range, init, .. } = selection;
    let segments = (range.from()..range.to()).map(|index| listed(clip, index)).collect::<Result<Vec<_>, _>>()?;
    let proof = proven(clip, range, &segments)?;
    // The permit was given for what the headers said then: they are proven only now.
    if clip.selection(range, segments.iter().map(|segment| segment.header))? != selection {
        return Err(ClipError::Altered("since its segments were selected"));
    }
    let id = clip.clip();
    let init = match init {
        None => None,
        Some(index) => {
            let alone = SegmentRange::new(index, index + 1).ok_or(ClipError::EmptyRange)?;
            let segment = listed(clip, index)?;
            let proof = proven(clip, alone, &[segment])?;
            let seed = crate::clip::seed(&id, &secret.secret, index);
            Some(Init { seed, segment, proof })
        }
    };
    let seeds = cover(range.from(), range.to()).into_iter().map(|place| node(&id, &secret.secret, place)).collect();
    let (header, manifest) = (clip.header_bytes().to_vec(), clip.manifest().to_bytes());
    Ok(Private { salt, header, manifest, range, seeds, segments, proof, init, words: words.to_owned() })
}

fn listed<R: Read + Seek>(clip: &mut FinishedClip<R>, index: u32) -> Result<Listed, ClipError> {
    let StoredSegment { header, digest, .. } = clip.stored(index)?;
    Ok(Listed { header, body: *digest.as_bytes() })
}

/// The proof that the segments are the range's, checked: a resident hands out nothing that the camera did not sign.
fn proven<R: Read + Seek>(
    clip: &mut FinishedClip<R>,
    range: SegmentRange,
    segments: &[Listed],
) -> Result<Vec<Hash>, ClipError> {
    let leaves: Vec<_> = segments.iter().map(Listed::leaf).collect();
    Ok(clip.prove(range, &leaves)?.0)
}
