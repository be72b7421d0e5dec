//! Clips with sound.

use footage::camera::{Cadence, Camera, Device, MemoryFiles};
use footage::clip::{Group, Piece, Sound};
use footage::crypto::{Secret, Suite};
use footage::record::{Millis, Timestamp};
use footage::store::MemoryStore;

use footage_support::common::{World, begin, clocks_at, twin};

/// One group: codec parameters of the pictures where they are given, pictures, and sound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Take<'a> {
    pub init: Option<&'a [u8]>,
    pub pictures: &'a [u8],
    pub sound: Option<&'a [u8]>,
}

/// A clip of groups of two seconds each.
pub(super) fn film(world: &mut World, started: Timestamp, takes: &[Take<'_>]) -> Vec<u8> {
    let device = Device {
        certificate: world.camera.certificate().clone().into_signed(),
        key: twin(&world.keys.camera),
        secret: Secret::random(&mut world.random).unwrap(),
        suite: Suite::Aes256Gcm,
    };
    let camera = &mut Camera::begin(device, world.household(), MemoryStore::new(), MemoryFiles::new()).unwrap();
    let mut recording = begin(camera, started, Cadence::AtEnd, &mut world.random).unwrap();
    for (number, take) in (0..).zip(takes) {
        let [start, end] = [number, number + 1].map(|number| Millis::SECOND.times(2 * number));
        let (mut init, mut sound_init) = (take.init.map(<[u8]>::to_vec), b"sound parameters".to_vec());
        let (mut pictures, mut sound) = (take.pictures.to_vec(), take.sound.map(<[u8]>::to_vec));
        let group = Group {
            picture_init: init.as_deref_mut(),
            sound_init: sound.is_some().then_some(&mut sound_init[..]),
            pictures: vec![Piece { start, end, content: &mut pictures }],
            sound: sound.as_mut().map(|sound| Sound { piece: Piece { start, end, content: sound }, samples: 94 }),
            next: Some(end),
        };
        recording.group(camera, clocks_at(end), group).unwrap();
    }
    recording.finish(camera).unwrap().into_inner().to_bytes()
}

/// Half a minute at the door, with a voice.
pub(super) fn half_a_minute(world: &mut World, started: Timestamp) -> Vec<u8> {
    let take = Take { init: Some(b"codec parameters"), pictures: b"somebody at the door", sound: Some(b"a voice") };
    film(world, started, &[take; 15])
}
