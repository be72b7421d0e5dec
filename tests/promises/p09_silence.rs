//! P9: silence and refusal look the same; neither produces a message, and polling does not depend on a match. Against it:
//! agency and host.

use std::io::Cursor;

use footage::clip::FinishedClip;
use footage::record::{Cell, GroupId, HouseholdCamera, Window};
use footage::resident::{Match, OwnClip, matching};

use super::common::{World, square};

/// What a resident does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resident {
    /// Has no camera there.
    NoMatch,
    /// Never looks.
    Silent,
    /// Looks, matches, and says no.
    Refuses,
    /// Has the policy refuse: the agency asked for too little an area.
    PolicyRefuses,
    /// Gives consent, and keeps the excerpt.
    Consents,
}

/// All that anybody else sees: the log, and what the app fetched of it.
fn seen(resident: Resident) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let mut world = World::new();
    let clip = world.clip();
    let mut ask = world.ask();
    if resident == Resident::PolicyRefuses {
        ask.area = square(499.0);
        world.policy.min_area = footage::record::SquareMeters(1_000_000);
    } else {
        ask.area = square(499.0);
    }
    let request = world.request_for(ask);

    // The app polls all requests, whoever asks for what.
    let mut fetched: Vec<_> = world.ledger.requests().collect();
    fetched.sort_by_key(|request| request.index());
    let fetched: Vec<_> = fetched.iter().map(|request| request.to_bytes()).collect();

    let clip_file = FinishedClip::open(Cursor::new(&clip)).unwrap();
    let (latitude, longitude) = if resident == Resident::NoMatch { (40.0, -80.0) } else { (41.1, -80.65) };
    let camera = *clip_file.certificate().statement().key();
    let own = [HouseholdCamera { key: camera, cell: Some(Cell::at(latitude, longitude).unwrap()) }];
    let started = clip_file.started().unwrap();
    let span = Window::new(started, started.after(footage::record::Millis::MINUTE.times(6))).unwrap();
    let clips = [OwnClip { clip: clip_file.clip(), camera, span }];
    if resident != Resident::Silent {
        let matches: Vec<Match> = matching(&request, &own, &clips);
        assert_eq!(matches.is_empty(), resident == Resident::NoMatch);
    }
    match resident {
        Resident::Refuses => assert!(world.policy.check(&request, &world.ledger, world.now).is_ok()),
        Resident::PolicyRefuses => assert!(world.policy.check(&request, &world.ledger, world.now).is_err()),
        Resident::Consents => {
            assert_eq!(world.grant(&request, &clip).excerpted.terms.statement().custody.group(), &town());
        }
        Resident::NoMatch | Resident::Silent => {}
    }
    world.witness();
    let log = world.log.entries(0, world.log.size()).unwrap().to_vec();
    (log, fetched)
}

fn town() -> GroupId {
    GroupId::new("town").unwrap()
}

#[test]
fn p9_match_no_match_refusal_and_silence_look_the_same() {
    let silent = seen(Resident::Silent);
    assert_eq!(silent.1.len(), 1);
    for resident in [Resident::NoMatch, Resident::Refuses, Resident::PolicyRefuses, Resident::Consents] {
        assert!(seen(resident) == silent, "{resident:?} shows in what others see");
    }
}
