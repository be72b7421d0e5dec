use crate::ledger::{Conduct, Ledger, Page, Phone, Usage, View};
use crate::record::{AgencyId, OutcomeResult, StatementId, Timestamp, TrustRoots};
use crate::tlog::Witnessed;

use super::argument::{Input, Output, Place, Text};
use super::handle::{Object, Ref, free, give};
use super::json::{from_json, to_json};
use super::list::{footage_list, give_list};
use super::statement::id;
use super::status::{Done, Failure, call, footage_status, footage_status::*};
use super::waiting::Waiting;

/// What the log says of who stands how: for agencies, custodians and auditors from its every entry, for phones from the
/// pages of the feed.
pub struct footage_ledger {
    _opaque: [u8; 0],
}

impl Object for footage_ledger {
    const TAG: u32 = u32::from_be_bytes(*b"ldgr");
    type Content = Book;
}

pub(crate) struct Book {
    kind: Kind,
    /// From where the ledger stands.
    waiting: Waiting,
}

enum Kind {
    Full(Ledger),
    Phone(Phone),
}

impl Book {
    /// What both kinds can say.
    pub(super) fn view(&self) -> &View {
        match &self.kind {
            Kind::Full(ledger) => ledger,
            Kind::Phone(phone) => phone,
        }
    }

    /// Goes on to a checkpoint, with all entries up to it. Those that wait are forgotten.
    pub(super) fn advance(&mut self, entries: &[Vec<u8>], checkpoint: &Witnessed) -> Done {
        self.waiting.take();
        match &mut self.kind {
            Kind::Full(ledger) => Ok(ledger.advance(entries, checkpoint)?),
            Kind::Phone(_) => self.full().map(|_| ()),
        }
    }

    /// The ledger of every entry.
    pub(super) fn full(&self) -> Done<&Ledger> {
        match &self.kind {
            Kind::Full(ledger) => Ok(ledger),
            Kind::Phone(_) => {
                Err(Failure::new(FOOTAGE_ARGUMENT, "a phone's ledger, where every entry has to be known"))
            }
        }
    }
}

/// Makes an empty ledger of the log that the trust roots name, for `footage_ledger_entry` and `footage_ledger_advance`.
/// `trust` is JSON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_new(
    trust: *const core::ffi::c_char,
    ledger: *mut *mut footage_ledger,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (trust, ledger) = unsafe { (Text::new(trust), Place::new(ledger)) };
    call(|| {
        let trust: TrustRoots = from_json(trust)?;
        give(Book { kind: Kind::Full(Ledger::new(trust)), waiting: Waiting::default() }, &ledger)
    })
}

/// Writes what a ledger of every entry knows, to go on from there the next time. What is stored is believed: keep it where
/// nobody else writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_save(
    ledger: *const footage_ledger,
    state: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (ledger, output) = unsafe { (Ref::new(ledger), Output::new(state, capacity, length)) };
    call(|| output.write(&ledger.lock()?.full()?.save()))
}

/// Makes a ledger again from what `footage_ledger_save` gave under the same trust roots, to go on with the entries since.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_restore(
    state: *const u8,
    state_length: usize,
    trust: *const core::ffi::c_char,
    ledger: *mut *mut footage_ledger,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (state, trust, ledger) = unsafe { (Input::new(state, state_length), Text::new(trust), Place::new(ledger)) };
    call(|| {
        let restored = Ledger::restore(state.get()?, from_json(trust)?)?;
        give(Book { kind: Kind::Full(restored), waiting: Waiting::default() }, &ledger)
    })
}

/// Makes an empty ledger for a phone, for `footage_ledger_page`. `trust` is JSON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_new_phone(
    trust: *const core::ffi::c_char,
    ledger: *mut *mut footage_ledger,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (trust, ledger) = unsafe { (Text::new(trust), Place::new(ledger)) };
    call(|| {
        let trust: TrustRoots = from_json(trust)?;
        give(Book { kind: Kind::Phone(Phone::new(trust)), waiting: Waiting::default() }, &ledger)
    })
}

/// How many entries of the log the ledger stands for: the next `footage_ledger_entry` has this index, or this and those that
/// wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_size(ledger: *const footage_ledger, size: *mut u64) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, size) = unsafe { (Ref::new(ledger), Place::new(size)) };
    call(|| match &ledger.lock()?.kind {
        Kind::Full(ledger) => size.put(ledger.size()),
        Kind::Phone(phone) => size.put(phone.size().unwrap_or(0)),
    })
}

/// Hands over the log's next entry, which waits for a checkpoint that includes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_entry(
    ledger: *const footage_ledger,
    entry: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, entry) = unsafe { (Ref::new(ledger), Input::new(entry, length)) };
    call(|| {
        let (mut ledger, entry) = (ledger.lock()?, entry.get()?);
        ledger.full()?;
        ledger.waiting.push(entry)
    })
}

/// Goes on to a cosigned checkpoint with the entries that wait, which have to be all up to it. If it fails, the ledger is as
/// before, and the entries are forgotten. Follow every checkpoint: times are only as fine as they are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_advance(
    ledger: *const footage_ledger,
    checkpoint: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, checkpoint) = unsafe { (Ref::new(ledger), Input::new(checkpoint, length)) };
    call(|| {
        let (mut book, checkpoint) = (ledger.lock()?, checkpoint.get()?);
        book.full()?;
        let entries = book.waiting.take();
        let checkpoint = Witnessed::verify(checkpoint, book.view().trust().log())?;
        book.advance(&entries, &checkpoint)
    })
}

/// Takes a page of the feed into a phone's ledger. If it fails, the ledger is as before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_page(
    ledger: *const footage_ledger,
    page: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, page) = unsafe { (Ref::new(ledger), Input::new(page, length)) };
    call(|| {
        let (mut ledger, page) = (ledger.lock()?, Page::from_bytes(page.get()?)?);
        match &mut ledger.kind {
            Kind::Phone(phone) => Ok(phone.take(&page)?),
            Kind::Full(_) => Err(Failure::new(FOOTAGE_ARGUMENT, "a ledger of every entry takes no pages")),
        }
    })
}

/// The time that the log's witnesses have reached, in milliseconds since 1970; 0 before the first checkpoint.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_time(ledger: *const footage_ledger, time: *mut i64) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, time) = unsafe { (Ref::new(ledger), Place::new(time)) };
    call(|| time.put(ledger.lock()?.view().time().as_millis().cast_signed()))
}

/// A request that an approved agency made, for an app to show and to match.
#[derive(serde::Serialize)]
struct Listed<'a> {
    id: StatementId,
    index: u64,
    request: &'a crate::record::Request,
}

/// Lists the requests, from an index of the log on, whose agencies were approved, in the log's order. Each is JSON: its
/// `id`, its `index`, and the `request`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_requests(
    ledger: *const footage_ledger,
    index: u64,
    requests: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, requests) = unsafe { (Ref::new(ledger), Place::new(requests)) };
    call(|| {
        let ledger = ledger.lock()?;
        let listed = ledger
            .view()
            .requests_since(index)
            .map(|request| to_json(&Listed { id: request.id(), index: request.index(), request: request.statement() }));
        give_list(listed.collect::<Done<_>>()?, &requests)
    })
}

/// Writes the approval that an agency has at a time, as JSON. `FOOTAGE_NOT_FOUND` if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_agency(
    ledger: *const footage_ledger,
    agency: *const core::ffi::c_char,
    time: i64,
    json: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (ledger, agency, output) =
        unsafe { (Ref::new(ledger), Text::new(agency), Output::new(json, capacity, length)) };
    call(|| {
        let ledger = ledger.lock()?;
        let agency = agency.get()?.parse()?;
        let approval = ledger.view().agency(&agency, super::camera::time(time)?);
        output.write(&to_json(&approval.ok_or_else(|| Failure::from(FOOTAGE_NOT_FOUND))?)?)
    })
}

/// What an app shows of a request, besides what it says.
#[derive(serde::Serialize)]
struct Shown<'a> {
    id: StatementId,
    index: u64,
    request: &'a crate::record::Request,
    /// Not earlier than this; nothing if its anchor is no witnessed checkpoint of this log.
    made: Option<Timestamp>,
    existed_by: Timestamp,
    usage: Usage,
    conduct: Conduct,
    outcome: Option<OutcomeResult>,
}

/// Writes what the log says of a request, as JSON: its `id`, its `index`, the `request`; when it was `made` at the earliest, or
/// null, and by when it `existed`; the agency's `usage` up to then (`in_30_days`, `for_the_case`), its `conduct` (`one_chain`,
/// `fresh`), and the `outcome` that it reported, or null. `request` is its id of 32 bytes.
///
/// A phone's ledger knows no outcomes, and counts what it has seen. `FOOTAGE_NOT_FOUND` if the log does not hold the request,
/// `FOOTAGE_REFUSED` if its agency was not approved.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_request(
    ledger: *const footage_ledger,
    request: *const u8,
    request_length: usize,
    json: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (ledger, request, output) =
        unsafe { (Ref::new(ledger), Input::new(request, request_length), Output::new(json, capacity, length)) };
    call(|| {
        let ledger = ledger.lock()?;
        let view = ledger.view();
        let request = view.request(id(request)?)?;
        output.write(&to_json(&Shown {
            id: request.id(),
            index: request.index(),
            request: request.statement(),
            made: view.made(request.id()),
            existed_by: request.existed_by(),
            usage: view.usage(&request),
            conduct: view.conduct(&request),
            outcome: view.outcome(request.id()).map(|outcome| outcome.result),
        })?)
    })
}

/// Lists what vendors and an agency have disclosed of each other, in the log's order; of every agency for NULL. Each is JSON.
/// Only a ledger of every entry knows them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_disclosures(
    ledger: *const footage_ledger,
    agency: *const core::ffi::c_char,
    disclosures: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, agency, disclosures) = unsafe { (Ref::new(ledger), Text::new(agency), Place::new(disclosures)) };
    call(|| {
        let ledger = ledger.lock()?;
        let agency: Option<AgencyId> = agency.optional()?.map(str::parse).transpose()?;
        let all = ledger.full()?.disclosures().map(|disclosure| disclosure.statement());
        let listed = all.filter(|disclosure| agency.is_none_or(|agency| disclosure.agency == agency)).map(to_json);
        give_list(listed.collect::<Done<_>>()?, &disclosures)
    })
}

/// Lists the approvals of custodians at a time, for a resident to choose a group from. Each is JSON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_custodians(
    ledger: *const footage_ledger,
    time: i64,
    custodians: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, custodians) = unsafe { (Ref::new(ledger), Place::new(custodians)) };
    call(|| {
        let (ledger, time) = (ledger.lock()?, super::camera::time(time)?);
        give_list(ledger.view().custodians(time).map(|approval| to_json(&approval)).collect::<Done<_>>()?, &custodians)
    })
}

/// Frees a ledger. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_free(ledger: *mut footage_ledger) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(ledger) });
}
