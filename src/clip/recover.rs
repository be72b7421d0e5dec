use alloc::vec::Vec;

use thiserror::Error;

use crate::crypto::{BodyDigest, SigningKey};
use crate::io::{self, Read, Seek, SeekFrom, Write};
use crate::record::{ClipId, Ending, Head, Verified};

use super::error::ClipError;
use super::frame::{read_array, read_payload_into};
use super::index::{Found, payload};
use super::scan::{Scan, scan};
use super::seal::SealedClip;
use super::segment::SegmentHeader;
use super::start::{Start, read_start};
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

/// What is left of a clip of this camera.
pub(crate) struct Remains<R> {
    source: R,
    found: Vec<Found>,
    last: Option<Verified<Head>>,
    start: Start,
}

impl<R: Read + Seek> Remains<R> {
    /// Reads what there is.
    pub(crate) fn find(mut source: R, key: &SigningKey) -> Result<Self, RecoverError> {
        source.seek(SeekFrom::Start(0)).map_err(ClipError::Read)?;
        let start = read_start(&mut source)?;
        if start.certificate.statement().key != key.verifying_key() {
            return Err(RecoverError::OtherCamera);
        }
        let Scan { found, head, .. } =
            scan(&mut source, &start.header, &start.certificate, start.segments).map_err(ClipError::Read)?;
        Ok(Self { source, found, last: head, start })
    }

    pub(crate) const fn clip(&self) -> ClipId {
        self.start.header.clip
    }

    /// What the camera can vouch for by itself: the longest prefix under the last head that it signed.
    pub(crate) fn prefix(&self) -> Result<Head, RecoverError> {
        match self.last.as_ref().map(|last| last.statement()) {
            None => Err(RecoverError::NothingSigned),
            Some(last) if last.end.is_some() => Err(RecoverError::Closed(self.clip())),
            Some(last) => Ok(Head { end: Some(Ending::Recovered), ..last.clone() }),
        }
    }

    /// Writes the segments of `manifest` anew and closes them with it. Other ciphertext than it was made for is never signed.
    pub(crate) fn close<W: Write>(
        mut self,
        manifest: Head,
        key: &SigningKey,
        sink: W,
    ) -> Result<SealedClip<W>, RecoverError> {
        let mut writer =
            ClipWriter::begin(sink, &self.start.header, &self.start.owners).map_err(RecoverError::Write)?;
        let mut body = Vec::new();
        for found in self.found.iter().take(manifest.count as usize) {
            self.source.seek(SeekFrom::Start(payload(found.offset))).map_err(ClipError::Read)?;
            let bytes = read_array(&mut self.source).map_err(ClipError::Read)?;
            let header = SegmentHeader::from_bytes(&bytes).ok_or(ClipError::Altered("while it was recovered"))?;
            let digest = BodyDigest::of_pieces(|each| {
                read_payload_into(&mut self.source, header.body_len(), &mut body, each).map_err(ClipError::Read)
            })?;
            writer.segment(header, &body, &[], &digest).map_err(RecoverError::Write)?;
        }
        // Clip, header, count and root over what was copied are those that the camera stands for, or nothing is signed.
        if writer.state(manifest.end) != manifest {
            return Err(RecoverError::Closed(self.clip()));
        }
        let manifest = Verified::sign(manifest, key);
        Ok(SealedClip::new(writer.finish(&manifest).map_err(RecoverError::Write)?, manifest))
    }
}
