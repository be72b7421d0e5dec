//! P9: silence and refusal look the same; neither produces a message, and polling does not depend on a match. Against it:
//! agency and host.
//!
//! There is no call that refuses a request, nor one by which a resident writes to the log: a consent has no log in hand. What
//! is left to show is that the device finds out by itself whether a request concerns it, from what is the same for all.

use footage::crypto::SigningKey;
use footage::ledger::Feed;
use footage::record::{Cell, ClipId, HouseholdCamera, Millis, Window};
use footage::resident::{OwnClip, matching};

use super::common::{Pinned, World, cells};

const TOWN: (f64, f64) = (41.1, -80.65);

/// A request is matched on the device, by place and by time: what it does not ask for is not even shown.
#[test]
fn p9_what_does_not_match_is_not_shown() {
    let mut world = World::new();
    let mut ask = world.ask();
    ask.cells = cells(2);
    let request = world.request_for(ask);
    let asked = request.statement().window;
    let key = |camera: u64| SigningKey::generate(&mut Pinned(camera)).unwrap().verifying_key();
    let camera = |number: u64, (latitude, longitude): (f64, f64)| HouseholdCamera {
        key: key(number),
        cell: Some(Cell::at(latitude, longitude).unwrap()),
    };
    let cameras = [camera(1, TOWN), camera(2, (40.0, -80.0))];
    let clip = |number: u8, camera: u64, from| OwnClip {
        clip: ClipId::from_bytes([number; 16]),
        camera: key(camera),
        span: Window::new(from, from.after(Millis::MINUTE)).unwrap(),
    };
    let clips = [
        clip(1, 1, asked.from()),
        // The other camera; one that is not the household's; before, and after.
        clip(2, 2, asked.from()),
        clip(3, 3, asked.from()),
        clip(4, 1, asked.from().before(Millis::MINUTE)),
        clip(5, 1, asked.to()),
    ];
    let found = matching(&request, &cameras, &clips);
    assert_eq!(found.iter().map(|found| found.clip).collect::<Vec<_>>(), [clips[0].clip]);
    assert_eq!(found[0].span, clips[0].span);
}

/// What a phone fetches has every request in it and is the same for everybody, match or not.
#[test]
fn p9_a_page_has_every_request() {
    let mut world = World::new();
    let mut requests = Vec::new();
    for count in [2, 7] {
        let mut ask = world.ask();
        ask.cells = cells(count);
        requests.push(world.request_for(ask).index());
    }
    let pages = [(); 2].map(|()| {
        let mut feed = Feed::new(world.trust.clone());
        let latest = world.latest.clone().unwrap();
        let entries = world.log.entries(0, world.log.size()).unwrap().to_vec();
        feed.page(&entries, &latest, &world.log).unwrap()
    });
    assert_eq!(pages[0].to_bytes(), pages[1].to_bytes());
    let shown: Vec<_> = pages[0].entries.iter().map(|(index, _)| *index).collect();
    assert!(requests.iter().all(|request| shown.contains(request)));
}
