use std::cell::Cell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::rc::Rc;
use std::time::Duration;

use footage::clip::FinishedClip;
use footage::record::{Millis, Timestamp, Window};

use crate::bare::{Cipher, HEADER};
use crate::clips::{owner, sealed};
use crate::pair::{Aim, Pair, timed};

/// Seconds of 24 hours.
const COUNT: u32 = 86_400;
const MIDDLE: u32 = COUNT / 2 + 77;
const SIZE: usize = 256 << 10;

/// The first second out of the middle of 24 hours, found by time, with nothing of the index read before. The other
/// segments are small, so that it fits into memory.
pub(crate) fn middle() -> Pair {
    let owner = owner();
    let clip = &*sealed(&owner, (0..COUNT).map(|second| if second == MIDDLE { SIZE } else { 64 })).leak();
    let secret = FinishedClip::open(Cursor::new(clip)).unwrap().unlock(&owner).unwrap();
    let begins = Timestamp::default().after(Millis::SECOND.times(MIDDLE.into()));
    let window = Window::new(begins, begins.after(Millis::SECOND)).unwrap();
    let mut content = Vec::new();
    let mut second = move |tell: bool| {
        let read = Rc::new(Cell::new(0));
        let mut clip = FinishedClip::open(Counted { clip: Cursor::new(clip), read: Rc::clone(&read) }).unwrap();
        read.set(0);
        let time = timed(|| {
            let selection = clip.select(window).unwrap();
            clip.segment_into(&secret, selection.range().from(), &mut content).unwrap()
        });
        assert_eq!(content.len(), SIZE);
        if tell {
            println!("the first second out of the middle of {COUNT}: {} bytes read beside it", read.get() - SIZE);
        }
        assert!(read.get() - SIZE < 64 << 10, "{} bytes read", read.get());
        time
    };
    second(true);
    let cipher = Cipher::new();
    let (bodies, mut body) = (cipher.bodies(&HEADER, SIZE, 1), vec![0; SIZE + 16]);
    Pair {
        aim: Aim::Beyond(Duration::from_micros(50)),
        bytes: 0,
        ours: Box::new(move || second(false)),
        bare: Box::new(move || {
            timed(|| {
                body.copy_from_slice(&bodies[HEADER.len()..]);
                cipher.open(&mut body).len()
            })
        }),
    }
}

/// Counts what is read.
struct Counted {
    clip: Cursor<&'static [u8]>,
    read: Rc<Cell<usize>>,
}

impl Read for Counted {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.clip.read(to)?;
        self.read.set(self.read.get() + read);
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.clip.seek(to)
    }
}
