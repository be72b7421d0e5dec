//! The times of cuts from fragmented MP4.

use footage::crypto::{KemAlgorithm, Suite};
use footage::media::Cutter;
use footage::record::{Layer, Millis, SegmentKind};

use super::boxes::{atom, file, found, fragment, ftyp, mdat, moof, moov, movie, samples, trak, trex, words};
use super::mp4::{cuts_of, gaps, times};
use footage_support::clips::{self, camera, owner, read};
use footage_support::common::{Pinned, told};

/// A fragment that begins with a key frame, with a composition offset for each sample.
fn composed(time: u32, offsets: &[i32]) -> Vec<u8> {
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0010, 1, 1])]);
    let offsets = offsets.iter().flat_map(|offset| offset.to_be_bytes()).collect::<Vec<_>>();
    let count = (offsets.len() / 4) as u32;
    let trun = |offset| atom(b"trun", &[&words(&[0x0100_0805, count, offset, 0]), &offsets]);
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
    assert_eq!(times(&cuts, Layer::Sound), [(0, 400), (400, 600)]);
    // What is presented before the recording's 0 is not shown by players.
    assert_eq!(times(&cuts_of(&file(&[composed(0, &[0, -250])])), Layer::Pictures), [(0, 100)]);

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
fn times_continue_after_jumps_and_gaps() {
    // From the first cut on; a gap stays; an overlap makes the samples before it shorter; without `tfdt`, one after the other.
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
    let expected = [(0, 1000), (2500, 900), (3400, 1000), (4400, 1000), (5400, 1000), (6400, 1000)];
    assert_eq!(times(&cuts, Layer::Pictures), expected);
    assert_eq!(gaps(&cuts), [false, true, false, false, true, true]);
    // Codec parameters that are in force are not given again.
    assert_eq!(cuts.iter().filter(|cut| cut.kind == SegmentKind::Init).count(), 2);
}

/// A change of codec parameters begins a group, which is flagged. Times continue.
#[test]
fn codec_parameters_may_change() {
    let other = |ticks: u32| {
        let mut trak = trak(1, b"vide", &[]);
        let at = trak.windows(4).position(|name| name == b"mdhd").unwrap() + 16;
        trak[at..at + 4].copy_from_slice(&ticks.to_be_bytes());
        movie(&[trak, super::boxes::trak(2, b"soun", &[])], &[trex(1), trex(2)], &[])
    };
    // 500 ticks a second: ten samples last two seconds.
    let recording = file(&[
        fragment(1, 0, true),
        fragment(2, 0, true),
        other(500),
        fragment(1, 500, true),
        fragment(2, 1000, true),
    ]);
    let cuts = cuts_of(&recording);
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 1000), (1000, 2000)]);
    assert_eq!(times(&cuts, Layer::Sound), [(0, 1000), (1000, 1000)]);
    assert_eq!(gaps(&cuts), [false, true]);
    let inits: Vec<_> = cuts.iter().filter(|cut| cut.kind == SegmentKind::Init).collect();
    assert_eq!(
        inits.iter().map(|init| (init.start, init.duration)).collect::<Vec<_>>()[2..],
        [(Millis(1000), Millis(0)); 2]
    );
    assert!(inits[0].bytes != inits[2].bytes && inits[1].bytes == inits[3].bytes);
}

/// A fragment of samples with these durations. Its time has 64 bits.
fn lasting(track: u32, time: Option<u64>, durations: &[u32]) -> Vec<u8> {
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0010, track, 1])]);
    let tfdt = time.map_or(vec![], |time| atom(b"tfdt", &[&words(&[1 << 24]), &time.to_be_bytes()]));
    let count = durations.len() as u32;
    let trun = |offset| atom(b"trun", &[&words(&[0x105, count, offset, 0]), &words(durations)]);
    let moof = |offset| {
        let traf = atom(b"traf", &[&tfhd, &tfdt, &trun(offset)]);
        atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &traf])
    };
    [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&vec![7; durations.len()]])].concat()
}

/// M8: an implausible duration affects no more than its group.
#[test]
fn m8_one_bad_duration_costs_one_group() {
    let second = |time, place: usize, bad: u32| {
        let mut durations = [100; 10];
        durations[place] = bad;
        lasting(1, Some(time), &durations)
    };
    for (place, bad) in [(0, 60_000), (5, 9000), (9, u32::MAX - 500), (9, 8_520_000), (3, 0)] {
        let cuts =
            cuts_of(&file(&[second(0, 0, 100), second(1000, place, bad), second(2000, 0, 100), second(3000, 0, 100)]));
        let starts: Vec<_> = times(&cuts, Layer::Pictures).iter().map(|(start, _)| *start).collect();
        assert_eq!(starts, [0, 1000, 2000, 3000], "{place}, {bad}");
        let end = times(&cuts, Layer::Pictures)[1];
        assert!(end.0 + end.1 <= 2000, "{place}, {bad}");
    }
    // The last of a recording, which nothing follows.
    let cuts = cuts_of(&file(&[second(0, 0, 100), second(1000, 9, 8_520_000)]));
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 1000), (1000, 1000)]);
    assert_eq!(gaps(&cuts), [false, true]);
    // What lasts long again and again is believed.
    let slow = [0, 60_000].map(|time| lasting(1, Some(time), &[30_000; 2])).concat();
    assert_eq!(times(&cuts_of(&file(&[slow])), Layer::Pictures), [(0, 60_000), (60_000, 60_000)]);
}

/// M8: clocks may wrap, be negative, or jump by decades. Both tracks stay in sync.
#[test]
fn m8_a_clock_that_jumps_goes_on_where_it_was() {
    let seconds = |clock: &dyn Fn(u64) -> u64| {
        let parts = (0..6).flat_map(|second| {
            let time = clock(second);
            // The sound begins 20 ms after the pictures.
            [lasting(1, Some(time), &[100; 10]), lasting(2, Some(time.wrapping_add(20)), &[100; 10])]
        });
        cuts_of(&file(&parts.collect::<Vec<_>>()))
    };
    let plain = seconds(&|second| 1000 * second);
    let decades = seconds(&|second| 1000 * second + if second < 3 { 0 } else { 1_780_000_000_000 });
    let back = seconds(&|second| 1000 * second + if second < 3 { 9_000_000 } else { 0 });
    let far = seconds(&|second| 1000 * second + 1_780_000_000_000);
    for (jumped, flagged) in [(&decades, true), (&back, true), (&far, false)] {
        for (one, other) in plain.iter().zip(jumped) {
            assert_eq!((one.start, one.duration, &one.bytes), (other.start, other.duration, &other.bytes));
        }
        assert_eq!(gaps(jumped).contains(&true), flagged);
    }
    // Below 0, as of sound that is primed; the pictures begin at 0.
    let primed = [lasting(1, Some(0), &[100; 10]), lasting(2, Some(0_u64.wrapping_sub(64)), &[100; 10])];
    let cuts = cuts_of(&file(&primed));
    assert_eq!((times(&cuts, Layer::Pictures), times(&cuts, Layer::Sound)), (vec![(0, 1000)], vec![(0, 936)]));
    let sound = found(&cuts[3].bytes, 2);
    assert_eq!((sound[0].decode, sound[0].offset), (0, -64));
    assert_eq!(samples(&cuts[3].bytes, 2).len(), 10);
    // A clock of 32 bits.
    let wrapping = (0..6_u32).map(|second| fragment(1, (u32::MAX - 2499).wrapping_add(1000 * second), true));
    let cuts = cuts_of(&file(&wrapping.collect::<Vec<_>>()));
    assert_eq!(times(&cuts, Layer::Pictures), (0..6).map(|second| (1000 * second, 1000)).collect::<Vec<_>>());
    assert_eq!(gaps(&cuts), [false; 6]);
}

/// M8: tracks stay in sync if half of the sound is missing in the second in which the clock jumps.
#[test]
fn m8_tracks_that_jump_together_stay_in_sync() {
    let seconds = |clock: &dyn Fn(u64) -> u64| {
        let parts = (0..6).flat_map(|second| {
            let (late, sound) = if second == 3 { (500, 5) } else { (0, 10) };
            let pictures = lasting(1, Some(clock(second)), &[100; 10]);
            [pictures, lasting(2, Some(clock(second) + 20 + late), &vec![100; sound])]
        });
        cuts_of(&file(&parts.collect::<Vec<_>>()))
    };
    let plain = seconds(&|second| 1000 * second);
    let back = seconds(&|second| 1000 * second + if second < 3 { 9_000_000 } else { 0 });
    for (one, other) in plain.iter().zip(&back) {
        assert_eq!((one.start, one.duration, &one.bytes), (other.start, other.duration, &other.bytes));
    }
}

/// T14: the clip flags three hours that are missing according to the recording, and each place where its clock restarts.
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

/// M8: a clock may be set back by less than the duration of a fragment.
#[test]
fn m8_a_small_step_back_keeps_tracks_in_sync() {
    let clock = |second: u64| 1000 * second - if second < 6 { 0 } else { 1500 };
    let mut parts = Vec::new();
    for second in (0..12).step_by(2) {
        parts.push(lasting(1, Some(clock(second)), &[100; 10]));
        parts.push(lasting(1, Some(clock(second + 1)), &[100; 10]));
        parts.push(lasting(2, Some(clock(second)), &[100; 20]));
    }
    let cuts = cuts_of(&file(&parts));
    let seconds: Vec<_> = (0..12).map(|second| (1000 * second, 1000)).collect();
    assert_eq!(times(&cuts, Layer::Pictures), seconds);
    assert_eq!(times(&cuts, Layer::Sound), seconds);
    assert!(gaps(&cuts)[6]);
}

/// M8: some recorders give two frames of sound one time, and the first of them no duration.
#[test]
fn m8_frames_of_sound_follow_each_other() {
    let sound = |time, duration| lasting(2, Some(time), &[duration]);
    let recording = file(&[
        fragment(1, 0, true),
        sound(0, 400),
        sound(400, 0),
        sound(400, 100),
        sound(600, 0),
        sound(600, 100),
        sound(700, 100),
        sound(900, 100),
    ]);
    let cuts = cuts_of(&recording);
    let heard = cuts.iter().find(|cut| cut.layer == Layer::Sound && cut.kind == SegmentKind::Media).unwrap();
    let at: Vec<_> = found(&heard.bytes, 2).iter().map(|sample| (sample.decode, sample.duration)).collect();
    assert_eq!(at, [(0, 400), (400, 100), (500, 100), (600, 100), (700, 100), (800, 100), (900, 100)]);
    assert_eq!(gaps(&cuts), [false]);
}

/// The first start time after runs without one continues them, if it is plausible.
#[test]
fn a_first_time_after_runs_without_one_continues_them() {
    for (time, start, flagged) in [(20_000, 1000, true), (0, 1000, true), (1000, 1000, false), (5000, 5000, true)] {
        let cuts = cuts_of(&file(&[lasting(1, None, &[100; 10]), lasting(1, Some(time), &[100; 10])]));
        assert_eq!(times(&cuts, Layer::Pictures), [(0, 1000), (start, 1000)], "{time}");
        assert_eq!(gaps(&cuts), [false, flagged], "{time}");
    }
}

/// A gap within the first group is flagged at the next one, because nothing is missing before the first.
#[test]
fn a_gap_within_the_first_group_shows_at_the_next() {
    let later = |time| [moof(1, Some(time), false), mdat(1, time)].concat();
    let cuts = cuts_of(&file(&[fragment(1, 0, true), later(10_800_000), fragment(1, 10_801_000, true)]));
    assert_eq!((times(&cuts, Layer::Pictures).len(), gaps(&cuts)), (2, vec![false, true]));
}

/// Sound that pauses for more than a day stays in sync with the pictures.
#[test]
fn a_track_that_pauses_for_long_stays_in_sync() {
    const DAY: u64 = 24 * 3_600_000;
    let hours = (0..26).map(|hour| lasting(1, Some(hour * 3_600_000), &[100; 10]));
    let last = [lasting(1, Some(DAY + 7_200_000), &[100; 10]), lasting(2, Some(DAY + 7_200_000), &[100; 10])];
    let parts: Vec<_> = [lasting(2, Some(0), &[100; 10])].into_iter().chain(hours).chain(last).collect();
    let cuts = cuts_of(&file(&parts));
    let heard: Vec<_> = times(&cuts, Layer::Sound).into_iter().filter(|(_, duration)| *duration > 0).collect();
    assert_eq!(heard, [(0, 1000), (DAY + 7_200_000, 1000)]);
}
