//! Writing an evidence file from an opened excerpt, in one forward pass.

use std::io::{Read, Seek, Write};

use crate::clip::write_frame;
use crate::crypto::BodyDigest;
use crate::record::ClipId;

use super::evidence::{DIGESTS, LOG, MAGIC, PLACES, PLAIN};
use super::evidence_file_error::WriteEvidenceError;
use super::excerpt::{BODY, TERMS};
use super::lock::GrantKey;
use super::open::{OpenExcerpt, open_part};
use super::open_error::OpenExcerptError;
use super::part::digest;

/// The contents of an evidence file.
pub(crate) struct Chosen<'a> {
    /// The clips, in any order.
    pub(crate) clips: &'a [ClipId],
    /// `true` to include the owner's words.
    pub(crate) words: bool,
    /// The encoded log proof.
    pub(crate) log: &'a [u8],
}

impl<R: Read + Seek> OpenExcerpt<R> {
    /// Writes an evidence file of chosen clips: their parts in plain, their bodies, and the digests of all other parts.
    ///
    /// No key of the grant goes in. A part in plain holds only the seeds of its own segments. The digest of a part shows
    /// nothing of its content, because each part begins with a salt.
    pub(crate) fn write_evidence(
        &mut self,
        key: &GrantKey,
        chosen: &Chosen<'_>,
        sink: &mut impl Write,
    ) -> Result<(), WriteEvidenceError> {
        let places = self.places_of(chosen)?;
        sink.write_all(MAGIC).map_err(WriteEvidenceError::Write)?;
        let mut write = |kind, parts: &[&[u8]]| write_frame(sink, kind, parts).map_err(WriteEvidenceError::Write);
        let digests: Vec<u8> = self.digests.iter().flat_map(|digest| *digest.as_bytes()).collect();
        write(TERMS, &[&self.excerpt.terms().to_bytes()])?;
        write(LOG, &[chosen.log])?;
        write(DIGESTS, &[&digests])?;
        write(PLACES, &[&places.iter().flat_map(|place| place.to_be_bytes()).collect::<Vec<_>>()])?;
        for place in places {
            let plain = open_part(&mut self.excerpt, key, usize::from(place))?;
            // The copy may have changed since it was opened.
            if self.digests.get(usize::from(place)) != Some(&digest(&plain)) {
                return Err(OpenExcerptError::Part.into());
            }
            write(PLAIN, &[&plain])?;
            let Some(number) = usize::from(place).checked_sub(1) else { continue };
            self.write_bodies(number, &mut write)?;
        }
        Ok(())
    }

    /// Returns the numbers of the chosen parts, ascending.
    fn places_of(&self, chosen: &Chosen<'_>) -> Result<Vec<u16>, WriteEvidenceError> {
        if chosen.clips.is_empty() {
            return Err(WriteEvidenceError::NoClip);
        }
        let mut places: Vec<u16> = if chosen.words { vec![0] } else { Vec::new() };
        for id in chosen.clips {
            let found = (1..).zip(self.clips()).find(|(_, clip)| clip.id() == *id);
            let (place, _) = found.filter(|(place, _)| !places.contains(place)).ok_or(WriteEvidenceError::Clip(*id))?;
            places.push(place);
        }
        places.sort_unstable();
        Ok(places)
    }

    fn write_bodies(
        &mut self,
        number: usize,
        write: &mut impl FnMut(u8, &[&[u8]]) -> Result<u64, WriteEvidenceError>,
    ) -> Result<(), WriteEvidenceError> {
        let clip = self.clips().get(number).ok_or(OpenExcerptError::Form("clip"))?;
        let (full, places) = (clip.full().to_vec(), self.excerpt.bodies(number).to_vec());
        if full.len() != places.len() {
            return Err(OpenExcerptError::Form("bodies").into());
        }
        let mut body = Vec::new();
        for (segment, at) in full.iter().zip(places) {
            let read = BodyDigest::of_pieces(|each| self.excerpt.body(at, &mut body, each))?;
            if read != segment.digest {
                return Err(OpenExcerptError::Segment(segment.header.open.index).into());
            }
            write(BODY, &[&body])?;
        }
        Ok(())
    }
}
