//! Recordings of encoded samples, as they come.

use proptest::prelude::*;

use footage::camera::{Cadence, Live, LiveError, RecordError, SealError};
use footage::media::{Companding, EncodedSample, NalUnits, PictureCoding, SampleError, SoundCodec, SoundCoding, Ticks};
use footage::record::{Content, Ending, Layer, Millis, SegmentKind};

use super::codecs::{audio_configuration, content, hand_over};
use super::encoder::{AAC, Clip, Doorbell, PICTURES, SOUND, avc, camera, clocks, encoded, sets};
use super::mp4::{cuts_of, sample as recording};
use super::transport::{adts, nals, picture, sample};
use footage_support::clips;
use footage_support::common::Pinned;

/// Every sample is opened as it was pushed, each group with its sound.
#[test]
fn what_is_pushed_is_sealed_in_groups() {
    let mut doorbell = Doorbell::new();
    let sealed: Vec<_> = (0..4).map(|second| doorbell.second(second)).collect();
    assert_eq!(sealed, [0, 1, 1, 1], "with the second picture of the next group");
    let pushed = doorbell.pushed.clone();
    let clip = doorbell.finish(4000);
    assert_eq!([clip.bytes(Layer::Pictures), clip.bytes(Layer::Sound)], pushed);
    let seconds: Vec<_> = (0..4).map(|second| (1000 * second, 1000)).collect();
    assert_eq!(clip.times(Layer::Pictures), seconds);
    // From the start of a group to the start of the next, whatever they hold; the last as long as what it holds.
    assert_eq!(clip.times(Layer::Sound)[..3], seconds[..3]);
    assert_eq!((clip.gaps(), clip.inits().len()), (vec![false; 4], 2));
    assert_eq!((clip.file.ending(), clip.file.left_out()), (Ending::Finished, (0, 0)));
    let times = |layer| clip.samples(layer).iter().map(|sample| sample.decode).collect::<Vec<_>>();
    assert_eq!(times(Layer::Pictures), (0..20).map(|number| number * 18_000).collect::<Vec<_>>());
    assert_eq!(times(Layer::Sound), (0..32).map(|number| number * 1024).collect::<Vec<_>>());
    let begins: Vec<_> = clip.samples(Layer::Pictures).iter().map(|sample| sample.begins).collect();
    assert_eq!(begins, [true, false, false, false, false].repeat(4));
}

/// The samples of a file give the segments that the file gives.
#[test]
fn samples_of_a_file_become_what_the_file_becomes() {
    let file = recording();
    let pictures = PictureCoding::H264 { parameters: content(&file, *b"avcC"), units: NalUnits::Lengths };
    let sound = SoundCoding::Aac { configuration: audio_configuration(&file) };
    let clip = hand_over(&file, pictures, sound, |_, bytes| bytes.to_vec());
    let cuts = cuts_of(&file);
    for layer in Layer::ALL {
        let cuts: Vec<_> = cuts.iter().filter(|cut| cut.layer == layer && cut.kind == SegmentKind::Media).collect();
        assert_eq!(clip.media(layer).count(), cuts.len());
        for ((header, content), cut) in clip.media(layer).zip(cuts) {
            assert!(*content == cut.bytes, "{header:?}");
            assert!(layer == Layer::Sound || (header.open.start, header.open.duration) == (cut.start, cut.duration));
        }
    }
    assert_eq!(clip.gaps(), [false; 6]);
}

/// Sound and pictures have the times of one clock, also if the first of them comes after the clip began.
#[test]
fn times_are_those_of_the_monotonic_clock() {
    let mut doorbell = Doorbell::new();
    for number in 0..10 {
        doorbell.picture(number, PICTURES / 2 + number * PICTURES / 5);
        for frame in 2 * number..2 * number + 2 {
            doorbell.frame(frame, SOUND / 4 + frame * 1024);
        }
    }
    let clip = doorbell.finish(3000);
    assert_eq!(clip.times(Layer::Pictures), [(500, 1000), (1500, 1000)]);
    assert_eq!((clip.samples(Layer::Pictures)[0].decode, clip.samples(Layer::Sound)[0].decode), (45_000, 2000));
    assert_eq!(clip.times(Layer::Sound)[0], (250, 1250));
}

/// A sample lasts until the next one, whatever it says of itself; the last one as long as the one before it.
#[test]
fn durations_need_not_be_known() {
    for said in [0, 18_000, 30_000] {
        let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::StartCodes)), None);
        let distances = [18_000, 9000, 27_000, 18_000, 18_000, 17_000, 30_000, 1000, 60_000, 12_000];
        let mut time = 0;
        for (number, distance) in distances.into_iter().enumerate() {
            let bytes = picture(number % 5 == 0, [0, number as u8]);
            let sample = EncodedSample { duration: Ticks(said), ..encoded(Layer::Pictures, time, &bytes) };
            doorbell.push(sample).unwrap();
            time += distance;
        }
        let clip = doorbell.finish(3000);
        let found: Vec<_> = clip.samples(Layer::Pictures).iter().map(|sample| i64::from(sample.duration)).collect();
        assert_eq!(found[..9], distances[..9]);
        assert_eq!(found[9], if said == 0 { 60_000 } else { said });
        assert_eq!(clip.gaps(), [false; 2]);
    }
}

/// New parameter sets begin with an init of their own, and are flagged; the same ones change nothing.
#[test]
fn a_change_of_codec_is_flagged() {
    let mut doorbell = Doorbell::new();
    doorbell.second(0);
    let (same, other) = (sets(4), sets(5));
    let codecs = |doorbell: &mut Doorbell, sets: &[u8], now| {
        let pictures = Some(avc(sets, NalUnits::StartCodes));
        doorbell.live.codecs(&mut doorbell.camera, clocks(now), pictures, Some(AAC)).unwrap()
    };
    assert_eq!(codecs(&mut doorbell, &same, 1000), 0);
    doorbell.second(1);
    assert_eq!(codecs(&mut doorbell, &other, 2000), 1);
    doorbell.second(2);
    let pushed = doorbell.pushed.clone();
    let clip = doorbell.finish(3000);
    assert_eq!((clip.gaps(), clip.inits().len()), (vec![false, false, true], 3));
    assert_eq!([clip.bytes(Layer::Pictures), clip.bytes(Layer::Sound)], pushed);
    assert_eq!(clip.times(Layer::Pictures), [(0, 1000), (1000, 1000), (2000, 1000)]);
    assert!(clip.inits()[2].windows(7).any(|window| window == super::transport::sequence(5)));
    // Nothing is left of what is refused.
    let mut doorbell = Doorbell::new();
    let refused = doorbell.live.codecs(&mut doorbell.camera, clocks(0), Some(avc(&[0, 0, 1], NalUnits::Lengths)), None);
    assert!(matches!(refused, Err(LiveError::Codec(_))));
    doorbell.second(0);
    assert_eq!(doorbell.finish(1000).gaps(), [false]);
}

/// M8: times that jump back, or further than the clock, go on where they were.
#[test]
fn m8_times_that_jump_are_repaired_and_flagged() {
    for jump in [-3_000_000, 3600 * PICTURES, 1 << 40] {
        let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::StartCodes)), None);
        for number in 0..20 {
            let time = number * PICTURES / 5 + if number >= 7 { jump } else { 0 };
            let (begins, content) = (number % 5 == 0, [0, number as u8]);
            let bytes = picture(begins, content);
            let sample = encoded(Layer::Pictures, time, &bytes);
            doorbell.live.push(&mut doorbell.camera, clocks(200 * number as u64), sample).unwrap();
        }
        let clip = doorbell.finish(4000);
        assert_eq!(clip.times(Layer::Pictures), [(0, 1000), (1000, 1000), (2000, 1000), (3000, 1000)], "{jump}");
        assert_eq!(clip.gaps(), [false, true, false, false], "{jump}");
    }
}

/// A pause is one, and what is missing in a group flags it although the group before it was sealed already.
#[test]
fn what_is_missing_is_flagged() {
    let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::StartCodes)), None);
    let late = |number| if number >= 13 { 30 * PICTURES } else { 0 };
    (0..20).for_each(|number| _ = doorbell.picture(number, number * PICTURES / 5 + late(number)));
    let clip = doorbell.finish(40_000);
    assert_eq!(clip.times(Layer::Pictures), [(0, 1000), (1000, 1000), (2000, 31_000), (33_000, 1000)]);
    assert_eq!(clip.gaps(), [false, false, true, false]);
}

/// A group before a pause is sealed after it, however long that was; or before the clip is finished, or when it is asked for.
#[test]
fn pictures_may_pause() {
    for pause in [11, 600] {
        let mut doorbell = Doorbell::new();
        doorbell.second(0);
        for number in 5..15 {
            doorbell.picture(number, (pause - 1) * PICTURES + number * PICTURES / 5);
        }
        let late = 1000 * pause as u64 + 600_000;
        let clip = doorbell.finish(late);
        let starts: Vec<_> = clip.times(Layer::Pictures).iter().map(|(start, _)| *start).collect();
        assert_eq!(starts, [0, 1000 * pause as u64, 1000 * (pause as u64 + 1)]);
        assert_eq!((clip.gaps(), clip.file.left_out()), (vec![false, true, false], (0, 0)));
        assert_eq!(clip.bytes(Layer::Sound).len(), 8);
    }
}

/// Sound is waited for as long as pictures of two seconds more come.
#[test]
fn sound_that_does_not_come_is_not_waited_for() {
    let mut doorbell = Doorbell::new();
    doorbell.second(0);
    let sealed: Vec<_> = (5..25).map(|number| doorbell.picture(number, number * PICTURES / 5)).collect();
    let first = sealed.iter().position(|sealed| *sealed > 0).unwrap();
    assert_eq!((first, sealed.iter().sum::<u64>()), (10, 2));
    // Of the second second, which is sealed, and of the fourth.
    for frame in [8, 9, 25, 26] {
        doorbell.frame(frame, frame * 1024);
    }
    let clip = doorbell.finish(5000);
    assert_eq!(clip.bytes(Layer::Sound).len(), 10);
    assert_eq!(clip.file.left_out(), (0, 2));
    assert_eq!(clip.gaps(), [false, true, false, true, false]);
}

/// Pictures that are shown before the one that they follow: their group begins with the first that is shown.
#[test]
fn a_group_begins_when_its_first_picture_is_shown() {
    let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::StartCodes)), None);
    for number in 0..15 {
        // The first picture of a group is shown after the two that follow it.
        let offset = [600, 200, 200, 200, 200][number as usize % 5] * PICTURES / 1000;
        let offset = if number % 5 < 3 { offset - i64::from(number % 5 > 0) * PICTURES / 5 } else { offset };
        let bytes = picture(number % 5 == 0, [0, number as u8]);
        let sample = EncodedSample { offset: Ticks(offset), ..encoded(Layer::Pictures, number * PICTURES / 5, &bytes) };
        doorbell.push(sample).unwrap();
    }
    let clip = doorbell.finish(3000);
    let starts: Vec<_> = clip.times(Layer::Pictures).iter().map(|(start, _)| *start).collect();
    assert_eq!((starts, clip.gaps()), (vec![200, 1200, 2200], vec![false; 3]));
}

#[test]
fn sound_alone_is_sealed_every_two_seconds() {
    let sound = SoundCodec { coding: SoundCoding::G711(footage::media::Companding::Mu), ..AAC };
    let mut doorbell = Doorbell::with(None, Some(sound));
    let sealed: u64 = (0..48).map(|frame| doorbell.frame(frame, frame * 1024)).sum();
    let pushed = doorbell.pushed.clone();
    assert_eq!(sealed, 3);
    let clip = doorbell.finish(6200);
    assert_eq!(clip.bytes(Layer::Sound), pushed[1]);
    assert_eq!(clip.gaps(), [false; 4]);
    assert!(clip.inits()[0].windows(4).any(|window| window == b"ulaw"));
}

/// The codec of the sound changes within a group, and the power is about to fail.
#[test]
fn sound_may_change_before_a_flush() {
    let sets = sets(4);
    let pictures = avc(&sets, NalUnits::StartCodes);
    let mut doorbell = Doorbell::new();
    doorbell.second(0);
    let other = SoundCodec { coding: SoundCoding::G711(Companding::A), ..AAC };
    doorbell.live.codecs(&mut doorbell.camera, clocks(1000), Some(pictures), Some(other)).unwrap();
    doorbell.live.flush(&mut doorbell.camera, clocks(1000)).unwrap();
    doorbell.second(1);
    let pushed = doorbell.pushed.clone();
    let clip = doorbell.finish(2000);
    assert_eq!([clip.bytes(Layer::Pictures), clip.bytes(Layer::Sound)], pushed);
    let named = |init: &&[u8], name: &[u8]| init.windows(4).any(|window| window == name);
    let inits = clip.inits();
    assert!(inits.iter().any(|init| named(init, b"mp4a")) && inits.iter().any(|init| named(init, b"alaw")));
    assert_eq!((clip.gaps(), clip.file.left_out()), (vec![false, true], (0, 0)));
}

/// A picture that claims to last for ten seconds, just before the codec changes.
#[test]
fn a_wrong_duration_costs_a_flag() {
    let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::StartCodes)), None);
    for number in 0..20 {
        let bytes = picture(number % 5 == 0, [0, number as u8]);
        let plain = encoded(Layer::Pictures, number * PICTURES / 5, &bytes);
        let long = EncodedSample { duration: Ticks(9 * PICTURES), ..plain };
        doorbell.push(if number == 9 { long } else { plain }).unwrap();
        if number == 9 {
            let sets = sets(5);
            let other = Some(avc(&sets, NalUnits::StartCodes));
            doorbell.live.codecs(&mut doorbell.camera, clocks(1900), other, None).unwrap();
        }
    }
    let clip = doorbell.finish(4000);
    assert_eq!((clip.bytes(Layer::Pictures).len(), clip.file.left_out()), (20, (0, 0)));
}

/// A clock that begins anew after a pause dates nothing as earlier.
#[test]
fn a_clock_that_begins_anew_dates_nothing_as_earlier() {
    let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::StartCodes)), None);
    doorbell.second_of_pictures(0);
    // From here on the monotonic clock of the samples is that of the first second again, 400 s later.
    let mut refused = 0;
    for number in 0..20 {
        let bytes = picture(number % 5 == 0, [1, number as u8]);
        let sample = encoded(Layer::Pictures, number * PICTURES / 5, &bytes);
        let pushed = doorbell.live.push(&mut doorbell.camera, clocks(400_000 + number as u64 * 200), sample);
        refused += u64::from(matches!(pushed, Err(LiveError::Record(RecordError::Behind { .. }))));
    }
    let clip = doorbell.finish(404_000);
    assert!(refused > 0);
    let sealed = clip.bytes(Layer::Pictures).len() as u64;
    assert_eq!((sealed + clip.file.left_out().1, sealed), (25, 5));
}

/// What an encoder held back from before the clip began is not dated as its beginning.
#[test]
fn samples_from_before_the_clip_are_refused() {
    let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::StartCodes)), None);
    for number in -10..0 {
        let bytes = picture(number == -10, [0, 0]);
        let error = doorbell
            .push(EncodedSample { duration: Ticks(0), ..encoded(Layer::Pictures, number * PICTURES / 5, &bytes) });
        assert!(matches!(error, Err(LiveError::Sample(SampleError::Early))), "{error:?}");
    }
    doorbell.second_of_pictures(0);
    let clip = doorbell.finish(1000);
    assert_eq!((clip.times(Layer::Pictures), clip.file.left_out()), (vec![(0, 1000)], (0, 10)));
}

/// Frames of AAC have no ADTS header.
#[test]
fn a_frame_with_a_header_is_refused() {
    let mut doorbell = Doorbell::new();
    let error = doorbell.push(encoded(Layer::Sound, 0, &adts([1, 2]))).unwrap_err();
    assert!(matches!(error, LiveError::Sample(SampleError::Adts)), "{error}");
}

/// A sample that is refused is counted, and changes nothing else.
#[test]
fn a_refused_sample_is_counted() {
    let recorded = |refused: bool| {
        let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::StartCodes)), None);
        for number in 0..10 {
            if refused {
                let good = picture(true, [7, 7]);
                let sample = encoded(Layer::Pictures, number * PICTURES / 5, &good);
                let large = vec![1; 17 << 20];
                // It is longer with a length in the place of a start code.
                let filled = [&[0, 0, 1][..], &vec![1; (16 << 20) - 272 - 3]].concat();
                let refused = [
                    (EncodedSample { layer: Layer::Sound, ..sample }, SampleError::NoCodec(Layer::Sound)),
                    (EncodedSample { bytes: &[], ..sample }, SampleError::Empty),
                    (EncodedSample { bytes: &large, ..sample }, SampleError::TooLarge { size: 17 << 20 }),
                    (EncodedSample { bytes: &filled, ..sample }, SampleError::TooLarge { size: (16 << 20) - 271 }),
                    (EncodedSample { bytes: &good[3..], ..sample }, SampleError::NalUnits),
                    (EncodedSample { bytes: &[0, 0, 0, 1], ..sample }, SampleError::NalUnits),
                    (EncodedSample { duration: Ticks(-1), ..sample }, SampleError::Times),
                    (EncodedSample { duration: Ticks(1 << 32), ..sample }, SampleError::Times),
                    (EncodedSample { offset: Ticks(1 << 31), ..sample }, SampleError::Times),
                ];
                for (sample, because) in refused.iter().skip(usize::from(number > 0) * 4) {
                    let error = doorbell.push(*sample).unwrap_err();
                    assert!(matches!(&error, LiveError::Sample(error) if error == because), "{error}, {because}");
                }
            }
            doorbell.picture(number, number * PICTURES / 5);
        }
        doorbell.finish(2000)
    };
    let [refused, plain] = [true, false].map(recorded);
    assert_eq!(refused.bytes(Layer::Pictures), plain.bytes(Layer::Pictures));
    assert_eq!(
        [refused, plain].map(|clip| (clip.gaps(), clip.file.left_out())),
        [(vec![false; 2], (0, 9 + 9 * 5)), (vec![false; 2], (0, 0))]
    );
    // Another camera's.
    let mut doorbell = Doorbell::new();
    let bytes = picture(true, [0, 0]);
    let error = doorbell.live.push(&mut camera(), clocks(0), encoded(Layer::Pictures, 0, &bytes)).unwrap_err();
    assert!(matches!(error, LiveError::Record(RecordError::NotRecording(_))));
    assert_eq!(doorbell.second(0), 0);
    // A recording without times.
    let mut camera = camera();
    let recording = camera.start(Content::AnyFile, Cadence::EveryGroup, clocks(0), &mut Pinned(1)).unwrap();
    assert!(matches!(Live::new(recording, None, Some(AAC)), Err(LiveError::Content)));
}

/// NAL units after lengths stay as they are, and must fill the sample.
#[test]
fn nal_units_may_come_after_lengths() {
    let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::Lengths)), None);
    let bytes = sample(&nals(true, [3, 4]));
    for cut in 1..bytes.len() {
        let is_whole = doorbell.push(encoded(Layer::Pictures, 0, &bytes[..cut])).is_ok();
        // After the delimiter, after each set.
        assert_eq!(is_whole, [6, 17, 25].contains(&cut), "{cut}");
        if is_whole {
            return_to_begin(&mut doorbell);
        }
    }
    doorbell.push(encoded(Layer::Pictures, 0, &bytes)).unwrap();
    assert_eq!(doorbell.finish(200).bytes(Layer::Pictures), [bytes]);
}

fn return_to_begin(doorbell: &mut Doorbell) {
    *doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::Lengths)), None);
}

/// The end says how the source ended, and what waits is sealed, or asked for at any time.
#[test]
fn what_waits_is_sealed_at_the_end() {
    let mut doorbell = Doorbell::new();
    doorbell.second(0);
    assert_eq!(doorbell.live.flush(&mut doorbell.camera, clocks(1000)).unwrap(), 1);
    assert_eq!(doorbell.live.flush(&mut doorbell.camera, clocks(1000)).unwrap(), 0);
    doorbell.second(1);
    doorbell.live.leave_out(1, 7);
    let pushed = doorbell.pushed.clone();
    let clip = Clip::of(clips::bytes(doorbell.live.cut_off(&mut doorbell.camera, clocks(2000)).unwrap()));
    assert_eq!((clip.file.ending(), clip.file.left_out()), (Ending::CutOff, (1, 7)));
    assert_eq!([clip.bytes(Layer::Pictures), clip.bytes(Layer::Sound)], pushed);
    assert_eq!(clip.times(Layer::Pictures), [(0, 1000), (1000, 1000)]);
}

/// P7: after a power cut, every group that was said to be sealed is there.
#[test]
fn p7_a_power_cut_loses_what_was_not_sealed() {
    for pictures in [6, 7, 11, 12, 16, 17] {
        let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::StartCodes)), None);
        let sealed: u64 = (0..pictures).map(|number| doorbell.picture(number, number * PICTURES / 5)).sum();
        assert_eq!(sealed, (pictures as u64 - 2) / 5);
        let (clip, pushed) = (doorbell.live.clip(), doorbell.pushed.clone());
        let bytes = doorbell.camera.files().bytes(clip).unwrap();
        drop(doorbell.live);
        let recovered = clips::recover(&mut doorbell.camera, clip, &bytes);
        if sealed == 0 {
            assert!(recovered.is_err());
            continue;
        }
        let clip = Clip::of(recovered.unwrap().1);
        assert_eq!(clip.file.ending(), Ending::Recovered);
        assert_eq!(clip.bytes(Layer::Pictures)[..], pushed[0][..5 * sealed as usize]);
    }
}

/// A group that is refused is counted. Its codec parameters come with the next one.
#[test]
fn a_group_that_is_refused_is_counted() {
    let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::StartCodes)), None);
    let mut refused = 0;
    for number in 0..20 {
        let bytes = picture(number % 5 == 0, [0, number as u8]);
        // The first second comes after more than a minute.
        let time = number * PICTURES / 5 + if number < 5 { 0 } else { 62 * PICTURES };
        let sample = encoded(Layer::Pictures, time, &bytes);
        let now = clocks(62_000 + 200 * number as u64);
        if let Err(error) = doorbell.live.push(&mut doorbell.camera, now, sample) {
            assert!(matches!(error, LiveError::Record(RecordError::Behind { .. })), "{error}");
            refused += 1;
        }
    }
    let clip = doorbell.finish(66_000);
    assert_eq!((refused, clip.file.left_out()), (1, (0, 5)));
    assert_eq!(clip.times(Layer::Pictures), [(63_000, 1000), (64_000, 1000), (65_000, 1000)]);
    assert_eq!((clip.gaps(), clip.inits().len()), (vec![false; 3], 1));
}

/// Where the clip has to end, what waits is counted, and the clip can be finished.
#[test]
fn a_clip_that_is_over_is_finished() {
    let mut doorbell = Doorbell::with(Some(avc(&sets(4), NalUnits::StartCodes)), None);
    doorbell.second_of_pictures(0);
    doorbell.second_of_pictures(1);
    let set = footage::camera::Clocks { wall: Some(clocks(0).wall.unwrap().after(Millis::HOUR)), ..clocks(2200) };
    let mut over = 0;
    for number in 10..14 {
        let bytes = picture(number % 5 == 0, [0, number as u8]);
        let sample = encoded(Layer::Pictures, number * PICTURES / 5, &bytes);
        let pushed = doorbell.live.push(&mut doorbell.camera, set, sample);
        over += u64::from(matches!(pushed, Err(LiveError::Record(RecordError::Seal(SealError::ClockSet)))));
    }
    assert_eq!(over, 1);
    let sealed = doorbell.live.finish(&mut doorbell.camera, set).unwrap();
    let clip = Clip::of(clips::bytes(sealed));
    assert_eq!((clip.bytes(Layer::Pictures).len(), clip.file.left_out()), (5, (0, 9)));
}

impl Doorbell {
    fn second_of_pictures(&mut self, second: i64) {
        (5 * second..5 * second + 5).for_each(|number| _ = self.picture(number, number * PICTURES / 5));
    }
}

/// A time of any size, mostly near others.
fn any_time() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -200_000_i64..2_000_000, 1 => any::<i64>(), 1 => -(1_i64 << 34)..1 << 34]
}

proptest! {
    /// Whatever an encoder says, every sample is sealed or counted, and the clip opens.
    #[test]
    fn every_sample_is_sealed_or_counted(
        samples in prop::collection::vec((any::<bool>(), any::<bool>(), any_time(), any_time(), any_time(), 0_u64..4000), 1..40),
    ) {
        let mut doorbell = Doorbell::new();
        let (mut pushed, mut now) = (0, 0);
        for (number, (is_picture, begins, decode, offset, duration, passed)) in samples.into_iter().enumerate() {
            now += passed;
            let layer = if is_picture { Layer::Pictures } else { Layer::Sound };
            let bytes = picture(begins, [0, number as u8]);
            let times = (Ticks(decode), Ticks(offset / 4), Ticks(duration / 8));
            let sample = EncodedSample { layer, decode: times.0, offset: times.1, duration: times.2, sync: true, bytes: &bytes };
            match doorbell.live.push(&mut doorbell.camera, clocks(now), sample) {
                Err(LiveError::Sample(error)) => prop_assert!(matches!(error, SampleError::Times | SampleError::Early)),
                // Times that are repaired may still be those of a group that ended long ago.
                Ok(_) | Err(LiveError::Record(_)) => {}
                Err(error) => panic!("{error}"),
            }
            pushed += 1;
        }
        let clip = doorbell.finish(now);
        let sealed = Layer::ALL.map(|layer| clip.samples(layer).len() as u64);
        prop_assert_eq!(sealed[0] + sealed[1] + clip.file.left_out().1, pushed);
    }
}
