use std::io::{Cursor, Read};

use footage::crypto::OsRandom;
use footage::media::{Bytes, Cutter};
use footage_support::recordings::{RATES, Recorded};
use footage_support::transport::{PICTURES, SECOND, Transport, nals, stream};

use crate::clips::{Landings, camera, owner};
use crate::common::told;
use crate::pair::{Aim, Pair, Run, timed};

/// A recording with an index, which takes a source that can seek.
pub(crate) fn with_index() -> Pair {
    beside_bytes(whole(recorded(1 << 30).with_index()), 0.8)
}

pub(crate) fn in_fragments() -> Pair {
    beside_bytes(whole(recorded(256 << 20).in_fragments()), 0.8)
}

pub(crate) fn transport_stream() -> Pair {
    let [picture, _] = Recorded::USUAL;
    let mut transport = Transport::both();
    for second in 0..recorded(256 << 20).seconds.into() {
        for place in 0..RATES[0].into() {
            let mut units = nals(place == 0, [0x55; 2]);
            units.last_mut().unwrap().resize(picture as usize, 0x55);
            let time = second * SECOND + place * SECOND / u64::from(RATES[0]);
            transport.pes(PICTURES, Some((time, time)), &stream(&units));
        }
        transport.sound(second, second * SECOND);
    }
    // Its pictures are gathered from packets of 188 bytes.
    beside_bytes(transport.bytes(), 0.4)
}

/// About so many bytes of a camera of the usual rate.
fn recorded(bytes: u32) -> Recorded {
    let sizes = Recorded::USUAL;
    Recorded { seconds: bytes / (RATES[0] * sizes[0] + RATES[1] * sizes[1]), sizes }
}

fn whole(mut source: impl Read) -> Vec<u8> {
    let mut content = Vec::new();
    source.read_to_end(&mut content).unwrap();
    content
}

/// A recording that is cut into groups, beside the same bytes by size.
fn beside_bytes(content: Vec<u8>, aim: f64) -> Pair {
    let content = &*content.leak();
    Pair {
        aim: Aim::Ratio(aim),
        bytes: content.len() as u64,
        ours: sealing(move || Cutter::open(Cursor::new(content))),
        bare: sealing(move || Cutter::by_size(Cursor::new(content), Bytes(1 << 20)).unwrap()),
    }
}

fn sealing<R: Read>(cutter: impl Fn() -> Cutter<R> + 'static) -> Run {
    let mut camera = camera(&owner(), Landings::default());
    Box::new(move || {
        let mut sealed = None;
        let time = timed(|| sealed = Some(camera.seal(cutter(), told(), |_| {}, &mut OsRandom).unwrap()));
        camera.files().0 = sealed.map(footage::clip::SealedClip::into_inner);
        time
    })
}
