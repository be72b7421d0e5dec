//! Clips and recordings.

use std::io::Cursor;

use footage::camera::Cadence;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Suite};
use footage::media::Cutter;

use super::clips::Piece::Media;
use super::clips::{camera, owner, record, seal};
use super::common::Pinned;
use super::{Path, measured};

pub(super) const PATHS: &[Path] = &[
    ("open a clip of n segments that lost its index", 64, scan),
    ("read n segments through the index", 64, read),
    ("select n segments", 600, select),
    ("recover a clip of n segments", 64, recover),
    ("pass over n frames that say nothing", 500, hints),
    ("cut a recording whose moov has n boxes of no use", 500, boxes),
    ("cut a fragment of n tracks' runs", 250, runs),
    ("cut a recording of n fragments", 64, fragments),
];

fn key() -> KemPrivateKey {
    owner(1, KemAlgorithm::X25519)
}

fn clip(segments: usize, cadence: Cadence) -> Vec<u8> {
    seal(&mut camera(1, Suite::Aes256Gcm, &[key().public_key()]), cadence, &vec![Media(64); segments], &mut Pinned(1))
}

fn scan(segments: usize) {
    let clip = [clip(segments, Cadence::EveryGroup), b"?".to_vec()].concat();
    measured(|| assert_eq!(FinishedClip::open(Cursor::new(&clip)).unwrap().count() as usize, segments));
}

fn read(segments: usize) {
    let clip = clip(segments, Cadence::AtEnd);
    let mut clip = FinishedClip::open(Cursor::new(clip)).unwrap();
    let secret = clip.unlock(&key()).unwrap();
    measured(|| (0..segments as u32).for_each(|index| drop(clip.segment(&secret, index).unwrap())));
}

fn select(segments: usize) {
    let mut clip = FinishedClip::open(Cursor::new(clip(segments, Cadence::AtEnd))).unwrap();
    measured(|| {
        let all = clip.select_segments(0, segments as u32).unwrap();
        assert_eq!(clip.select(all.span()).unwrap(), all);
        assert_eq!(clip.select_bytes(0, u64::MAX).unwrap(), all);
    });
}

fn recover(segments: usize) {
    let (owners, pieces) = ([key().public_key()], vec![Media(64); segments]);
    let mut camera = camera(1, Suite::Aes256Gcm, &owners);
    let clip = record(&mut camera, Cadence::EveryGroup, &pieces, &mut Pinned(1)).clip();
    measured(|| camera.recover(clip).unwrap());
}

fn hints(frames: usize) {
    let clip = clip(1, Cadence::AtEnd);
    let begin = super::clips::frames(&clip).into_iter().find(|frame| frame.kind == b'S').unwrap().from;
    let file = [&clip[..begin], &b"F\0\0\0\x02??I\0\0\0\x01?D\0\0\0\x01?".repeat(frames)].concat();
    measured(|| FinishedClip::open(Cursor::new(&file)).unwrap_err());
}

fn cut(recording: &[u8]) {
    measured(|| Cutter::new(recording).for_each(|cut| drop(cut.unwrap())));
}

/// The first boxes of the sample: `ftyp`, `moov`, `moof` and `mdat`.
fn sample() -> [Vec<u8>; 4] {
    let sample = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample.mp4")).unwrap();
    let mut rest = &sample[..];
    [b"ftyp", b"moov", b"moof", b"mdat"].map(|name| {
        let (own, after) = rest.split_at(u32::from_be_bytes(*rest.first_chunk().unwrap()) as usize);
        assert_eq!(&own[4..8], name);
        rest = after;
        own.to_vec()
    })
}

/// A box with more in it, after what there is.
fn extended(atom: &[u8], more: &[u8]) -> Vec<u8> {
    [&((atom.len() + more.len()) as u32).to_be_bytes(), &atom[4..], more].concat()
}

fn boxes(count: usize) {
    let [ftyp, moov, moof, mdat] = sample();
    cut(&[ftyp, extended(&moov, &b"\0\0\0\x0cfree....".repeat(count)), moof, mdat].concat());
}

/// Runs without a sample, since no two may have the same bytes.
fn runs(count: usize) {
    let [ftyp, moov, moof, mdat] = sample();
    let at = moof.windows(4).position(|name| name == b"tfhd").unwrap() - 4;
    let tfhd = &moof[at..][..u32::from_be_bytes(*moof[at..].first_chunk().unwrap()) as usize];
    let traf = extended(b"\0\0\0\x08traf", &[tfhd, b"\0\0\0\x10trun\0\0\0\0\0\0\0\0"].concat());
    let mut longer = extended(&moof, &traf.repeat(count));
    // The data of its samples begins as much later.
    let added = (longer.len() - moof.len()) as u32;
    for offset in moof.windows(4).enumerate().filter(|(_, name)| *name == b"trun").map(|(at, _)| at + 12) {
        let before = u32::from_be_bytes(*longer[offset..].first_chunk().unwrap());
        longer[offset..offset + 4].copy_from_slice(&(before + added).to_be_bytes());
    }
    cut(&[ftyp, moov, longer, mdat].concat());
}

fn fragments(count: usize) {
    let [ftyp, moov, moof, mdat] = sample();
    cut(&[ftyp, moov, [moof, mdat].concat().repeat(count)].concat());
}
