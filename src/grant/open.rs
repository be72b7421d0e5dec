use core::fmt;
use std::io::{Read, Seek, Write};

use zeroize::Zeroizing;

use crate::cbor::CborError;
use crate::clip::SegmentHeader;
use crate::crypto::{Digest, Suite, open};
#[cfg(feature = "video")]
use crate::media::Form;
use crate::record::Window;

use super::excerpt::Excerpt;
use super::lock::GrantKey;
use super::open_clip::{OpenClip, PlayableRun};
use super::open_error::OpenExcerptError;
use super::open_segment::OpenSegment;
use super::part::{ClipPart, PartBytes, Room, Words, digest, digest_of_all};
#[cfg(feature = "video")]
use super::playable::{self, PlayableRunError};
use super::reading_order::{Footage, ReadingOrder};
use super::whole;

/// An excerpt whose lock is open and whose proofs hold: its segments come out one after the other, each checked before
/// any of its plaintext leaves.
pub struct OpenExcerpt<R> {
    pub(super) excerpt: Excerpt<R>,
    words: String,
    /// The digest of the plaintext of each part.
    pub(super) digests: Vec<Digest>,
    order: ReadingOrder,
}

// Without the owner's words.
impl<R> fmt::Debug for OpenExcerpt<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (clips, runs) = (self.order.clips(), self.order.runs());
        f.debug_struct("OpenExcerpt").field("clips", &clips).field("runs", &runs).finish_non_exhaustive()
    }
}

impl<R: Read + Seek> OpenExcerpt<R> {
    /// Opens all parts and checks everything in them; all clips have to lie in `window`, by the same function as on the
    /// resident's device.
    pub(crate) fn open(mut excerpt: Excerpt<R>, key: &GrantKey, window: Window) -> Result<Self, OpenExcerptError> {
        let count = excerpt.envelope().statement().parts.len();
        let (mut words, mut clips, mut digests) = (String::new(), Vec::new(), Vec::with_capacity(count));
        let mut room = Room::GRANT;
        for place in 0..count {
            let plain = open_part(&mut excerpt, key, place)?;
            digests.push(digest(&plain));
            if place == 0 {
                words = Words::from_bytes(&plain).map_err(|_| OpenExcerptError::Part)?.words;
            } else {
                let part = ClipPart::from_bytes(&plain, room).map_err(|error| match error {
                    CborError::TooLong(_) => OpenExcerptError::Form("more than one grant takes"),
                    _ => OpenExcerptError::Part,
                })?;
                room = room.after(&part);
                clips.push(OpenClip::new(part)?);
            }
        }
        if digest_of_all(&digests) != excerpt.terms().statement().private {
            return Err(OpenExcerptError::Part);
        }
        check_clips(&clips, window)?;
        if clips.iter().enumerate().any(|(place, clip)| excerpt.bodies(place).len() != clip.full().len()) {
            return Err(OpenExcerptError::Form("bodies"));
        }
        Ok(Self { excerpt, words, digests, order: ReadingOrder::new(clips) })
    }

    /// Goes to the beginning of a run, so that [`next_segment`](Self::next_segment) and [`open_all`](Self::open_all) give this
    /// run and nothing else. A run may be read again and again.
    pub fn go_to(&mut self, run: usize) -> Result<(), OpenExcerptError> {
        self.order.go_to(run)
    }

    /// The next segment in the clear. All runs come one after the other, in each the init segments that lie before it first,
    /// then what is granted of it in order.
    pub fn next_segment(&mut self) -> Result<Option<OpenSegment>, OpenExcerptError> {
        self.open_next()
    }

    /// The [next segment](Self::next_segment) in a buffer in the place of what it held: for many of them it is allocated
    /// once. After an error there is nothing in it.
    pub fn next_segment_into(&mut self, content: &mut Vec<u8>) -> Result<Option<SegmentHeader>, OpenExcerptError> {
        self.open_next_into(content)
    }

    /// Opens the remaining segments and writes their contents one after the other. Each segment is checked before any of it
    /// is written, as by [`next_segment`](Self::next_segment). To write one playable recording, [go to](Self::go_to) its run
    /// first. After each segment, `progress` is called with the number of bytes written so far.
    ///
    /// With the feature `parallel` this uses all cores; source and sink stay on the calling thread. At most 32 MiB of
    /// content are held at once.
    pub fn open_all<W: Write>(&mut self, sink: &mut W, progress: impl FnMut(u64)) -> Result<(), OpenExcerptError> {
        whole::open_all(self, sink, progress)
    }

    /// Writes a run as one file that players open: it begins at 0, lasts as long as what it shows, and has nothing in it but codec
    /// parameters, times and the granted samples. The run is read twice; each segment is checked both times.
    #[cfg(feature = "video")]
    pub fn write_playable<W: Write>(&mut self, run: usize, form: Form, sink: W) -> Result<(), PlayableRunError> {
        playable::write(self, run, form, sink)
    }

    /// The clips, in the order in which they began.
    pub fn clips(&self) -> &[OpenClip] {
        self.order.clips()
    }

    /// The runs of granted segments, each of which is one playable recording.
    pub fn runs(&self) -> &[PlayableRun] {
        self.order.runs()
    }

    /// The owner's words.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// The excerpt that it came from.
    pub const fn excerpt(&self) -> &Excerpt<R> {
        &self.excerpt
    }
}

impl<R: Read + Seek> Footage for OpenExcerpt<R> {
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
        let at = self.excerpt.bodies(clip).get(number).copied().ok_or(OpenExcerptError::Form("bodies"))?;
        Ok(self.excerpt.body(at, body, each)?)
    }
}

/// Opens a part.
pub(super) fn open_part<R: Read + Seek>(
    excerpt: &mut Excerpt<R>,
    key: &GrantKey,
    place: usize,
) -> Result<PartBytes, OpenExcerptError> {
    let mut sealed = Zeroizing::new(excerpt.sealed(place)?);
    let number = u16::try_from(place).map_err(|_| OpenExcerptError::Part)?;
    let length = open(Suite::ChaCha20Poly1305, &key.part(number), &[], &mut sealed).map(|plain| plain.len());
    sealed.truncate(length.map_err(|_| OpenExcerptError::Part)?);
    Ok(sealed)
}

/// Checks that the clips ascend, each once, and lie in the window.
pub(super) fn check_clips(clips: &[OpenClip], window: Window) -> Result<(), OpenExcerptError> {
    if !clips.is_sorted_by(|one, next| one.order() < next.order()) {
        return Err(OpenExcerptError::Form("the order of the clips"));
    }
    let mut ids: Vec<_> = clips.iter().map(OpenClip::id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() != clips.len() {
        return Err(OpenExcerptError::Form("a clip twice"));
    }
    match clips.iter().find(|clip| !clip.lies_in(window)) {
        Some(outside) => Err(OpenExcerptError::Window(outside.id())),
        None => Ok(()),
    }
}
