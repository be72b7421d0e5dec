//! Recordings of encoded samples, of hours.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use footage::camera::{Cadence, SealedClip};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, Suite};
use footage::media::{EncodedSample, Ticks};
use footage::record::{Content, Layer, Millis, SegmentKind, Window};

use footage_support::clips::{OneSink, Sink, camera_into, owner};
use footage_support::common::{NOON, Pinned, at};
use footage_support::counting::{MIB, peak};
use footage_support::live::{RATE, begin, clocks, sample, second};

/// Records so many seconds with pictures of this size, into a sink.
fn record<W: io::Write>(seconds: u64, size: usize, sink: W) -> SealedClip<Sink<W>> {
    let (started, owners) = (at(NOON), [owner(1, KemAlgorithm::X25519).public_key()]);
    let mut camera: footage_support::clips::TestCamera<OneSink<W>> = camera_into(1, Suite::Aes256Gcm, &owners, sink);
    let recording = camera.start(Content::Video, Cadence::EveryGroup, clocks(started, 0), &mut Pinned(1)).unwrap();
    let mut live = begin(recording);
    let sealed: u64 = (0..seconds).map(|number| second(&mut live, &mut camera, started, number, size).unwrap()).sum();
    assert_eq!(sealed, seconds - 1);
    live.finish(&mut camera, clocks(started, 1000 * seconds)).unwrap()
}

/// M9: memory does not grow with the recording.
#[test]
fn m9_a_live_recording_takes_the_memory_of_its_groups() {
    let needed = [50, 2000].map(|seconds| peak(|| drop(record(seconds, 1000, io::sink()))).1);
    assert!(needed[1] < needed[0] + (8 << 10), "{needed:?} bytes");
    assert!(needed[1] < 128 << 10, "{needed:?} bytes");
    // The group that is gathered, its fragment, and the beginning of the next one.
    let group = 5 * MIB;
    let ((), needed) = peak(|| drop(record(8, MIB, io::sink())));
    assert!(needed < 5 * group / 2 + 2 * MIB, "{needed} bytes");
}

/// M9: pictures at which decoding can never begin, and sound without pictures. A group of more than 32 MiB goes on in another.
#[test]
fn m9_a_group_that_does_not_end_is_cut() {
    let owners = [owner(1, KemAlgorithm::X25519).public_key()];
    for layer in Layer::ALL {
        let mut camera = camera_into(1, Suite::Aes256Gcm, &owners, io::sink());
        let clocks = |now| clocks(at(NOON), now);
        let recording = camera.start(Content::Video, Cadence::AtEnd, clocks(0), &mut Pinned(1)).unwrap();
        let (sealed, needed) = peak(|| {
            let (mut live, bytes) = (begin(recording), vec![7; MIB]);
            let sealed = (0..200_i64).map(|number| {
                let (decode, duration) = (Ticks(number), Ticks(1));
                let sample = EncodedSample { layer, decode, offset: Ticks(0), duration, sync: false, bytes: &bytes };
                live.push(&mut camera, clocks(200), sample).unwrap()
            });
            let sealed = sealed.sum::<u64>();
            let _ = live.finish(&mut camera, clocks(200));
            sealed
        });
        // Sound is left out.
        assert_eq!(sealed, if layer == Layer::Pictures { 5 } else { 0 }, "{layer:?}");
        assert!(needed < 82 * MIB, "{layer:?}: {needed} bytes");
    }
}

/// M9: a day of a camera's usual rate: 86 400 groups. Any second of it is selected and read.
#[test]
#[ignore = "takes a minute"]
fn m9_a_day_is_recorded_and_any_second_of_it_is_read() {
    const DAY: u64 = 86_400;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("day.footage");
    let ((), needed) = peak(|| drop(record(DAY, 1000, io::BufWriter::new(File::create(&path).unwrap()))));
    println!("{needed} bytes for recording");
    assert!(needed < MIB, "{needed} bytes");
    let key = owner(1, KemAlgorithm::X25519);
    let mut clip = FinishedClip::open(BufReader::new(File::open(&path).unwrap())).unwrap();
    let secret = clip.unlock(&key).unwrap();
    let mut read = 0;
    for begin in (0..DAY).step_by(997).chain([DAY - 1]) {
        let from = at(NOON).after(Millis(1000 * begin));
        let range = clip.select(Window::new(from, from.after(Millis::SECOND)).unwrap()).unwrap().range();
        for index in range.from()..range.to() {
            let (header, content) = clip.segment(&secret, index).unwrap();
            if header.open.kind == SegmentKind::Init {
                continue;
            }
            let numbers = RATE * begin..RATE * (begin + 1);
            let size = if header.open.layer == Layer::Pictures { 1000 } else { 125 };
            let samples: Vec<_> = numbers.flat_map(|number| sample(header.open.layer, number, size)).collect();
            assert!(content.ends_with(&samples), "{begin}");
            read += 1;
        }
    }
    assert_eq!(read, 2 * (DAY.div_ceil(997) + 1));
    std::fs::remove_file(path).unwrap();
}
