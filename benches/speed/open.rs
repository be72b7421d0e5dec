use std::hint::black_box;
use std::io::{Cursor, Read as _, Write as _};

use footage::agency::Excerpt;
use footage::clip::FinishedClip;
use footage::record::Millis;

use crate::bare::{Cipher, EXCERPT_HEADER, HEADER};
use crate::clips::{BYTES, Landing, owner, sealed};
use crate::common::World;
use crate::pair::{Aim, Pair, Run, timed};

/// A whole clip, by its owner.
pub(crate) fn clip(size: usize, least: f64) -> Pair {
    let (owner, count) = (owner(), BYTES / size);
    let mut clip = FinishedClip::open(Cursor::new(sealed(&owner, (0..count).map(|_| size)))).unwrap();
    let secret = clip.unlock(&owner).unwrap();
    let mut sink = Landing::new();
    Pair {
        aim: Aim::Ratio(least),
        bytes: BYTES as u64,
        ours: Box::new(move || timed(|| clip.open_all(&secret, &mut sink, |_| {}).unwrap())),
        bare: bare(HEADER, size, count),
    }
}

fn bare<const N: usize>(mut header: [u8; N], size: usize, count: usize) -> Run {
    let cipher = Cipher::new();
    let mut file = Cursor::new(cipher.bodies(&header, size, count));
    let (mut body, mut sink) = (vec![0; size + 16], Landing::new());
    Box::new(move || {
        file.set_position(0);
        timed(|| {
            for _ in 0..count {
                file.read_exact(&mut header).unwrap();
                file.read_exact(&mut body).unwrap();
                sink.write_all(cipher.open(&mut body)).unwrap();
            }
        })
    })
}

/// Segments of 1 MiB, a minute each, that an agency asked for and was granted.
const GRANTED: usize = 20;

fn granted() -> (World, crate::common::Granted) {
    let mut world = World::new();
    let request = world.request();
    let clip = world.clip_from(world.now.before(Millis::MINUTE.times(40)), &[1 << 20; GRANTED]);
    let granted = world.grant_range(&request, &clip, 0, 1 + GRANTED as u32, 7);
    (world, granted)
}

/// An agency reads an excerpt and checks that it is the one that was granted, and the segments' digests with it.
pub(crate) fn excerpt_in(least: f64) -> Pair {
    let (_, granted) = granted();
    let (cipher, mut piece) = (Cipher::new(), vec![0; 64 << 10]);
    let bodies = cipher.bodies(&EXCERPT_HEADER, 1 << 20, GRANTED);
    Pair {
        aim: Aim::Ratio(least),
        bytes: (GRANTED << 20) as u64,
        ours: Box::new(move || timed(|| Excerpt::open(Cursor::new(&granted.excerpt)).unwrap().terms().id())),
        bare: Box::new(move || {
            timed(|| {
                for body in bodies.chunks(EXCERPT_HEADER.len() + (1 << 20) + 16) {
                    let mut hasher = blake3::Hasher::new();
                    for part in body[EXCERPT_HEADER.len()..].chunks(64 << 10) {
                        let piece = &mut piece[..part.len()];
                        piece.copy_from_slice(part);
                        hasher.update(piece);
                    }
                    black_box(hasher.finalize());
                }
            })
        }),
    }
}

/// An agency opens an excerpt that is unlocked, with every check.
pub(crate) fn excerpt(least: f64) -> Pair {
    let (mut world, granted) = granted();
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    drop(world.open(&granted, answers).unwrap());
    let mut sink = Landing::new();
    Pair {
        aim: Aim::Ratio(least),
        bytes: (GRANTED << 20) as u64,
        ours: Box::new(move || {
            let mut opened = world.agency.open_grant(granted.id(), &world.ledger, world.now).unwrap();
            timed(|| opened.excerpt.open_all(&mut sink, |_| {}).unwrap())
        }),
        bare: bare(EXCERPT_HEADER, 1 << 20, GRANTED),
    }
}
