//! Grants of what a camera recorded sample by sample.

use footage::camera::{Cadence, Camera, Device, MemoryFiles};
use footage::crypto::{Secret, Suite};
use footage::media::Form;
use footage::record::{Content, Layer, Layers, Millis, Timestamp, Window};
use footage::store::MemoryStore;

use super::clips::open;
use footage_support::common::{World, twin};
use footage_support::live::{RATE, begin, clocks, sample, second};

const SECONDS: u64 = 6;

fn recorded(world: &mut World, started: Timestamp) -> Vec<u8> {
    let device = Device {
        certificate: world.camera.certificate().clone().into_signed(),
        key: twin(&world.keys.camera),
        secret: Secret::random(&mut world.random).unwrap(),
        suite: Suite::Aes256Gcm,
    };
    let mut camera = Camera::begin(device, world.household(), MemoryStore::new(), MemoryFiles::new()).unwrap();
    let (content, cadence) = (Content::Video, Cadence::EveryGroup);
    let recording = camera.start(content, cadence, clocks(started, 0), &mut world.random).unwrap();
    let mut live = begin(recording);
    for number in 0..SECONDS {
        second(&mut live, &mut camera, started, number, 20).unwrap();
    }
    live.finish(&mut camera, clocks(started, 1000 * SECONDS)).unwrap().into_inner().to_bytes()
}

/// A grant of any second opens the samples of that second, and no others.
#[test]
fn any_second_of_a_live_recording_can_be_granted() {
    let mut world = World::new();
    let request = world.request();
    let started = request.statement().window.from().after(Millis::MINUTE);
    let clip = recorded(&mut world, started);
    for granted in 0..SECONDS {
        let from = started.after(Millis(1000 * granted));
        let range = world.owned(&clip).select(Window::new(from, from.after(Millis::SECOND)).unwrap()).unwrap().range();
        let grant = world.grant_all(&request, &[(&clip, &[(range.from(), range.to(), Layers::Both)])], 7);
        let mut file = Vec::new();
        let mut opened = open(&mut world, &grant);
        opened.excerpt.write_playable(0, Form::Fragmented, &mut file).unwrap();
        for layer in Layer::ALL {
            let found = |number: &u64| {
                let sample = sample(layer, *number, 0);
                file.windows(sample.len()).any(|bytes| bytes == sample)
            };
            let found: Vec<_> = (0..RATE * SECONDS).filter(found).collect();
            assert_eq!(found, (RATE * granted..RATE * (granted + 1)).collect::<Vec<_>>(), "{layer:?}");
        }
    }
}
