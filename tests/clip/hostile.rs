//! Sealed clips that somebody tampered with, or that a power cut ended: refused or harmless, and never other content.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use footage_support::{clips, common};

use std::io::Cursor;

use clips::Piece::{self, Init, Media};
use clips::{
    Frame, Metered, camera, camera_into, frames, owner, read, recover, recover_first, seal, spliced, start_first,
};
use common::{Pinned, begin, media};
use footage::camera::{Cadence, RecoverError};
use footage::clip::{ClipError, FinishedClip};
use footage::crypto::{KemAlgorithm, KemPrivateKey, Suite};
use footage::record::{Ending, Millis, Verified};

const PIECES: [Piece; 4] = [Init(30), Media(100), Media(0), Media(60)];
const SUITE: Suite = Suite::ChaCha20Poly1305;

fn key() -> KemPrivateKey {
    owner(1, KemAlgorithm::X25519)
}

fn clip_with(pieces: &[Piece], cadence: Cadence, random: u64) -> Vec<u8> {
    seal(&mut camera(1, SUITE, &[key().public_key()]), cadence, pieces, &mut Pinned(random))
}

fn clip(cadence: Cadence) -> Vec<u8> {
    clip_with(&PIECES, cadence, 2)
}

fn unfinished(cadence: Cadence) -> Vec<u8> {
    clips::unfinished(&mut camera(1, SUITE, &[key().public_key()]), cadence, &PIECES, &mut Pinned(2))
}

fn contents() -> Vec<Vec<u8>> {
    (0..).zip(PIECES).map(|(index, piece)| piece.content(index)).collect()
}

/// What comes out of a file that may have been altered: as many of the true contents as it was said to hold, or nothing.
fn outcome(bytes: &[u8]) -> Result<usize, ClipError> {
    let found = read(bytes, &key())?;
    for ((header, content), expected) in found.iter().zip(contents()) {
        assert_eq!(*content, expected, "other content at segment {}", header.open.index);
    }
    assert!(found.len() <= PIECES.len());
    Ok(found.len())
}

fn whole(bytes: &[u8]) -> bool {
    outcome(bytes).is_ok_and(|count| count == PIECES.len())
}

/// How many segments the last head of these frames signs.
fn signed(frames: &[Frame]) -> usize {
    let heads = frames.iter().rposition(|frame| frame.kind == b'D').unwrap_or(0);
    frames[..heads].iter().filter(|frame| frame.kind == b'S').count()
}

fn is_hint(clip: &[u8], at: usize) -> bool {
    let frames = frames(clip);
    let manifest = frames.iter().rposition(|frame| frame.kind == b'D').unwrap();
    let place = frames.iter().position(|frame| frame.from <= at && at < frame.to);
    place.is_some_and(|place| place != manifest && matches!(frames[place].kind, b'I' | b'F' | b'D'))
}

#[test]
fn any_single_altered_byte_of_a_clip_is_refused_or_harmless() {
    for cadence in [Cadence::AtEnd, Cadence::EveryGroup] {
        let clip = clip(cadence);
        assert!(whole(&clip));
        for at in 0..clip.len() {
            let mut altered = clip.clone();
            altered[at] ^= 1 << (at % 8);
            match outcome(&altered) {
                Ok(count) => {
                    assert_eq!(count, PIECES.len(), "byte {at}");
                    assert!(is_hint(&clip, at), "byte {at} of {} is no hint", clip.len());
                }
                Err(error) => assert!(!is_hint(&clip, at), "byte {at} is a hint: {error}"),
            }
        }
    }
}

#[test]
fn a_damaged_segment_takes_no_other_with_it() {
    let clip = clip(Cadence::AtEnd);
    let segments: Vec<_> = frames(&clip).into_iter().filter(|frame| frame.kind == b'S').collect();
    let mut altered = clip.clone();
    altered[segments[1].to - 1] ^= 1;
    let mut opened = FinishedClip::open(Cursor::new(&altered)).unwrap();
    let secret = opened.unlock(&key()).unwrap();
    for index in [0, 2, 3] {
        assert_eq!(*opened.segment(&secret, index).unwrap().1, contents()[index as usize]);
    }
    let error = opened.segment(&secret, 1).unwrap_err();
    assert!(matches!(error, ClipError::Altered(_)), "{error}");
}

#[test]
fn a_finished_clip_cut_anywhere_is_whole_or_refused() {
    for cadence in [Cadence::AtEnd, Cadence::EveryGroup] {
        let clip = clip(cadence);
        let manifest = frames(&clip).into_iter().rfind(|frame| frame.kind == b'D').unwrap();
        for length in 0..clip.len() {
            match outcome(&clip[..length]) {
                Ok(count) => assert!(count == PIECES.len() && length >= manifest.to, "cut at {length}"),
                Err(error) => assert!(length < manifest.to, "cut at {length}: {error}"),
            }
        }
        for garbage in [&b"\0"[..], b"S", &[0xff; 200], &clip] {
            assert!(whole(&[&clip, garbage].concat()));
        }
    }
}

#[test]
fn an_unfinished_clip_cut_anywhere_is_recovered_up_to_its_last_head() {
    let live = unfinished(Cadence::EveryGroup);
    let parts = frames(&live);
    let beginning = parts[1].to;
    let mut seen = Vec::new();
    for length in 0..=live.len() {
        let cut = &live[..length];
        let error = FinishedClip::open(Cursor::new(cut)).unwrap_err();
        match length {
            0..16 => assert!(matches!(error, ClipError::NotAClip), "{error}"),
            _ if length < parts[0].to => assert!(matches!(error, ClipError::Ends("header")), "{error}"),
            _ if length < beginning => assert!(matches!(error, ClipError::Ends("owners")), "{error}"),
            _ => assert!(matches!(error, ClipError::Unfinished), "{error}"),
        }
        let signed = signed(&parts[..parts.iter().take_while(|frame| frame.to <= length).count()]);
        let mut camera = camera(1, SUITE, &[key().public_key()]);
        let clip = start_first(&mut camera, 2);
        match recover(&mut camera, clip, cut) {
            Ok((manifest, sink)) => {
                assert_eq!(
                    (manifest.count as usize, manifest.end.map(|end| end.how)),
                    (signed, Some(Ending::Recovered))
                );
                assert_eq!(outcome(&sink).unwrap(), signed);
                assert_eq!(FinishedClip::open(Cursor::new(&sink)).unwrap().ending(), Ending::Recovered);
                // Not again, nor with more at hand: this ending and no other.
                for other in [&live, &live[..parts[2].from], &sink] {
                    let again = recover(&mut camera, clip, other).unwrap_err();
                    assert!(matches!(again, RecoverError::NotOpen(id) if id == clip));
                }
            }
            Err(error) => {
                assert!(signed == 0 && camera.files().bytes(clip).unwrap() == cut, "cut at {length}: {error}");
                assert!(matches!(error, RecoverError::NothingSigned(_)), "{error}");
            }
        }
        seen.push(signed);
    }
    assert_eq!(*seen.last().unwrap(), PIECES.len());
}

/// Bit rot in one head loses nothing that a later head vouches for; in a segment it loses that segment and what follows.
#[test]
fn a_damaged_unfinished_clip_is_recovered_up_to_the_last_head_that_is_true() {
    let live = unfinished(Cadence::EveryGroup);
    for at in frames(&live)[1].to..live.len() {
        let mut altered = live.clone();
        altered[at] ^= 0x10;
        let recovered = recover_first(1, SUITE, 2, &altered);
        let place = frames(&live).iter().position(|frame| frame.from <= at && at < frame.to).unwrap();
        let Frame { kind, from, .. } = frames(&live)[place];
        let before = signed(&frames(&live)[..place]);
        let expected = match kind {
            // The last head is gone, or the frames after it cannot be found.
            b'D' if place + 1 == frames(&live).len() || at < from + 5 => before,
            b'D' => PIECES.len(),
            _ => before,
        };
        match recovered {
            Ok((_, file)) => assert_eq!(outcome(&file).unwrap(), expected, "byte {at}"),
            Err(error) => {
                assert!(expected == 0 && matches!(error, RecoverError::NothingSigned(_)), "byte {at}: {error}");
            }
        }
    }
}

#[test]
fn what_is_not_this_cameras_or_not_open_is_not_recovered() {
    let (live, quiet) = (unfinished(Cadence::EveryGroup), unfinished(Cadence::AtEnd));
    // What nobody can vouch for is given up, and left as it is.
    for bytes in [&quiet, &live[..0], &live[..100], b"somebody's file"] {
        let mut camera = camera(1, SUITE, &[key().public_key()]);
        let clip = start_first(&mut camera, 2);
        let error = recover(&mut camera, clip, bytes).unwrap_err();
        assert!(matches!(error, RecoverError::NothingSigned(id) if id == clip), "{error}");
        assert_eq!(camera.files().bytes(clip).unwrap(), bytes);
        assert!(camera.open_clips().is_empty());
    }
    // The same clip is nobody else's to close, and is not used up by who tried.
    let clip = start_first(&mut camera(1, SUITE, &[key().public_key()]), 2);
    let error = recover(&mut camera(2, SUITE, &[key().public_key()]), clip, &live).unwrap_err();
    assert!(matches!(error, RecoverError::NotOpen(_)), "{error}");
    let mut other = camera(2, SUITE, &[key().public_key()]);
    let own = start_first(&mut other, 2);
    assert!(matches!(recover(&mut other, own, &live), Err(RecoverError::NothingSigned(_))));
    recover_first(1, SUITE, 2, &live).unwrap();

    // Finished, and then cut off before its manifest: no second ending.
    let mut camera = camera(1, SUITE, &[key().public_key()]);
    let finished = seal(&mut camera, Cadence::EveryGroup, &PIECES, &mut Pinned(2));
    let second = frames(&finished).into_iter().filter(|frame| frame.kind == b'D').nth(1).unwrap();
    let error = recover(&mut camera, clip, &finished[..second.to]).unwrap_err();
    assert!(matches!(error, RecoverError::NotOpen(_)), "{error}");
}

/// A disk that fails is not a file that ends: nothing is lost for ever because of it.
#[test]
fn a_source_that_fails_shortens_no_clip() {
    let live = unfinished(Cadence::EveryGroup);
    for fails_at in (0..live.len()).step_by(7) {
        let mut source = Metered::new(Cursor::new(&live));
        source.fails_at = Some(fails_at as u64);
        let error = FinishedClip::open(source).unwrap_err();
        assert!(matches!(error, ClipError::Read(_)), "{error}");
    }
}

/// A sink that fails ends the clip, which is recovered from what reached it.
#[test]
fn a_sink_that_fails_leaves_a_clip_that_can_be_recovered() {
    let length = unfinished(Cadence::EveryGroup).len();
    for room in 0..length {
        let mut disk = vec![0; room];
        let owners = [key().public_key()];
        let mut sink = Cursor::new(disk.as_mut_slice());
        let mut camera = camera_into(1, SUITE, &owners, &mut sink);
        let started = begin(&mut camera, common::at(common::NOON), Cadence::EveryGroup, &mut Pinned(2));
        let Ok(mut recording) = started else { continue };
        let failed = (1..).zip([100, 0, 60]).find_map(|(index, size)| {
            media(&mut recording, &mut camera, Millis(0), Millis(0), &mut common::content(index, size)).err()
        });
        if failed.is_some() {
            assert!(media(&mut recording, &mut camera, Millis(0), Millis(0), &mut Vec::new()).is_err());
            assert!(recording.finish(&mut camera).is_err());
        }
        drop(camera);
        let written = sink.position() as usize;
        let signed = frames_within(&disk[..written]).into_iter().filter(|frame| frame.kind == b'D').count();
        let recovered = recover_first(1, SUITE, 2, &disk[..written]);
        let count = recovered.map_or(0, |(manifest, _)| manifest.count as usize);
        assert_eq!(count, signed, "room for {room}");
    }
}

/// The whole frames of a file that may be cut off.
fn frames_within(bytes: &[u8]) -> Vec<Frame> {
    let mut padded = bytes.to_vec();
    padded.extend([0; 5]);
    let mut found = Vec::new();
    let mut from = 16;
    while from + 5 <= bytes.len() {
        let length = u32::from_be_bytes(bytes[from + 1..from + 5].try_into().unwrap());
        let to = from + 5 + length as usize;
        if to > bytes.len() {
            break;
        }
        found.push(Frame { kind: bytes[from], from, to });
        from = to;
    }
    found
}

#[test]
fn reordered_repeated_and_left_out_segments_are_refused() {
    for cadence in [Cadence::AtEnd, Cadence::EveryGroup] {
        let clip = clip(cadence);
        let parts = frames(&clip);
        let segments: Vec<_> = (0..parts.len()).filter(|&at| parts[at].kind == b'S').collect();
        let of = |order: &[usize]| spliced(&clip, order.iter().map(|&at| (clip.as_slice(), parts[at])));
        let all: Vec<_> = (0..parts.len()).collect();
        assert!(whole(&of(&all)));
        for (at, &one) in segments.iter().enumerate() {
            let mut left_out = all.clone();
            left_out.retain(|&part| part != one);
            assert!(!whole(&of(&left_out)), "without {one}");
            let mut repeated = all.clone();
            repeated.insert(one, one);
            assert!(!whole(&of(&repeated)), "{one} twice");
            for &other in &segments[at + 1..] {
                let mut swapped = all.clone();
                swapped.swap(one, other);
                assert!(!whole(&of(&swapped)), "{one} for {other}");
            }
        }
        // Whatever is only a hint may go.
        let needed: Vec<_> = all.iter().copied().filter(|&at| !is_hint(&clip, parts[at].from)).collect();
        assert!(whole(&of(&needed)));
    }
}

/// Any frame of another clip of the same camera, of the same sizes, in the place of this one's.
#[test]
fn frames_of_another_clip_of_the_same_camera_are_refused() {
    let one = clip_with(&PIECES, Cadence::EveryGroup, 2);
    let two = clip_with(&PIECES, Cadence::EveryGroup, 3);
    let (first, second) = (frames(&one), frames(&two));
    assert_eq!(first, second, "their frames have the same sizes");
    for at in 0..first.len() {
        let parts = |mixed: bool| {
            (0..first.len()).map(move |part| if mixed == (part == at) { (true, part) } else { (false, part) })
        };
        let file = |from: (bool, usize)| {
            if from.0 { (two.as_slice(), second[from.1]) } else { (one.as_slice(), first[from.1]) }
        };
        let mixed = spliced(&one, parts(true).map(file));
        assert_eq!(whole(&mixed), is_hint(&one, first[at].from), "frame {at}");
    }
}

/// Two recordings under one id, as a camera makes them whose store was set back: no part of one passes for the other's.
#[test]
fn two_clips_with_one_id_do_not_mix() {
    let one = clip_with(&[Media(10), Media(10)], Cadence::AtEnd, 2);
    let two = clip_with(&[Media(10), Init(10)], Cadence::AtEnd, 2);
    let id = |clip: &[u8]| FinishedClip::open(Cursor::new(clip)).unwrap().clip();
    assert_eq!(id(&one), id(&two));
    let (first, second) = (frames(&one), frames(&two));
    let segment = first.iter().rposition(|frame| frame.kind == b'S').unwrap();
    let mixed = spliced(
        &one,
        (0..first.len()).map(|at| if at == segment { (&two[..], second[at]) } else { (&one[..], first[at]) }),
    );
    assert!(read(&mixed, &key()).is_err());
    let manifest = first.iter().rposition(|frame| frame.kind == b'D').unwrap();
    let mixed = spliced(
        &one,
        (0..first.len()).map(|at| if at == manifest { (&two[..], second[at]) } else { (&one[..], first[at]) }),
    );
    assert!(read(&mixed, &key()).is_err());
}

#[test]
fn other_files_are_no_clips() {
    let clip = clip(Cadence::AtEnd);
    for file in [&b""[..], b"footage-clip-v2\n", b"footage-excerpt\n", include_bytes!("../../examples/data/sample.mp4")]
    {
        assert!(matches!(outcome(file), Err(ClipError::NotAClip)));
    }
    let error = outcome(&[&clip[..16], b"X\0\0\0\0"].concat()).unwrap_err();
    assert!(matches!(error, ClipError::Malformed { part: "header", .. }), "{error}");
    assert_eq!(outcome(&clip[..16]).unwrap_err().to_string(), "the clip ends within its header: it was cut off");
}

/// A manifest of this camera with the right header but of no segment, or of more than there are.
#[test]
fn a_manifest_of_another_count_is_refused() {
    let clip = clip(Cadence::AtEnd);
    let parts = frames(&clip);
    let manifest = FinishedClip::open(Cursor::new(&clip)).unwrap().manifest().statement().clone();
    let (_, camera_key, _) = clips::keys(1);
    for count in [0, 1, 3, 5, 1 << 24, u32::MAX] {
        let head = Verified::sign(footage::record::Head { count, ..manifest.clone() }, &camera_key).to_bytes();
        let mut bytes = clip[..16].to_vec();
        for frame in &parts {
            if frame.kind == b'D' {
                bytes.push(b'D');
                bytes.extend_from_slice(&(head.len() as u32).to_be_bytes());
                bytes.extend_from_slice(&head);
            } else {
                bytes.extend_from_slice(&clip[frame.from..frame.to]);
            }
        }
        assert!(read(&bytes, &key()).is_err(), "{count}");
    }
}
