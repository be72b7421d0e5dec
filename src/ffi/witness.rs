use core::ffi::c_char;
use std::collections::BTreeMap;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode};
use crate::crypto::VerifyingKey;
use crate::merkle::Hash;
use crate::record::KeyName;
use crate::tlog::{AddCheckpoint, Seen, Witness, WitnessError, WitnessStore, WitnessStoreError, cosignatures_to_bytes};

use super::argument::{Input, Output, Place, Text};
use super::camera::{STATE_VERSION, check_version, time};
use super::handle::{Object, Ref, free, give};
use super::key::footage_signing_key;
use super::status::{Failure, call, footage_status, footage_status::*};

/// A witness: it cosigns checkpoints of the logs that it watches, each only if it extends the last one.
///
/// Its state is all that makes it a witness. It must never be set back: the witness would sign another history.
pub struct footage_witness {
    _opaque: [u8; 0],
}

impl Object for footage_witness {
    const TAG: u32 = u32::from_be_bytes(*b"wtns");
    type Content = Witness<SavedSeen>;
}

/// Bytes of a witness's answer, at most: a buffer of so many always holds what `footage_witness_add_checkpoint` writes.
pub const FOOTAGE_COSIGNATURE_BYTES: usize = 256;

/// What the app stores for a witness.
#[derive(Default)]
pub(crate) struct SavedSeen {
    seen: BTreeMap<KeyName, Seen>,
    /// Whether that is what was saved last.
    saved: bool,
}

/// Bytes of a state, at most: some hundred thousand logs.
const MAX_STATE: usize = 16 << 20;

impl Encode for SavedSeen {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        STATE_VERSION.encode(to);
        to.array(self.seen.len());
        for (origin, Seen { size, root }) in &self.seen {
            to.array(3);
            origin.encode(to);
            size.encode(to);
            root.encode(to);
        }
    }
}

impl Decode for SavedSeen {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        check_version(from)?;
        let mut seen = BTreeMap::new();
        for _ in 0..from.array(MAX_STATE)? {
            from.array_of(3)?;
            let origin = KeyName::decode(from)?;
            seen.insert(origin, Seen { size: from.uint()?, root: Hash::decode(from)? });
        }
        Ok(Self { seen, saved: true })
    }
}

impl WitnessStore for SavedSeen {
    fn load(&mut self, origin: &KeyName) -> Result<Option<Seen>, WitnessStoreError> {
        Ok(self.seen.get(origin).copied())
    }

    /// Fails until the app has saved it, so that nothing is signed before.
    fn save(&mut self, origin: &KeyName, seen: Seen) -> Result<(), WitnessStoreError> {
        if self.seen.get(origin) != Some(&seen) {
            self.seen.insert(origin.clone(), seen);
            self.saved = false;
        }
        if self.saved { Ok(()) } else { Err(WitnessStoreError("the state has to be saved first".to_owned())) }
    }
}

/// Makes a witness that cosigns under a name with a key. `state` is what `footage_witness_save` gave last, or empty for one
/// that never cosigned. The key's handle may be freed afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_witness_new(
    name: *const c_char,
    key: *const footage_signing_key,
    state: *const u8,
    state_length: usize,
    witness: *mut *mut footage_witness,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (name, key, state, witness) =
        unsafe { (Text::new(name), Ref::new(key), Input::new(state, state_length), Place::new(witness)) };
    call(|| {
        let name = KeyName::new(name.get()?)?;
        let store = match state.get()? {
            [] => SavedSeen { saved: true, ..SavedSeen::default() },
            bytes => decode(bytes, MAX_STATE)?,
        };
        give(Witness::with_store(name, key.lock()?.duplicate(), store), &witness)
    })
}

/// Watches a log, from what the state says was cosigned last on. `key` is the log's public key, 32 bytes. A log that is
/// watched already goes on as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_witness_watch(
    witness: *const footage_witness,
    origin: *const c_char,
    key: *const u8,
    key_length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (witness, origin, key) = unsafe { (Ref::new(witness), Text::new(origin), Input::new(key, key_length)) };
    call(|| {
        let (mut witness, key) = (witness.lock()?, VerifyingKey::from_bytes(&key.array()?)?);
        Ok(witness.resume(KeyName::new(origin.get()?)?, key)?)
    })
}

/// The size of a log that was cosigned last: where the next proof has to begin. `FOOTAGE_NOT_FOUND` if it is not watched.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_witness_size(
    witness: *const footage_witness,
    origin: *const c_char,
    size: *mut u64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (witness, origin, size) = unsafe { (Ref::new(witness), Text::new(origin), Place::new(size)) };
    call(|| {
        let found = witness.lock()?.size(&KeyName::new(origin.get()?)?);
        size.put(found.ok_or_else(|| Failure::from(FOOTAGE_NOT_FOUND))?)
    })
}

/// Answers a log that asks for a cosignature (C2SP tlog-witness, "add-checkpoint"): takes the body of its request, and
/// writes that of the answer, at most `FOOTAGE_COSIGNATURE_BYTES`, of which the buffer has to have as many. `now` is the
/// witness's own clock.
///
/// `FOOTAGE_UNSAVED` until the state is saved that remembers the checkpoint. `http` becomes the status of the answer over
/// HTTP; where it is 409 and `footage_witness_size` gives another size than the body says, that size and a newline are the
/// answer's body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_witness_add_checkpoint(
    witness: *const footage_witness,
    body: *const u8,
    body_length: usize,
    now: i64,
    answer: *mut u8,
    capacity: usize,
    length: *mut usize,
    http: *mut u16,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (witness, body, output, http) = unsafe {
        (Ref::new(witness), Input::new(body, body_length), Output::new(answer, capacity, length), Place::new(http))
    };
    call(|| {
        http.check()?;
        let (mut witness, now) = (witness.lock()?, time(now)?);
        let body = body.get()?;
        if !output.announce(FOOTAGE_COSIGNATURE_BYTES)? {
            return Ok(());
        }
        http.put(400)?;
        let line = match witness.add_checkpoint(&AddCheckpoint::from_bytes(body)?, now) {
            Ok(line) => line,
            Err(WitnessError::Store(_)) => {
                http.put(500)?;
                return Err(FOOTAGE_UNSAVED.into());
            }
            Err(error) => {
                http.put(error.status())?;
                return Err(error.into());
            }
        };
        http.put(200)?;
        output.write(&cosignatures_to_bytes(&[line]))
    })
}

/// Writes the state that has to be stored. Asking for its length alone does not count as saving it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_witness_save(
    witness: *const footage_witness,
    state: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (witness, output) = unsafe { (Ref::new(witness), Output::new(state, capacity, length)) };
    call(|| {
        let mut witness = witness.lock()?;
        output.write(&encode(&*witness.store()))?;
        witness.store().saved |= !output.is_question();
        Ok(())
    })
}

/// Frees a witness and wipes its key. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_witness_free(witness: *mut footage_witness) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(witness) });
}
