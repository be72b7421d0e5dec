use std::hint::black_box;
use std::time::Duration;

use footage::crypto::{Secret, SigningKey};
use footage::record::{Cell, ClipId, HouseholdCamera, Millis, Window};
use footage::resident::{OwnClip, matching};

use crate::common::World;
use crate::pair::{Aim, Pair, timed};

const COUNT: u32 = 1_000_000;

/// A request against a million cameras.
pub(crate) fn cameras() -> Pair {
    pair(false)
}

/// The same, and each of them has a clip.
pub(crate) fn clips() -> Pair {
    pair(true)
}

fn pair(with_clips: bool) -> Pair {
    let mut world = World::new();
    let request = world.request();
    let asked = request.statement().clone();
    // Ten kilometres a side, around the request's cells.
    let cameras: Vec<_> = (0..COUNT)
        .map(|number| {
            let (x, y) = (f64::from(number % 1000) / 1e3 - 0.5, f64::from(number / 1000) / 1e3 - 0.5);
            let cell = Cell::at(41.1 + y * 0.09, -80.65 + x * 0.12).ok();
            let seed = Secret::take(&mut [id(number), [0; 16]].concat().try_into().unwrap());
            HouseholdCamera { key: SigningKey::from_secret(&seed).verifying_key(), cell }
        })
        .collect();
    let span = Window::new(asked.window.from(), asked.window.from().after(Millis::MINUTE)).unwrap();
    let clips: Vec<_> = cameras
        .iter()
        .filter(|_| with_clips)
        .zip(0..)
        .map(|(own, number)| OwnClip { clip: ClipId::from_bytes(id(number)), camera: own.key, span })
        .collect();
    let (asked, cells) = (asked.cells, cameras.iter().filter_map(|own| own.cell).collect::<Vec<_>>());
    Pair {
        aim: Aim::Under(Duration::from_millis(50)),
        bytes: 0,
        ours: Box::new(move || timed(|| matching(&request, &cameras, &clips))),
        // Whether the cell of each lies in one of them, and nothing else.
        bare: Box::new(move || timed(|| black_box(cells.iter().filter(|cell| asked.contains(**cell)).count()))),
    }
}

fn id(number: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    // In no order.
    bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_be_bytes());
    bytes
}
