//! Recordings that are cut: the same cuts however they are read, within the limits, not more than the recording holds; and the
//! pictures that were cut are a recording that is cut into the same groups.

use std::io::{self, Cursor, Read};

use footage::cbor::limits;
use footage::media::{Bytes, Cut, CutError, Cutter, Form, Layout, MuxError};
use footage::record::{Layer, Millis, SegmentKind};

use super::memory::bounded;
use super::recipe::Recipe;

/// The boxes that an MP4 may begin with.
const FIRSTS: [&[u8; 4]; 19] = [
    b"ftyp", b"moov", b"styp", b"moof", b"mdat", b"sidx", b"ssix", b"emsg", b"prft", b"uuid", b"free", b"skip",
    b"wide", b"pdin", b"pnot", b"meta", b"udta", b"mfra", b"junk",
];

/// The first bytes say how the recording is read, the others are the recording.
pub fn mp4(data: &[u8]) {
    let mut recipe = Recipe(data);
    let (how, seed) = (recipe.byte(), recipe.byte());
    let recording = recipe.rest();
    if how.is_multiple_of(4) {
        return by_size(recording, u64::from(how) * u64::from(seed));
    }
    if how % 4 == 1 {
        return segments(recording, seed);
    }
    let (whole, error) = bounded(8 * recording.len(), || cuts(Cutter::new(recording)));
    let (pieces, same) = cuts(Cutter::new(Chunks { left: recording, next: seed }));
    assert_eq!((&whole, &error), (&pieces, &same));
    check(recording, &whole, error.as_ref());
    // Any MP4, from a source that can seek.
    let (opened, failed) = bounded(8 * recording.len(), || cuts(Cutter::open(Cursor::new(recording))));
    if error.is_none() && failed.is_none() {
        assert_eq!(opened, whole);
    }
    check(recording, &opened, failed.as_ref());
}

fn check(recording: &[u8], whole: &[Cut], error: Option<&CutError>) {
    for cut in whole {
        assert!(cut.bytes.len() <= limits::SEGMENT_BYTES as usize);
        assert!(cut.kind == SegmentKind::Media || (cut.start, cut.duration) == (cut.start, Millis(0)));
    }
    let groups = || whole.iter().filter(|cut| cut.group);
    assert!(groups().zip(groups().skip(1)).all(|(one, next)| one.start <= next.start), "time runs back");
    // Each sample once: its bytes are those of the recording. A sample has a few bytes of its own, a fragment more; a NAL unit
    // of a byte stream may have one byte more than there.
    let length: usize = whole.iter().map(|cut| cut.bytes.len()).sum();
    let samples: u64 = whole.iter().map(|cut| cut.samples).sum();
    let heads = 1024 * whole.len() + 512 * usize::try_from(samples).unwrap();
    assert!(length <= recording.len() * 5 / 4 + heads, "{length} bytes of {}", recording.len());
    // Not behind text.
    let is_mp4 = match recording.first_chunk::<8>() {
        Some([size @ .., a, b, c, d]) => {
            FIRSTS.contains(&&[*a, *b, *c, *d]) && !size.iter().all(|byte| matches!(byte, b' '..=b'~'))
        }
        None => false,
    };
    let is_read = whole.iter().any(|cut| cut.kind == SegmentKind::Init)
        || matches!(error, Some(CutError::Unread { .. } | CutError::Truncated { .. } | CutError::Empty));
    if !is_read && !is_mp4 {
        assert_eq!(
            (whole.iter().flat_map(|cut| cut.bytes.clone()).collect::<Vec<_>>(), error),
            (recording.to_vec(), None)
        );
    } else if error.is_none() {
        // What was cut is cut into the same groups again. Codec parameters that are in force come again where those of the sound
        // change, and without the sound the pictures begin at 0.
        let pictures = |cuts: &[Cut]| {
            let (mut pictures, mut init) = (Vec::new(), None);
            for cut in cuts.iter().filter(|cut| cut.layer == Layer::Pictures) {
                if cut.kind == SegmentKind::Media || init.replace(&cut.bytes) != Some(&cut.bytes) {
                    pictures.push((cut.kind, cut.samples, data(cut)));
                }
            }
            pictures
        };
        let once = pictures(whole);
        if once.is_empty() {
            return;
        }
        let recording = whole.iter().filter(|cut| cut.layer == Layer::Pictures).flat_map(|cut| cut.bytes.clone());
        let (again, error) = cuts(Cutter::new(recording.collect::<Vec<_>>().as_slice()));
        assert_eq!((pictures(&again), error), (once, None));
        played(whole);
    }
}

/// How many bytes of samples are in a cut.
fn data(cut: &Cut) -> usize {
    let (mut rest, mut found) = (cut.bytes.as_slice(), 0);
    while let [a, b, c, d, name @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        found += if name.starts_with(b"mdat") { length.saturating_sub(8) } else { 0 };
        rest = rest.get(length.max(8)..).unwrap_or_default();
    }
    found
}

/// What was cut is put together into playable files: of all pictures up to the next codec.
fn played(cuts: &[Cut]) {
    let pictures = cuts.iter().filter(|cut| cut.layer == Layer::Pictures);
    let mut inits = 0;
    let run: Vec<_> = pictures
        .take_while(|cut| {
            inits += usize::from(cut.kind == SegmentKind::Init);
            inits == 1
        })
        .collect();
    let samples: u64 = run.iter().map(|cut| cut.samples).sum();
    let contents: Vec<_> = run.iter().map(|cut| (cut.kind, cut.bytes.as_slice())).collect();
    let file = muxed(&contents, Form::Fragmented).unwrap();
    let (again, error) = self::cuts(Cutter::new(file.as_slice()));
    assert_eq!((again.iter().map(|cut| cut.samples).sum::<u64>(), error), (samples, None));
    let indexed = muxed(&contents, Form::FastStart);
    assert!(matches!(indexed, Ok(_) | Err(MuxError::Pause)), "{indexed:?}");
}

/// Segments of a camera that wrote what it wanted.
fn segments(content: &[u8], seed: u8) {
    let moof = content.windows(4).position(|name| name == b"moof").map(|at| at.saturating_sub(4));
    let (init, media) = content.split_at(moof.unwrap_or(content.len() * usize::from(seed) / 256));
    for form in [Form::Fragmented, Form::FastStart] {
        let contents = [(SegmentKind::Init, init), (SegmentKind::Media, media)];
        if let Ok(file) = bounded(8 * content.len(), || muxed(&contents, form)) {
            assert!(file.len() <= 4096 + 64 * content.len(), "{} bytes of {}", file.len(), content.len());
        }
    }
}

fn muxed(contents: &[(SegmentKind, &[u8])], form: Form) -> Result<Vec<u8>, MuxError> {
    let mut layout = Layout::new(form);
    for (kind, content) in contents {
        layout.add(Layer::Pictures, *kind, content)?;
    }
    let mut muxer = layout.begin(Vec::new())?;
    for (kind, content) in contents {
        muxer.add(Layer::Pictures, *kind, content)?;
    }
    muxer.finish()
}

fn by_size(recording: &[u8], piece: u64) {
    match Cutter::by_size(Chunks { left: recording, next: 3 }, Bytes(piece)) {
        Ok(cutter) => {
            let cuts: Vec<_> = cutter.map(|cut| cut.unwrap().bytes).collect();
            assert!(cuts.iter().rev().skip(1).all(|cut| cut.len() as u64 == piece));
            assert_eq!(cuts.concat(), recording);
        }
        Err(error) => assert!(piece == 0 && error == CutError::PieceSize { size: 0 }),
    }
}

fn cuts<R: Read>(mut cutter: Cutter<R>) -> (Vec<Cut>, Option<CutError>) {
    let mut cuts = Vec::new();
    let error = loop {
        match cutter.next() {
            Some(Ok(cut)) => cuts.push(cut),
            Some(Err(error)) => break Some(error),
            None => break None,
        }
    };
    assert!(cutter.next().is_none(), "goes on after its end");
    (cuts, error)
}

/// Gives a recording in chunks of many sizes, and is interrupted now and then.
struct Chunks<'a> {
    left: &'a [u8],
    next: u8,
}

impl Read for Chunks<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.next = self.next.wrapping_mul(5).wrapping_add(17);
        if self.next.is_multiple_of(16) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let most = to.len().min(1 + usize::from(self.next)).min(self.left.len());
        to[..most].copy_from_slice(&self.left[..most]);
        self.left = &self.left[most..];
        Ok(most)
    }
}
