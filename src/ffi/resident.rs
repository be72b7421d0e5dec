use core::ffi::c_char;

use crate::policy::Policy;
use crate::resident::{OwnCamera, OwnClip, matching};

use super::argument::{Input, Place, Text};
use super::camera::time;
use super::handle::Ref;
use super::json::{from_json, from_json_or_default, to_json};
use super::ledger::footage_ledger;
use super::list::{footage_list, give_list};
use super::statement::id;
use super::status::{Done, call, footage_status};

/// Finds on the device what the requests ask for of a household: its clips by cameras in their areas, in their windows, for
/// the requests from an index of the log on. It tells nobody; ask for all requests, whoever made them.
///
/// `cameras` is a JSON array of objects with `camera` and `position` (longitude and latitude in 1e-7 degrees: `[-806500000,
/// 411000000]`), `clips` one of objects with `clip`, `camera` and `span`. Neither leaves the device. Each match is JSON: the
/// `request`, the `clip`, and the `span` that both cover.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_matching(
    ledger: *const footage_ledger,
    index: u64,
    cameras: *const c_char,
    clips: *const c_char,
    matches: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, cameras, clips, matches) =
        unsafe { (Ref::new(ledger), Text::new(cameras), Text::new(clips), Place::new(matches)) };
    call(|| {
        let (cameras, clips): (Vec<OwnCamera>, Vec<OwnClip>) = (from_json(cameras)?, from_json(clips)?);
        let ledger = ledger.lock()?;
        let found = ledger.view().requests_since(index).flat_map(|request| matching(&request, &cameras, &clips));
        give_list(found.map(|found| to_json(&found)).collect::<Done<_>>()?, &matches)
    })
}

/// Checks whether a request may be shown to a resident at all: `FOOTAGE_REFUSED` if it breaks a rule of the policy, of which
/// `footage_last_refusal` lists each. `request` is its id of 32 bytes, `policy` is JSON, or NULL for the default; `now` is the
/// device's clock, which counts where witnessed time is not later.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_policy_check(
    ledger: *const footage_ledger,
    request: *const u8,
    request_length: usize,
    policy: *const c_char,
    now: i64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, request, policy) =
        unsafe { (Ref::new(ledger), Input::new(request, request_length), Text::new(policy)) };
    call(|| {
        let (ledger, policy): (_, Policy) = (ledger.lock()?, from_json_or_default(policy)?);
        Ok(policy.check(&ledger.view().request(id(request)?)?, ledger.view(), time(now)?)?)
    })
}
