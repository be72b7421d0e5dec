//! Recordings that are cut: the same cuts however they are read, within the limits, not more than the recording holds; and the
//! pictures that were cut and put together again are cut the same.

use std::io::{self, Read};

use footage::cbor::limits;
use footage::media::{Bytes, Cut, CutError, Cutter};
use footage::record::{Layer, Millis, SegmentKind};

use super::memory::bounded;
use super::recipe::Recipe;

/// The first bytes say how the recording is read, the others are the recording.
pub fn mp4(data: &[u8]) {
    let mut recipe = Recipe(data);
    let (how, seed) = (recipe.byte(), recipe.byte());
    let recording = recipe.rest();
    if how.is_multiple_of(4) {
        return by_size(recording, u64::from(how) * u64::from(seed));
    }
    let (whole, error) = bounded(8 * recording.len(), || cuts(recording));
    let (pieces, same) = cuts(Chunks { left: recording, next: seed });
    assert_eq!((&whole, &error), (&pieces, &same));

    for cut in &whole {
        assert!(cut.bytes.len() <= limits::SEGMENT_BYTES as usize);
        assert!(cut.kind == SegmentKind::Media || (cut.start, cut.duration) == (cut.start, Millis(0)));
    }
    let groups = || whole.iter().filter(|cut| cut.group);
    assert!(groups().zip(groups().skip(1)).all(|(one, next)| one.start <= next.start), "time runs back");
    // Either track's bytes once, with headers of its own.
    let length: usize = whole.iter().map(|cut| cut.bytes.len()).sum();
    assert!(length <= 3 * recording.len() + 64 * whole.len(), "{length} bytes of {}", recording.len());
    if !recording.get(4..8).is_some_and(|kind| kind == b"ftyp" || kind == b"styp" || kind == b"moof") {
        assert_eq!(
            (whole.iter().flat_map(|cut| cut.bytes.clone()).collect::<Vec<_>>(), error),
            (recording.to_vec(), None)
        );
    } else if error.is_none() {
        // What is left out is left out at once.
        let pictures = |cuts: &[Cut]| {
            let pictures = cuts.iter().filter(|cut| cut.layer == Layer::Pictures);
            pictures.map(|cut| cut.bytes.clone()).collect::<Vec<_>>()
        };
        let once = pictures(&whole);
        if once.is_empty() {
            return;
        }
        let (again, error) = cuts(once.concat().as_slice());
        assert_eq!(error, None);
        assert_eq!(pictures(&again), once);
    }
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

fn cuts(recording: impl Read) -> (Vec<Cut>, Option<CutError>) {
    let mut cuts = Vec::new();
    let mut cutter = Cutter::new(recording);
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
