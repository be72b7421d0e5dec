use alloc::vec::Vec;

use crate::clip::{Group, Piece, Sound};
use crate::media::Cut;
use crate::record::{Layer, Millis, SegmentKind};

/// The cuts of one group, and when the next one begins if it follows without a gap.
#[derive(Default)]
pub(crate) struct Cuts {
    /// The codec parameters of pictures and of sound.
    pub(super) inits: [Option<Vec<u8>>; 2],
    pub(super) pictures: Vec<Cut>,
    pub(super) sound: Option<Cut>,
    pub(super) next: Option<Millis>,
}

impl Cuts {
    pub(super) fn put(&mut self, cut: Cut) {
        let [pictures, sound] = &mut self.inits;
        match (cut.kind, cut.layer) {
            (SegmentKind::Init, Layer::Pictures) => *pictures = Some(cut.bytes),
            (SegmentKind::Init, Layer::Sound) => *sound = Some(cut.bytes),
            (SegmentKind::Media, Layer::Pictures) => self.pictures.push(cut),
            (SegmentKind::Media, Layer::Sound) => self.sound = Some(cut),
        }
    }

    pub(crate) fn group(&mut self) -> Group<'_> {
        fn piece(cut: &mut Cut) -> Piece<'_> {
            let end = Millis(cut.start.0.saturating_add(cut.duration.0));
            Piece { start: cut.start, end, content: &mut cut.bytes }
        }
        let [picture_init, sound_init] = &mut self.inits;
        Group {
            picture_init: picture_init.as_deref_mut(),
            sound_init: sound_init.as_deref_mut(),
            pictures: self.pictures.iter_mut().map(piece).collect(),
            sound: self.sound.as_mut().map(|cut| Sound { samples: cut.samples, piece: piece(cut) }),
            next: self.next,
        }
    }
}
