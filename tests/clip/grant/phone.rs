//! A phone makes grants of clips that lie elsewhere, and keeps the consent before anything that opens the grant leaves it.

use std::cell::RefCell;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

use footage::agency::Excerpt;
use footage::clip::FinishedClip;
use footage::crypto::Secret;
use footage::grant::{BodyList, GrantError, JoinError, join};
use footage::ledger::Standing;
use footage::policy::{Permit, Proposal};
use footage::record::{Consent, Days, GrantId, GroupId, Layers, Millis, Request, Window};
use footage::resident::{
    ConsentError, ConsentKeeper, Consented, Consenting, KeepError, MemoryKeeper, OwnedClip, SendError, consent,
};

use super::film::{Take, film, half_a_minute};
use footage_support::common::{World, put_together, take_apart};

/// A clip at a host: every byte that is read is counted.
pub(super) struct Remote<'a> {
    pub(super) clip: Cursor<&'a [u8]>,
    pub(super) read: Rc<RefCell<u64>>,
}

impl Read for Remote<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.clip.read(to)?;
        *self.read.borrow_mut() += read as u64;
        Ok(read)
    }
}

impl Seek for Remote<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.clip.seek(to)
    }
}

fn remote<'a>(world: &World, clip: &'a [u8]) -> (OwnedClip<Remote<'a>>, Rc<RefCell<u64>>) {
    let read = Rc::new(RefCell::new(0));
    let clip = FinishedClip::open_remote(Remote { clip: Cursor::new(clip), read: Rc::clone(&read) }).unwrap();
    (world.home.own(clip, world.now).unwrap(), read)
}

fn permit(world: &World, request: &Standing<Request>, selections: &[footage::clip::Selection]) -> Permit {
    let group = GroupId::new("town").unwrap();
    let proposal = Proposal { request, selections, group: &group, days: Days::new(7).unwrap() };
    world.policy.permit(&proposal, &world.ledger, world.now).unwrap()
}

fn consented<R: Read + Seek>(
    world: &mut World,
    permit: Permit,
    clips: &mut [OwnedClip<R>],
) -> Result<Consented, ConsentError> {
    let (ledger, long_term, now) = (&world.ledger, &Secret::take(&mut [8; 32]), world.now);
    consent(Consenting { permit, clips, ledger, words: "At the door.", now, long_term }, &mut world.random)
}

/// A grant of 60 seconds of an hour takes less than 64 KiB of the phone, in both directions; the host adds the bodies.
#[test]
fn a_phone_grants_a_minute_of_an_hour_with_few_bytes() {
    let mut world = World::new();
    let request = world.request();
    let started = request.statement().window.from();
    let take = Take { init: Some(b"codec parameters"), pictures: &[7; 2000], sound: Some(&[8; 200]) };
    let clip = film(&mut world, started, &vec![take; 1800]);
    let (mut owned, read) = remote(&world, &clip);
    let from = started.after(Millis::MINUTE.times(31));
    let window = Window::new(from, from.after(Millis::MINUTE)).unwrap();
    let selection = owned.select(window).unwrap().only(Layers::Pictures).unwrap();
    assert_eq!(selection.span(), window);
    let permit = permit(&world, &request, &[selection]);
    let kept = consented(&mut world, permit, std::slice::from_mut(&mut owned)).unwrap();
    let keeper = &mut MemoryKeeper::default();
    let kept = kept.keep(keeper).unwrap();
    let (beginning, list) = (kept.beginning().unwrap(), kept.bodies().to_bytes());
    let end = kept.end(keeper, world.now).unwrap();
    let received = *read.borrow();
    let sent = (beginning.len() + list.len() + end.len()) as u64;
    assert!(received + sent < 64 << 10, "{received} bytes received, {sent} sent");

    // The host has no key.
    let list = BodyList::from_bytes(&list).unwrap();
    let mut hosted = [FinishedClip::open(Cursor::new(clip.as_slice())).unwrap()];
    let mut file = Vec::new();
    join(&beginning, &list, &mut hosted, &mut file).unwrap();
    file.extend_from_slice(&end);
    let excerpt = Excerpt::open(Cursor::new(file)).unwrap();
    assert_eq!(excerpt.terms().id(), kept.terms().id());
    println!("{received} bytes received, {sent} sent, for 60 seconds of an hour");

    // Bodies of another clip, or of other segments, are found out.
    let other = film(&mut world, started, &[take; 40]);
    let mut others = [FinishedClip::open(Cursor::new(other.as_slice())).unwrap()];
    assert!(matches!(join(&beginning, &list, &mut others, &mut Vec::new()), Err(JoinError::Missing(_))));
}

/// T37: whatever a host's rows say of a segment, the phone grants what the camera signed or nothing.
#[test]
fn t37_rows_that_lie_are_refused() {
    const ROW: usize = 99;
    let mut world = World::new();
    let request = world.request();
    let started = world.now.before(Millis::MINUTE.times(40));
    let clip = half_a_minute(&mut world, started);
    let (magic, frames) = take_apart(&clip);
    let index = frames.iter().rposition(|(kind, payload)| *kind == b'I' && payload[0] == 0).unwrap();
    let honest = {
        let (mut owned, _) = remote(&world, &clip);
        owned.select_segments(4, 8).unwrap().only(Layers::Pictures).unwrap()
    };
    // Every byte of the rows of the range, of the group behind it, and of the init segment that it names.
    for row in [0, 4, 5, 6, 7, 8] {
        for byte in 0..ROW {
            let mut frames = frames.clone();
            frames[index].1[1 + row * ROW + byte] ^= 1;
            let lying = put_together(&magic, &frames);
            let (mut owned, _) = remote(&world, &lying);
            let permit = permit(&world, &request, &[honest]);
            let made = consented(&mut world, permit, std::slice::from_mut(&mut owned));
            // Where the frame stands is no matter of the grant: no body is read.
            if byte < 8 {
                assert!(made.is_ok(), "row {row}, byte {byte}");
                continue;
            }
            let error = made.unwrap_err();
            assert!(
                matches!(error, ConsentError::Grant(GrantError::Clip(_) | GrantError::Index(_))),
                "row {row}, byte {byte}: {error}"
            );
        }
    }
}

/// A keeper that notes what happens when.
#[derive(Default)]
struct Noting {
    events: Rc<RefCell<Vec<&'static str>>>,
    fails: bool,
    revoked: bool,
}

impl ConsentKeeper for Noting {
    fn keep(&mut self, consent: &Consent) -> Result<(), KeepError> {
        assert_eq!(Consent::from_bytes(&consent.to_bytes()).unwrap(), *consent);
        assert_eq!(consent.revocation.statement().grant, consent.grant());
        self.events.borrow_mut().push("kept");
        if self.fails { Err(KeepError::new(io::Error::other("no network"))) } else { Ok(()) }
    }

    fn is_revoked(&mut self, _: &GrantId) -> Result<bool, KeepError> {
        self.events.borrow_mut().push("looked");
        Ok(self.revoked)
    }
}

/// A file that notes what is written.
struct Sink(Rc<RefCell<Vec<&'static str>>>, Vec<u8>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut events = self.0.borrow_mut();
        if events.last() != Some(&"written") {
            events.push("written");
        }
        self.1.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// R9: the consent is kept before anything is written, the wraps come last, and just before them a revocation stops it.
#[test]
fn r9_the_consent_is_kept_before_the_wraps_leave() {
    let mut world = World::new();
    let request = world.request();
    let started = world.now.before(Millis::MINUTE.times(40));
    let clip = half_a_minute(&mut world, started);
    for (fails, revoked) in [(false, false), (false, true), (true, false)] {
        let mut owned = [world.owned(&clip)];
        let selection = owned[0].select_segments(4, 8).unwrap();
        let permit = permit(&world, &request, &[selection]);
        let made = consented(&mut world, permit, &mut owned).unwrap();
        let mut keeper = Noting { fails, revoked, ..Noting::default() };
        let events = Rc::clone(&keeper.events);
        let mut sink = Sink(Rc::clone(&events), Vec::new());
        let Ok(kept) = made.keep(&mut keeper) else {
            assert!(fails && *events.borrow() == ["kept"]);
            continue;
        };
        let written = kept.write(&mut owned, &mut keeper, world.now, &mut sink);
        let (_, frames) = take_apart(&sink.1);
        let wraps = frames.iter().position(|(kind, _)| *kind == b'W');
        if revoked {
            assert!(matches!(written, Err(SendError::Revoked)));
            assert_eq!((wraps, events.borrow().as_slice()), (None, &["kept", "written", "looked"][..]));
        } else {
            assert_eq!(written.unwrap().consent.clips.len(), 1);
            assert_eq!(wraps, Some(frames.len() - 1), "the wraps are the last");
            assert_eq!(*events.borrow(), ["kept", "written", "looked", "written"]);
        }
    }
}

/// T10: equal fresh randomness never serves two grants; and with another secret of the device everything is another, too.
#[test]
fn t10_a_source_that_repeats_makes_no_two_grants_alike() {
    struct Stuck;
    impl footage::crypto::Random for Stuck {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), footage::crypto::RandomError> {
            out.fill(7);
            Ok(())
        }
    }

    let mut world = World::new();
    let request = world.request();
    let started = world.now.before(Millis::MINUTE.times(40));
    let clip = half_a_minute(&mut world, started);
    let mut seen = Vec::new();
    for (words, range, device) in [("a", (4, 8), 8), ("b", (4, 8), 8), ("a", (4, 10), 8), ("a", (4, 8), 9)] {
        let mut owned = [world.owned(&clip)];
        let selection = owned[0].select_segments(range.0, range.1).unwrap();
        let permit = permit(&world, &request, &[selection]);
        let (clips, long_term) = (&mut owned[..], &Secret::take(&mut [device; 32]));
        let made =
            consent(Consenting { permit, clips, ledger: &world.ledger, words, now: world.now, long_term }, &mut Stuck)
                .unwrap();
        let terms = made.consent().terms.statement().clone();
        seen.extend([terms.agency_half, terms.custodian_half, terms.possession, terms.private]);
        seen.extend(terms.custody.members().iter().map(|member| member.share));
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all);
}

/// P5: a clip whose bodies change after the consent is not sent, neither by the device nor by a host.
#[test]
fn p5_other_bodies_than_the_granted_ones_are_not_sent() {
    let mut world = World::new();
    let request = world.request();
    let started = world.now.before(Millis::MINUTE.times(40));
    let clip = half_a_minute(&mut world, started);
    let (mut owned, _) = remote(&world, &clip);
    let selection = owned.select_segments(4, 8).unwrap();
    let permit = permit(&world, &request, &[selection]);
    let made = consented(&mut world, permit, std::slice::from_mut(&mut owned)).unwrap();
    let keeper = &mut MemoryKeeper::default();
    let kept = made.keep(keeper).unwrap();
    let (beginning, list) = (kept.beginning().unwrap(), kept.bodies());
    // A byte of the body of the fifth segment, which the range begins with.
    let (magic, mut frames) = take_apart(&clip);
    let segment = frames.iter().enumerate().filter(|(_, (kind, _))| *kind == b'S').map(|(at, _)| at).nth(4).unwrap();
    *frames[segment].1.last_mut().unwrap() ^= 1;
    let altered = put_together(&magic, &frames);
    let mut hosted = [FinishedClip::open(Cursor::new(altered.as_slice())).unwrap()];
    let error = join(&beginning, &list, &mut hosted, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, JoinError::Bodies(_)), "{error}");
    let (own, _) = remote(&world, &altered);
    let error = kept.write(&mut [own], keeper, world.now, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, SendError::Bodies(JoinError::Bodies(_))), "{error}");
}
