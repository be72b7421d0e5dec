//! The times of what is cut from fragmented MP4.

use footage::crypto::{KemAlgorithm, Suite};
use footage::media::Cutter;
use footage::record::{Layer, Millis, SegmentKind};

use super::boxes::{atom, file, fragment, ftyp, inits, mdat, moof, moov, movie, trak, trex, words};
use super::mp4::{cuts_of, gaps, times};
use footage_support::clips::{self, camera, owner, read};
use footage_support::common::{Pinned, told};

/// A fragment of one key frame after the other, with a composition offset each.
fn composed(time: u32, offsets: &[i32]) -> Vec<u8> {
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0010, 1, 1])]);
    let offsets = offsets.iter().flat_map(|offset| offset.to_be_bytes()).collect::<Vec<_>>();
    let count = (offsets.len() / 4) as u32;
    let trun = |offset| atom(b"trun", &[&words(&[0x0100_0801, count, offset]), &offsets]);
    let traf = |offset| atom(b"traf", &[&tfhd, &atom(b"tfdt", &[&words(&[0, time])]), &trun(offset)]);
    let moof = |offset| atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &traf(offset)]);
    [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&vec![7; count as usize]])].concat()
}

#[test]
fn times_are_those_of_presentation() {
    // Samples last 100 ticks. The second group begins with a picture that is shown after the two that follow it.
    let recording = file(&[fragment(2, 0, true), composed(0, &[200, 300, 100]), composed(300, &[300, 0, 0])]);
    let cuts = cuts_of(&recording);
    assert_eq!(times(&cuts, Layer::Pictures), [(200, 300), (400, 300)]);
    assert_eq!(times(&cuts, Layer::Sound)[0], (0, 1000));
    assert_eq!(times(&cuts_of(&file(&[composed(0, &[0, -250])])), Layer::Pictures), [(0, 250)]);

    // An edit list moves a track: here the pictures begin 40 ms later, less 200 that are cut off.
    let edits = atom(b"edts", &[&atom(b"elst", &[&words(&[0, 2, 40, u32::MAX, 1 << 16, 0, 200, 1 << 16])])]);
    let edited = {
        let body = trak(1, b"vide", &[]);
        atom(b"trak", &[&body[8..], &edits])
    };
    let moov = movie(&[edited, trak(2, b"soun", &[])], &[trex(1), trex(2)], &[]);
    let recording = [ftyp(), moov, composed(0, &[200, 300, 100]), fragment(2, 10, true)].concat();
    // From 40 to 340, with sound from 10.
    let cuts = cuts_of(&recording);
    assert_eq!((times(&cuts, Layer::Pictures), times(&cuts, Layer::Sound)), (vec![(30, 300)], vec![(0, 1000)]));
}

#[test]
fn times_are_exact_whatever_the_clocks() {
    // 3 ticks a second for the pictures, 7 for the sound.
    let clock = |track, handler, ticks: u32| {
        let mut trak = trak(track, handler, &[]);
        let at = trak.windows(4).position(|name| name == b"mdhd").unwrap() + 16;
        trak[at..at + 4].copy_from_slice(&ticks.to_be_bytes());
        trak
    };
    let moov = movie(&[clock(1, b"vide", 3), clock(2, b"soun", 7)], &[trex(1), trex(2)], &[]);
    // Both last 1000 ticks. From 1/3 s, with sound from 3/7 s.
    let cuts = cuts_of(&[ftyp(), moov, fragment(1, 1, true), fragment(2, 3, true)].concat());
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 333_334)]);
    // 95.2... ms after the pictures, to 142 952.3... ms.
    assert_eq!(times(&cuts, Layer::Sound), [(95, 142_858)]);
}

#[test]
fn times_go_on() {
    // From the first cut on; a gap stays, and so does an overlap; without `tfdt`, one after the other.
    let untimed = [moof(1, None, true), mdat(1, 0)].concat();
    let recording = file(&[
        fragment(1, 7000, true),
        fragment(1, 9500, true),
        fragment(1, 10_400, true),
        untimed.clone(),
        fragment(1, 0, true),
        moov(&[]),
        untimed,
    ]);
    let cuts = cuts_of(&recording);
    let expected = [(0, 1000), (2500, 1000), (3400, 1000), (4400, 1000), (5400, 1000), (6400, 1000)];
    assert_eq!(times(&cuts, Layer::Pictures), expected);
    assert_eq!(gaps(&cuts), [false, true, false, false, true, true]);
    for (again, init) in cuts[12..14].iter().zip(inits()) {
        assert_eq!((again.kind, again.start, again.duration), (SegmentKind::Init, Millis(6400), Millis(0)));
        assert_eq!(again.bytes, init);
    }
}

/// T14: three hours are missing where the recording says so, and an unknown time where its clock begins anew and is repaired.
/// The clip flags each.
#[test]
fn t14_every_jump_that_is_repaired_is_flagged_in_the_clip() {
    const HOURS: u32 = 3 * 3_600_000;
    let recording = file(&[
        fragment(1, 0, true),
        fragment(1, 1000, true),
        fragment(1, HOURS + 2000, true),
        // The camera begins anew: three hours may be missing here.
        fragment(1, 0, true),
        fragment(1, 1000, true),
        moov(&[]),
        fragment(1, 0, true),
    ]);
    let key = owner(1, KemAlgorithm::X25519);
    let mut camera = camera(1, Suite::Aes256Gcm, &[key.public_key()]);
    let sealed = camera.seal(Cutter::new(&recording[..]), told(), |_| {}, &mut Pinned(1)).unwrap();
    let segments = read(&clips::bytes(sealed), &key).unwrap();
    let groups = segments.iter().map(|(header, _)| header.open).filter(|open| open.group);
    let found: Vec<_> = groups.map(|open| (open.start.0, open.gap)).collect();
    let after = u64::from(HOURS) + 3000;
    assert_eq!(
        found,
        [(0, false), (1000, false), (after - 1000, true), (after, true), (after + 1000, false), (after + 2000, true),]
    );
}
