use std::io::Write as _;
use std::time::Duration;

use footage::camera::Cadence;
use footage::record::Millis;

use crate::bare::{Cipher, HEADER};
use crate::clips::{Landing, recording};
use crate::common::media;
use crate::pair::{Aim, Pair, timed};

/// A second of 2 Mbit/s.
const SIZE: usize = 256 << 10;

/// A second that is sealed live, and a head that is signed for it.
pub(crate) fn second() -> Pair {
    let ((mut camera, mut recording), mut own) = (recording(Cadence::EveryGroup), vec![1; SIZE]);
    let mut start = Millis(0);
    let (cipher, mut other, mut sink) = (Cipher::new(), vec![1; SIZE], Landing::new());
    Pair {
        aim: Aim::Beyond(Duration::from_micros(100)),
        bytes: 0,
        ours: Box::new(move || {
            let now = start;
            start = Millis(start.0 + 1000);
            timed(|| media(&mut recording, &mut camera, now, Millis::SECOND, &mut own).unwrap())
        }),
        bare: Box::new(move || {
            timed(|| {
                let (tag, _) = cipher.seal(&mut other);
                sink.write_all(&HEADER).unwrap();
                sink.write_all(&other).unwrap();
                sink.write_all(&tag).unwrap();
            })
        }),
    }
}
