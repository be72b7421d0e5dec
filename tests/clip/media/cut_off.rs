//! Sources that end in the middle: complete groups are sealed, and the clip says that it was cut off.

use std::io::{self, Cursor, Read};

use footage::camera::SealVideoError;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, Suite};
use footage::media::{CutError, Cutter};
use footage::record::{Ending, Window};

use super::boxes::{file, fragment, ftyp, moov};
use super::mp4::{cuts_of, sample};
use footage_support::clips::{self, camera, owner, read};
use footage_support::common::{NOON, Pinned, at};

/// Seals a source. Returns the ending of the clip, and the contents of its segments that are not empty.
pub(super) fn sealed(source: impl Read) -> Result<(Ending, Vec<Vec<u8>>), SealVideoError> {
    let key = owner(1, KemAlgorithm::X25519);
    let mut camera = camera(1, Suite::Aes256Gcm, &[key.public_key()]);
    let told = Window::new(at(NOON), at(NOON + 1000)).ok();
    let sealed = camera.seal(Cutter::new(source), told, |_| {}, &mut Pinned(1));
    assert!(camera.open_clips().is_empty());
    let sealed = match sealed {
        Ok(sealed) => sealed,
        Err(error) => {
            assert!(camera.files().is_empty(), "{error}: nothing is left");
            return Err(error);
        }
    };
    let bytes = clips::bytes(sealed);
    let ending = FinishedClip::open(Cursor::new(&bytes)).unwrap().ending();
    let contents = read(&bytes, &key).unwrap().into_iter().map(|(_, content)| content);
    Ok((ending, contents.filter(|content| !content.is_empty()).collect()))
}

/// The contents of the cuts that are not empty.
fn contents(recording: &[u8]) -> Vec<Vec<u8>> {
    cuts_of(recording).into_iter().map(|cut| cut.bytes).filter(|content| !content.is_empty()).collect()
}

/// Seals a recording that ends at each of these positions. `fragments` are the positions where its fragments end.
fn check(recording: &[u8], fragments: &[usize], ends: impl Iterator<Item = usize>) {
    for end in ends {
        let whole = fragments.iter().rev().find(|&&fragment| fragment <= end).copied();
        match (whole, sealed(&recording[..end])) {
            (Some(whole), Ok((ending, found))) => {
                assert_eq!(ending, if whole == end { Ending::Finished } else { Ending::CutOff }, "{end}");
                assert!(found == contents(&recording[..whole]), "{end}");
            }
            (None, Err(SealVideoError::Cut(CutError::Truncated { .. }))) => {}
            (whole, found) => panic!("{end}, {whole:?}: {:?}", found.map(|(ending, found)| (ending, found.len()))),
        }
    }
}

/// M7: the power fails in the source, at any byte of it.
#[test]
fn m7_what_is_whole_is_sealed_wherever_the_source_ends() {
    // Two groups, of two and of one fragment of pictures, with sound of its own; a group of pictures alone.
    let parts = [
        fragment(1, 0, true),
        fragment(1, 1000, false),
        fragment(2, 0, true),
        fragment(1, 2000, true),
        fragment(2, 2000, true),
        fragment(1, 3000, true),
    ];
    let recording = file(&parts);
    let begin = ftyp().len() + moov(&[]).len();
    let fragments: Vec<_> = parts
        .iter()
        .scan(begin, |end, part| {
            *end += part.len();
            Some(*end)
        })
        .collect();
    // Fewer than eight bytes are not a video. Before the first fragment there is nothing to cut off.
    check(&recording, &fragments, (8..=recording.len()).filter(|&end| end != begin && end != ftyp().len()));
}

/// M7: the same with a real recording.
#[test]
fn m7_a_real_recording_is_sealed_as_far_as_it_goes() {
    let sample = sample();
    let boxes = super::boxes::boxes(&sample);
    let ends = boxes.iter().filter(|(_, name, _)| name == b"mdat").map(|(at, _, body)| at + 8 + body.len());
    let fragments: Vec<_> = ends.collect();
    let last = *fragments.last().unwrap();
    let behind = fragments.iter().flat_map(|end| [end - 1, end + 1, end + 9]).filter(|&end| end < last);
    check(&sample, &fragments, (2000..last).step_by(31_013).chain(behind));
}

/// M7: trailing bytes, or a truncated index.
#[test]
fn m7_bytes_behind_a_recording_cost_nothing_of_it() {
    let recording = file(&[fragment(1, 0, true), fragment(1, 1000, true)]);
    let all = contents(&recording);
    for behind in [&[0; 4][..], b"\0\0\0", b"\0\0\x10\0mfra....", b"\0\0\0\x20moof"] {
        let (ending, found) = sealed(&[&recording[..], behind].concat()[..]).unwrap();
        assert_eq!(ending, Ending::CutOff, "{behind:?}");
        assert!(found == all, "{behind:?}");
    }
    assert_eq!(sealed(&recording[..]).unwrap().0, Ending::Finished);
}

/// Other errors are not the end of the source, and nothing is sealed.
#[test]
fn another_fault_of_a_source_stays_an_error() {
    let recording = file(&[fragment(1, 0, true), fragment(1, 1000, true)]);
    let malformed = [&recording[..], &fragment(7, 2000, true), &fragment(1, 2000, true)].concat();
    let error = sealed(&malformed[..]).unwrap_err();
    assert!(!matches!(error, SealVideoError::Cut(CutError::Truncated { .. })), "{error}");
    let failing = recording.chain(Failing);
    assert!(matches!(sealed(failing), Err(SealVideoError::Cut(CutError::Io { .. }))));
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}
