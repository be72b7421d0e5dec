use core::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};

use zeroize::Zeroizing;

use crate::cbor::{CborError, limits};
use crate::clip::{SegmentHeader, read_array, read_frame, read_payload_into};
use crate::crypto::{BodyDigest, Digest};
#[cfg(feature = "video")]
use crate::media::Form;
use crate::record::{Terms, Verified, Window};

use super::evidence_file_error::EvidenceFileError;
use super::excerpt::{Counting, Place, frame, next_body, read_body, read_terms};
use super::open::check_clips;
use super::open_clip::{OpenClip, PlayableRun};
use super::open_error::OpenExcerptError;
use super::open_segment::OpenSegment;
use super::part::{ClipPart, PartBytes, Room, Words, digest, digest_of_all};
#[cfg(feature = "video")]
use super::playable::{self, PlayableRunError};
use super::reading_order::{Footage, HeldSeeds, ReadingOrder};
use super::whole;

/// The magic bytes at the beginning of an evidence file.
pub(super) const MAGIC: &[u8; 20] = b"footage-evidence-v1\n";

/// The kinds of frames, in addition to those of an excerpt.
pub(super) const LOG: u8 = b'L';
pub(super) const DIGESTS: u8 = b'D';
pub(super) const PLACES: u8 = b'S';
pub(super) const PLAIN: u8 = b'C';

/// An evidence file whose beginning was read: its terms are signed, and its digests are those of the grant's parts. Its
/// clips are not read yet, and its log proof is not checked yet.
#[derive(Debug)]
pub(crate) struct EvidenceFile<R> {
    from: Counting<R>,
    terms: Verified<Terms>,
    log: Vec<u8>,
    digests: Vec<Digest>,
    /// The numbers of the parts that follow in plain, ascending.
    places: Vec<u16>,
}

impl<R: Read + Seek> EvidenceFile<R> {
    /// Reads the beginning of an evidence file.
    pub(crate) fn read(mut source: R) -> Result<Self, EvidenceFileError> {
        source.seek(SeekFrom::Start(0))?;
        match read_array::<{ MAGIC.len() }>(&mut source) {
            Ok(magic) if magic == *MAGIC => {}
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error.into()),
            _ => return Err(EvidenceFileError::NotEvidence),
        }
        let mut from = Counting::new(source, MAGIC.len() as u64);
        let terms = read_terms(&mut from)?;
        let log = frame(&mut from, LOG, limits::LOG_PROOF_BYTES, "log")?;
        let digests = frame(&mut from, DIGESTS, limits::PARTS * 32, "digests")?;
        let (digests, rest) = digests.as_chunks::<32>();
        // At least the words and one clip.
        if !rest.is_empty() || digests.len() < 2 {
            return Err(EvidenceFileError::Malformed { part: "digests", error: CborError::Shape(0) });
        }
        let digests: Vec<_> = digests.iter().map(|digest| Digest::from_bytes(*digest)).collect();
        if digest_of_all(&digests) != terms.statement().private {
            return Err(EvidenceFileError::Altered("digests"));
        }
        let places = frame(&mut from, PLACES, limits::PARTS * 2, "places")?;
        let (places, rest) = places.as_chunks::<2>();
        let places: Vec<_> = places.iter().map(|place| u16::from_be_bytes(*place)).collect();
        let ascend = places.is_sorted_by(|one, next| one < next);
        // At least one clip, and only parts that the grant has.
        let clip = places.last().is_some_and(|last| (1..digests.len()).contains(&usize::from(*last)));
        if !rest.is_empty() || !ascend || !clip {
            return Err(EvidenceFileError::Malformed { part: "places", error: CborError::Shape(0) });
        }
        Ok(Self { from, terms, log, digests, places })
    }

    /// Returns the grant's terms, signed by its grant key.
    pub(crate) const fn terms(&self) -> &Verified<Terms> {
        &self.terms
    }

    /// Returns the bytes of the log proof, which are not checked yet.
    pub(crate) fn log(&self) -> &[u8] {
        &self.log
    }

    /// Reads the rest of the file and opens every segment once. All clips must lie in `window`, checked by the same function
    /// as on the resident's device.
    pub(crate) fn open(self, window: Window) -> Result<OpenEvidence<R>, EvidenceFileError> {
        let Self { mut from, terms, digests, places, .. } = self;
        let (mut words, mut clips, mut bodies, mut room) = (None, Vec::new(), Vec::new(), Room::GRANT);
        let mut body = Zeroizing::new(Vec::new());
        for place in places {
            let plain: PartBytes = Zeroizing::new(frame(&mut from, PLAIN, limits::PART_BYTES, "part")?);
            if digests.get(usize::from(place)) != Some(&digest(&plain)) {
                return Err(EvidenceFileError::Altered("part"));
            }
            let malformed = |error| EvidenceFileError::Malformed { part: "part", error };
            if place == 0 {
                words = Some(Words::from_bytes(&plain).map_err(malformed)?.words);
                continue;
            }
            let part = ClipPart::from_bytes(&plain, room).map_err(malformed)?;
            room = room.after(&part);
            clips.push(OpenClip::new(part)?);
            check_clips(&clips, window)?;
            if let Some(clip) = clips.last() {
                bodies.push(open_bodies(&mut from, clip, &mut body)?);
            }
        }
        if read_frame(&mut from).map_err(|error| EvidenceFileError::reading(error, "footage"))?.is_some() {
            return Err(EvidenceFileError::Malformed { part: "end", error: CborError::Shape(0) });
        }
        let others = digests.len() - 1 - clips.len();
        Ok(OpenEvidence { source: from.into_source(), terms, words, others, bodies, order: ReadingOrder::new(clips) })
    }
}

/// Reads the bodies of a clip and opens each in the given buffer.
fn open_bodies<R: Read>(
    from: &mut Counting<R>,
    clip: &OpenClip,
    body: &mut Vec<u8>,
) -> Result<Vec<Place>, EvidenceFileError> {
    let mut seeds = HeldSeeds::new();
    let mut places = Vec::new();
    for place in 0..clip.full().len() {
        let length = next_body(from)?;
        let mut sealed = seeds.sealed(0, clip, place)?;
        if length != sealed.body_len() {
            return Err(EvidenceFileError::Altered("footage"));
        }
        let read = BodyDigest::of_pieces(|each| read_payload_into(from, length, body, each));
        sealed.digest = Some(read.map_err(|error| EvidenceFileError::reading(error, "footage"))?);
        places.push(from.place(length));
        sealed.open(body)?;
    }
    Ok(places)
}

/// A verified evidence file, which gives its segments one after the other. Each segment was opened once, and is checked
/// again before any of its plaintext is handed out.
pub struct OpenEvidence<R> {
    source: R,
    terms: Verified<Terms>,
    words: Option<String>,
    /// The number of clips of the grant that are not in the file.
    others: usize,
    /// The place of each segment's body, by clip.
    bodies: Vec<Vec<Place>>,
    order: ReadingOrder,
}

// Without the owner's words.
impl<R> fmt::Debug for OpenEvidence<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenEvidence").field("clips", &self.order.clips()).finish_non_exhaustive()
    }
}

impl<R: Read + Seek> OpenEvidence<R> {
    /// Returns the grant's terms, signed by its grant key.
    pub const fn terms(&self) -> &Verified<Terms> {
        &self.terms
    }

    /// Returns the clips that were chosen, in the order in which they began.
    pub fn clips(&self) -> &[OpenClip] {
        self.order.clips()
    }

    /// Returns how many clips of the grant are not in the file.
    pub const fn other_clips(&self) -> usize {
        self.others
    }

    /// Returns the owner's words to the agency, or `None` if they were not chosen.
    pub fn words(&self) -> Option<&str> {
        self.words.as_deref()
    }

    /// Returns the runs of granted segments, each of which is one playable recording.
    pub fn runs(&self) -> &[PlayableRun] {
        self.order.runs()
    }

    /// Goes to the beginning of a run, so that [`next_segment`](Self::next_segment) and [`open_all`](Self::open_all) give
    /// this run and nothing else. A run may be read again and again.
    pub fn go_to(&mut self, run: usize) -> Result<(), OpenExcerptError> {
        self.order.go_to(run)
    }

    /// Returns the next segment in the clear, in the order of [`OpenExcerpt`](super::OpenExcerpt::next_segment).
    pub fn next_segment(&mut self) -> Result<Option<OpenSegment>, OpenExcerptError> {
        self.open_next()
    }

    /// Reads the [next segment](Self::next_segment) into a buffer, replacing its content.
    pub fn next_segment_into(&mut self, content: &mut Vec<u8>) -> Result<Option<SegmentHeader>, OpenExcerptError> {
        self.open_next_into(content)
    }

    /// Writes a run as one file that players open, as [`OpenExcerpt`](super::OpenExcerpt::write_playable) does.
    #[cfg(feature = "video")]
    pub fn write_playable<W: Write>(&mut self, run: usize, form: Form, sink: W) -> Result<(), PlayableRunError> {
        playable::write(self, run, form, sink)
    }

    /// Opens the segments that are left, and writes their contents one after the other, as
    /// [`OpenExcerpt`](super::OpenExcerpt::open_all) does.
    pub fn open_all<W: Write>(&mut self, sink: &mut W, progress: impl FnMut(u64)) -> Result<(), OpenExcerptError> {
        whole::open_all(self, sink, progress)
    }
}

impl<R: Read + Seek> Footage for OpenEvidence<R> {
    fn order(&mut self) -> &mut ReadingOrder {
        &mut self.order
    }

    fn read(
        &mut self,
        clip: usize,
        number: usize,
        body: &mut Vec<u8>,
        each: impl FnMut(&[u8]),
    ) -> Result<(), OpenExcerptError> {
        let at = self.bodies.get(clip).and_then(|bodies| bodies.get(number)).copied();
        Ok(read_body(&mut self.source, at.ok_or(OpenExcerptError::Form("bodies"))?, body, each)?)
    }
}
