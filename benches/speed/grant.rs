use std::io::Cursor;
use std::time::Duration;

use footage::camera::Cadence;
use footage::clip::FinishedClip;
use footage::crypto::Secret;
use footage::policy::Proposal;
use footage::record::{Days, GroupId, Millis};
use footage::resident::{Consenting, MemoryKeeper, consent};

use crate::bare::Hpke;
use crate::common::{World, begin, media};
use crate::pair::{Aim, Pair, timed};

const COUNT: u32 = 86_400;

/// A grant to an agency, with three custodians, of the last of so many seconds before the middle of 24 hours. The segments
/// are small: how long they take to copy is no matter of the grant's.
pub(crate) fn seconds(seconds: u32) -> Pair {
    let mut world = World::new();
    let request = world.request();
    let from = request.statement().window.to().before(Millis::SECOND.times(u64::from(COUNT / 2)));
    let mut recording = begin(&mut world.camera, from, Cadence::AtEnd, &mut world.random).unwrap();
    for second in 0..u64::from(COUNT) {
        let start = Millis::SECOND.times(second);
        media(&mut recording, &mut world.camera, start, Millis::SECOND, &mut [0x5a; 64]).unwrap();
    }
    let clip = &*recording.finish(&mut world.camera).unwrap().into_inner().to_bytes().leak();
    let (group, mut hpke, mut sink) = (GroupId::new("town").unwrap(), Hpke::new(), Vec::new());
    Pair {
        aim: Aim::Under(Duration::from_millis(2)),
        bytes: 0,
        ours: Box::new(move || {
            let mut clip = FinishedClip::open(Cursor::new(clip)).unwrap();
            let selection = clip.select_segments(COUNT / 2 - seconds, COUNT / 2).unwrap();
            let (selections, days) = (&[selection], Days::new(7).unwrap());
            let proposal = Proposal { request: &request, selections, group: &group, days };
            let permit = world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
            sink.clear();
            let (mut clips, long_term) = ([world.home.own(clip, world.now).unwrap()], &Secret::take(&mut [8; 32]));
            let keeper = &mut MemoryKeeper::default();
            timed(|| {
                let (ledger, now) = (&world.ledger, world.now);
                let consenting = Consenting { permit, clips: &mut clips, ledger, words: "", now, long_term };
                let kept = consent(consenting, &mut world.random).unwrap().keep(keeper).unwrap();
                kept.write(&mut clips, keeper, world.now, &mut sink).unwrap()
            })
        }),
        // Four wraps.
        bare: Box::new(move || timed(|| (0..4).for_each(|_| hpke.wrap()))),
    }
}
