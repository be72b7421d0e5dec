use core::ffi::c_char;

use crate::cbor::limits;
use crate::logkeeper::MemoryLog;
use crate::record::{Entry, Signed};
use crate::tlog::Witness;

use super::argument::{Input, Output, Place, Text};
use super::camera::time;
use super::handle::{Object, Ref, free, give};
use super::key::footage_signing_key;
use super::list::{footage_list, give_list};
use super::status::{Failure, call, footage_status, footage_status::*};

/// A log in memory, with its witnesses: for tests, and for a deployment so small that it hands its entries to
/// `footage_memory_log_append` again when it starts.
///
/// It forgets with the handle what it signed, and so do its witnesses: begun anew with other entries, it forks.
pub struct footage_memory_log {
    _opaque: [u8; 0],
}

impl Object for footage_memory_log {
    const TAG: u32 = u32::from_be_bytes(*b"mlog");
    type Content = Town;
}

/// Bytes of a cosigned checkpoint, at most.
pub const FOOTAGE_CHECKPOINT_BYTES: usize = 8 << 10;

const _: () = assert!(FOOTAGE_CHECKPOINT_BYTES == limits::CHECKPOINT_BYTES);

pub(crate) struct Town {
    log: MemoryLog,
    witnesses: Vec<Witness>,
}

/// Makes an empty log of its origin, which is also the name of its key, and its signing key, whose handle may be freed
/// afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_memory_log_new(
    origin: *const c_char,
    key: *const footage_signing_key,
    log: *mut *mut footage_memory_log,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (origin, key, log) = unsafe { (Text::new(origin), Ref::new(key), Place::new(log)) };
    call(|| {
        let log_in_memory = MemoryLog::new(origin.get()?.parse()?, key.lock()?.duplicate());
        give(Town { log: log_in_memory, witnesses: Vec::new() }, &log)
    })
}

/// Adds a witness of this name and signing key, which has seen nothing of the log yet. At most 16; the key's handle may be freed
/// afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_memory_log_witness(
    log: *const footage_memory_log,
    name: *const c_char,
    key: *const footage_signing_key,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (log, name, key) = unsafe { (Ref::new(log), Text::new(name), Ref::new(key)) };
    call(|| {
        let mut town = log.lock()?;
        if town.witnesses.len() == limits::WITNESSES {
            return Err(Failure::new(FOOTAGE_FULL, "a log has no more witnesses than these"));
        }
        let mut witness = Witness::new(name.get()?.parse()?, key.lock()?.duplicate());
        witness.watch(town.log.origin().clone(), town.log.verifying_key());
        town.witnesses.push(witness);
        Ok(())
    })
}

/// Takes a statement into the log, if its signature is valid, and says which index it has. One that is there already keeps
/// its first index and bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_memory_log_append(
    log: *const footage_memory_log,
    statement: *const u8,
    length: usize,
    index: *mut u64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (log, statement, index) = unsafe { (Ref::new(log), Input::new(statement, length), Place::new(index)) };
    call(|| {
        index.check()?;
        let statement = Signed::<Entry>::from_bytes(statement.get()?)?;
        index.put(log.lock()?.log.append(statement)?)
    })
}

/// Says how many entries the log has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_memory_log_size(log: *const footage_memory_log, size: *mut u64) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (log, size) = unsafe { (Ref::new(log), Place::new(size)) };
    call(|| size.put(log.lock()?.log.size()))
}

/// Lists the entries `from` up to before `to`, for `footage_ledger_entry`. `FOOTAGE_NOT_FOUND` if the log does not have them
/// all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_memory_log_entries(
    log: *const footage_memory_log,
    from: u64,
    to: u64,
    entries: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (log, entries) = unsafe { (Ref::new(log), Place::new(entries)) };
    call(|| {
        let town = log.lock()?;
        let found = town.log.entries(from, to).ok_or_else(|| Failure::from(FOOTAGE_NOT_FOUND))?;
        give_list(found.to_vec(), &entries)
    })
}

/// Writes the checkpoint of the log as it is now, signed, and cosigned by its witnesses, whose clocks all say `now`; at most
/// `FOOTAGE_CHECKPOINT_BYTES`, of which the buffer has to have as many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_memory_log_checkpoint(
    log: *const footage_memory_log,
    now: i64,
    checkpoint: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (log, output) = unsafe { (Ref::new(log), Output::new(checkpoint, capacity, length)) };
    call(|| {
        let (mut town, now) = (log.lock()?, time(now)?);
        if !output.announce(FOOTAGE_CHECKPOINT_BYTES)? {
            return Ok(());
        }
        let Town { log, witnesses } = &mut *town;
        output.write(&log.cosigned(witnesses, now)?)
    })
}

/// Frees a log, and wipes its key. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_memory_log_free(log: *mut footage_memory_log) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(log) });
}
