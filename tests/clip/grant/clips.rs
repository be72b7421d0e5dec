//! C13, C14, C15: what a grant of several clips, layers and ranges opens.

use footage::agency::{Completeness, Opened};
use footage::clip::FinishedClip;
use footage::crypto::Secret;
use footage::grant::GrantError;
use footage::ledger::Party;
use footage::policy::Proposal;
use footage::record::{Days, GroupId, Layer, Layers, Millis, Subject};
use footage::resident::{ConsentError, Consenting, consent};

use super::film::{Take, film, half_a_minute};
use footage_support::common::{Granted, World, deletion};

/// Everything that comes out: clip, index, content.
fn contents(opened: &mut Opened) -> Vec<(usize, u32, Vec<u8>)> {
    let mut contents = Vec::new();
    while let Some(segment) = opened.excerpt.next_segment().unwrap() {
        contents.push((segment.clip, segment.header.open.index, segment.content.to_vec()));
    }
    contents
}

pub(super) fn open(world: &mut World, granted: &Granted) -> Opened {
    let release = world.release(granted);
    let answers = world.answers(granted, release, &[0, 2]);
    world.open(granted, answers).unwrap()
}

/// C13: one evening of a doorbell is one grant, one release and one receipt; the sound is counted as left out by choice.
#[test]
fn c13_seven_clips_are_one_grant_one_release_and_one_receipt() {
    let mut world = World::new();
    let request = world.request();
    let clips: Vec<_> = (0..7)
        .map(|number| {
            let started = world.now.before(Millis::MINUTE.times(40 - number));
            half_a_minute(&mut world, started)
        })
        .collect();
    let ranges = [(0, 32, Layers::Pictures)];
    // In whatever order they are given.
    let mut given: Vec<_> = clips.iter().map(|clip| (clip.as_slice(), &ranges[..])).collect();
    given.reverse();
    let before = world.log.size();
    let granted = world.grant_all(&request, &given, 7);
    assert_eq!(world.log.size(), before, "a resident never writes to the log");

    let mut opened = open(&mut world, &granted);
    assert_eq!(opened.verdict.clips.len(), 7);
    for (verdict, clip) in opened.verdict.clips.iter().zip(&clips) {
        let clip = FinishedClip::open(std::io::Cursor::new(clip)).unwrap();
        assert_eq!(verdict.clip, clip.clip(), "in the order in which they began");
        let counts = |of: Completeness| (of.granted, of.left_out);
        assert_eq!((counts(verdict.pictures), counts(verdict.sound)), ((15, 0), (0, 15)));
        assert_eq!(verdict.outside, 0);
    }
    assert_eq!(opened.excerpt.runs().len(), 7);
    let all = contents(&mut opened);
    assert_eq!(all.len(), 7 * 16);
    assert!(all.iter().all(|(_, _, content)| content != b"a voice" && content != b"sound parameters"));

    let anchor = world.anchor();
    let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    assert_eq!(receipt.statement().subject, Subject::Grant(granted.id()));
    world.publish(receipt);
    let party = Party::Agency(*world.agency.id());
    assert_eq!(world.ledger.receipts(&party, Subject::Grant(granted.id())).len(), 1);
    assert_eq!(world.ledger.releases().count(), 1);
}

/// C14: pictures here, sound there, both in between, each counted.
#[test]
fn c14_each_range_has_its_own_layers() {
    let mut world = World::new();
    let request = world.request();
    let started = world.now.before(Millis::MINUTE.times(40));
    let clip = half_a_minute(&mut world, started);
    // Two init segments and the first group, then pictures and sound of each group.
    let ranges = [(0, 6, Layers::Pictures), (6, 10, Layers::Both), (20, 24, Layers::Sound)];
    let granted = world.grant_all(&request, &[(&clip, &ranges)], 7);
    let mut opened = open(&mut world, &granted);
    let clip = &opened.excerpt.clips()[0];
    assert_eq!(Layer::ALL.map(|layer| (clip.granted(layer), clip.left_out(layer))), [(4, 2), (4, 2)]);
    assert_eq!(clip.outside(), 32 - 14);
    let found: Vec<_> = contents(&mut opened).into_iter().map(|(_, index, _)| index).collect();
    assert_eq!(found, [0, 1, 2, 4, 6, 7, 8, 9, 1, 21, 23]);
}

/// C15: new codec parameters inside of a range, and equal ones that are repeated.
#[test]
fn c15_a_run_is_granted_over_changed_and_repeated_parameters() {
    let mut world = World::new();
    let request = world.request();
    let started = world.now.before(Millis::MINUTE.times(40));
    let take = |init, pictures| Take { init, pictures, sound: None };
    let (small, large) = (Some(&b"small"[..]), Some(&b"large"[..]));
    let takes = [
        take(small, b"one"),
        take(small, b"two"),
        take(large, b"three"),
        take(large, b"four"),
        take(small, b"five"),
        take(None, b"six"),
    ];
    let clip = film(&mut world, started, &takes);
    let mut finished = FinishedClip::open(std::io::Cursor::new(clip.as_slice())).unwrap();
    assert_eq!(finished.count(), 6 + 3, "equal parameters are not sealed again");
    assert!(finished.header_at(3).unwrap().open.group, "a group begins with its new parameters");
    // From the second group to the end: the first parameters stand before it.
    let granted = world.grant_all(&request, &[(&clip, &[(2, 9, Layers::Pictures)])], 7);
    let mut opened = open(&mut world, &granted);
    let found: Vec<_> = contents(&mut opened).into_iter().map(|(_, _, content)| content).collect();
    let expected: [&[u8]; 8] = [b"small", b"two", b"large", b"three", b"four", b"small", b"five", b"six"];
    assert_eq!(found, expected);
    // The last two groups alone: their parameters begin the range.
    let granted = world.grant_all(&request, &[(&clip, &[(6, 9, Layers::Pictures)])], 7);
    let mut opened = open(&mut world, &granted);
    let found: Vec<_> = contents(&mut opened).into_iter().map(|(_, _, content)| content).collect();
    assert_eq!(found, [&b"small"[..], b"five", b"six"]);
}

/// T7: no device makes a grant of ranges that overlap, or touch with equal layers, or of clips that do not fit what was selected.
#[test]
fn t7_ranges_that_overlap_or_touch_alike_make_no_grant() {
    let mut world = World::new();
    let request = world.request();
    let started = world.now.before(Millis::MINUTE.times(40));
    let (clip, other) = (half_a_minute(&mut world, started), half_a_minute(&mut world, started));
    let made = |world: &mut World, ranges: &[(u32, u32, Layers)], given: &[&[u8]]| {
        let mut clips: Vec<_> = given.iter().map(|clip| world.owned(clip)).collect();
        let mut own = world.owned(&clip);
        let select =
            |&(from, to, layers): &(u32, u32, Layers)| own.select_segments(from, to).unwrap().only(layers).unwrap();
        let selections: Vec<_> = ranges.iter().map(select).collect();
        let group = GroupId::new("town").unwrap();
        let (request, selections) = (&request, &selections[..]);
        let proposal = Proposal { request, selections, group: &group, days: Days::new(7).unwrap() };
        let permit = world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
        let (clips, long_term) = (&mut clips[..], &Secret::take(&mut [8; 32]));
        let (ledger, now) = (&world.ledger, world.now);
        let consenting = Consenting { permit, clips, ledger, words: "", now, long_term };
        consent(consenting, &mut world.random).map(drop)
    };
    let one = [(4, 6, Layers::Pictures)];
    assert!(made(&mut world, &one, &[&clip]).is_ok());
    for ranges in [
        [(4, 8, Layers::Pictures), (6, 10, Layers::Pictures)],
        [(4, 6, Layers::Pictures), (6, 8, Layers::Pictures)],
        [(4, 6, Layers::Pictures), (4, 6, Layers::Pictures)],
        [(4, 8, Layers::Pictures), (6, 8, Layers::Sound)],
    ] {
        let error = made(&mut world, &ranges, &[&clip]).unwrap_err();
        assert!(matches!(error, ConsentError::Grant(GrantError::Ranges)), "{ranges:?}: {error}");
    }
    // Given twice, not given, and given without a selection.
    for given in [&[&clip[..], &clip[..]][..], &[&other[..]], &[&clip[..], &other[..]]] {
        let error = made(&mut world, &one, given).unwrap_err();
        assert!(matches!(error, ConsentError::Grant(GrantError::OtherClip)), "{error}");
    }
}
