use core::ffi::c_char;
use std::collections::BTreeMap;

use crate::crypto::SigningKey;
use crate::logkeeper::{Inclusion, LogStore, LogWriter, OpenError};
use crate::record::{Entry, KeyName, Signed, TrustRoots};
use crate::tlog::{
    AddCheckpoint, CHECKPOINT_PATH, Checkpoint, CosignError, Cosigner, Note, NoteSignature, ProofFile, Tile,
    TileReader as _, TileTree, cosignatures_from_bytes,
};

use super::argument::{Input, Output, Place, Text};
use super::camera::time;
use super::exchange::Exchange;
use super::handle::{Object, Ref, free, give};
use super::json::{from_json, from_json_or_default};
use super::key::footage_signing_key;
use super::list::{footage_list, give_list};
use super::status::{Done, Failure, call, footage_status, footage_status::*};
use super::task::Desk;

/// A log that is kept in a directory, or in a store elsewhere: whoever holds it is its logkeeper.
///
/// These functions read and write the store, and wait for it. The library has them if it was built with the feature
/// `logkeeper`.
pub struct footage_log {
    _opaque: [u8; 0],
}

impl Object for footage_log {
    const TAG: u32 = u32::from_be_bytes(*b"logk");
    type Content = Keeping;
}

pub(crate) struct Keeping {
    desk: Desk<LogWriter>,
    witnesses: u32,
    asking: Asking,
}

type Asking = Exchange<Question, Result<Vec<NoteSignature>, CosignError>>;

/// What a witness is asked.
struct Question {
    witness: u32,
    body: Vec<u8>,
}

/// A witness as the app reaches it.
struct Remote {
    witness: u32,
    asking: Asking,
}

impl Cosigner for Remote {
    fn cosign(&mut self, request: &AddCheckpoint) -> Result<Vec<NoteSignature>, CosignError> {
        let answer = self.asking.ask(Question { witness: self.witness, body: request.to_bytes() });
        answer.unwrap_or_else(|error| Err(CosignError::Refused(error.to_string())))
    }
}

/// How a log is opened, or made.
type Opening = fn(LogStore, KeyName, SigningKey) -> Result<LogWriter, OpenError>;

fn keep(
    open: Opening,
    (place, options, trust): (Text<'_>, Text<'_>, Text<'_>),
    key: &Ref<'_, footage_signing_key>,
    log: &Place<'_, *mut footage_log>,
) -> Done {
    log.check()?;
    let (place, trust): (_, TrustRoots) = (place.get()?, from_json(trust)?);
    let options: BTreeMap<String, String> = from_json_or_default(options)?;
    let key = key.lock()?.duplicate();
    let root = trust.log();
    if key.verifying_key() != *root.key() {
        return Err(Failure::new(FOOTAGE_ARGUMENT, "not the key of the log that the trust roots name"));
    }
    let store = if place.contains("://") { elsewhere(place, &options)? } else { LogStore::directory(place)? };
    let writer = open(store, root.origin().clone(), key)?.with_quorum(root.clone());
    let witnesses = u32::try_from(root.witnesses().len()).unwrap_or(u32::MAX);
    give(Keeping { desk: Desk::new(writer), witnesses, asking: Exchange::new() }, log)
}

/// The store of a log that is not kept in a directory.
#[cfg(feature = "cloud")]
fn elsewhere(url: &str, options: &BTreeMap<String, String>) -> Result<LogStore, Failure> {
    let options = options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(LogStore::new(crate::store::CloudObjects::from_url(url, options)?))
}

#[cfg(not(feature = "cloud"))]
fn elsewhere(_: &str, _: &BTreeMap<String, String>) -> Result<LogStore, Failure> {
    Err(Failure::new(FOOTAGE_STORE, "the library was built without stores elsewhere"))
}

/// Makes an empty log at a place: a directory, or the URL of a store (`s3://bucket/prefix`, `az://container/prefix`,
/// `gs://bucket/prefix`), if the library was built with the feature `s3`, `azure` or `gcp`. `options` are those of the store,
/// a JSON object of texts, or NULL.
///
/// `trust` is JSON: it names the log's origin and its key, of which `key` is the private half, and the witnesses of whom a
/// quorum has to cosign what is published.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_create(
    place: *const c_char,
    options: *const c_char,
    trust: *const c_char,
    key: *const footage_signing_key,
    log: *mut *mut footage_log,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (texts, key, log) =
        unsafe { ((Text::new(place), Text::new(options), Text::new(trust)), Ref::new(key), Place::new(log)) };
    call(|| keep(LogWriter::create, texts, &key, &log))
}

/// Opens a log, and finishes what was begun when it was last open. As `footage_log_create`; `FOOTAGE_NOT_FOUND` if there is
/// no log.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_open(
    place: *const c_char,
    options: *const c_char,
    trust: *const c_char,
    key: *const footage_signing_key,
    log: *mut *mut footage_log,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (texts, key, log) =
        unsafe { ((Text::new(place), Text::new(options), Text::new(trust)), Ref::new(key), Place::new(log)) };
    call(|| keep(LogWriter::open, texts, &key, &log))
}

/// How many entries the log has, without those that wait to be flushed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_size(log: *const footage_log, size: *mut u64) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (log, size) = unsafe { (Ref::new(log), Place::new(size)) };
    call(|| size.put(log.lock()?.desk.get()?.size()))
}

/// Takes in a statement if its signature is valid, and gives a number for it, one more for each. It is in the log once it
/// is flushed; `FOOTAGE_FULL` if that has to be done first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_submit(
    log: *const footage_log,
    statement: *const u8,
    statement_length: usize,
    now: i64,
    ticket: *mut u64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (log, statement, ticket) =
        unsafe { (Ref::new(log), Input::new(statement, statement_length), Place::new(ticket)) };
    call(|| {
        ticket.check()?;
        let statement = Signed::<Entry>::from_bytes(statement.get()?)?;
        let submitted = log.lock()?.desk.get()?.submit(statement, time(now)?)?;
        ticket.put(submitted.number())
    })
}

/// Whether what was submitted should be flushed by now: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_is_due(log: *const footage_log, now: i64, due: *mut u8) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (log, due) = unsafe { (Ref::new(log), Place::new(due)) };
    call(|| due.put(log.lock()?.desk.get()?.is_due(time(now)?).into()))
}

/// Stores what was submitted, has the witnesses cosign the new checkpoint, publishes it, and gives a proof file (C2SP
/// tlog-proof) for each statement, in the order in which they were submitted; `first` becomes the number of the first. Without
/// statements, the checkpoint is cosigned anew, which shows that the log is alive.
///
/// `FOOTAGE_WANT` as long as a witness is to be asked: see `footage_log_asked`. If it fails, it is not known what was
/// stored; the same statements stay at their places, and the next call goes on. `FOOTAGE_ORDER` if another writer has taken
/// over the log, after which this handle can only be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_flush(
    log: *const footage_log,
    first: *mut u64,
    proofs: *mut *mut footage_list,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (log, first, proofs) = unsafe { (Ref::new(log), Place::new(first), Place::new(proofs)) };
    call(|| {
        first.check()?;
        proofs.check()?;
        let mut log = log.lock()?;
        let Keeping { desk, witnesses, asking } = &mut *log;
        let included = desk.run("footage_log_flush", |_| {
            let remote = |witness| Remote { witness, asking: asking.clone() };
            let mut remotes: Vec<_> = (0..*witnesses).map(remote).collect();
            Ok(move |writer: &mut LogWriter| {
                let mut cosigners: Vec<_> = remotes.iter_mut().map(|remote| remote as &mut dyn Cosigner).collect();
                Ok(writer.flush(&mut cosigners)?)
            })
        })?;
        first.put(included.first().map_or(0, |inclusion| inclusion.ticket.number()))?;
        give_list(included.into_iter().map(proof_of).collect(), &proofs)
    })
}

fn proof_of(Inclusion { index, proof, checkpoint, .. }: Inclusion) -> Vec<u8> {
    let checkpoint = (*checkpoint).clone();
    ProofFile { extra: None, index, proof, checkpoint }.to_string().into_bytes()
}

/// Says which witness is to be asked, by its place in the trust roots from 0 on, and writes the body of the request (C2SP
/// tlog-witness, "add-checkpoint"). `FOOTAGE_END` if none is. All witnesses get the same body first, so that an app can ask
/// them at once, and answer as it is asked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_asked(
    log: *const footage_log,
    witness: *mut u32,
    body: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (log, witness, output) = unsafe { (Ref::new(log), Place::new(witness), Output::new(body, capacity, length)) };
    call(|| {
        witness.check()?;
        log.lock()?.asking.question(|question| {
            witness.put(question.witness)?;
            output.write(&question.body)
        })
    })
}

/// Hands in the body of the witness's answer: its cosignature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_answer(
    log: *const footage_log,
    answer: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (log, answer) = unsafe { (Ref::new(log), Input::new(answer, length)) };
    call(|| {
        let (log, lines) = (log.lock()?, cosignatures_from_bytes(answer.get()?)?);
        log.asking.answer(Ok(lines))
    })
}

/// Says that the witness answered with HTTP status 409 and a size: it is asked again with a proof from there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_answer_conflict(log: *const footage_log, size: u64) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let log = unsafe { Ref::new(log) };
    call(|| log.lock()?.asking.answer(Err(CosignError::Conflict { size })))
}

/// Says that the witness refuses, or does not answer: it is left out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_answer_none(log: *const footage_log) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let log = unsafe { Ref::new(log) };
    call(|| log.lock()?.asking.answer(Err(CosignError::Refused("no answer".to_owned()))))
}

/// Writes a file that the log publishes (C2SP tlog-tiles), for whoever follows it: `checkpoint`, or the path of a tile or
/// bundle. `FOOTAGE_NOT_FOUND` if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_file(
    log: *const footage_log,
    path: *const c_char,
    bytes: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (log, path, output) = unsafe { (Ref::new(log), Text::new(path), Output::new(bytes, capacity, length)) };
    call(|| {
        let (mut log, path) = (log.lock()?, path.get()?);
        if path != CHECKPOINT_PATH && path.parse::<Tile>().is_err() {
            return Err(Failure::new(FOOTAGE_NOT_FOUND, "no log publishes a file of this name"));
        }
        let found = log.desk.get()?.store().read(path)?;
        output.write(&found.ok_or_else(|| Failure::from(FOOTAGE_NOT_FOUND))?)
    })
}

/// Writes the proof file (C2SP tlog-proof) of an entry under the checkpoint that is published.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_proof(
    log: *const footage_log,
    index: u64,
    proof: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (log, output) = unsafe { (Ref::new(log), Output::new(proof, capacity, length)) };
    call(|| {
        let mut log = log.lock()?;
        let mut store = log.desk.get()?.store();
        let note = store.read(CHECKPOINT_PATH)?.ok_or_else(|| Failure::from(FOOTAGE_NOT_FOUND))?;
        let note = Note::from_bytes(&note)?;
        let checkpoint: Checkpoint = note.text().parse()?;
        let proof = TileTree::new(store, &checkpoint).inclusion_proof(index)?;
        output.write(ProofFile { extra: None, index, proof, checkpoint: note }.to_string().as_bytes())
    })
}

/// Frees a log. What was submitted and not flushed is forgotten. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_log_free(log: *mut footage_log) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(log) });
}
