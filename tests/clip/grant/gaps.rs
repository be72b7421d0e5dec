//! What an agency is told of what is missing in an opened excerpt.

use footage::agency::{Gap, Opened};
use footage::camera::{Cadence, Camera, Clocks, Device, Group, MemoryFiles, Piece, Sound};
use footage::crypto::{KemAlgorithm, Secret, Suite};
use footage::custodian::MemoryKeyStore;
use footage::ledger::Standing;
use footage::record::{Content, Layers, Millis, Request, Timestamp, Window};
use footage::store::MemoryStore;

use footage_support::common::{Granted, World, twin};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// One group: the pictures, how far their sound goes if there is any, and when the next one begins if that is known.
struct Take {
    pictures: (u64, u64),
    sound: Option<u64>,
    next: Option<u64>,
}

fn world() -> World {
    World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default)
}

fn camera(world: &mut World) -> Camera<MemoryStore, MemoryFiles> {
    let device = Device {
        certificate: world.camera.certificate().clone().into_signed(),
        key: twin(&world.keys.camera),
        secret: Secret::random(&mut world.random).unwrap(),
        suite: Suite::Aes256Gcm,
    };
    Camera::begin(device, world.household(), MemoryStore::new(), MemoryFiles::new()).unwrap()
}

/// A live clip of these groups, each sealed when it ends.
fn live(world: &mut World, started: Timestamp, takes: &[Take]) -> Vec<u8> {
    let mut camera = camera(world);
    let clocks = |at: u64| Clocks { monotonic: Millis(at), wall: Some(started.after(Millis(at))) };
    let mut recording = camera.start(Content::Video, Cadence::EveryGroup, clocks(0), &mut world.random).unwrap();
    for Take { pictures: (start, end), sound, next } in takes {
        let (mut pictures, mut heard) = (b"pictures".to_vec(), b"sound".to_vec());
        let sound = sound.map(|to| Sound {
            piece: Piece { start: Millis(*start), end: Millis(to), content: &mut heard },
            samples: 1,
        });
        let now = sound.as_ref().map_or(*end, |sound| sound.piece.end.0.max(*end));
        let group = Group {
            pictures: vec![Piece { start: Millis(*start), end: Millis(*end), content: &mut pictures }],
            sound,
            next: next.map(Millis),
            ..Group::default()
        };
        recording.group(&mut camera, clocks(now), group).unwrap();
    }
    recording.finish(&mut camera).unwrap().into_inner().to_bytes()
}

/// A request for the hours before now.
fn request(world: &mut World, hours: u64) -> Standing<Request> {
    let to = world.now.before(Millis::MINUTE);
    let window = Window::new(to.before(Millis(hours * HOUR)), to).unwrap();
    let ask = footage::agency::Ask { window, ..world.ask() };
    world.request_for(ask)
}

fn open(world: &mut World, granted: &Granted) -> Opened {
    let release = world.release(granted);
    let answers = world.answers(granted, release, &[0, 1]);
    world.open(granted, answers).unwrap()
}

/// The gaps of the excerpt's one clip: segment, time from the clip's start, length.
fn gaps(opened: &Opened, started: Timestamp) -> Vec<(u32, u64, u64)> {
    let gap = |Gap { segment, at, length, .. }: Gap| (segment, at.since(started).0, length.0);
    opened.excerpt.clips()[0].gaps().into_iter().map(gap).collect()
}

/// T14: three hours are missing in a clip. The opened excerpt shows the gap and its length.
#[test]
fn t14_three_missing_hours_are_a_gap_of_three_hours() {
    let mut world = world();
    let started = world.now.before(Millis(5 * HOUR));
    let again = MINUTE + 3 * HOUR;
    let takes = [
        Take { pictures: (0, MINUTE), sound: None, next: Some(MINUTE) },
        Take { pictures: (again, again + MINUTE), sound: None, next: Some(again + MINUTE) },
        Take { pictures: (again + MINUTE, again + 2 * MINUTE), sound: None, next: None },
        // Twenty milliseconds are lost.
        Take { pictures: (again + 2 * MINUTE + 20, again + 3 * MINUTE), sound: None, next: None },
    ];
    let clip = live(&mut world, started, &takes);
    let request = request(&mut world, 6);
    let granted = world.grant_range(&request, &clip, 0, 4, 7);
    let opened = open(&mut world, &granted);
    assert_eq!(gaps(&opened, started), [(1, again, 3 * HOUR), (3, again + 2 * MINUTE + 20, 20)]);
    // What is missing before a range is not in it.
    let granted = world.grant_all(&request, &[(&clip, &[(1, 2, Layers::Pictures), (3, 4, Layers::Pictures)])], 7);
    assert_eq!(gaps(&open(&mut world, &granted), started), []);
}

/// T48: the pictures fail for five seconds while sound goes on, and two hours of sound follow the last picture. The gap is that of
/// the pictures, and a window that ends before the sound holds none of the group.
#[test]
fn t48_pictures_that_fail_are_a_gap_whatever_is_heard() {
    let mut world = world();
    let started = world.now.before(Millis(4 * HOUR));
    let takes = [
        Take { pictures: (0, 2000), sound: Some(7000), next: None },
        Take { pictures: (7000, 9000), sound: Some(7000 + 2 * HOUR), next: None },
    ];
    let clip = live(&mut world, started, &takes);
    let request = request(&mut world, 6);
    for layers in [Layers::Both, Layers::Pictures] {
        let granted = world.grant_all(&request, &[(&clip, &[(0, 4, layers)])], 7);
        let opened = open(&mut world, &granted);
        assert_eq!(gaps(&opened, started), [(2, 7000, 5000)], "{layers:?}");
        let [range] = opened.excerpt.clips()[0].ranges().collect::<Vec<_>>()[..] else { panic!("one range") };
        assert_eq!((range.span.from(), range.span.to()), (started, started.after(Millis(7000 + 2 * HOUR))));
    }
    let mut owned = world.owned(&clip);
    let hour = Window::new(started, started.after(Millis(HOUR))).unwrap();
    assert_eq!(owned.select(hour).unwrap().range().to(), 2);
}
