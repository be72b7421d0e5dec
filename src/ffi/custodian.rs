use core::ffi::c_char;

use crate::crypto::OsRandom;
use crate::custodian::{Custodian, NotServing, Starting};
use crate::ledger::Ledger;
use crate::policy::Policy;
use crate::record::{Delivery, Receipt, Signed, Statement, Timestamp, Tool, Verified};

use super::argument::{Input, Output, Place, Text};
use super::camera::time;
use super::handle::{Object, Ref, free, give};
use super::json::{from_json, from_json_or_default};
use super::key::{footage_signing_key, kem};
use super::key_store::Keys;
use super::ledger::footage_ledger;
use super::list::{footage_list, give_list};
use super::state::{Kept, Stateful, Stored};
use super::statement::{FOOTAGE_STATEMENT_BYTES, id};
use super::status::{Done, Failure, call, footage_status, footage_status::*};

/// A custodian, which holds half of every lock until its end date, and destroys it then.
///
/// It starts anew with each handle: log what `footage_custodian_start` gives, and call `footage_custodian_serve` once the ledger
/// shows it. What it gave notice of, it forgets with the handle.
///
/// Its state holds a secret for each epoch to come, and the revocations. A call that changes it acts once, and gives
/// `FOOTAGE_UNSAVED` until the state is stored: store what `footage_custodian_save` gives in the place of what was stored
/// before, durably, and make the same call again, which then goes on or gives what it made. Until then every other call that
/// acts gives `FOOTAGE_ORDER`.
///
/// An ended key is erased from the state as well: the state must never be backed up or set back, and what was stored before
/// has to be gone. A lost one is covered by the other custodians.
pub struct footage_custodian {
    _opaque: [u8; 0],
}

impl Object for footage_custodian {
    const TAG: u32 = u32::from_be_bytes(*b"cstd");
    type Content = Kept<Office>;
}

pub(crate) struct Office {
    /// The statement of this start.
    start: Vec<u8>,
    phase: Phase,
}

enum Phase {
    Starting(Box<Starting<Stored<Keys>>>),
    Serving(Box<Custodian<Stored<Keys>>>),
    /// Between the two.
    Gone,
}

impl Stateful for Office {
    type State = Keys;

    fn state(&mut self) -> Done<&mut Stored<Keys>> {
        match &mut self.phase {
            Phase::Starting(starting) => Ok(starting.store()),
            Phase::Serving(custodian) => Ok(custodian.store()),
            Phase::Gone => Err(FOOTAGE_INTERNAL.into()),
        }
    }
}

impl Office {
    fn serve(&mut self, ledger: &Ledger, now: Timestamp) -> Done<Vec<Vec<u8>>> {
        match core::mem::replace(&mut self.phase, Phase::Gone) {
            Phase::Starting(starting) => match starting.serve(ledger, now) {
                Ok((custodian, receipts)) => {
                    self.phase = Phase::Serving(Box::new(custodian));
                    Ok(to_bytes(receipts))
                }
                Err(NotServing { starting, error }) => {
                    self.phase = Phase::Starting(starting);
                    Err(error.into())
                }
            },
            other => {
                self.phase = other;
                Err(Failure::new(FOOTAGE_ORDER, "the custodian serves already"))
            }
        }
    }

    fn serving(&mut self) -> Done<&mut Custodian<Stored<Keys>>> {
        match &mut self.phase {
            Phase::Serving(custodian) => Ok(custodian),
            Phase::Starting(_) | Phase::Gone => Err(Failure::new(FOOTAGE_ORDER, "the custodian does not serve yet")),
        }
    }

    fn destroy_ended(&mut self, ledger: &Ledger, now: Timestamp) -> Done<Vec<Vec<u8>>> {
        Ok(to_bytes(match &mut self.phase {
            Phase::Starting(starting) => starting.destroy_ended(ledger, now)?,
            Phase::Serving(custodian) => custodian.destroy_ended(ledger, now)?,
            Phase::Gone => return Err(FOOTAGE_INTERNAL.into()),
        }))
    }
}

fn to_bytes<T: Statement>(statements: Vec<Verified<T>>) -> Vec<Vec<u8>> {
    statements.into_iter().map(|statement| statement.to_bytes()).collect()
}

/// Makes a custodian that starts, of its id, its signing key, the KEM of its expiry keys, `FOOTAGE_KEM_XWING` or
/// `FOOTAGE_KEM_X25519`, and the tool that it destroys with, JSON with `name` and `version`.
///
/// `state` is what `footage_custodian_save` gave last, for keys of the same KEM, or empty for a custodian that never had one.
/// The key's handle may be freed afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_custodian_new(
    custodian_id: *const c_char,
    key: *const footage_signing_key,
    algorithm: u16,
    tool: *const c_char,
    state: *const u8,
    state_length: usize,
    custodian: *mut *mut footage_custodian,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (id, key, tool, state, custodian) = unsafe {
        (
            Text::new(custodian_id),
            Ref::new(key),
            Text::new(tool),
            Input::new(state, state_length),
            Place::new(custodian),
        )
    };
    call(|| {
        let (id, kem, tool): (_, _, Tool) = (id.get()?.parse()?, kem(algorithm)?, from_json(tool)?);
        let (key, store) = (key.lock()?.duplicate(), Stored::restore(state)?);
        let (starting, start) = Starting::begin(id, key, kem, tool, store, &mut OsRandom)?;
        let phase = Phase::Starting(Box::new(starting));
        give(Kept::new(Office { start: start.to_bytes(), phase }), &custodian)
    })
}

/// Writes the state that has to be stored; wipe the buffer afterwards. Asking for its length alone does not count as saving
/// it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_custodian_save(
    custodian: *const footage_custodian,
    state: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (custodian, output) = unsafe { (Ref::new(custodian), Output::new(state, capacity, length)) };
    call(|| custodian.lock()?.save(&output))
}

/// Writes the statement of this start, which is to be logged. It is another one for every handle, so that no earlier log
/// shows it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_custodian_start(
    custodian: *const footage_custodian,
    start: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (custodian, output) = unsafe { (Ref::new(custodian), Output::new(start, capacity, length)) };
    call(|| output.write(&custodian.lock()?.read().start))
}

/// Serves, once the start is in the log, of which the ledger has to know every entry: first every ended epoch is destroyed,
/// and every destruction that was under way finished. `receipts` becomes the list of the receipts, which are to be logged.
///
/// `FOOTAGE_UNSAVED` until the state is stored, twice if a key is destroyed: marked, and erased. `FOOTAGE_ORDER` while the start
/// is not in the log; then nothing is lost, and it can be tried again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_custodian_serve(
    custodian: *const footage_custodian,
    ledger: *const footage_ledger,
    now: i64,
    receipts: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (custodian, ledger, receipts) = unsafe { (Ref::new(custodian), Ref::new(ledger), Place::new(receipts)) };
    call(|| {
        receipts.check()?;
        let (mut custodian, ledger, now) = (custodian.lock()?, ledger.lock()?, time(now)?);
        let ledger = ledger.full()?;
        let made = custodian.once("footage_custodian_serve", &[], |office| office.serve(ledger, now))?;
        give_list(made, &receipts)
    })
}

/// Destroys the keys of every epoch that has ended by witnessed time, or by 72 hours on the custodian's clock, `now`, and
/// finishes what was under way; before it serves, too. `receipts` becomes the list of the receipts, which are to be logged.
/// `FOOTAGE_UNSAVED` until the state is stored, twice if a key is destroyed: marked, and erased.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_custodian_destroy_ended(
    custodian: *const footage_custodian,
    ledger: *const footage_ledger,
    now: i64,
    receipts: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (custodian, ledger, receipts) = unsafe { (Ref::new(custodian), Ref::new(ledger), Place::new(receipts)) };
    call(|| {
        receipts.check()?;
        let (mut custodian, ledger, now) = (custodian.lock()?, ledger.lock()?, time(now)?);
        let ledger = ledger.full()?;
        let made =
            custodian.once("footage_custodian_destroy_ended", &[], |office| office.destroy_ended(ledger, now))?;
        give_list(made, &receipts)
    })
}

/// Makes the expiry keys that are missing in the log, from the present epoch to `ahead` epochs later, at most 45. `keys`
/// becomes the list of the statements, which are to be logged. `FOOTAGE_UNSAVED` until the state is stored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_custodian_publish_keys(
    custodian: *const footage_custodian,
    ledger: *const footage_ledger,
    ahead: u32,
    keys: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (custodian, ledger, keys) = unsafe { (Ref::new(custodian), Ref::new(ledger), Place::new(keys)) };
    call(|| {
        keys.check()?;
        let (mut custodian, ledger) = (custodian.lock()?, ledger.lock()?);
        let ledger = ledger.full()?;
        let made = custodian.once("footage_custodian_publish_keys", &ahead.to_be_bytes(), |office| {
            Ok(to_bytes(office.serving()?.publish_keys(ledger, ahead, &mut OsRandom)?))
        })?;
        give_list(made, &keys)
    })
}

/// Checks a release in the log with what the agency brought, from `footage_agency_deliveries`, and writes the notice that it
/// will be answered, which is to be logged. Nothing has left yet. Each call gives another notice.
///
/// `policy` is JSON, or NULL for the default; `now` is the custodian's clock. `FOOTAGE_REFUSED`, `FOOTAGE_TIME` or
/// `FOOTAGE_LOCKED` if it is not to be answered, `FOOTAGE_LOG` while the log stands still.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_custodian_notice(
    custodian: *const footage_custodian,
    delivery: *const u8,
    delivery_length: usize,
    policy: *const c_char,
    ledger: *const footage_ledger,
    now: i64,
    notice: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (custodian, delivery, policy, ledger, output) = unsafe {
        (
            Ref::new(custodian),
            Input::new(delivery, delivery_length),
            Text::new(policy),
            Ref::new(ledger),
            Output::new(notice, capacity, length),
        )
    };
    call(|| {
        let (mut custodian, ledger, now) = (custodian.lock()?, ledger.lock()?, time(now)?);
        let delivery = Delivery::from_bytes(delivery.get()?)?;
        let policy: Policy = from_json_or_default(policy)?;
        let (serving, ledger) = (custodian.role()?.serving()?, ledger.full()?);
        if !output.announce(FOOTAGE_STATEMENT_BYTES)? {
            return Ok(());
        }
        output.write(&serving.notice(&delivery, &policy, ledger, now, &mut OsRandom)?.to_bytes())
    })
}

/// Hands the share out: writes the answer to a notice, by its id of 32 bytes, once that is witnessed before the end date. It
/// goes to the agency, not to the log. Each notice is answered once, by the handle that gave it. `policy`, `now` and the
/// statuses are as with `footage_custodian_notice`; `FOOTAGE_NOT_FOUND` if the log does not show the notice yet, or it was not
/// given by this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_custodian_answer(
    custodian: *const footage_custodian,
    notice: *const u8,
    notice_length: usize,
    policy: *const c_char,
    ledger: *const footage_ledger,
    now: i64,
    answer: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (custodian, notice, policy, ledger, output) = unsafe {
        (
            Ref::new(custodian),
            Input::new(notice, notice_length),
            Text::new(policy),
            Ref::new(ledger),
            Output::new(answer, capacity, length),
        )
    };
    call(|| {
        let (mut custodian, ledger, now) = (custodian.lock()?, ledger.lock()?, time(now)?);
        let (notice, policy): (_, Policy) = (id(notice)?, from_json_or_default(policy)?);
        let (serving, ledger) = (custodian.role()?.serving()?, ledger.full()?);
        if !output.announce(FOOTAGE_STATEMENT_BYTES)? {
            return Ok(());
        }
        output.write(&serving.answer(notice, &policy, ledger, now, &mut OsRandom)?.to_bytes())
    })
}

/// Takes a grant's revocation: it is not answered for again. Writes the notice of that, which is to be logged.
/// `FOOTAGE_UNSAVED` until the state is stored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_custodian_revoke(
    custodian: *const footage_custodian,
    revocation: *const u8,
    revocation_length: usize,
    notice: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (custodian, revocation, output) = unsafe {
        (Ref::new(custodian), Input::new(revocation, revocation_length), Output::new(notice, capacity, length))
    };
    call(|| {
        let (mut custodian, about) = (custodian.lock()?, revocation.get()?);
        let revocation = Signed::from_bytes(about)?;
        custodian.write_once("footage_custodian_revoke", about, &output, |office| {
            Ok(office.serving()?.revoke(revocation)?.to_bytes())
        })
    })
}

/// Carries an agency's receipt into the log: writes the statement that holds it, which is to be logged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_custodian_carry(
    custodian: *const footage_custodian,
    receipt: *const u8,
    receipt_length: usize,
    carried: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (custodian, receipt, output) =
        unsafe { (Ref::new(custodian), Input::new(receipt, receipt_length), Output::new(carried, capacity, length)) };
    call(|| {
        let receipt = Signed::<Receipt>::from_bytes(receipt.get()?)?;
        output.write(&custodian.lock()?.role()?.serving()?.carry(receipt).to_bytes())
    })
}

/// Frees a custodian, and wipes its secrets. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_custodian_free(custodian: *mut footage_custodian) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(custodian) });
}
