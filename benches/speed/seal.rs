use std::hint::black_box;
use std::io::{Cursor, Read as _, Write as _};

use footage::camera::Cadence;
use footage::crypto::OsRandom;
use footage::media::Cutter;
use footage::record::Millis;

use crate::bare::{Cipher, HEADER};
use crate::clips::{BYTES, Landing, Landings, camera, owner, recording};
use crate::common::{media, told};
use crate::pair::{Aim, Pair, timed};

/// Segments in the caller's buffer, as a recorder does it.
pub(crate) fn segments(size: usize, least: f64) -> Pair {
    let ((mut camera, mut recording), mut own) = (recording(Cadence::AtEnd), vec![1; size]);
    let mut seconds = (0..).map(|second| Millis::SECOND.times(second));
    let (cipher, mut other, mut sink) = (Cipher::new(), vec![1; size], Landing::new());
    let count = (16 << 20) / size;
    Pair {
        aim: Aim::Ratio(least),
        bytes: (count * size) as u64,
        ours: Box::new(move || {
            timed(|| {
                for start in seconds.by_ref().take(count) {
                    media(&mut recording, &mut camera, start, Millis::SECOND, &mut own).unwrap();
                }
            })
        }),
        bare: Box::new(move || {
            timed(|| {
                for _ in 0..count {
                    let (tag, digest) = cipher.seal(&mut other);
                    black_box(digest);
                    sink.write_all(&HEADER).unwrap();
                    sink.write_all(&other).unwrap();
                    sink.write_all(&tag).unwrap();
                }
            })
        }),
    }
}

/// A file, from opening it to the signed manifest.
pub(crate) fn file(least: f64) -> Pair {
    let content = &*vec![0x5a; BYTES].leak();
    let mut camera = camera(&owner(), Landings::default());
    let (cipher, mut buffer, mut sink) = (Cipher::new(), vec![0; 1 << 20], Landing::new());
    Pair {
        aim: Aim::Ratio(least),
        bytes: BYTES as u64,
        ours: Box::new(move || {
            let mut sealed = None;
            let time = timed(|| {
                let cutter = Cutter::new(Cursor::new(content));
                let clip = camera.seal(cutter, told(), |_| {}, &mut OsRandom).unwrap();
                sealed = Some(clip);
            });
            camera.files().0 = sealed.map(footage::clip::SealedClip::into_inner);
            time
        }),
        bare: Box::new(move || {
            timed(|| {
                let mut file = Cursor::new(content);
                for _ in 0..BYTES >> 20 {
                    file.read_exact(&mut buffer).unwrap();
                    let (tag, digest) = cipher.seal(&mut buffer);
                    black_box(digest);
                    sink.write_all(&HEADER).unwrap();
                    sink.write_all(&buffer).unwrap();
                    sink.write_all(&tag).unwrap();
                }
            })
        }),
    }
}
