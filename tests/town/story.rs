//! The whole story, from camera to deletion receipt.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::common;

use common::{SIZES, World, content, deletion};
use footage::agency::WrapStrength;
use footage::auditor::{DeletionVerdict, overdue, verdict};
use footage::record::Subject;

#[test]
fn from_camera_to_deletion_receipt() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 2]);

    let mut opened = world.open(&granted, answers).unwrap();
    let init = opened.excerpt.next_segment().unwrap().unwrap();
    assert_eq!(*init.content, b"codec parameters");
    for index in 2..5_u32 {
        let segment = opened.excerpt.next_segment().unwrap().unwrap();
        assert_eq!(segment.header.open.index, index);
        let minute = u64::from(index) - 1;
        assert_eq!(*segment.content, content(minute, SIZES[minute as usize]));
    }
    assert!(opened.excerpt.next_segment().unwrap().is_none());
    let verdict_of = &opened.verdict;
    let clip = &verdict_of.clips[0];
    assert_eq!((clip.pictures.granted, clip.pictures.left_out, clip.outside), (3, 0, 3));
    assert_eq!(verdict_of.wrap, WrapStrength::PostQuantum);
    assert_eq!(opened.excerpt.words(), "At the door.");

    // The end date, and the receipts.
    let end = granted.end();
    world.pass_to(end);
    let duty = world.ledger.duties().into_iter().find(|duty| matches!(duty.subject, Subject::Grant(_))).unwrap();
    let anchor = world.anchor();
    let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    let closed = world.agency.close_request(request.id(), deletion(), &anchor).unwrap();
    world.append(receipt);
    world.append(closed);
    for n in 0..3 {
        for receipt in world.custodians[n].destroy_ended(&world.ledger, world.now).unwrap() {
            world.append(receipt);
        }
    }
    world.witness();
    assert!(matches!(verdict(&duty, &world.ledger), DeletionVerdict::LateBy(_) | DeletionVerdict::OnTime));
    assert!(overdue(&world.ledger).is_empty(), "{:?}", overdue(&world.ledger));
}
