//! Excerpts: any range opens exactly that range, and whatever is altered, cut, spliced or foreign is refused.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use footage_support::{clips, common};

use std::io::{Cursor, Read, Seek};

use clips::{Frame, Metered, frames, spliced};
use common::{Granted, Pinned, World, begin, content, media};
use footage::agency::{AgencyError, Excerpt, ExcerptError, OpenExcerpt, OpenExcerptError};
use footage::camera::Cadence;
use footage::clip::{ClipError, FinishedClip};
use footage::crypto::{KemAlgorithm, Secret, Suite};
use footage::custodian::MemoryKeyStore;
use footage::grant::GrantError;
use footage::policy::{Permit, Proposal};
use footage::record::{Days, GroupId, Layer, Millis, Request, Timestamp};
use footage::resident::{ConsentError, Consented, Consenting, MemoryKeeper, OwnedClip, consent};
use footage::store::{ObjectPath, Objects as _};
use footage_support::home::own_camera;
use proptest::prelude::*;

fn world() -> World {
    World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default)
}

fn granted() -> (World, Vec<u8>, Granted) {
    let mut world = world();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    (world, clip, granted)
}

/// The content of each segment that comes out, by its index; the init segment first.
fn opened(world: &mut World, granted: &Granted) -> Vec<(u32, Result<Vec<u8>, OpenExcerptError>)> {
    let release = world.release(granted);
    let answers = world.answers(granted, release, &[1, 2]);
    for answer in answers {
        world.agency.take_answer(answer, &world.ledger).unwrap();
    }
    opened_again(world, granted)
}

fn opened_again(world: &mut World, granted: &Granted) -> Vec<(u32, Result<Vec<u8>, OpenExcerptError>)> {
    contents(&mut world.open(granted, Vec::new()).unwrap().excerpt)
}

fn contents<R: Read + Seek>(opened: &mut OpenExcerpt<R>) -> Vec<(u32, Result<Vec<u8>, OpenExcerptError>)> {
    let count = opened.clips()[0].granted(Layer::Pictures) + 1;
    let all = (0..count).map(|_| match opened.next_segment() {
        Ok(segment) => segment.map(|segment| (segment.header.open.index, Ok(segment.content.to_vec()))).unwrap(),
        Err(OpenExcerptError::Segment(index)) => (index, Err(OpenExcerptError::Segment(index))),
        Err(error) => (u32::MAX, Err(error)),
    });
    let all = all.collect();
    assert!(opened.next_segment().unwrap_or(None).is_none(), "more than the range");
    all
}

fn bodies(file: &[u8], kind: u8, header: usize) -> Vec<&[u8]> {
    let frames = frames(file).into_iter().filter(|frame| frame.kind == kind);
    frames.map(|frame| &file[frame.from + 5 + header..frame.to]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_range_opens_exactly_that_range(sizes in prop::collection::vec(0usize..3000, 1..25), ends in any::<(u32, u32)>()) {
        let mut world = world();
        let started = world.now.before(Millis::MINUTE.times(40));
        let clip = world.clip_from(started, &sizes);
        let count = sizes.len() as u32;
        let (from, to) = (1 + ends.0 % count, 1 + ends.1 % count);
        let (from, to) = (from.min(to), from.max(to) + 1);
        // The first group begins with its init segment.
        let begins = if from == 1 { 0 } else { from };
        let request = world.request();
        let granted = world.grant_range(&request, &clip, begins, to, 7);

        // What the file holds is the ciphertext of the range and of its init segment, nothing else of the clip.
        let stored = bodies(&clip, b'S', 59);
        let expected: Vec<_> = [0].into_iter().chain(from..to).map(|index| stored[index as usize]).collect();
        prop_assert_eq!(bodies(&granted.excerpt, b'B', 0), expected);

        let found = opened(&mut world, &granted);
        prop_assert_eq!(found.len() as u32, 1 + to - from);
        prop_assert_eq!(found[0].1.as_ref().unwrap(), b"codec parameters");
        for (index, (found, content_of)) in (from..to).zip(&found[1..]) {
            prop_assert_eq!(*found, index);
            let minute = u64::from(index) - 1;
            prop_assert_eq!(content_of.as_ref().unwrap(), &content(minute, sizes[minute as usize]));
        }
    }
}

#[test]
fn any_single_altered_byte_of_an_excerpt_is_refused() {
    let (mut world, _, granted) = granted();
    // The largest body is left out of the walk but for its ends.
    let parts = frames(&granted.excerpt);
    let long = *parts.iter().max_by_key(|part| part.to - part.from).unwrap();
    for at in (0..long.from + 100).chain(long.to - 20..granted.excerpt.len()) {
        let mut altered = granted.excerpt.clone();
        altered[at] ^= 1 << (at % 8);
        let error = Excerpt::open(Cursor::new(altered)).map(drop).unwrap_err();
        if at < 19 {
            assert!(matches!(error, ExcerptError::NotAnExcerpt), "byte {at}: {error}");
        }
    }
    assert!(opened(&mut world, &granted).iter().all(|(_, content)| content.is_ok()));
}

/// The agency's copy is checked as a whole whenever it is opened.
#[test]
fn a_copy_that_changes_after_it_was_taken_in_is_refused() {
    let (mut world, _, granted) = granted();
    let found = opened(&mut world, &granted);
    assert!(found.iter().all(|(_, content)| content.is_ok()));
    let object: ObjectPath = format!("excerpts/{}/00000000", granted.id()).parse().unwrap();
    let bodies: Vec<Frame> = frames(&granted.excerpt).into_iter().filter(|frame| frame.kind == b'B').collect();
    for body in &bodies {
        for at in [body.from, body.from + 4, body.from + 5, body.to - 17, body.to - 1] {
            let mut altered = granted.excerpt.clone();
            altered[at] ^= 1;
            world.objects[0].put(&object, &altered).unwrap();
            let error = world.open(&granted, Vec::new()).unwrap_err();
            assert!(matches!(error, AgencyError::Excerpt(_)), "byte {at}: {error}");
        }
    }
    world.objects[0].put(&object, &granted.excerpt).unwrap();
    assert_eq!(opened_again(&mut world, &granted).len(), found.len());
}

#[test]
fn an_excerpt_cut_anywhere_or_extended_is_refused() {
    let (_, clip, granted) = granted();
    let whole = granted.excerpt.as_slice();
    let parts = frames(whole);
    let long = *parts.iter().max_by_key(|part| part.to - part.from).unwrap();
    for length in (0..long.from + 100).chain(long.to - 20..whole.len()) {
        let error = Excerpt::open(Cursor::new(&whole[..length])).map(drop).unwrap_err();
        match error {
            ExcerptError::NotAnExcerpt => assert!(length < 19),
            ExcerptError::Ends(part) => {
                let place = parts.iter().find(|part| part.from <= length && length < part.to).unwrap();
                let name = match place.kind {
                    b'T' => "terms",
                    b'E' => "envelope",
                    b'W' => "wraps",
                    b'P' => "part",
                    _ => "footage",
                };
                assert_eq!(part, name);
            }
            other => panic!("cut at {length}: {other}"),
        }
    }
    let body = *parts.last().unwrap();
    let again = &whole[body.from..body.to];
    for more in [&b"\0"[..], b"B", b"B\0\0\0\0", b"B\0\0\0\x10aaaaaaaaaaaaaaaa", again, whole, &clip] {
        assert!(Excerpt::open(Cursor::new([whole, more].concat())).is_err());
    }
    for file in [&b""[..], &clip, b"footage-excerpt"] {
        let error = Excerpt::open(Cursor::new(file)).map(drop).unwrap_err();
        assert!(matches!(error, ExcerptError::NotAnExcerpt), "{error}");
    }
}

#[test]
fn swapped_left_out_or_repeated_parts_are_refused() {
    let (_, _, granted) = granted();
    let file = granted.excerpt.as_slice();
    let parts = frames(file);
    let of = |order: &[usize]| spliced(file, order.iter().map(|&at| (file, parts[at])));
    let all: Vec<_> = (0..parts.len()).collect();
    assert!(Excerpt::open(Cursor::new(of(&all))).is_ok());
    for one in 0..parts.len() {
        let left_out: Vec<_> = all.iter().copied().filter(|&at| at != one).collect();
        assert!(Excerpt::open(Cursor::new(of(&left_out))).is_err());
        let mut repeated = all.clone();
        repeated.insert(one, one);
        assert!(Excerpt::open(Cursor::new(of(&repeated))).is_err());
        for other in one + 1..parts.len() {
            let mut swapped = all.clone();
            swapped.swap(one, other);
            assert!(Excerpt::open(Cursor::new(of(&swapped))).is_err(), "{one} for {other}");
        }
    }
}

/// Parts of another grant of the same range, to the same agency, for the same request.
#[test]
fn parts_of_another_excerpt_are_refused() {
    let (mut world, clip, granted) = granted();
    let other = world.grant(&granted.request, &clip);
    let (one, two) = (granted.excerpt.as_slice(), other.excerpt.as_slice());
    let (first, second) = (frames(one), frames(two));
    for at in 0..first.len() {
        let mixed = spliced(
            one,
            (0..first.len()).map(|part| if part == at { (two, second[part]) } else { (one, first[part]) }),
        );
        let same = one[first[at].from..first[at].to] == two[second[at].from..second[at].to];
        assert_eq!(Excerpt::open(Cursor::new(mixed)).is_ok(), same, "frame {at}");
        assert_eq!(same, b"BN".contains(&first[at].kind), "the ciphertext of the clip is the same");
    }
}

#[test]
fn answers_for_one_grant_do_not_open_another() {
    let (mut world, clip, granted) = granted();
    let other = world.grant(&granted.request, &clip);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    world.release(&other);
    let error = world.open(&other, answers).map(drop).unwrap_err();
    assert!(matches!(error, AgencyError::NotYet { found: 0, needed: 2 }), "{error}");
}

#[test]
fn another_agency_and_a_closed_request_take_nothing_in() {
    let (mut world, _, granted) = granted();
    let mut excerpt = granted.open_file();
    let error = world.other.take_in(&mut excerpt, &world.policy, &world.ledger).unwrap_err();
    assert!(matches!(error, AgencyError::OtherAgency(_)), "{error}");
    let anchor = world.anchor();
    let _ = world.agency.close_request(granted.request.id(), common::deletion(), &anchor).unwrap();
    let error = world.agency.take_in(&mut excerpt, &world.policy, &world.ledger).unwrap_err();
    assert!(matches!(error, AgencyError::NoRequestKey(request) if request == granted.request.id()), "{error}");
}

fn permit(world: &World, request: &footage::ledger::Standing<Request>, clip: &[u8]) -> Permit {
    let selection = FinishedClip::open(Cursor::new(clip)).unwrap().select_segments(2, 5).unwrap();
    let group = GroupId::new("town").unwrap();
    let selections = &[selection];
    let proposal = Proposal { request, selections, group: &group, days: Days::new(7).unwrap() };
    world.policy.permit(&proposal, &world.ledger, world.now).unwrap()
}

/// A consent to what is permitted of a clip.
fn consented<R: Read + Seek>(
    world: &mut World,
    permit: Permit,
    clip: &mut OwnedClip<R>,
    words: &str,
    now: Timestamp,
) -> Result<Consented, ConsentError> {
    let (clips, long_term) = (std::slice::from_mut(clip), &Secret::take(&mut [8; 32]));
    let ledger = &world.ledger;
    consent(Consenting { permit, clips, ledger, words, now, long_term }, &mut world.random)
}

#[test]
fn words_have_a_limit() {
    let mut world = world();
    let clip = world.clip();
    let request = world.request();
    let mut owned = world.owned(&clip);
    for (length, fits) in [(0, true), (4096, true), (4097, false)] {
        let permit = permit(&world, &request, &clip);
        let (words, now) = ("w".repeat(length), world.now);
        match consented(&mut world, permit, &mut owned, &words, now) {
            Ok(given) => {
                assert!(fits);
                let (keeper, mut sink) = (&mut MemoryKeeper::default(), Vec::new());
                let kept = given.keep(keeper).unwrap();
                let excerpted = kept.write(std::slice::from_mut(&mut owned), keeper, now, &mut sink).unwrap();
                let granted = Granted { request: request.clone(), excerpt: sink, excerpted };
                let release = world.release(&granted);
                let answers = world.answers(&granted, release, &[0, 1]);
                let opened = world.open(&granted, answers).unwrap();
                assert_eq!(opened.excerpt.words(), words);
            }
            Err(ConsentError::Grant(GrantError::Words(4097))) => assert!(!fits),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_permit_runs_out_at_consent() {
    let mut world = world();
    let clip = world.clip();
    let request = world.request();
    let mut owned = world.owned(&clip);
    for late in [0, 1, u64::MAX] {
        let permit = permit(&world, &request, &clip);
        let now = permit.valid_until().after(Millis(late));
        let given = consented(&mut world, permit, &mut owned, "", now);
        assert!(matches!(given, Err(ConsentError::PermitExpired(_))));
    }
    let permit = permit(&world, &request, &clip);
    let now = permit.valid_until().before(Millis(1));
    let _made = consented(&mut world, permit, &mut owned, "", now).unwrap();
}

/// Clips of one camera under one id, as a store that was set back makes them, whose times differ: what was permitted for
/// one is not granted of the other.
#[test]
fn consent_takes_the_clip_that_was_selected() {
    let mut world = world();
    let own = world.clip();
    let request = world.request();
    let owners = world.owner_keys();
    let started = world.now.before(Millis::MINUTE.times(40));
    let seal = |shift: u64, random: u64| {
        let mut camera = clips::camera(5, Suite::Aes256Gcm, &owners);
        let mut recording = begin(&mut camera, started, Cadence::AtEnd, &mut Pinned(random)).unwrap();
        for minute in 0..6 {
            let start = Millis::MINUTE.times(minute + shift);
            media(&mut recording, &mut camera, start, Millis::MINUTE, &mut content(minute, 100)).unwrap();
        }
        clips::bytes(recording.finish(&mut camera).unwrap())
    };
    let (selected, shifted, other) = (seal(0, 9), seal(60, 9), seal(0, 10));
    let camera = *FinishedClip::open(Cursor::new(&selected)).unwrap().certificate().statement().key();
    let _ = world.home.write(own_camera(camera), world.now, &mut world.random).unwrap();
    let consent_to = |world: &mut World, clip: &[u8]| {
        let (permit, now) = (permit(world, &request, &selected), world.now);
        let mut owned = world.owned(clip);
        consented(world, permit, &mut owned, "", now).map(drop)
    };
    consent_to(&mut world, &selected).unwrap();
    let error = consent_to(&mut world, &shifted).unwrap_err();
    assert!(matches!(error, ConsentError::Grant(GrantError::Clip(ClipError::Altered(_)))), "{error}");
    for clip in [&other, &own] {
        let error = consent_to(&mut world, clip).unwrap_err();
        assert!(matches!(error, ConsentError::Grant(GrantError::OtherClip)), "{error}");
    }
    // One altered byte in a granted segment: nothing is sent. In another: nothing is lost.
    let segments: Vec<_> = frames(&selected).into_iter().filter(|frame| frame.kind == b'S').collect();
    for (index, segment) in segments.iter().enumerate() {
        let mut altered = selected.clone();
        altered[segment.to - 1] ^= 1;
        let (permit, now, mut owned) = (permit(&world, &request, &selected), world.now, world.owned(&altered));
        let (keeper, mut sink) = (&mut MemoryKeeper::default(), Vec::new());
        let kept = consented(&mut world, permit, &mut owned, "", now).unwrap().keep(keeper).unwrap();
        let sent = kept.write(std::slice::from_mut(&mut owned), keeper, now, &mut sink);
        assert_eq!(sent.is_ok(), !(2..5).contains(&index));
    }
}

#[test]
fn a_source_that_fails_is_no_shorter_excerpt() {
    let (_, _, granted) = granted();
    for fails_at in (0..granted.excerpt.len()).step_by(997) {
        let mut source = Metered::new(Cursor::new(&granted.excerpt));
        source.fails_at = Some(fails_at as u64);
        let error = Excerpt::open(source).map(drop).unwrap_err();
        assert!(matches!(error, ExcerptError::Read(_)), "{error}");
    }
}
