//! What readers refuse although every signature in it is valid: one thing is wrong, and one step refuses it.
//!
//! Steps are named by section and number of the format's page: those of section 5.7 for a clip, of section 9 for taking an
//! excerpt in, and of section 10 for opening one.

mod answers;
mod clips;
mod excerpts;

use serde_json::{Value, json};

use super::check;
use crate::clip::ClipError;
use crate::grant::{ExcerptError, OpenExcerptError, UnlockError};
use answers::Answers;
use clips::Reel;
use excerpts::Refusal::{Opened, TakenIn};

/// A test for each vector, which is refused with an error of this form, and a function that describes them all.
macro_rules! refused {
    ($all:ident: $($name:ident, $step:literal, $make:expr => $error:pat,)*) => {
        $(
            #[test]
            fn $name() {
                let error = $make.refused();
                assert!(matches!(error, $error), "{error:?}");
            }
        )*

        fn $all() -> Vec<Value> {
            vec![$($make.describe(stringify!($name), $step)),*]
        }
    };
}

refused! {
    clips:
    another_version, "5.7: 1", clips::version() => ClipError::Malformed { part: "header", .. },
    a_date_without_a_clock, "5.7: 1", clips::date_without_clock() => ClipError::Malformed { part: "header", .. },
    owners_that_the_header_does_not_name, "5.7: 1", clips::owners() => ClipError::Altered(_),
    an_x_wing_header_over_x25519_wraps, "5.7: 1", clips::kem() => ClipError::Altered(_),
    an_unknown_flag, "5.7: 2 S", clips::flag() => ClipError::Unfinished,
    an_unknown_layer, "5.7: 2 S", clips::layer() => ClipError::Unfinished,
    an_unknown_kind, "5.7: 2 S", clips::kind() => ClipError::Unfinished,
    an_index_out_of_order, "5.7: 2 S", clips::index() => ClipError::Unfinished,
    sound_without_its_init, "5.7: 2 S", clips::sound_init() => ClipError::Unfinished,
    media_that_names_media, "5.7: 2 S", clips::media_as_init() => ClipError::Unfinished,
    media_that_names_itself, "5.7: 2 S", clips::later_init() => ClipError::Unfinished,
    an_init_that_lasts, "5.7: 2 S", clips::lasting_init() => ClipError::Unfinished,
    a_first_segment_that_begins_no_group, "5.7: 2 S", clips::first_without_group() => ClipError::Unfinished,
    a_head_within_a_group, "5.7: 2 S", clips::head_within_group() => ClipError::Unfinished,
    a_file_with_sound, "5.7: 2 S", clips::file_with_sound() => ClipError::Unfinished,
    a_body_longer_than_its_head_says, "5.7: 2 S", clips::long_body() => ClipError::Unfinished,
    a_manifest_of_another_root, "5.7: 2 D", clips::root() => ClipError::Unfinished,
    a_manifest_of_another_count, "5.7: 2 D", clips::count() => ClipError::Unfinished,
    a_manifest_of_another_clip, "5.7: 2 D", clips::other_clip() => ClipError::Unfinished,
    a_manifest_of_another_suite, "5.7: 2 D", clips::other_suite() => ClipError::Unfinished,
    a_manifest_of_another_header, "5.7: 2 D", clips::other_header() => ClipError::Unfinished,
    a_clock_set_twice, "5.7: 2 D", clips::set_twice() => ClipError::Unfinished,
    a_manifest_without_an_end, "5.7: 2 D", clips::endless() => ClipError::Unfinished,
    wraps_of_another_identity, "5.7: wrap", clips::wraps_of_another_identity() => ClipError::Secret(_),
    a_wrong_check_value, "5.7: check value", clips::check() => ClipError::WrongKey,
    keys_of_another_identity, "5.7: commitment", clips::keys_of_another_identity() => ClipError::Open(0),
    keys_of_another_secret, "5.7: check value", clips::keys_of_another_secret() => ClipError::WrongKey,
    another_commitment, "5.7: commitment", clips::commitment() => ClipError::Open(6),
    another_tag, "5.7: tag", clips::tag() => ClipError::Open(6),
}

refused! {
    excerpts:
    terms_of_another_grant, "9: 2", excerpts::grant_id() => TakenIn(ExcerptError::Altered("grant id")),
    an_envelope_of_another_key, "9: 3", excerpts::stranger() => TakenIn(ExcerptError::Signature { part: "envelope", .. }),
    an_envelope_of_other_terms, "9: 3", excerpts::other_terms() => TakenIn(ExcerptError::Altered("terms")),
    a_sealed_part_of_another_grant, "9: 4", excerpts::sealed_part() => TakenIn(ExcerptError::Altered("part")),
    a_body_beside_the_envelope, "9: 5", excerpts::body_beside() => TakenIn(ExcerptError::Altered("footage")),
    another_wrap_for_the_agency, "9: 6", excerpts::agency_wrap() => TakenIn(ExcerptError::Altered("agency's wrap")),
    custodians_wraps_in_another_order, "9: 6", excerpts::custodian_wraps()
        => TakenIn(ExcerptError::Altered("custodians' wraps")),
    a_member_without_a_wrap, "9: 6", excerpts::wrap_missing() => TakenIn(ExcerptError::Altered("custodians' wraps")),
    a_part_under_the_key_of_another, "10: 6", excerpts::other_place() => Opened(OpenExcerptError::Part),
    a_private_digest_over_other_parts, "10: 7", excerpts::private() => Opened(OpenExcerptError::Part),
    clips_out_of_order, "10: 7", excerpts::clips_out_of_order() => Opened(OpenExcerptError::Form("the order of the clips")),
    one_clip_twice, "10: 7", excerpts::clip_twice() => Opened(OpenExcerptError::Form("the order of the clips")),
    one_clip_at_two_dates, "10: 7", excerpts::clip_at_two_dates() => Opened(OpenExcerptError::Form("a clip twice")),
    a_clip_of_another_version, "10: 8", excerpts::version()
        => Opened(OpenExcerptError::Camera(ClipError::Malformed { part: "header", .. })),
    a_head_in_the_place_of_the_manifest, "10: 9", excerpts::endless()
        => Opened(OpenExcerptError::Camera(ClipError::Unfinished)),
    a_manifest_of_a_clip_beside, "10: 9", excerpts::manifest_of_another_clip()
        => Opened(OpenExcerptError::Camera(ClipError::Altered(_))),
    a_range_past_the_end, "10: 10", excerpts::past_the_end()
        => Opened(OpenExcerptError::Camera(ClipError::PastTheEnd(4))),
    a_segment_left_away, "10: 10", excerpts::left_away() => Opened(OpenExcerptError::Form("the segments of a range")),
    overlapping_ranges, "10: 10", excerpts::overlapping() => Opened(OpenExcerptError::Form("the order of the ranges")),
    ranges_out_of_order, "10: 10", excerpts::out_of_order() => Opened(OpenExcerptError::Form("the order of the ranges")),
    ranges_that_touch_alike, "10: 10", excerpts::touching_alike()
        => Opened(OpenExcerptError::Form("the order of the ranges")),
    a_range_that_begins_within_a_group, "10: 10", excerpts::begins_in_group()
        => Opened(OpenExcerptError::Camera(ClipError::NoGroup(5))),
    a_range_that_ends_within_a_group, "10: 10", excerpts::ends_in_group()
        => Opened(OpenExcerptError::Camera(ClipError::NoGroup(7))),
    a_range_without_its_end, "10: 10", excerpts::end_missing() => Opened(OpenExcerptError::Form("the end of a range")),
    a_group_without_the_granted_layer, "10: 10", excerpts::group_without_pictures()
        => Opened(OpenExcerptError::Camera(ClipError::NoLayer { group: 6, .. })),
    an_init_missing, "10: 10", excerpts::init_missing() => Opened(OpenExcerptError::Form("the init segments")),
    an_init_too_many, "10: 10", excerpts::init_too_many() => Opened(OpenExcerptError::Form("the init segments")),
    an_init_that_is_a_media_segment, "10: 10", excerpts::media_as_init()
        => Opened(OpenExcerptError::Form("the init segments")),
    an_init_of_another_layer, "10: 10", excerpts::init_of_another_layer()
        => Opened(OpenExcerptError::Form("the init segments")),
    a_file_whose_segment_names_an_init, "10: 10", excerpts::file_with_an_init()
        => Opened(OpenExcerptError::Form("a file's segments")),
    a_clip_without_a_time, "10: 10", excerpts::undated() => Opened(OpenExcerptError::Camera(ClipError::NoTime)),
    an_init_past_the_year_9999, "10: 10", excerpts::init_past_the_year_9999()
        => Opened(OpenExcerptError::Camera(ClipError::Time(_))),
    a_range_outside_of_the_window, "10: 10", excerpts::window() => Opened(OpenExcerptError::Window(_)),
    another_root, "10: 11", excerpts::root() => Opened(OpenExcerptError::Manifest),
    the_root_in_the_place_of_a_cover, "10: 12", excerpts::cover_of_everything()
        => Opened(OpenExcerptError::Form("the cover of a range")),
    a_cover_that_is_not_canonical, "10: 12", excerpts::cover_by_leaves()
        => Opened(OpenExcerptError::Form("the cover of a range")),
    seeds_of_a_layer_that_is_not_granted, "10: 12", excerpts::cover_of_another_layer()
        => Opened(OpenExcerptError::Form("the cover of a range")),
    a_body_missing, "10: 12", excerpts::body_missing() => Opened(OpenExcerptError::Form("bodies")),
    a_body_that_the_camera_did_not_sign, "10: 13", excerpts::body() => Opened(OpenExcerptError::Segment(2)),
}

refused! {
    halves:
    a_half_for_another_key, "10: 2", answers::other_key() => UnlockError::Half,
    a_half_in_another_role, "10: 2", answers::role() => UnlockError::Half,
    a_half_that_is_not_the_one_of_the_terms, "10: 2", answers::half() => UnlockError::Half,
    possession_of_another_grant, "10: 2", answers::possession() => UnlockError::Half,
}

refused! {
    answers:
    an_answer_for_other_terms, "10: 3", answers::other_terms() => UnlockError::Answers { found: 1, needed: 2 },
    an_answer_of_no_member, "10: 3", answers::no_member() => UnlockError::Answers { found: 1, needed: 2 },
    a_share_that_is_not_the_one_of_the_terms, "10: 3", answers::other_share()
        => UnlockError::Answers { found: 1, needed: 2 },
    an_answer_to_another_one_time_key, "10: 3", answers::other_one_time_key()
        => UnlockError::Answers { found: 1, needed: 2 },
    an_answer_twice, "10: 4", answers::twice() => UnlockError::Answers { found: 1, needed: 2 },
    shares_of_another_secret, "10: 5", answers::other_secret() => UnlockError::Half,
}

/// What the vectors differ from is not refused.
#[test]
fn what_is_not_altered_is_read() {
    assert_eq!(Reel::new().read().unwrap().len(), 6);
    assert_eq!(excerpts::good().read().unwrap().len(), 4);
    assert!(Answers::good().combine().is_ok());
}

/// Too long for the file.
#[test]
fn more_ranges_than_a_grant_takes() {
    let error = excerpts::too_many_ranges().refused();
    assert!(matches!(error, Opened(OpenExcerptError::Form("more than one grant takes"))), "{error:?}");
}

#[test]
fn refused() {
    let all = json!({ "clips": clips(), "excerpts": excerpts(), "halves": halves(), "answers": answers() });
    check("refused.json", all);
}
