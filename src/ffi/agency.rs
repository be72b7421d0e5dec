use core::ffi::c_char;

use crate::agency::{Agency, Ask, Deletion};
use crate::crypto::OsRandom;
use crate::record::{Request, Signed};
use crate::tlog::Witnessed;

use super::argument::{Input, Inputs, Output, Place, Text};
use super::camera::time;
use super::excerpt::footage_excerpt;
use super::handle::{Object, Ref, free, give};
use super::json::from_json;
use super::key::{footage_signing_key, kem};
use super::ledger::{Book, footage_ledger};
use super::list::{footage_list, give_list};
use super::opened::footage_opened;
use super::state::{Kept, Stored};
use super::statement::id;
use super::status::{Done, Failure, call, footage_status, footage_status::*};
use super::task::Desk;
use super::vault::Slots;

/// An agency: it asks in public, takes excerpts in, releases in public, opens, and deletes.
///
/// Its state holds a secret for each open request and for each grant. A call that changes it acts once, and gives
/// `FOOTAGE_UNSAVED` until the state is stored: store what `footage_agency_save` gives in the place of what was stored before,
/// durably, and make the same call again, which then gives what it made. Until then every other call that acts gives
/// `FOOTAGE_ORDER`.
///
/// What is erased, a request's key, a grant's half, a one-time key, is erased from the state as well: the state must never
/// be backed up or set back, and what was stored before has to be gone.
pub struct footage_agency {
    _opaque: [u8; 0],
}

impl Object for footage_agency {
    const TAG: u32 = u32::from_be_bytes(*b"agcy");
    type Content = Kept<Agency<Stored<Slots>>>;
}

/// The checkpoint that a statement which is made now is not older than.
fn anchor(ledger: &Book) -> Done<&Witnessed> {
    ledger.view().latest().ok_or_else(|| Failure::new(FOOTAGE_ORDER, "the ledger has no checkpoint yet"))
}

/// Makes an agency of its id, its signing key, and the KEM of its request keys, `FOOTAGE_KEM_XWING` or `FOOTAGE_KEM_X25519`.
///
/// `state` is what `footage_agency_save` gave last, for keys of the same KEM, or empty for an agency that never had one. Its
/// requests are numbered on from those in `ledger`, which has to know every entry of the log; NULL is only for an agency that
/// never made a request. The key's handle may be freed afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_agency_new(
    agency_id: *const c_char,
    key: *const footage_signing_key,
    algorithm: u16,
    state: *const u8,
    state_length: usize,
    ledger: *const footage_ledger,
    agency: *mut *mut footage_agency,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (id, key, state, ledger, agency) = unsafe {
        (Text::new(agency_id), Ref::new(key), Input::new(state, state_length), Ref::new(ledger), Place::new(agency))
    };
    call(|| {
        let (id, kem, vault) = (id.get()?.parse()?, kem(algorithm)?, Stored::restore(state)?);
        let key = key.lock()?.duplicate();
        let made = if ledger.is_null() {
            Agency::new(id, key, kem, vault)
        } else {
            Agency::resume(id, key, kem, vault, ledger.lock()?.full()?)
        };
        give(Kept::new(made), &agency)
    })
}

/// Writes the state that has to be stored; wipe the buffer afterwards. Asking for its length alone does not count as saving
/// it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_agency_save(
    agency: *const footage_agency,
    state: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (agency, output) = unsafe { (Ref::new(agency), Output::new(state, capacity, length)) };
    call(|| agency.lock()?.save(&output))
}

/// Makes a request with a fresh request key, anchored in the ledger's latest checkpoint, and writes the statement, which is
/// to be logged. `FOOTAGE_UNSAVED` until the state is stored.
///
/// `ask` is JSON with the members `area`, `window`, `offence`, `case`, `basis`, `retention` (days) and `open_until`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_agency_request(
    agency: *const footage_agency,
    ask: *const c_char,
    ledger: *const footage_ledger,
    request: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (agency, ask, ledger, output) =
        unsafe { (Ref::new(agency), Text::new(ask), Ref::new(ledger), Output::new(request, capacity, length)) };
    call(|| {
        let (mut agency, ledger) = (agency.lock()?, ledger.lock()?);
        let (about, ask): (_, Ask) = (ask.get()?.as_bytes(), from_json(ask)?);
        agency.write_once("footage_agency_request", about, &output, |agency| {
            Ok(agency.request(ask, anchor(&ledger)?, &mut OsRandom)?.to_bytes())
        })
    })
}

/// Takes an open excerpt in: unwraps the agency's half of its key, checks it, and keeps it by itself, so that the request key
/// can go. `FOOTAGE_UNSAVED` until the state is stored. `FOOTAGE_NOT_FOUND` if the request is closed, or was not made here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_agency_take_in(
    agency: *const footage_agency,
    excerpt: *const footage_excerpt,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (agency, excerpt) = unsafe { (Ref::new(agency), Ref::new(excerpt)) };
    call(|| {
        let (mut agency, mut excerpt) = (agency.lock()?, excerpt.lock()?);
        let excerpt = excerpt.get()?.excerpt()?;
        let about = excerpt.terms().id();
        agency.once("footage_agency_take_in", about.as_bytes(), |agency| Ok(agency.take_in(excerpt)?))
    })
}

/// Says in public that a grant which was taken in shall be opened, with a fresh one-time key, and writes the release, which
/// is to be logged. `FOOTAGE_UNSAVED` until the state is stored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_agency_release(
    agency: *const footage_agency,
    excerpt: *const footage_excerpt,
    release: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (agency, excerpt, output) =
        unsafe { (Ref::new(agency), Ref::new(excerpt), Output::new(release, capacity, length)) };
    call(|| {
        let (mut agency, mut excerpt) = (agency.lock()?, excerpt.lock()?);
        let terms = excerpt.get()?.excerpt()?.terms();
        agency.write_once("footage_agency_release", terms.id().as_bytes(), &output, |agency| {
            Ok(agency.release(terms, &mut OsRandom)?.to_bytes())
        })
    })
}

/// Lists what each custodian is brought beside the log so that it can answer a release, whose id has 32 bytes: in turn a
/// custodian's id, a text without NUL, and its delivery, for `footage_custodian_notice`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_agency_deliveries(
    agency: *const footage_agency,
    excerpt: *const footage_excerpt,
    release: *const u8,
    release_length: usize,
    deliveries: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (agency, excerpt, release, deliveries) =
        unsafe { (Ref::new(agency), Ref::new(excerpt), Input::new(release, release_length), Place::new(deliveries)) };
    call(|| {
        let (agency, mut excerpt) = (agency.lock()?, excerpt.lock()?);
        let excerpt = excerpt.get()?.excerpt()?;
        let brought = agency.read().deliveries(id(release)?, excerpt);
        let items = brought.flat_map(|(custodian, delivery)| [custodian.as_str().into(), delivery.to_bytes()]);
        give_list(items.collect(), &deliveries)
    })
}

/// Opens an excerpt with enough custodians' answers, each to a notice in the log; others are passed over, and what is no
/// answer at all. `answers` has `answers_count` pointers at answers, `answers_lengths` their lengths; the ledger has to know
/// every entry of the log.
///
/// The one-time key is erased: to open again takes a new release. `FOOTAGE_UNSAVED` until the state is stored. `FOOTAGE_ORDER`
/// if more answers are needed, `FOOTAGE_NOT_FOUND` if the grant was not released, or is open already. The excerpt's handle may
/// be freed afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_agency_open(
    agency: *const footage_agency,
    excerpt: *const footage_excerpt,
    answers: *const *const u8,
    answers_lengths: *const usize,
    answers_count: usize,
    ledger: *const footage_ledger,
    now: i64,
    opened: *mut *mut footage_opened,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (agency, excerpt, answers, ledger, opened) = unsafe {
        (
            Ref::new(agency),
            Ref::new(excerpt),
            Inputs::new(answers, answers_lengths, answers_count),
            Ref::new(ledger),
            Place::new(opened),
        )
    };
    call(|| {
        opened.check()?;
        let (mut agency, mut excerpt, ledger) = (agency.lock()?, excerpt.lock()?, ledger.lock()?);
        let (answers, ledger, now) = (answers.get()?, ledger.full()?, time(now)?);
        let excerpt = excerpt.get()?.excerpt()?;
        let about = excerpt.terms().id();
        let open = agency.once("footage_agency_open", about.as_bytes(), |agency| {
            let answers = answers.into_iter().filter_map(|answer| Signed::from_bytes(answer).ok()).collect();
            Ok(agency.open(excerpt.clone(), answers, ledger, now)?)
        })?;
        give(Desk::new(open), &opened)
    })
}

/// Closes a request, given as the statement that was logged: destroys its key, and writes the receipt that says so, anchored
/// in the ledger's latest checkpoint and to be logged. From then on a copy of an excerpt that was not taken in is dead.
/// `FOOTAGE_UNSAVED` until the state is stored.
///
/// `deletion` is JSON with the members `method`, `tool` (`name`, `version`), `backups` and `obtained`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_agency_close_request(
    agency: *const footage_agency,
    request: *const u8,
    request_length: usize,
    deletion: *const c_char,
    ledger: *const footage_ledger,
    receipt: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (agency, request, deletion, ledger, output) = unsafe {
        (
            Ref::new(agency),
            Input::new(request, request_length),
            Text::new(deletion),
            Ref::new(ledger),
            Output::new(receipt, capacity, length),
        )
    };
    call(|| {
        let (mut agency, ledger, deletion): (_, _, Deletion) = (agency.lock()?, ledger.lock()?, from_json(deletion)?);
        let request = Signed::<Request>::from_bytes(request.get()?)?.verify()?;
        agency.write_once("footage_agency_close_request", request.id().as_bytes(), &output, |agency| {
            Ok(agency.close_request(&request, deletion, anchor(&ledger)?)?.to_bytes())
        })
    })
}

/// Deletes a grant: destroys the agency's half of its key and any one-time key, and writes the receipt that says so, anchored
/// in the ledger's latest checkpoint and to be logged. The app has destroyed every copy of the footage before.
/// `FOOTAGE_UNSAVED` until the state is stored. `deletion` is as in `footage_agency_close_request`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_agency_delete(
    agency: *const footage_agency,
    excerpt: *const footage_excerpt,
    deletion: *const c_char,
    ledger: *const footage_ledger,
    receipt: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (agency, excerpt, deletion, ledger, output) = unsafe {
        (
            Ref::new(agency),
            Ref::new(excerpt),
            Text::new(deletion),
            Ref::new(ledger),
            Output::new(receipt, capacity, length),
        )
    };
    call(|| {
        let (mut agency, mut excerpt, ledger) = (agency.lock()?, excerpt.lock()?, ledger.lock()?);
        let (excerpt, deletion): (_, Deletion) = (excerpt.get()?.excerpt()?, from_json(deletion)?);
        agency.write_once("footage_agency_delete", excerpt.terms().id().as_bytes(), &output, |agency| {
            Ok(agency.delete(excerpt, deletion, anchor(&ledger)?)?.to_bytes())
        })
    })
}

/// Frees an agency, and wipes its secrets. What a call has made and not given yet is gone. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_agency_free(agency: *mut footage_agency) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(agency) });
}
