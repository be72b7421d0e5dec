//! P8: no live or ongoing access; only finished clips, only windows that were past when the request was made, by witnessed
//! time. Against it: agency and platform. That nothing but a finished clip is selected from, the types say: see the
//! documentation of `resident::consent`.

use std::io::Cursor;

use footage::agency::Ask;
use footage::camera::Cadence;
use footage::clip::{ClipError, FinishedClip};
use footage::crypto::SigningKey;
use footage::ledger::Standing;
use footage::logkeeper::MemoryLog;
use footage::policy::Rule;
use footage::record::{Anchor, KeyName, Millis, Request, Timestamp, Window};
use footage::tlog::Witness;

use super::common::{Pinned, World, begin, content, media_with};

fn broken(world: &World, request: &Standing<Request>) -> Vec<Rule> {
    let refusal = world.policy.check(request, &world.ledger, world.now);
    refusal.map_or_else(|refusal| refusal.broken.iter().map(|broken| broken.rule).collect(), |()| Vec::new())
}

/// The platform reads a clip while it is being recorded: at no moment is it a finished clip.
#[test]
fn p8_a_clip_that_is_being_recorded_cannot_be_opened() {
    let mut world = World::new();
    let started = world.now;
    let mut recording = begin(&mut world.camera, started, Cadence::EveryGroup, &mut world.random).unwrap();
    let mut init = Some(b"codec parameters".to_vec());
    for minute in 0..3 {
        media_with(
            &mut recording,
            &mut world.camera,
            init.take().as_deref_mut(),
            Millis::MINUTE.times(minute),
            Millis::MINUTE,
            &mut content(minute, 100),
        )
        .unwrap();
    }
    let sink = world.camera.files().bytes(recording.clip()).unwrap();
    for at in (0..sink.len()).rev() {
        assert!(FinishedClip::open(Cursor::new(&sink[..at])).is_err());
    }
    assert!(matches!(FinishedClip::open(Cursor::new(&sink)), Err(ClipError::Unfinished)));
}

fn hour_to(to: Timestamp) -> Window {
    Window::new(to.before(Millis::HOUR), to).unwrap()
}

#[test]
fn p8_a_window_must_be_past_by_the_anchors_time() {
    for (after, rules) in [
        (Millis(0), vec![]),
        (Millis(1), vec![Rule::PastWindow]),
        (Millis::MINUTE, vec![Rule::PastWindow]),
        (Millis::DAY.times(300), vec![Rule::PastWindow]),
    ] {
        let mut world = World::new();
        let window = hour_to(world.anchor().not_before().after(after));
        let request = world.rogue_request(|request| request.window = window);
        assert_eq!(broken(&world, &request), rules);
        // Not even later, when the window is past.
        world.wait(Millis::HOUR);
        world.witness();
        assert_eq!(broken(&world, &request), rules);
    }
}

/// A request that is anchored in the past for a window that lay in its future then.
#[test]
fn p8_an_old_anchor_makes_no_window_past() {
    let mut world = World::new();
    let old = world.anchor();
    world.wait(Millis::DAY);
    world.witness();
    let window = hour_to(world.now.before(Millis::HOUR));
    let request = world.rogue_request(|request| (request.anchor, request.window) = (old.to_anchor(), window));
    assert_eq!(broken(&world, &request), [Rule::PastWindow]);
}

/// The agency's own clock is asked nowhere: a request that it makes "tomorrow" is measured by its anchor.
#[test]
fn p8_the_agencys_clock_does_not_count() {
    let mut world = World::new();
    let tomorrow = world.now.after(Millis::DAY);
    let ask = Ask { window: hour_to(tomorrow), open_until: tomorrow.after(Millis::DAY), ..world.ask() };
    let request = world.request_for(ask);
    assert_eq!(broken(&world, &request), [Rule::PastWindow]);
    // Nor does the platform's: a device that is told a later time does not find the window past.
    let later = world.now.after(Millis::HOUR.times(23));
    let refusal = world.policy.check(&request, &world.ledger, later).unwrap_err();
    assert!(refusal.breaks(Rule::PastWindow));
}

/// An anchor from a log whose witnesses say what the agency likes, or with times that too few witnesses vouch for.
#[test]
fn p8_an_anchor_of_another_log() {
    let mut world = World::new();
    let mut random = Pinned(60);
    let mut key = || SigningKey::generate(&mut random).unwrap();
    let origin = world.log.origin().clone();
    let other = MemoryLog::new(origin.clone(), key());
    let mut witness = Witness::new(KeyName::new("witness1.example").unwrap(), key());
    witness.watch(origin.clone(), other.verifying_key());
    let future = world.now.after(Millis::DAY);
    let note = other.cosigned(std::slice::from_mut(&mut witness), future).unwrap();
    let window = hour_to(world.now.after(Millis::HOUR));
    let forged = Anchor::from_bytes(&note).unwrap();
    let request = world.rogue_request(|request| (request.anchor, request.window) = (forged, window));
    assert_eq!(broken(&world, &request), [Rule::Anchor]);

    // One of the four witnesses lies about the time: the anchor's time does not move.
    world.wait(Millis::SECOND);
    let (honest, log) = (world.now, &world.log);
    let mut lines = footage::tlog::Note::from_bytes(&log.cosigned(&mut world.witnesses[1..], honest).unwrap()).unwrap();
    let lying = log.cosigned(&mut world.witnesses[..1], future).unwrap();
    let lying = footage::tlog::Note::from_bytes(&lying).unwrap();
    let line = lying.signatures().iter().find(|line| !lines.signatures().contains(line)).unwrap().clone();
    lines.add(line).unwrap();
    let anchor = Anchor::from_bytes(lines.to_string().as_bytes()).unwrap();
    let witnessed = footage::tlog::Witnessed::verify(anchor.as_bytes(), world.trust.log()).unwrap();
    assert_eq!(witnessed.not_before(), honest);
    let request = world.rogue_request(|request| (request.anchor, request.window) = (anchor, window));
    assert!(broken(&world, &request).contains(&Rule::PastWindow));
}
