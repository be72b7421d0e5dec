//! Cutting recordings, through the public API.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(feature = "video")]
#[allow(clippy::trivially_copy_pass_by_ref)]
mod boxes;
#[cfg(feature = "video")]
#[allow(clippy::cast_sign_loss, clippy::cast_possible_wrap)]
mod codecs;
#[cfg(feature = "video")]
mod cut_off;
#[cfg(feature = "video")]
#[allow(clippy::cast_sign_loss, clippy::cast_possible_wrap)]
mod encoder;
#[cfg(feature = "video")]
#[allow(clippy::cast_sign_loss, clippy::cast_possible_wrap)]
mod live;
#[cfg(feature = "video")]
mod mp4;
#[cfg(feature = "video")]
mod muxer;
#[cfg(feature = "video")]
#[allow(clippy::trivially_copy_pass_by_ref)]
mod progressive;
#[cfg(feature = "video")]
#[allow(clippy::trivially_copy_pass_by_ref)]
mod strange;
#[cfg(feature = "video")]
#[allow(clippy::trivially_copy_pass_by_ref)]
mod tables;
#[cfg(feature = "video")]
mod times;
#[cfg(feature = "video")]
mod ts;
mod unread;

use std::io::{self, Read};

use footage::media::{Bytes, Cut, CutError, Cutter};
use footage::record::{Millis, SegmentKind};
#[cfg(feature = "video")]
use footage_support::transport;
use proptest::prelude::*;

/// Everything that a cutter gives: cuts, and the error at the end if there is one.
fn cut(recording: &[u8]) -> (Vec<Cut>, Option<CutError>) {
    let (mut cuts, mut error) = (Vec::new(), None);
    for cut in Cutter::new(recording) {
        assert_eq!(error, None, "nothing comes after an error");
        match cut {
            Ok(cut) => cuts.push(cut),
            Err(because) => error = Some(because),
        }
    }
    (cuts, error)
}

fn joined<'a>(cuts: impl IntoIterator<Item = &'a Cut>) -> Vec<u8> {
    cuts.into_iter().flat_map(|cut| cut.bytes.clone()).collect()
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

#[test]
fn another_file_is_cut_by_size() {
    let file = vec![7; (2 << 20) + 5];
    let (cuts, error) = cut(&file);
    assert_eq!((cuts.len(), error), (3, None));
    assert_eq!(cuts[2].bytes.len(), 5);
    assert!(cuts.iter().all(|cut| (cut.kind, cut.start, cut.duration) == (SegmentKind::Media, Millis(0), Millis(0))));
    assert_eq!(joined(&cuts), file);
    assert_eq!(cut(&[]), (vec![], None));
    assert_eq!(cut(b"ftyp").0.len(), 1);
}

#[test]
fn a_piece_fits_a_segment() {
    for size in [0, (16 << 20) + 1, u64::MAX] {
        assert_eq!(Cutter::by_size(&[0][..], Bytes(size)).unwrap_err(), CutError::PieceSize { size });
    }
    assert!(Cutter::by_size(&[0][..], Bytes(16 << 20)).is_ok());
}

#[test]
fn a_reader_that_fails_is_named() {
    let mut cuts = Cutter::by_size(b"ab".chain(Failing), Bytes(2)).unwrap();
    assert_eq!(cuts.next().unwrap().unwrap().bytes, b"ab");
    assert_eq!(cuts.next(), Some(Err(CutError::Io { at: 2, kind: io::ErrorKind::PermissionDenied })));
    assert_eq!(cuts.next(), None);
}

#[test]
fn content_stays_out_of_debug() {
    let cut = Cutter::new(&b"secret words"[..]).next().unwrap().unwrap();
    let secret = format!("{:?}", b"secret words");
    assert!(!format!("{cut:?}").contains(&secret[1..20]));
    assert!(format!("{cut:?}").contains("bytes: 12"));
}

#[cfg(not(feature = "video"))]
#[test]
fn without_the_feature_an_mp4_is_only_cut_by_size() {
    let recording = b"\0\0\0\x08ftyp....";
    assert_eq!(cut(recording), (vec![], Some(CutError::NoVideo)));
    let pieces: Vec<_> = Cutter::by_size(&recording[..], Bytes(8)).unwrap().map(Result::unwrap).collect();
    assert_eq!(joined(&pieces), recording);
    let packet = [&[0x47, 0x1f, 0xff, 0x10][..], &[0xff; 184]].concat();
    assert_eq!(cut(&packet.repeat(9)), (vec![], Some(CutError::NoVideo)));
}

proptest! {
    #[test]
    fn pieces_are_the_file(file in prop::collection::vec(any::<u8>(), 0..2000), size in 1_u64..300) {
        let pieces: Vec<_> = Cutter::by_size(&file[..], Bytes(size)).unwrap().map(Result::unwrap).collect();
        prop_assert!(pieces.iter().all(|piece| !piece.bytes.is_empty() && piece.bytes.len() as u64 <= size));
        prop_assert_eq!(joined(&pieces), file);
    }
}
