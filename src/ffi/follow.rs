use crate::record::LogRoot;
use crate::tlog::{TileReadError, TileReader, TileTree, Witnessed, read_checkpoint};

use super::argument::{Input, Output, Place};
use super::exchange::Exchange;
use super::handle::{Object, Ref, free, give};
use super::ledger::footage_ledger;
use super::status::{Done, call, footage_status};
use super::task::Desk;

/// The files that a log publishes (C2SP tlog-tiles), as the app fetches them: over HTTP, or from wherever they are. They
/// need not be trusted.
pub struct footage_tiles {
    _opaque: [u8; 0],
}

impl Object for footage_tiles {
    const TAG: u32 = u32::from_be_bytes(*b"tile");
    type Content = Tiles;
}

pub(crate) struct Tiles {
    asking: Asking,
    desk: Desk<()>,
}

/// A path is asked for; the answer is the file, or that there is none, or why it could not be read.
type Asking = Exchange<String, Result<Option<Vec<u8>>, String>>;

struct Reader(Asking);

impl TileReader for Reader {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, TileReadError> {
        let answer = self.0.ask(path.to_owned()).unwrap_or_else(|error| Err(error.to_string()));
        answer.map_err(|reason| TileReadError { path: path.to_owned(), reason })
    }
}

impl Tiles {
    /// The entries from an index up to a checkpoint, each verified. Without a checkpoint, the latest one is fetched.
    pub(super) fn fetch(
        &mut self,
        name: &'static str,
        (log, from): (&LogRoot, u64),
        checkpoint: &[u8],
    ) -> Done<(Vec<Vec<u8>>, Witnessed)> {
        let Self { asking, desk } = self;
        desk.run(name, |()| {
            let (mut reader, log, given) = (Reader(asking.clone()), log.clone(), checkpoint.to_vec());
            Ok(move |(): &mut ()| {
                let checkpoint = match given.as_slice() {
                    [] => read_checkpoint(&mut reader, &log)?,
                    given => Witnessed::verify(given, &log)?,
                };
                let (mut tree, mut entries) = (TileTree::new(reader, checkpoint.checkpoint()), Vec::new());
                while from + (entries.len() as u64) < tree.size() {
                    let more = tree.entries(from + entries.len() as u64, tree.size())?;
                    entries.extend(more);
                }
                Ok((entries, checkpoint))
            })
        })
    }
}

/// Makes what `footage_ledger_follow` and `footage_auditor_follow` ask for files.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_tiles_new(tiles: *mut *mut footage_tiles) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let tiles = unsafe { Place::new(tiles) };
    call(|| give(Tiles { asking: Exchange::new(), desk: Desk::new(()) }, &tiles))
}

/// Writes the path of the file that is wanted, below the log's prefix: `checkpoint`, `tile/0/000`... The text ends with a
/// NUL that does not count. `FOOTAGE_END` if none is wanted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_tiles_wanted(
    tiles: *const footage_tiles,
    path: *mut core::ffi::c_char,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (tiles, output) = unsafe { (Ref::new(tiles), Output::new(path.cast(), capacity, length)) };
    call(|| tiles.lock()?.asking.question(|path| output.write_text(path)))
}

/// Feeds the file that is wanted. None has 0 bytes: that says that there is no such file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_tiles_feed(
    tiles: *const footage_tiles,
    bytes: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (tiles, bytes) = unsafe { (Ref::new(tiles), Input::new(bytes, length)) };
    call(|| {
        let (tiles, bytes) = (tiles.lock()?, bytes.get()?);
        tiles.asking.answer(Ok(if bytes.is_empty() { None } else { Some(bytes.to_vec()) }))
    })
}

/// Says that the file that is wanted could not be fetched: the call gives `FOOTAGE_STORE` when it is made again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_tiles_fail(tiles: *const footage_tiles) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let tiles = unsafe { Ref::new(tiles) };
    call(|| tiles.lock()?.asking.answer(Err("the app could not fetch it".to_owned())))
}

/// Goes on with a ledger of every entry to a cosigned checkpoint, or to the latest one if `length` is 0, and fetches the
/// entries up to it. `FOOTAGE_WANT` while a file is wanted of the app. If it fails, the ledger is as before.
///
/// Follow every checkpoint that is known: times are only as fine as they are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_ledger_follow(
    ledger: *const footage_ledger,
    tiles: *const footage_tiles,
    checkpoint: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (ledger, tiles, checkpoint) = unsafe { (Ref::new(ledger), Ref::new(tiles), Input::new(checkpoint, length)) };
    call(|| {
        let (mut book, mut tiles, checkpoint) = (ledger.lock()?, tiles.lock()?, checkpoint.get()?);
        let at = (book.view().trust().log(), book.full()?.size());
        let (entries, checkpoint) = tiles.fetch("footage_ledger_follow", at, checkpoint)?;
        book.advance(&entries, &checkpoint)
    })
}

/// Frees it; what still waits for a file is given up. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_tiles_free(tiles: *mut footage_tiles) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(tiles) });
}
