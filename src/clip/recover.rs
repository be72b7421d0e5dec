use crate::crypto::{SigningKey, VerifyingKey};
use crate::io::{self, SeekFrom};
use crate::record::{ClipId, End, Ending, Head, Verified};

use super::error::ClipError;
use super::file::ClipFile;
use super::frame::read_array;
use super::index::{IndexWriter, SegmentRow, payload};
use super::scan::{Scan, StandingHead, scan};
use super::seal::SealedClip;
use super::segment::{SegmentHeader, StoredSegment};
use super::start::{Start, read_start};
use super::writer::write_end;

/// What the file of an open clip holds.
#[expect(clippy::large_enum_variant, reason = "one is made for a recovery")]
pub(crate) enum Remains<F> {
    /// Nothing that its camera can close it with.
    Nothing,
    /// The whole clip: its manifest stands.
    Closed(SealedClip<F>),
    /// A beginning that its camera can close.
    Prefix(Prefix<F>),
}

/// The beginning of a clip up to a head that stands.
pub(crate) struct Prefix<F> {
    file: F,
    scan: Scan,
    head: StandingHead,
}

impl<F: ClipFile> Remains<F> {
    /// Reads the file of a clip of the camera with this key: up to the head of the manifest that the camera remembers, or
    /// else to the manifest, or to the last head that stands.
    pub(crate) fn find(mut file: F, clip: ClipId, key: &VerifyingKey, remembered: Option<&Head>) -> io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        let Start { header, certificate, segments, .. } = match read_start(&mut file) {
            Ok(start) => start,
            // A disk that fails is not a file that makes no sense.
            Err(ClipError::Read(error)) => return Err(error),
            Err(_) => return Ok(Self::Nothing),
        };
        if header.clip != clip || certificate.statement().key() != key {
            return Ok(Self::Nothing);
        }
        let mut scan = scan(&mut file, &header, &certificate, segments, remembered)?;
        let manifest = scan.manifest.take();
        let head = match (remembered, manifest) {
            // Closed with another manifest than the one remembered.
            (Some(remembered), Some(manifest)) if manifest.statement() != remembered => None,
            (Some(_), _) => scan.wanted.take(),
            (None, Some(manifest)) => return Ok(Self::Closed(SealedClip::new(file, manifest))),
            (None, None) => scan.head.take(),
        };
        Ok(head.map_or(Self::Nothing, |head| Self::Prefix(Prefix { file, scan, head })))
    }
}

impl<F: ClipFile> Prefix<F> {
    /// Cuts the file after the head and syncs it. Returns the manifest that the clip is to be closed with.
    pub(crate) fn cut(&mut self) -> io::Result<Head> {
        self.file.truncate(self.head.to)?;
        self.file.sync()?;
        let end = End { how: Ending::Recovered, tracks: 0, samples: 0 };
        Ok(Head { end: Some(end), ..self.head.head.clone() })
    }

    /// Writes the manifest after the head, and syncs it. The index is made anew: what the file holds of it may be altered.
    pub(crate) fn close(mut self, manifest: Head, key: &SigningKey) -> io::Result<SealedClip<F>> {
        let mut offset = self.head.to;
        self.file.truncate(offset)?;
        let mut index = IndexWriter::default();
        for found in self.scan.found.iter().take(manifest.count as usize) {
            self.file.seek(SeekFrom::Start(payload(found.offset)))?;
            let header = SegmentHeader::from_bytes(&read_array(&mut self.file)?);
            let header = header.ok_or(io::ErrorKind::InvalidData)?;
            let segment = StoredSegment { header, digest: found.digest };
            let row = SegmentRow { offset: found.offset, segment };
            self.file.seek(SeekFrom::Start(offset))?;
            offset += index.push(row, segment.leaf(), &mut self.file, offset)?;
        }
        self.file.seek(SeekFrom::Start(offset))?;
        let manifest = Verified::sign(manifest, key);
        write_end(&mut self.file, index, offset, &manifest)?;
        Ok(SealedClip::new(self.file, manifest))
    }
}
