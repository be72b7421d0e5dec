//! The index of a clip is a hint: what it says wrongly costs time, and never gives other segments.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::{clips, common};

use std::io::{self, Cursor, ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};

use clips::Piece::{self, Media};
use clips::{Metered, camera, camera_into, frames, owner, record, seal};
use common::{NOON, Pinned, at, begin, media};
use footage::camera::{Cadence, SealedClip};
use footage::clip::{ClipError, FinishedClip};
use footage::crypto::{KemAlgorithm, KemPrivateKey, Suite};
use footage::record::{Millis, Window};

/// Bytes of an index frame before its rows, and of a row.
const HEAD: usize = 5 + 1;
const ROW: usize = 99;

fn key() -> KemPrivateKey {
    owner(1, KemAlgorithm::X25519)
}

fn clip(pieces: &[Piece]) -> Vec<u8> {
    let owners = [key().public_key()];
    seal(&mut camera(1, Suite::ChaCha20Poly1305, &owners), Cadence::AtEnd, pieces, &mut Pinned(2))
}

/// The segments that lie between two seconds.
fn selected(bytes: &[u8], from: u64, to: u64) -> Option<(u32, u32)> {
    let mut clip = FinishedClip::open(Cursor::new(bytes)).unwrap();
    let window = Window::new(at(NOON + from), at(NOON + to)).unwrap();
    clip.select(window).ok().map(|selection| (selection.range().from(), selection.range().to()))
}

#[test]
fn times_that_the_index_tells_wrongly_change_no_selection() {
    let clip = clip(&[Media(10); 7]);
    let index = frames(&clip).into_iter().find(|frame| frame.kind == b'I').unwrap();
    for row in 0..7 {
        let start = 1000 * row as u64;
        let place = index.from + HEAD + ROW * row + 8 + 4;
        assert_eq!(clip[place..place + 8], start.to_be_bytes());
        for lie in [0, start.saturating_sub(1), start + 1, start + 1000, start + 2500, u64::MAX] {
            let mut altered = clip.clone();
            altered[place..place + 8].copy_from_slice(&lie.to_be_bytes());
            for from in 0..=7_u64 {
                for early in [0, 1] {
                    let from = (1000 * from).saturating_sub(early);
                    let expected = (from <= 6000).then(|| (from.div_ceil(1000) as u32, 7));
                    assert_eq!(selected(&altered, from, 7001), expected, "row {row} says {lie}: from {from}");
                }
            }
        }
    }
}

/// Around every border where a block is full, one segment is found with a few blocks read.
#[test]
fn one_segment_is_found_without_reading_the_others() {
    for count in [63, 64, 65, 255, 256, 257, 511, 512, 513, 768, 4096, 4097_u32] {
        let bytes = clip(&vec![Media(1000); count as usize]);
        for index in [0, 1, 63, 64, 65, 254, 255, 256, 257, 511, 512, 767, count - 1] {
            if index >= count {
                continue;
            }
            let mut clip = FinishedClip::open(Metered::new(Cursor::new(&bytes))).unwrap();
            let secret = clip.unlock(&key()).unwrap();
            assert_eq!(*clip.segment(&secret, index).unwrap().1, Media(1000).content(index.into()));
            let start = u64::from(index) * 1000;
            let window = Window::new(at(NOON + start), at(NOON + start + 1000)).unwrap();
            assert_eq!(clip.select(window).unwrap().range().from(), index);
            let read = clip.into_inner().read;
            assert!(read < 80_000, "{read} bytes for segment {index} of {count}, in {} bytes", bytes.len());
        }
        // One after the other: each block once.
        let mut clip = FinishedClip::open(Metered::new(Cursor::new(&bytes))).unwrap();
        for index in 0..count {
            clip.header_at(index).unwrap();
        }
        let read = clip.into_inner().read;
        assert!(read < u64::from(count) * 170 + 70_000, "{read} bytes for {count} headers");
    }
}

/// The only segment of a clip, and the one that begins a block of the second level by itself.
#[test]
fn a_segment_alone_in_its_block_is_found_like_any_other() {
    for (count, size, most) in [(1, 300_000, 310_000), (65_537, 1, 60_000)] {
        let bytes = clip(&vec![Media(size); count]);
        let mut clip = FinishedClip::open(Metered::new(Cursor::new(&bytes))).unwrap();
        let secret = clip.unlock(&key()).unwrap();
        let last = count as u32 - 1;
        assert_eq!(*clip.segment(&secret, last).unwrap().1, Media(size).content(last.into()));
        let read = clip.into_inner().read;
        assert!(read < most, "{read} bytes for one segment of {count}");
    }
}

/// Where the segments are not those of the manifest, no index helps: that is found out once, and costs nothing later.
#[test]
fn a_damaged_clip_is_gone_through_once() {
    let mut bytes = clip(&[Media(10_000); 8]);
    let segments: Vec<_> = frames(&bytes).into_iter().filter(|frame| frame.kind == b'S').collect();
    bytes[segments[5].to - 1] ^= 1;
    let mut clip = FinishedClip::open(Metered::new(Cursor::new(&bytes))).unwrap();
    let secret = clip.unlock(&key()).unwrap();
    assert!(matches!(clip.segment(&secret, 5), Err(ClipError::Altered(_))));
    assert!(matches!(clip.segment(&secret, 5), Err(ClipError::Segment(5))), "it says which");
    assert_eq!(*clip.segment(&secret, 6).unwrap().1, Media(10_000).content(6));
    let read = clip.into_inner().read;
    assert!(read < 8 * 10_000 + 5 * 10_000, "{read}");
}

/// Gives one byte after the other, and is interrupted before each.
struct Interrupted<T> {
    inner: T,
    next: bool,
}

impl<T> Interrupted<T> {
    fn new(inner: T) -> Self {
        Self { inner, next: false }
    }

    fn interrupt(&mut self) -> io::Result<()> {
        self.next = !self.next;
        if self.next { Err(ErrorKind::Interrupted.into()) } else { Ok(()) }
    }
}

impl<R: Read> Read for Interrupted<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.interrupt()?;
        let most = to.len().min(1);
        self.inner.read(&mut to[..most])
    }
}

impl<R: Seek> Seek for Interrupted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

impl<W: Write> Write for Interrupted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupt()?;
        self.inner.write(bytes)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.interrupt()?;
        self.inner.write_vectored(parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[test]
fn calls_that_are_interrupted_are_made_again() {
    let whole = clip(&[Media(300), Media(0), Media(20)]);
    let sink = Interrupted::new(Vec::new());
    let owners = [key().public_key()];
    let mut camera = camera_into(1, Suite::ChaCha20Poly1305, &owners, sink);
    let pieces = [Media(300), Media(0), Media(20)];
    let recording = record(&mut camera, Cadence::AtEnd, &pieces, &mut Pinned(2));
    let sealed = recording.finish(&mut camera).map(SealedClip::into_inner).unwrap();
    assert!(sealed.0.inner == whole);
    let mut clip = FinishedClip::open(Interrupted::new(Cursor::new(&whole))).unwrap();
    let secret = clip.unlock(&key()).unwrap();
    assert_eq!(*clip.segment(&secret, 0).unwrap().1, Media(300).content(0));
}

/// Keeps what is written until it is told to pass it on.
#[derive(Default)]
struct Held {
    held: Vec<u8>,
    passed: Vec<u8>,
}

impl Write for &mut Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.passed.append(&mut self.held);
        Ok(())
    }
}

/// What a head vouches for has left the buffers: a power cut takes nothing of it.
#[test]
fn a_recording_passes_on_what_it_has_signed() {
    let owners = [key().public_key()];
    for (cadence, segments) in [(Cadence::EveryGroup, 4), (Cadence::AtEnd, 0)] {
        let mut sink = Held::default();
        let mut camera = camera_into(1, Suite::ChaCha20Poly1305, &owners, &mut sink);
        drop(record(&mut camera, cadence, &[Media(300); 4], &mut Pinned(2)));
        drop(camera);
        let heads = frames(&sink.passed).into_iter().filter(|frame| frame.kind == b'D').count();
        assert_eq!(heads, segments);
        let recovered = clips::recover_first(1, Suite::ChaCha20Poly1305, 2, &sink.passed);
        assert_eq!(recovered.map_or(0, |(manifest, _)| manifest.count as usize), segments);
    }
}

/// Fails once, and takes everything again afterwards.
struct Stumbles {
    bytes: Vec<u8>,
    at: usize,
}

impl Write for Stumbles {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() >= self.at {
            self.at = usize::MAX;
            return Err(io::Error::other("for once"));
        }
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_clip_ends_with_the_first_write_that_fails() {
    let owners = [key().public_key()];
    let mut camera = camera_into(1, Suite::ChaCha20Poly1305, &owners, Stumbles { bytes: Vec::new(), at: 4000 });
    let mut recording = begin(&mut camera, at(NOON), Cadence::AtEnd, &mut Pinned(2)).unwrap();
    let mut results =
        (0..4).map(|n| media(&mut recording, &mut camera, Millis(n), Millis(1), &mut vec![5; 1500]).is_ok());
    assert_eq!([(); 4].map(|()| results.next().unwrap()), [true, true, false, false]);
    assert!(recording.finish(&mut camera).is_err());
}

/// The wraps of all owners are those of the header, also for who opens none of them.
#[test]
fn altered_owners_are_found_out_by_everybody() {
    let owners = [1, 2].map(|seed| owner(seed, KemAlgorithm::X25519).public_key());
    let mut camera = camera(1, Suite::ChaCha20Poly1305, &owners);
    let clip = seal(&mut camera, Cadence::AtEnd, &[Media(10)], &mut Pinned(2));
    let frame = frames(&clip).into_iter().find(|frame| frame.kind == b'O').unwrap();
    // The last bytes are the second owner's wrap, which the first does not open.
    let mut altered = clip.clone();
    altered[frame.to - 1] ^= 1;
    let error = FinishedClip::open(Cursor::new(&altered)).map(drop).unwrap_err();
    assert!(matches!(error, ClipError::Altered(what) if what.contains("owners")), "{error}");
}

/// A sink that is told of all parts of a frame at once.
#[test]
fn a_frame_is_written_in_one_call() {
    struct Counted(Vec<u8>, usize);

    impl Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += 1;
            self.0.write(bytes)
        }

        fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
            self.1 += 1;
            self.0.write_vectored(parts)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let owners = [key().public_key()];
    let mut camera = camera_into(1, Suite::ChaCha20Poly1305, &owners, Counted(Vec::new(), 0));
    let recording = record(&mut camera, Cadence::AtEnd, &[Media(300); 5], &mut Pinned(2));
    let Counted(bytes, calls) = recording.finish(&mut camera).map(SealedClip::into_inner).unwrap().0;
    // The line at the beginning, and every frame.
    assert_eq!(calls, 1 + frames(&bytes).len());
}

/// Whatever row of whatever block is wrong.
#[test]
fn an_index_that_points_elsewhere_is_made_anew() {
    let clip = clip(&vec![Media(50); 300]);
    let blocks: Vec<_> = frames(&clip).into_iter().filter(|frame| frame.kind == b'I').collect();
    assert_eq!(blocks.len(), 6, "five of segments, and one above");
    for block in blocks {
        let row_len = if clip[block.from + 5] == 0 { ROW } else { 48 };
        for row in 0..(block.to - block.from - HEAD) / row_len {
            let mut altered = clip.clone();
            let place = block.from + HEAD + row_len * row;
            // Its offset, then its root.
            altered[place + 7] ^= 1;
            altered[place + 20] ^= 1;
            let mut opened = FinishedClip::open(Cursor::new(&altered)).unwrap();
            let secret = opened.unlock(&key()).unwrap();
            for index in [row as u32, 299] {
                assert_eq!(*opened.segment(&secret, index).unwrap().1, Media(50).content(index.into()));
            }
        }
    }
}
