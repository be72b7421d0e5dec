use std::io::{self, Read, Seek, Write};

use thiserror::Error;

use crate::cbor::limits;
use crate::clip::{ClipError, ClipSecret, FinishedClip, SegmentRange, Selection, StoredSegment, cover, write_frame};
use crate::crypto::{
    Digest, KemPublicKey, Label, Random, RandomError, Secret, SigningKey, Suite, Wrapped, seal, split,
};
use crate::record::{
    AgencyId, CustodianId, Custody, CustodyError, Envelope, Epoch, GrantId, GroupId, Layer, Member, Revocation, Signed,
    StatementId, Terms, Timestamp, Verified,
};

use super::excerpt::{BODY, ENVELOPE, MAGIC, PRIVATE, TERMS, WRAPS, Wraps, bodies_digest};
use super::lock::{self, Part, commit};
use super::private::{Init, LeftOut, Listed, Private};

/// Why a grant cannot be made. Nothing of it is left; an excerpt that was begun is to be thrown away.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The clip is not what its camera signed, or cannot be read.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The selection is another clip's.
    #[error("the selection belongs to another clip")]
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
    if clip.clip() != selection.clip {
        return Err(GrantError::OtherClip);
    }
    clip.check(secret)?;
    if selection.range.count() > limits::LISTED {
        return Err(GrantError::TooLong);
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
    let mut body = Vec::new();
    for expected in private.granted() {
        let index = expected.header.open.index;
        if clip.stored_into(index, &mut body)? != *expected {
            return Err(ClipError::Segment(index).into());
        }
        write_frame(sink, BODY, &[&body])?;
    }
    sink.flush()?;
    Ok(Made { terms, revocation })
}

/// Puts the private part together from what the index says of the selected segments, and proves it under the manifest: a
/// resident hands out nothing that the camera did not sign. No body is read.
pub(super) fn gather<R: Read + Seek>(
    clip: &mut FinishedClip<R>,
    secret: &ClipSecret,
    selection: Selection,
    words: &str,
    salt: [u8; 32],
) -> Result<Private, ClipError> {
    let Selection { range, layers, .. } = selection;
    let all = clip.listed(secret, range)?;
    let next = one(clip, secret, range.to())?;
    // The permit was given for what the file said then: it is proven only now.
    let open: Vec<_> = all.iter().map(|segment| segment.header.open).collect();
    let base = clip.started().ok_or(ClipError::NoTime)?;
    let next_open = next.map(|next| next.header.open);
    let again = Selection::of(clip.clip(), base, range, &open, next_open.as_ref()).and_then(|all| all.only(layers));
    if again? != selection {
        return Err(ClipError::Altered("since its segments were selected"));
    }
    let granted = |segment: &&StoredSegment| layers.has(segment.header.open.layer);
    let mut named: Vec<_> = all.iter().filter(granted).filter_map(|segment| segment.header.init).collect();
    named.sort_unstable();
    named.dedup();
    let mut inits = Vec::new();
    for index in named.into_iter().take_while(|&init| init < range.from()) {
        let segment = one(clip, secret, index)?.ok_or(ClipError::Segment(index))?;
        inits.push(Init { seed: secret.seed(segment.header.open.layer, index), segment });
    }
    let cover = cover(range.from(), range.to());
    let seeds = Layer::ALL.into_iter().filter(|&layer| layers.has(layer)).map(|layer| {
        let tree = secret.tree(layer);
        cover.iter().map(|&place| tree.node(&secret.secret, place)).collect()
    });
    let listed = all.iter().map(|segment| match layers.has(segment.header.open.layer) {
        true => Listed::Granted(*segment),
        false => Listed::LeftOut(LeftOut::of(segment)),
    });
    let mut private = Private {
        salt,
        header: clip.header_bytes().to_vec(),
        manifest: clip.manifest().to_bytes(),
        range,
        layers,
        seeds: seeds.collect(),
        segments: listed.collect(),
        next: next.as_ref().map(LeftOut::of),
        inits,
        proof: Vec::new(),
        words: words.to_owned(),
    };
    private.proof = clip.prove(secret, &private.runs())?.0;
    Ok(private)
}

/// What the index says of one segment; `None` behind the last.
fn one<R: Read + Seek>(
    clip: &mut FinishedClip<R>,
    secret: &ClipSecret,
    index: u32,
) -> Result<Option<StoredSegment>, ClipError> {
    if index >= clip.count() {
        return Ok(None);
    }
    let alone = SegmentRange::new(index, index + 1).ok_or(ClipError::EmptyRange)?;
    Ok(clip.listed(secret, alone)?.first().copied())
}
