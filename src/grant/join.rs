//! Adding the bodies of the granted segments to a grant, which takes no key.

use std::io::{self, Read, Seek, Write};

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode, limits, record_array};
use crate::clip::{ClipError, FinishedClip, read_array, write_frame};
use crate::crypto::{Digest, TAG_LEN};
use crate::record::ClipId;

use super::excerpt::{
    BODY, ExcerptError, MAGIC, NUMBER, PART, bodies_digest, check_statements, frame, read_envelope, read_terms,
};
use super::make::{GrantedBodies, Made};

/// Which bodies of which clips a grant takes: what a host has to know to add them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyList(Vec<ClipBodies>);

/// The bodies of one clip, as runs of indices.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ClipBodies {
    clip: ClipId,
    /// From one index to before another, ascending.
    runs: Vec<(u32, u32)>,
}
record_array!(ClipBodies { clip, runs });

impl BodyList {
    /// Bytes of an encoded list, at most: a run takes no more than 11.
    const BYTES: usize = 16 * limits::LISTED_IN_GRANT;

    pub(crate) fn of(bodies: &[GrantedBodies]) -> Self {
        let clips = bodies.iter().map(|GrantedBodies { clip, segments }| {
            let mut runs: Vec<(u32, u32)> = Vec::new();
            for (index, _) in segments {
                match runs.last_mut() {
                    Some((_, to)) if to == index => *to += 1,
                    _ => runs.push((*index, *index + 1)),
                }
            }
            ClipBodies { clip: *clip, runs }
        });
        Self(clips.collect())
    }

    /// Returns the clips, in their order.
    pub fn clips(&self) -> impl Iterator<Item = ClipId> {
        self.0.iter().map(|bodies| bodies.clip)
    }

    /// Reads a list: canonical CBOR, and nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        let list: Self = decode(bytes, Self::BYTES)?;
        let mut count = 0_u64;
        for bodies in &list.0 {
            let mut end = None;
            for &(from, to) in &bodies.runs {
                // Runs that touch would be one.
                if from >= to || to > limits::SEGMENTS || end.is_some_and(|end| from <= end) {
                    return Err(CborError::Value("list of bodies"));
                }
                count += u64::from(to - from);
                end = Some(to);
            }
        }
        if count > limits::LISTED_IN_GRANT as u64 { Err(CborError::TooLong(limits::LISTED_IN_GRANT)) } else { Ok(list) }
    }

    /// Returns its bytes, for the host.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

impl Encode for BodyList {
    fn encode(&self, to: &mut Writer) {
        self.0.encode(to);
    }
}

impl Decode for BodyList {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.lift_list_limit();
        from.list(limits::RANGES).map(Self)
    }
}

/// Why the bodies of a grant were not added. What was written is to be thrown away.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The grant that the device sent is not whole.
    #[error("the grant cannot be read")]
    Grant(#[from] ExcerptError),
    /// A clip of the list is not here.
    #[error("the clip {0} is not among those that were given")]
    Missing(ClipId),
    /// A clip cannot be read.
    #[error("the clip cannot be read")]
    Clip(#[from] ClipError),
    /// The bodies are not those that were granted.
    #[error("the bodies of clip {0} are not those that were granted")]
    Bodies(ClipId),
    /// Writing failed.
    #[error("writing the excerpt failed")]
    Write(#[source] io::Error),
}

/// Copies the beginning of an excerpt, as the resident's device sent it, and adds the bodies that the list names. Behind it
/// belong the wraps, which the device sends last.
///
/// It takes no key. The bodies are held against the envelope.
pub fn join<R: Read + Seek>(
    mut beginning: &[u8],
    list: &BodyList,
    clips: &mut [FinishedClip<R>],
    sink: &mut impl Write,
) -> Result<(), JoinError> {
    let whole = beginning;
    let from = &mut beginning;
    let magic = read_array::<{ MAGIC.len() }>(from).map_err(|_| ExcerptError::NotAnExcerpt)?;
    if magic != *MAGIC {
        return Err(ExcerptError::NotAnExcerpt.into());
    }
    let (terms, envelope) = (read_terms(from)?, read_envelope(from)?);
    let envelope = check_statements(&terms, envelope)?;
    for expected in &envelope.statement().parts {
        let sealed = frame(from, PART, limits::PART_BYTES + TAG_LEN, "part")?;
        if Digest::of(crate::crypto::Label::SEALED, &[&sealed]) != *expected {
            return Err(ExcerptError::Altered("part").into());
        }
    }
    let expected = &envelope.statement().bodies;
    if !from.is_empty() || list.0.len() != expected.len() {
        return Err(ExcerptError::Altered("list of bodies").into());
    }
    sink.write_all(whole).map_err(JoinError::Write)?;
    for (bodies, expected) in list.0.iter().zip(expected) {
        let clip = clips.iter_mut().find(|clip| clip.clip() == bodies.clip);
        let clip = clip.ok_or(JoinError::Missing(bodies.clip))?;
        let indices = bodies.runs.iter().flat_map(|&(from, to)| from..to);
        let digests = write_bodies(clip, indices, sink)?;
        if bodies_digest(&terms.id(), &digests) != *expected {
            return Err(JoinError::Bodies(bodies.clip));
        }
    }
    Ok(())
}

/// Adds the bodies of a grant that was made here.
pub(crate) fn join_own<'a, R: Read + Seek + 'a>(
    made: &Made,
    clips: impl IntoIterator<Item = &'a mut FinishedClip<R>>,
    sink: &mut impl Write,
) -> Result<(), JoinError> {
    let mut clips: Vec<_> = clips.into_iter().collect();
    sink.write_all(&made.beginning().map_err(JoinError::Write)?).map_err(JoinError::Write)?;
    for GrantedBodies { clip: id, segments } in &made.bodies {
        let clip = clips.iter_mut().find(|clip| clip.clip() == *id).ok_or(JoinError::Missing(*id))?;
        let digests = write_bodies(clip, segments.iter().map(|(index, _)| *index), sink)?;
        if !digests.iter().eq(segments.iter().map(|(_, digest)| digest.as_bytes())) {
            return Err(JoinError::Bodies(*id));
        }
    }
    Ok(())
}

/// Writes the bodies of one clip and their number, and returns their digests.
fn write_bodies<R: Read + Seek>(
    clip: &mut FinishedClip<R>,
    indices: impl Iterator<Item = u32> + Clone,
    sink: &mut impl Write,
) -> Result<Vec<[u8; 32]>, JoinError> {
    let number = indices.clone().count() as u32;
    write_frame(sink, NUMBER, &[&number.to_be_bytes()]).map_err(JoinError::Write)?;
    let (mut digests, mut body) = (Vec::new(), Vec::new());
    for index in indices {
        let stored = clip.retrying(|clip| clip.stored_into(index, &mut body))?;
        digests.push(*stored.digest.as_bytes());
        write_frame(sink, BODY, &[&body]).map_err(JoinError::Write)?;
    }
    Ok(digests)
}
