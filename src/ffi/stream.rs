use core::ffi::c_void;
use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::argument::{Input, Output, Place};
use super::handle::{Object, Ref, free, give};
use super::status::{Done, Failure, call, footage_status, footage_status::*};
use super::task::{Desk, wait_for_app};

/// A file of the app's, as this library sees it: bytes that it wants or has.
///
/// An input is read at any place, an output is written from its beginning on. Functions that take streams give
/// `FOOTAGE_WANT` as long as a stream needs the app: then feed the inputs what they want, take from the outputs what they
/// have, and make the same call again. When that gives `FOOTAGE_OK`, the outputs are empty and the output is whole; after
/// any other status what was taken is to be thrown away.
///
/// A stream serves one call at a time. Inputs may be used again; freed, a stream fails whatever still needs it.
pub struct footage_stream {
    _opaque: [u8; 0],
}

impl Object for footage_stream {
    const TAG: u32 = u32::from_be_bytes(*b"stre");
    type Content = Stream;
}

/// Called on the app's thread, within `footage_stream_feed` and `footage_stream_take`, with the bytes that have gone
/// through the stream so far. It must not unwind; calls on the same stream give it `FOOTAGE_BUSY`.
pub type footage_progress = Option<unsafe extern "C" fn(context: *mut c_void, bytes: u64)>;

/// A length that is not known yet: for an input that is read from its beginning to its end.
pub const FOOTAGE_UNKNOWN_LENGTH: u64 = u64::MAX;

pub(crate) struct Stream {
    pipe: Arc<Mutex<Pipe>>,
    progress: Progress,
    moved: u64,
    /// Where what reads this input works, if it has no handle of its own.
    desk: Desk<()>,
}

struct Progress(footage_progress, *mut c_void);

// SAFETY: the context is only ever handed back to the app's own function, which the header warns of threads.
unsafe impl Send for Progress {}

#[derive(Debug)]
enum Pipe {
    Input {
        length: u64,
        /// Where bytes are wanted, and how many.
        wanted: Option<(u64, usize)>,
        /// The pieces that were fed last, the latest in front.
        pieces: VecDeque<(u64, Vec<u8>)>,
        failed: bool,
    },
    Output {
        bytes: Vec<u8>,
        /// Of these, so many have been taken.
        taken: usize,
        failed: bool,
    },
}

/// What is wanted of an input at once at least, where it has so much.
const BLOCK: usize = 64 << 10;
/// How many pieces of an input are kept.
const PIECES: usize = 4;
/// What an output gathers before the app has to take it.
const GATHERED: usize = 1 << 20;

/// The side of an input that is read.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pipe: Arc<Mutex<Pipe>>,
    at: u64,
}

/// The side of an output that is written.
pub(super) struct Sink {
    pipe: Arc<Mutex<Pipe>>,
}

fn hold(pipe: &Mutex<Pipe>) -> MutexGuard<'_, Pipe> {
    pipe.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed() -> io::Error {
    io::Error::other("the app failed the stream")
}

fn source_of(pipe: &Arc<Mutex<Pipe>>) -> Done<Source> {
    match *hold(pipe) {
        Pipe::Input { .. } => Ok(Source { pipe: Arc::clone(pipe), at: 0 }),
        Pipe::Output { .. } => Err(Failure::new(FOOTAGE_ARGUMENT, "an output where an input should be")),
    }
}

impl Stream {
    fn new(pipe: Pipe) -> Self {
        let progress = Progress(None, core::ptr::null_mut());
        Self { pipe: Arc::new(Mutex::new(pipe)), progress, moved: 0, desk: Desk::new(()) }
    }

    /// To read an input.
    pub(super) fn source(&self) -> Done<Source> {
        source_of(&self.pipe)
    }

    /// Begins a task of this name that reads the input, or goes on with it.
    pub(super) fn run<R, W>(&mut self, name: &'static str, begin: impl FnOnce(Source) -> Done<W>) -> Done<R>
    where
        R: Send + 'static,
        W: FnOnce() -> Done<R> + Send + 'static,
    {
        let Self { pipe, desk, .. } = self;
        desk.run(name, |()| {
            let work = begin(source_of(pipe)?)?;
            Ok(move |(): &mut ()| work())
        })
    }

    /// To write an output.
    pub(super) fn sink(&self) -> Done<Sink> {
        match *hold(&self.pipe) {
            Pipe::Output { .. } => Ok(Sink { pipe: Arc::clone(&self.pipe) }),
            Pipe::Input { .. } => Err(Failure::new(FOOTAGE_ARGUMENT, "an input where an output should be")),
        }
    }

    fn progressed(&mut self, bytes: usize) {
        self.moved += bytes as u64;
        let Progress(progress, context) = self.progress;
        if let Some(progress) = progress {
            // SAFETY: the app gave the two together, and keeps both valid as long as the stream.
            unsafe { progress(context, self.moved) };
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        match &mut *hold(&self.pipe) {
            Pipe::Input { failed, .. } | Pipe::Output { failed, .. } => *failed = true,
        }
    }
}

impl Read for Source {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            match &mut *hold(&self.pipe) {
                Pipe::Output { .. } | Pipe::Input { failed: true, .. } => return Err(failed()),
                Pipe::Input { length, .. } if to.is_empty() || self.at >= *length => return Ok(0),
                Pipe::Input { length, wanted, pieces, .. } => {
                    let found = pieces.iter().find_map(|(start, bytes)| {
                        let from = usize::try_from(self.at.checked_sub(*start)?).ok()?;
                        bytes.get(from..).filter(|rest| !rest.is_empty())
                    });
                    if let Some(rest) = found {
                        let count = rest.len().min(to.len());
                        to[..count].copy_from_slice(&rest[..count]);
                        self.at += count as u64;
                        return Ok(count);
                    }
                    let left = usize::try_from(*length - self.at).unwrap_or(usize::MAX);
                    *wanted = Some((self.at, to.len().max(BLOCK).min(left)));
                }
            }
            wait_for_app()?;
        }
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match (to, &*hold(&self.pipe)) {
            (SeekFrom::Start(at), _) => Some(at),
            (SeekFrom::Current(by), _) => self.at.checked_add_signed(by),
            (SeekFrom::End(by), Pipe::Input { length, .. }) if *length != FOOTAGE_UNKNOWN_LENGTH => {
                length.checked_add_signed(by)
            }
            (SeekFrom::End(_), _) => return Err(io::Error::other("the length of the stream is not known")),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl Sink {
    fn waiting(&self) -> io::Result<usize> {
        match &*hold(&self.pipe) {
            Pipe::Output { bytes, taken, failed: false } => Ok(bytes.len() - taken),
            _ => Err(failed()),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        while self.waiting()? >= GATHERED {
            wait_for_app()?;
        }
        match &mut *hold(&self.pipe) {
            Pipe::Output { bytes, .. } => bytes.extend_from_slice(from),
            Pipe::Input { .. } => return Err(failed()),
        }
        Ok(from.len())
    }

    /// Waits until the app has taken everything.
    fn flush(&mut self) -> io::Result<()> {
        while self.waiting()? > 0 {
            wait_for_app()?;
        }
        Ok(())
    }
}

/// Makes an input of so many bytes, or of `FOOTAGE_UNKNOWN_LENGTH`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_stream_new_input(length: u64, stream: *mut *mut footage_stream) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let stream = unsafe { Place::new(stream) };
    call(|| give(Stream::new(Pipe::Input { length, wanted: None, pieces: VecDeque::new(), failed: false }), &stream))
}

/// Makes an output.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_stream_new_output(stream: *mut *mut footage_stream) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let stream = unsafe { Place::new(stream) };
    call(|| give(Stream::new(Pipe::Output { bytes: Vec::new(), taken: 0, failed: false }), &stream))
}

/// Has `progress` called whenever bytes go through the stream; NULL ends that. `context` is handed to it unseen.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_stream_on_progress(
    stream: *const footage_stream,
    progress: footage_progress,
    context: *mut c_void,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let stream = unsafe { Ref::new(stream) };
    let progress = Progress(progress, context);
    call(|| {
        stream.lock()?.progress = progress;
        Ok(())
    })
}

/// Says which bytes an input wants: so many from `offset` on. It wants none if `length` becomes 0, as an output always
/// does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_stream_wanted(
    stream: *const footage_stream,
    offset: *mut u64,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (stream, offset, length) = unsafe { (Ref::new(stream), Place::new(offset), Place::new(length)) };
    call(|| {
        offset.check()?;
        length.check()?;
        let stream = stream.lock()?;
        let wanted = match &*hold(&stream.pipe) {
            Pipe::Input { wanted, .. } => wanted.unwrap_or_default(),
            Pipe::Output { .. } => (0, 0),
        };
        offset.put(wanted.0)?;
        length.put(wanted.1)
    })
}

/// Feeds an input what it wants: bytes from the wanted offset on, at least one, at most as many as wanted. None at all
/// means that it ends there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_stream_feed(
    stream: *const footage_stream,
    bytes: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (stream, bytes) = unsafe { (Ref::new(stream), Input::new(bytes, length)) };
    call(|| {
        let (mut stream, bytes) = (stream.lock()?, bytes.get()?);
        match &mut *hold(&stream.pipe) {
            Pipe::Input { length, wanted, pieces, .. } => {
                let (offset, most) = wanted.ok_or_else(|| Failure::new(FOOTAGE_ORDER, "the stream wants no bytes"))?;
                if bytes.len() > most {
                    let fed = format!("{} bytes fed, of which {most} are wanted", bytes.len());
                    return Err(Failure::new(FOOTAGE_ARGUMENT, fed));
                }
                *wanted = None;
                if bytes.is_empty() {
                    *length = offset;
                } else {
                    pieces.truncate(PIECES - 1);
                    pieces.push_front((offset, bytes.to_vec()));
                }
            }
            Pipe::Output { .. } => return Err(Failure::new(FOOTAGE_ARGUMENT, "an output is not fed")),
        }
        stream.progressed(bytes.len());
        Ok(())
    })
}

/// Takes the next bytes from an output, as many as there are and fit. `length` becomes 0 when there are none now, as with
/// an input.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_stream_take(
    stream: *const footage_stream,
    bytes: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (stream, output) = unsafe { (Ref::new(stream), Output::new(bytes, capacity, length)) };
    call(|| {
        let mut stream = stream.lock()?;
        let mut moved = 0;
        match &mut *hold(&stream.pipe) {
            Pipe::Output { bytes, taken, .. } => {
                let rest = &bytes[*taken..];
                let count = if output.is_question() { rest.len() } else { rest.len().min(capacity) };
                output.write(&rest[..count])?;
                if !output.is_question() {
                    moved = count;
                    *taken += count;
                    // What was taken goes once it is the larger part, so that each byte moves once at most.
                    if *taken >= bytes.len() - *taken {
                        bytes.drain(..*taken);
                        *taken = 0;
                    }
                }
            }
            Pipe::Input { .. } => output.write(&[])?,
        }
        if moved > 0 {
            stream.progressed(moved);
        }
        Ok(())
    })
}

/// Fails whatever uses the stream, with `FOOTAGE_STORE`, when its call is made again: for an app whose file failed, or that
/// gives up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_stream_fail(stream: *const footage_stream) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let stream = unsafe { Ref::new(stream) };
    call(|| {
        match &mut *hold(&stream.lock()?.pipe) {
            Pipe::Input { failed, .. } | Pipe::Output { failed, .. } => *failed = true,
        }
        Ok(())
    })
}

/// Frees a stream. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_stream_free(stream: *mut footage_stream) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(stream) });
}
