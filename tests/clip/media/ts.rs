//! Cutting MPEG-TS.

use proptest::prelude::*;

use footage::media::{Cut, CutError, Cutter};
use footage::record::{Layer, SegmentKind};

use super::boxes::{Found, found};
use super::cut;
use super::mp4::{cuts_of, gaps, media, times, track};
use footage_support::transport::{
    HEVC_SETS, PARAMETERS, PICTURES, SECOND, SOUND, Transport, ac3, adts, mp3, nals, picture, sample, sequence, stream,
};

/// The samples of a layer.
fn all(cuts: &[Cut], layer: Layer) -> Vec<Found<'_>> {
    media(cuts, layer).flat_map(|cut| found(&cut.bytes, track(layer))).collect()
}

/// The bytes of each sample of a layer.
fn bytes(cuts: &[Cut], layer: Layer) -> Vec<Vec<u8>> {
    all(cuts, layer).into_iter().map(|sample| sample.bytes.to_vec()).collect()
}

/// A recording of pictures and sound.
fn seconds(count: u64) -> Transport {
    let mut transport = Transport::both();
    (0..count).for_each(|second| transport.second(second, 126_000 + second * SECOND));
    transport
}

/// The sample of a picture of [`Transport::second`].
fn shown(second: u8, place: u8) -> Vec<u8> {
    sample(&nals(place == 0, [second, place]))
}

/// The number of inits.
fn inits(cuts: &[Cut]) -> usize {
    cuts.iter().filter(|cut| cut.kind == SegmentKind::Init).count()
}

/// M6: pictures and sound of a transport stream become samples, at their times.
#[test]
fn m6_a_transport_stream_is_cut_into_groups() {
    let recording = seconds(3).bytes();
    let cuts = cuts_of(&recording);
    let expected: Vec<_> = (0..3).map(|second| (1024 * second, 1024)).collect();
    assert_eq!(times(&cuts, Layer::Pictures), expected);
    assert_eq!(times(&cuts, Layer::Sound), expected);
    assert_eq!((gaps(&cuts), inits(&cuts)), (vec![false; 3], 2));
    let pictures: Vec<_> = (0..3).flat_map(|second| (0..5).map(move |place| shown(second, place))).collect();
    assert_eq!(bytes(&cuts, Layer::Pictures), pictures);
    let sound: Vec<_> = (0..3).flat_map(|second| (0..8).map(move |place| vec![second, place])).collect();
    assert_eq!(bytes(&cuts, Layer::Sound), sound);
    assert!(all(&cuts, Layer::Sound).iter().all(|frame| frame.duration == 1024));
    let init = |layer| &cuts.iter().find(|cut| cut.layer == layer).unwrap().bytes;
    let has = |layer, name: &[u8]| init(layer).windows(name.len()).any(|window| window == name);
    assert!(has(Layer::Pictures, b"avc3") && has(Layer::Pictures, &sequence(4)) && has(Layer::Pictures, &PARAMETERS));
    // Lengths of four bytes, one set of each kind; AAC-LC, 8000 samples a second, mono.
    assert!(has(Layer::Pictures, &[1, 66, 0, 10, 0xff, 0xe1]) && has(Layer::Sound, &[5, 2, 0x15, 0x88]));
}

/// Packets with a time stamp before them or parity after them, and a recording that begins within a packet.
#[test]
fn packets_may_have_bytes_around_them() {
    let transport = seconds(2);
    let plain = cuts_of(&transport.bytes());
    let stamped: Vec<u8> =
        transport.packets.iter().flat_map(|packet| [&[1, 2, 0x47, 4], &packet[..]].concat()).collect();
    let parity: Vec<u8> = transport.packets.iter().flat_map(|packet| [&packet[..], &[0x47; 16]].concat()).collect();
    let late = [&[0x47; 100], &transport.bytes()[..]].concat();
    for recording in [stamped, parity, late] {
        assert!(cuts_of(&recording) == plain);
    }
}

/// Frames do not jitter, although the times of PES packets are rounded to ticks.
#[test]
fn frames_of_a_packet_have_times_of_their_own() {
    let mut transport = Transport::new(&[(0x0f, SOUND)]);
    // 44 100 samples a second.
    let frame = |content| {
        let mut frame = adts(content);
        frame[2] = 0x40 | 4 << 2;
        frame
    };
    for packet in 0..100_u64 {
        let time = packet * 3 * 1024 * 90_000 / 44_100 + 500;
        let frames: Vec<u8> = (0..3).flat_map(|place| frame([packet as u8, place])).collect();
        transport.pes(SOUND, Some((time, time)), &frames);
    }
    let cuts = cuts_of(&transport.bytes());
    let found = all(&cuts, Layer::Sound);
    assert_eq!(found.len(), 300);
    assert!(found.iter().zip(&found[1..]).all(|(one, next)| next.decode - one.decode == 1024 && one.duration == 1024));
}

/// A PES packet may have several pictures, and a picture several PES packets.
#[test]
fn pictures_and_packets_need_not_agree() {
    let whole = seconds(2);
    let mut other = Transport::both();
    for second in 0..2 {
        let at = 126_000 + second * SECOND;
        let pictures: Vec<_> = (0..5).map(|place| picture(place == 0, [second as u8, place])).collect();
        let step = SECOND / 5;
        if second == 0 {
            // How far apart pictures are is not known yet.
            other.pictures(0, at);
            other.sound(0, at);
            continue;
        }
        other.pes(PICTURES, Some((at, at)), &pictures[..2].concat());
        let (one, two) = pictures[2].split_at(9);
        other.pes(PICTURES, Some((at + 2 * step, at + 2 * step)), one);
        other.pes(PICTURES, None, two);
        for place in 3..5 {
            let time = at + place * step;
            other.pes(PICTURES, Some((time, time)), &pictures[place as usize]);
        }
        other.sound(second, at);
    }
    let [whole, other] = [whole, other].map(|transport| cuts_of(&transport.bytes()));
    assert_eq!(bytes(&other, Layer::Pictures), bytes(&whole, Layer::Pictures));
    let decoded = |cuts: &[Cut]| all(cuts, Layer::Pictures).iter().map(|found| found.decode).collect::<Vec<_>>();
    assert_eq!(decoded(&other), decoded(&whole));
}

/// Where packets are lost or damaged, the picture is dropped and its group is flagged. Other pictures stay.
#[test]
fn lost_packets_cost_a_picture() {
    let mut transport = Transport::both();
    for second in 0..4 {
        let at = 126_000 + second * SECOND;
        for place in 0..5 {
            let time = at + place * SECOND / 5;
            let mut units = nals(place == 0, [second as u8, place as u8]);
            units.last_mut().unwrap().extend([7; 400]);
            transport.pes(PICTURES, Some((time, time)), &stream(&units));
        }
        transport.sound(second, at);
    }
    let whole = bytes(&cuts_of(&transport.bytes()), Layer::Pictures);
    let of_pictures = |packet: &[u8; 188]| u16::from_be_bytes([packet[1] & 0x1f, packet[2]]) == PICTURES;
    let places: Vec<_> = (0..transport.packets.len()).filter(|at| of_pictures(&transport.packets[*at])).collect();
    // The middle of the third picture of the second group, which has three packets.
    let place = places[7 * 3 + 1];
    let removed = |range: std::ops::Range<usize>| {
        let mut bytes = transport.bytes();
        bytes.drain(range);
        bytes
    };
    let at = place * 188;
    let mut wrong = transport.clone();
    wrong.packets[place][1] |= 0x80;
    for recording in [removed(at..at + 188), removed(at + 60..at + 70), wrong.bytes()] {
        let cuts = cuts_of(&recording);
        let kept: Vec<_> = (0..20).filter(|picture| *picture != 7).map(|picture| whole[picture].clone()).collect();
        assert!(bytes(&cuts, Layer::Pictures) == kept);
        assert_eq!(gaps(&cuts), [false, true, false, false]);
        assert_eq!(times(&cuts, Layer::Pictures)[2], (2048, 1024));
    }
    // Two bytes are missing at the end of a packet of sound, which takes two of the next one.
    let end = places[5 * 3] * 188;
    let heard = |recording: &[u8]| bytes(&cuts_of(recording), Layer::Sound);
    let (all, kept) = (heard(&transport.bytes()), heard(&removed(end - 2..end)));
    assert!(kept.len() >= all.len() - 4 && kept.iter().all(|frame| all.contains(frame)));
    // A packet that was sent twice costs nothing.
    let mut twice = transport.clone();
    twice.packets.insert(place, twice.packets[place]);
    assert!(cuts_of(&twice.bytes()) == cuts_of(&transport.bytes()));
}

/// M8: the clock has 33 bits, and wraps after 26.5 hours.
#[test]
fn m8_a_clock_of_33_bits_may_wrap() {
    let mut transport = Transport::both();
    for second in 0..6 {
        transport.second(second, ((1 << 33) - 3 * SECOND - 1000 + second * SECOND) % (1 << 33));
    }
    let cuts = cuts_of(&transport.bytes());
    let expected: Vec<_> = (0..6).map(|second| (1024 * second, 1024)).collect();
    assert_eq!((times(&cuts, Layer::Pictures), times(&cuts, Layer::Sound)), (expected.clone(), expected));
    assert_eq!(gaps(&cuts), [false; 6]);
}

/// M8: recordings that are joined, or a discontinuity that is announced: times continue where they were, in sync, flagged.
#[test]
fn m8_joined_recordings_continue_where_they_were() {
    let part = |first: u64, at: u64| {
        let mut transport = Transport::both();
        (first..first + 3).for_each(|second| transport.second(second, at + (second - first) * SECOND));
        transport
    };
    let expected: Vec<_> = (0..6).map(|second| (1024 * second, 1024)).collect();
    for at in [0, 500_000_000, 8_000_000_000] {
        let joined = [part(0, 126_000).bytes(), part(3, at).bytes()].concat();
        let mut announced = part(0, 126_000);
        announced.discontinuous = true;
        (3..6).for_each(|second| announced.second(second, at + (second - 3) * SECOND));
        for recording in [joined, announced.bytes()] {
            let cuts = cuts_of(&recording);
            assert_eq!(
                (times(&cuts, Layer::Pictures), times(&cuts, Layer::Sound)),
                (expected.clone(), expected.clone())
            );
            assert_eq!(bytes(&cuts, Layer::Pictures).len(), 30);
            assert!(gaps(&cuts)[3], "{at}");
        }
    }
}

/// Parameter sets that change begin other codec parameters, flagged. Those that are repeated do not.
#[test]
fn parameter_sets_may_change() {
    let mut transport = Transport::both();
    transport.second(0, 0);
    transport.sound(1, SECOND);
    let units = [vec![9, 0xf0], sequence(5), PARAMETERS.to_vec(), vec![0x65, 0x80, 1]];
    transport.pes(PICTURES, Some((SECOND, SECOND)), &stream(&units));
    let cuts = cuts_of(&transport.bytes());
    assert_eq!((inits(&cuts), gaps(&cuts)), (4, vec![false, true]));
    assert_eq!(bytes(&cuts, Layer::Pictures)[5], sample(&units));
    let pictures: Vec<_> =
        cuts.iter().filter(|cut| cut.kind == SegmentKind::Init && cut.layer == Layer::Pictures).collect();
    assert!(pictures[1].bytes.windows(sequence(5).len()).any(|window| window == sequence(5)));
}

/// HEVC, as an encoder writes it, and its configuration (ISO/IEC 14496-15 section 8.3.3.1).
#[test]
fn hevc_has_its_configuration() {
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let mut transport = Transport::new(&[(0x24, PICTURES)]);
    (0..2).for_each(|second| transport.hevc(second * SECOND));
    let cuts = cuts_of(&transport.bytes());
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 1024), (1024, 1024)]);
    let init = &cuts[0].bytes;
    let has = |bytes: &[u8]| init.windows(bytes.len()).any(|window| window == bytes);
    // Main profile, level 1; 64 by 48; 8 bits.
    let configuration = hex("010160000000900000000000 1ef000fcfdf8f8000 00f03".replace(' ', "").as_str());
    assert!(has(b"hev1") && has(&configuration) && has(&[0, 64, 0, 48, 0, 0x48]), "{init:x?}");
    assert!(HEVC_SETS.iter().all(|set| has(set)));
}

/// Other sound than AAC.
#[test]
fn mp3_and_ac3_are_read() {
    for (kind, frame, name, duration, shown) in
        [(3, mp3(), b"mp4a", 1152, "MP3, 44100 Hz"), (0x81, ac3(), b"ac-3", 1536, "AC-3, 48000 Hz")]
    {
        let mut transport = Transport::new(&[(kind, SOUND)]);
        (0..4).for_each(|_| transport.pes(SOUND, None, &frame.repeat(4)));
        let recording = transport.bytes();
        let mut cutter = Cutter::new(&recording[..]);
        let init = cutter.next().unwrap().unwrap();
        assert_eq!(cutter.tracks().iter().map(ToString::to_string).collect::<Vec<_>>(), [shown]);
        let cuts: Vec<_> = cutter.map(Result::unwrap).collect();
        assert!(init.bytes.windows(4).any(|window| window == name));
        assert_eq!(bytes(&cuts, Layer::Sound), vec![frame; 16]);
        assert!(all(&cuts, Layer::Sound).iter().all(|found| found.duration == duration));
    }
}

#[test]
fn other_streams_are_left_out_and_counted() {
    let streams = [(0x06, 0x200), (0x1b, PICTURES), (0x15, 0x201), (0x11, 0x203), (0x0f, SOUND), (0x1b, 0x202)];
    let mut transport = Transport::new(&streams);
    transport.pes(0x201, None, b"48.8584N");
    transport.second(0, 0);
    transport.pes(0x202, None, &picture(true, [9, 9]));
    transport.pes(0x300, None, b"in no table");
    let recording = transport.bytes();
    let mut cutter = Cutter::new(&recording[..]);
    let cuts: Vec<_> = cutter.by_ref().map(Result::unwrap).collect();
    assert_eq!(cutter.left_out(), (4, 2));
    assert_eq!(bytes(&cuts, Layer::Pictures).len(), 5);
    // A program without any stream that is read.
    let mut transport = Transport::new(&[(2, PICTURES)]);
    transport.second(0, 0);
    assert!(matches!(cut(&transport.bytes()), (cuts, Some(CutError::Unread { .. })) if cuts.is_empty()));
}

/// M7: wherever a recording ends, complete samples are cut, and the end is reported.
#[test]
fn m7_a_recording_may_end_in_any_byte() {
    let recording = seconds(2).bytes();
    let [pictures, sound] = Layer::ALL.map(|layer| bytes(&cuts_of(&recording), layer));
    for end in (600..recording.len()).step_by(47).chain((4..recording.len() / 188).map(|packet| packet * 188)) {
        let (cuts, error) = cut(&recording[..end]);
        assert!(pictures.starts_with(&bytes(&cuts, Layer::Pictures)) && sound.starts_with(&bytes(&cuts, Layer::Sound)));
        match error {
            None | Some(CutError::Unread { .. }) => assert_eq!(end % 188, 0, "{end}"),
            Some(CutError::Truncated { at, end: told }) => assert!(at < told && told == end as u64),
            Some(error) => panic!("{end}: {error}"),
        }
    }
    // Zeros after it, as in a file that was preallocated.
    let (cuts, error) = cut(&[&recording[..], &[0; 5000]].concat());
    let (at, end) = (recording.len() as u64 - 188, recording.len() as u64 + 5000);
    assert_eq!(error, Some(CutError::Truncated { at, end }));
    assert_eq!(bytes(&cuts, Layer::Pictures).len(), 9);
}

/// A picture that is larger than a segment is dropped, and the gap is flagged. Its neighbours stay.
#[test]
fn a_picture_that_is_too_large_is_dropped() {
    let mut transport = Transport::new(&[(0x1b, PICTURES)]);
    transport.pictures(0, 0);
    let large = [vec![9, 0xf0], [vec![0x41, 0x80], vec![7; 17 << 20]].concat()];
    transport.pes(PICTURES, Some((SECOND, SECOND)), &stream(&large));
    transport.pictures(2, 2 * SECOND);
    let cuts = cuts_of(&transport.bytes());
    assert_eq!((bytes(&cuts, Layer::Pictures).len(), gaps(&cuts)), (10, vec![false, true]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Altered and lost bytes give cuts or an error, and no more bytes than there were.
    #[test]
    fn altered_bytes_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
        lost in prop::option::of((any::<prop::sample::Index>(), 1..400_usize)),
        doubled in any::<bool>(),
    ) {
        let mut recording = seconds(3).bytes();
        if doubled {
            recording.extend(seconds(1).bytes());
        }
        for (at, value) in changes {
            let at = at.index(recording.len());
            recording[at] = value;
        }
        if let Some((at, count)) = lost {
            let at = at.index(recording.len());
            recording.drain(at..(at + count).min(recording.len()));
        }
        let (cuts, _) = cut(&recording);
        let groups: Vec<_> = cuts.iter().filter(|cut| cut.group).collect();
        prop_assert!(groups.iter().zip(groups.iter().skip(1)).all(|(one, next)| one.start <= next.start));
        // If the beginning is damaged, it may not be known as a recording.
        let is_read = cuts.iter().any(|cut| cut.kind == SegmentKind::Init);
        prop_assert!(!is_read || bytes(&cuts, Layer::Pictures).concat().len() <= recording.len());
    }
}
