use core::ffi::c_char;

use crate::auditor::{Accusation, Auditor, Charge, DeletionVerdict, Listing, Weight, overdue};
use crate::ledger::Party;
use crate::policy::Policy;
use crate::record::{Position, Subject, Timestamp, TrustRoots};
use crate::tlog::{LogCopy, Witnessed};

use super::argument::{Input, Output, Place, Text};
use super::camera::time;
use super::copy::extended;
use super::follow::footage_tiles;
use super::handle::{Object, Ref, free, give};
use super::json::{from_json, from_json_or_default, to_json};
use super::list::{footage_list, give_list};
use super::status::{Done, Failure, call, footage_status, footage_status::*};
use super::waiting::Waiting;

/// Anybody who replays the log, and says what it shows: numbers, the directory of agencies, what is overdue, accusations.
///
/// It holds the log's entries in memory, unless it was restored. Times are those of the checkpoints that it follows, so let it follow every one.
pub struct footage_auditor {
    _opaque: [u8; 0],
}

impl Object for footage_auditor {
    const TAG: u32 = u32::from_be_bytes(*b"audt");
    type Content = Auditing;
}

pub(crate) struct Auditing {
    auditor: Auditor,
    /// Of the whole log, unless the auditor was restored.
    copy: Option<LogCopy>,
    waiting: Waiting,
}

impl Auditing {
    fn advance(&mut self, entries: &[Vec<u8>], checkpoint: &Witnessed) -> Done {
        let Self { auditor, copy, .. } = self;
        match copy {
            Some(copy) => Ok(extended(copy, entries, |_| auditor.advance(entries, checkpoint))?),
            None => Ok(auditor.advance(entries, checkpoint)?),
        }
    }
}

/// Makes an auditor at the beginning of the log that the trust roots name, who holds requests against a policy. Both are
/// JSON; a NULL policy is the default one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_new(
    trust: *const c_char,
    policy: *const c_char,
    auditor: *mut *mut footage_auditor,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (trust, policy, auditor) = unsafe { (Text::new(trust), Text::new(policy), Place::new(auditor)) };
    call(|| {
        let (trust, policy): (TrustRoots, Policy) = (from_json(trust)?, from_json_or_default(policy)?);
        let made = Auditor::new(trust, policy);
        give(Auditing { auditor: made, copy: Some(LogCopy::default()), waiting: Waiting::default() }, &auditor)
    })
}

/// Writes what the auditor knows, to go on from there the next time. What is stored is believed: keep it where nobody else
/// writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_save(
    auditor: *const footage_auditor,
    state: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (auditor, output) = unsafe { (Ref::new(auditor), Output::new(state, capacity, length)) };
    call(|| output.write(&auditor.lock()?.auditor.save()))
}

/// Makes an auditor again from what `footage_auditor_save` gave under the same trust roots and policy, to go on with the
/// entries since.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_restore(
    state: *const u8,
    state_length: usize,
    trust: *const c_char,
    policy: *const c_char,
    auditor: *mut *mut footage_auditor,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (state, trust, policy, auditor) =
        unsafe { (Input::new(state, state_length), Text::new(trust), Text::new(policy), Place::new(auditor)) };
    call(|| {
        let (trust, policy): (TrustRoots, Policy) = (from_json(trust)?, from_json_or_default(policy)?);
        let restored = Auditor::restore(state.get()?, trust, policy)?;
        give(Auditing { auditor: restored, copy: None, waiting: Waiting::default() }, &auditor)
    })
}

/// How many entries of the log the auditor has replayed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_size(auditor: *const footage_auditor, size: *mut u64) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (auditor, size) = unsafe { (Ref::new(auditor), Place::new(size)) };
    call(|| size.put(auditor.lock()?.auditor.ledger().size()))
}

/// Hands over the log's next entry, which waits for a checkpoint that includes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_entry(
    auditor: *const footage_auditor,
    entry: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (auditor, entry) = unsafe { (Ref::new(auditor), Input::new(entry, length)) };
    call(|| auditor.lock()?.waiting.push(entry.get()?))
}

/// Goes on to a cosigned checkpoint with the entries that wait, which have to be all up to it. If it fails, the auditor is
/// as before, and the entries are forgotten; but a fork that is proven is charged from now on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_advance(
    auditor: *const footage_auditor,
    checkpoint: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (auditor, checkpoint) = unsafe { (Ref::new(auditor), Input::new(checkpoint, length)) };
    call(|| {
        let (mut auditing, checkpoint) = (auditor.lock()?, checkpoint.get()?);
        let entries = auditing.waiting.take();
        let checkpoint = Witnessed::verify(checkpoint, auditing.auditor.ledger().trust().log())?;
        auditing.advance(&entries, &checkpoint)
    })
}

/// Goes on to a cosigned checkpoint, or to the latest one if `length` is 0, and fetches the entries up to it. `FOOTAGE_WANT`
/// while a file is wanted of the app. Otherwise as `footage_auditor_advance`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_follow(
    auditor: *const footage_auditor,
    tiles: *const footage_tiles,
    checkpoint: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (auditor, tiles, checkpoint) = unsafe { (Ref::new(auditor), Ref::new(tiles), Input::new(checkpoint, length)) };
    call(|| {
        let (mut auditing, mut tiles, checkpoint) = (auditor.lock()?, tiles.lock()?, checkpoint.get()?);
        let ledger = auditing.auditor.ledger();
        let at = (ledger.trust().log(), ledger.size());
        let (entries, checkpoint) = tiles.fetch("footage_auditor_follow", at, checkpoint)?;
        auditing.advance(&entries, &checkpoint)
    })
}

/// Holds a cosigned checkpoint that was found elsewhere against those that were followed: `forked` becomes 1 if the log
/// shows it another history, which is charged from now on, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_compare(
    auditor: *const footage_auditor,
    checkpoint: *const u8,
    length: usize,
    forked: *mut u8,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (auditor, checkpoint, forked) =
        unsafe { (Ref::new(auditor), Input::new(checkpoint, length), Place::new(forked)) };
    call(|| {
        forked.check()?;
        let mut auditing = auditor.lock()?;
        let checkpoint = Witnessed::verify(checkpoint.get()?, auditing.auditor.ledger().trust().log())?;
        forked.put(auditing.auditor.compare(&checkpoint).into())
    })
}

/// Says since when the log stands still by this clock, in milliseconds since 1970. `FOOTAGE_NOT_FOUND` if it does not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_stale(
    auditor: *const footage_auditor,
    now: i64,
    since: *mut i64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (auditor, since) = unsafe { (Ref::new(auditor), Place::new(since)) };
    call(|| {
        let stale = auditor.lock()?.auditor.stale_since(time(now)?);
        since.put(stale.ok_or_else(|| Failure::from(FOOTAGE_NOT_FOUND))?.as_millis().cast_signed())
    })
}

/// Numbers below this are suppressed by default.
pub const FOOTAGE_SMALL: u64 = 5;
/// The numbers of each agency, offence and month.
pub const FOOTAGE_CSV_ROWS: u8 = 0;
/// Each agency's total of what its rows show exactly.
pub const FOOTAGE_CSV_TOTALS: u8 = 1;
/// Money, equipment and other incentives.
pub const FOOTAGE_CSV_INCENTIVES: u8 = 2;

/// Writes the numbers as they may be published, as JSON: cells below the threshold are suppressed, and cannot be found by
/// subtraction. `FOOTAGE_SMALL` is a good threshold, 1 suppresses nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_numbers(
    auditor: *const footage_auditor,
    threshold: u64,
    json: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (auditor, output) = unsafe { (Ref::new(auditor), Output::new(json, capacity, length)) };
    call(|| output.write(&to_json(&auditor.lock()?.auditor.numbers().publish(threshold))?))
}

/// Writes a table of the numbers as they may be published, as CSV (RFC 4180, with a header line): `FOOTAGE_CSV_ROWS`,
/// `FOOTAGE_CSV_TOTALS` or `FOOTAGE_CSV_INCENTIVES`. As `footage_auditor_numbers`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_numbers_csv(
    auditor: *const footage_auditor,
    threshold: u64,
    table: u8,
    csv: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (auditor, output) = unsafe { (Ref::new(auditor), Output::new(csv, capacity, length)) };
    call(|| {
        let published = auditor.lock()?.auditor.numbers().publish(threshold);
        let csv = match table {
            FOOTAGE_CSV_ROWS => published.rows_csv(),
            FOOTAGE_CSV_TOTALS => published.totals_csv(),
            FOOTAGE_CSV_INCENTIVES => published.incentives_csv(),
            _ => return Err(Failure::new(FOOTAGE_ARGUMENT, "no such table")),
        };
        output.write(csv.as_bytes())
    })
}

/// Writes the directory of the agencies that were approved at a time, as GeoJSON: a `FeatureCollection` with one `Feature`
/// an agency, its jurisdiction as geometry and what the log says of it as properties.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_directory(
    auditor: *const footage_auditor,
    time: i64,
    json: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (auditor, output) = unsafe { (Ref::new(auditor), Output::new(json, capacity, length)) };
    call(|| output.write(&to_json(&auditor.lock()?.auditor.directory(super::camera::time(time)?))?))
}

fn features<'a>(listings: impl Iterator<Item = &'a Listing>, list: &Place<'_, *mut footage_list>) -> Done {
    give_list(listings.map(to_json).collect::<Done<_>>()?, list)
}

/// Lists the agencies approved at a time in whose names a text stands, in capital or small letters. Each is JSON: a `Feature`
/// of the directory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_agencies_named(
    auditor: *const footage_auditor,
    time: i64,
    text: *const c_char,
    agencies: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (auditor, text, agencies) = unsafe { (Ref::new(auditor), Text::new(text), Place::new(agencies)) };
    call(|| {
        let directory = auditor.lock()?.auditor.directory(super::camera::time(time)?);
        features(directory.named(text.get()?), &agencies)
    })
}

/// Lists the agencies approved at a time that might ask at a place, in 1e-7 degrees (WGS84). Each is JSON: a `Feature` of
/// the directory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_agencies_at(
    auditor: *const footage_auditor,
    time: i64,
    longitude: i32,
    latitude: i32,
    agencies: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (auditor, agencies) = unsafe { (Ref::new(auditor), Place::new(agencies)) };
    call(|| {
        let directory = auditor.lock()?.auditor.directory(super::camera::time(time)?);
        features(directory.covering(Position::from_e7(longitude, latitude)?), &agencies)
    })
}

/// A duty that was not kept.
#[derive(serde::Serialize)]
struct Overdue<'a> {
    party: &'a Party,
    subject: Subject,
    since: Timestamp,
    due: Timestamp,
    verdict: DeletionVerdict,
}

/// Lists what should have been deleted by now, by witnessed time, and is not proven to be. Each is JSON: `party`, `subject`,
/// `since`, `due` and `verdict`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_overdue(
    auditor: *const footage_auditor,
    duties: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (auditor, duties) = unsafe { (Ref::new(auditor), Place::new(duties)) };
    call(|| {
        let found = overdue(auditor.lock()?.auditor.ledger());
        let listed = found.iter().map(|(duty, verdict)| {
            let (since, due) = (duty.since, duty.due);
            to_json(&Overdue { party: &duty.party, subject: duty.subject, since, due, verdict: *verdict })
        });
        give_list(listed.collect::<Done<_>>()?, &duties)
    })
}

/// Lists everything that is to be charged, by witnessed time. Each is JSON: an object with one member named by the kind of
/// charge, or its name alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_charges(
    auditor: *const footage_auditor,
    charges: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (auditor, charges) = unsafe { (Ref::new(auditor), Place::new(charges)) };
    call(|| {
        let found = auditor.lock()?.auditor.charges();
        give_list(found.iter().map(to_json).collect::<Done<_>>()?, &charges)
    })
}

/// Makes the accusations of a charge, by its index among those that `footage_auditor_charges` gives now: each convinces a
/// third party by itself, by `footage_accusation_verify`. There is none if the times are not known well enough for that.
/// `FOOTAGE_ORDER` with an auditor that was restored, which has no entries to show.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_accuse(
    auditor: *const footage_auditor,
    charge: usize,
    accusations: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (auditor, accusations) = unsafe { (Ref::new(auditor), Place::new(accusations)) };
    call(|| {
        let auditing = auditor.lock()?;
        let charges = auditing.auditor.charges();
        let charge: &Charge = charges.get(charge).ok_or_else(|| Failure::from(FOOTAGE_NOT_FOUND))?;
        let copy = auditing.copy.as_ref();
        let copy =
            copy.ok_or_else(|| Failure::new(FOOTAGE_ORDER, "restored, so without the log's entries: replay it"))?;
        let made = auditing.auditor.accuse(charge, copy);
        give_list(made.iter().map(Accusation::to_bytes).collect(), &accusations)
    })
}

/// The statements that an accusation shows prove it.
pub const FOOTAGE_WEIGHT_PROOF: u8 = 1;
/// It rests on something not being in the log: whoever is accused refutes it by showing that.
pub const FOOTAGE_WEIGHT_ABSENCE: u8 = 2;

/// Verifies an accusation from its bytes alone, under one's own trust and policy, and says how much it proves:
/// `FOOTAGE_WEIGHT_PROOF` or `FOOTAGE_WEIGHT_ABSENCE`. `trust` and `policy` are JSON; a NULL policy is the default one.
/// `FOOTAGE_REFUSED` if it does not show what it charges.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_accusation_verify(
    accusation: *const u8,
    accusation_length: usize,
    trust: *const c_char,
    policy: *const c_char,
    weight: *mut u8,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (accusation, trust, policy, weight) =
        unsafe { (Input::new(accusation, accusation_length), Text::new(trust), Text::new(policy), Place::new(weight)) };
    call(|| {
        let (trust, policy): (TrustRoots, Policy) = (from_json(trust)?, from_json_or_default(policy)?);
        let accusation = Accusation::from_bytes(accusation.get()?)?;
        weight.put(match accusation.verify(&trust, &policy)? {
            Weight::Proof => FOOTAGE_WEIGHT_PROOF,
            Weight::Absence => FOOTAGE_WEIGHT_ABSENCE,
        })
    })
}

/// Writes what an accusation charges, as JSON, verified or not: as `footage_auditor_charges` has it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_accusation_charge(
    accusation: *const u8,
    accusation_length: usize,
    json: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (accusation, output) =
        unsafe { (Input::new(accusation, accusation_length), Output::new(json, capacity, length)) };
    call(|| output.write(&to_json(&Accusation::from_bytes(accusation.get()?)?.charge)?))
}

/// Frees an auditor. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_auditor_free(auditor: *mut footage_auditor) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(auditor) });
}
