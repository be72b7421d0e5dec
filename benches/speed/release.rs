use std::time::Duration;

use footage::custodian::MemoryKeyStore;
use footage::record::{Delivery, StatementId};

use crate::bare::Hpke;
use crate::common::World;
use crate::pair::{Aim, Pair, timed};

/// A custodian checks a release and gives notice of an answer.
pub(crate) fn notice() -> Pair {
    let (mut world, delivery) = released();
    let hpke = Hpke::new();
    Pair {
        aim: Aim::Under(Duration::from_micros(600)),
        bytes: 0,
        ours: Box::new(move || timed(|| world.notice(0, &delivery).unwrap())),
        // One unwrap.
        bare: Box::new(move || timed(|| hpke.unwrap())),
    }
}

/// A custodian answers what it gave notice of.
pub(crate) fn answer() -> Pair {
    let (mut world, delivery) = released();
    let mut hpke = Hpke::new();
    let mut ready: Vec<StatementId> = Vec::new();
    Pair {
        aim: Aim::Under(Duration::from_micros(600)),
        bytes: 0,
        ours: Box::new(move || {
            if ready.is_empty() {
                ready = (0..32).map(|_| give_notice(&mut world, &delivery)).collect();
                world.witness();
            }
            let notice = ready.pop().unwrap();
            timed(|| world.answer(0, notice).unwrap())
        }),
        // One unwrap and one wrap.
        bare: Box::new(move || {
            timed(|| {
                hpke.wrap();
                hpke.unwrap()
            })
        }),
    }
}

fn give_notice(world: &mut World<MemoryKeyStore>, delivery: &Delivery) -> StatementId {
    let notice = world.notice(0, delivery).unwrap();
    world.append(notice)
}

fn released() -> (World<MemoryKeyStore>, Delivery) {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release).remove(0);
    (world, delivery)
}
