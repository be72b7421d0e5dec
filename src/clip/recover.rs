use std::io::{self, Read, Seek, SeekFrom, Write};

use thiserror::Error;

use crate::crypto::{Digest, SigningKey};
use crate::record::{ClipId, Ending, Verified};

use super::finished::{ClipError, read_start};
use super::frame::{read_array, read_payload};
use super::index::{Found, payload};
use super::scan::{Scan, scan};
use super::seal::SealedClip;
use super::segment::SegmentHeader;
use super::writer::ClipWriter;

/// Why a clip that a power cut ended cannot be closed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// What is there is no beginning of a clip.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The clip is another camera's.
    #[error("the clip was not recorded by this camera")]
    OtherCamera,
    /// The camera closed this clip already. It vouches for nothing else under its id.
    #[error("clip {0} is closed already: nothing else is signed under its id")]
    Closed(ClipId),
    /// No head of the camera stands in the file, so there is nothing that it can vouch for.
    #[error("no signed head is left of the clip: nothing of it can be vouched for")]
    NothingSigned,
    /// Writing the recovered clip failed.
    #[error("writing the recovered clip failed: {0}")]
    Write(io::Error),
}

/// An unfinished clip, up to the last head that its own camera signed.
pub(crate) struct Remains<R> {
    source: R,
    clip: ClipId,
    found: Vec<Found>,
    count: u32,
    signed_root: Digest,
    start: super::finished::Start,
}

impl<R: Read + Seek> Remains<R> {
    /// Finds the longest prefix under a head of this camera. Ciphertext that no head covers is never looked at again.
    pub(crate) fn find(mut source: R, key: &SigningKey) -> Result<Self, RecoverError> {
        source.seek(SeekFrom::Start(0)).map_err(ClipError::Read)?;
        let start = read_start(&mut source)?;
        if start.certificate.statement().key != key.verifying_key() {
            return Err(RecoverError::OtherCamera);
        }
        let Scan { found, head, .. } =
            scan(&mut source, &start.header, &start.certificate, start.segments).map_err(ClipError::Read)?;
        let last = head.ok_or(RecoverError::NothingSigned)?;
        if last.statement().end.is_some() {
            return Err(RecoverError::Closed(start.header.clip));
        }
        let (count, signed_root) = (last.statement().count, last.statement().root);
        Ok(Self { source, clip: start.header.clip, found, count, signed_root, start })
    }

    pub(crate) const fn clip(&self) -> ClipId {
        self.clip
    }

    /// Writes the prefix anew, closed by a manifest that says `recovered`.
    pub(crate) fn close<W: Write>(mut self, key: &SigningKey, sink: W) -> Result<SealedClip<W>, RecoverError> {
        let mut writer =
            ClipWriter::begin(sink, &self.start.header, &self.start.owners).map_err(RecoverError::Write)?;
        for found in self.found.iter().take(self.count as usize) {
            self.source.seek(SeekFrom::Start(payload(found.offset))).map_err(ClipError::Read)?;
            let bytes = read_array(&mut self.source).map_err(ClipError::Read)?;
            let header = SegmentHeader::from_bytes(&bytes).ok_or(ClipError::Altered("while it was recovered"))?;
            let body = read_payload(&mut self.source, header.body_len()).map_err(ClipError::Read)?;
            writer.segment(header, &body).map_err(RecoverError::Write)?;
        }
        let state = writer.state(Some(Ending::Recovered));
        // The root over what was copied is the root under the head that was found, or nothing is signed.
        if state.root != self.signed_root {
            return Err(ClipError::Altered("while it was recovered").into());
        }
        let manifest = Verified::sign(state, key);
        Ok(SealedClip::new(writer.finish(&manifest).map_err(RecoverError::Write)?, manifest))
    }
}
