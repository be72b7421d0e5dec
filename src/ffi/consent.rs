use core::ffi::c_char;

use crate::crypto::OsRandom;
use crate::policy::{Policy, Proposal};
use crate::record::{Consent, Days, GroupId};
use crate::resident::{Excerpted, consent};

use super::argument::{Input, Output, Place, Text};
use super::camera::time;
use super::clip::{Reading, footage_clip};
use super::handle::Ref;
use super::json::{from_json_or_default, to_json};
use super::ledger::footage_ledger;
use super::list::{footage_list, give_list};
use super::statement::id;
use super::status::{call, footage_status};
use super::stream::footage_stream;

/// A resident says yes: grants the segments of an open and unlocked clip from `first` to before `end` to the agency of a
/// request, for so many days, and writes the excerpt to an output. `FOOTAGE_WANT` until it is done. There is no other way to a
/// grant, and no function for no.
///
/// `request` is its id of 32 bytes; `group` names the custodians who hold the other half of the key; `policy` is JSON, or NULL
/// for the default; `words` go to the agency with the footage, at most 4 KiB, or NULL. `now` is the device's clock.
/// `FOOTAGE_REFUSED` if a rule of the policy is broken, of which `footage_last_refusal` lists each. The ledger's handle must
/// not be in use by another call meanwhile.
///
/// `consents` becomes a list of one record, which belongs in every owner's store: it holds the revocation. Nothing of it goes
/// to anybody.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_consent(
    ledger: *const footage_ledger,
    clip: *const footage_clip,
    request: *const u8,
    request_length: usize,
    first: u32,
    end: u32,
    group: *const c_char,
    days: u64,
    policy: *const c_char,
    words: *const c_char,
    now: i64,
    excerpt: *const footage_stream,
    consents: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, clip, request, group, policy, words, excerpt, consents) = unsafe {
        (
            Ref::new(ledger),
            Ref::new(clip),
            Input::new(request, request_length),
            Text::new(group),
            Text::new(policy),
            Text::new(words),
            Ref::new(excerpt),
            Place::new(consents),
        )
    };
    call(|| {
        consents.check()?;
        let consent = clip.lock()?.run("footage_consent", |_| {
            let (ledger, request, days, now) = (ledger.share()?, id(request)?, Days::new(days)?, time(now)?);
            let (group, policy): (GroupId, Policy) = (group.get()?.parse()?, from_json_or_default(policy)?);
            let words = words.optional()?.unwrap_or_default().to_owned();
            let mut sink = excerpt.lock()?.sink()?;
            Ok(move |reading: &mut Reading| {
                let (clip, secret) = reading.unlocked()?;
                let selection = clip.select_segments(first, end)?;
                let permit = {
                    let ledger = ledger.lock()?;
                    let request = &ledger.view().request(request)?;
                    policy.permit(&Proposal { request, selection, group: &group, days }, ledger.view(), now)?
                };
                let Excerpted { consent, .. } = consent(permit, clip, secret, &words, now, &mut sink, &mut OsRandom)?;
                Ok(consent)
            })
        })?;
        give_list(vec![consent.to_bytes()], &consents)
    })
}

/// Writes the revocation of a consent, a signed statement: given to the custodians, it ends access before its time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_consent_revocation(
    consent: *const u8,
    consent_length: usize,
    revocation: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (consent, output) = unsafe { (Input::new(consent, consent_length), Output::new(revocation, capacity, length)) };
    call(|| output.write(&Consent::from_bytes(consent.get()?)?.revocation.to_bytes()))
}

/// Writes what a consent says, as JSON: `grant`, `request`, `clip`, `from`, `to`, `given`, `not_after` and `revocation`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_consent_json(
    consent: *const u8,
    consent_length: usize,
    json: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (consent, output) = unsafe { (Input::new(consent, consent_length), Output::new(json, capacity, length)) };
    call(|| output.write(&to_json(&Consent::from_bytes(consent.get()?)?)?))
}
