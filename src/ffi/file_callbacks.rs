use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_void};

use crate::camera::{ClipFile, ClipFiles};
use crate::io::{self, Read, Seek, SeekFrom, Write};
use crate::record::ClipId;

use super::callback::{CallbackError, User, at_most, required, returned};
use super::status::Done;

/// Adds a clip to the list that a callback was asked for. The one function of this library that such a callback calls; it
/// returns 0, or what the callback then has to return.
pub type footage_add_clip = unsafe extern "C" fn(list: *mut c_void, clip: *const c_char) -> i32;

/// Files that the app implements. A clip is named by its id, 32 characters of lowercase hexadecimal and a NUL; a file is what
/// `create` or `open` gave for it, any pointer but NULL. The place belongs to one camera.
///
/// Files are used as long as the camera or a recording of it is not freed, by one call at a time for each file; but calls of
/// the camera and of its recordings may come from several threads at once, if the app makes them so.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_files_callbacks {
    /// Passed to each callback.
    pub user: *mut c_void,
    /// Required. Creates the empty file of a clip, and opens it. It fails if the clip has a file. The file and its name must
    /// be durable when it returns.
    pub create: Option<unsafe extern "C" fn(user: *mut c_void, clip: *const c_char, file: *mut *mut c_void) -> i32>,
    /// Required. Opens the file of a clip. If there is none, it returns 0 and leaves `file` as it is, NULL.
    pub open: Option<unsafe extern "C" fn(user: *mut c_void, clip: *const c_char, file: *mut *mut c_void) -> i32>,
    /// Required. Removes the file of a clip. It is no error if there is none.
    pub remove: Option<unsafe extern "C" fn(user: *mut c_void, clip: *const c_char) -> i32>,
    /// Optional. Calls `add` with `list` for each clip whose file is empty. The camera removes those that it does not know:
    /// what a power cut left of a clip that was about to be started.
    pub list_empty: Option<unsafe extern "C" fn(user: *mut c_void, list: *mut c_void, add: footage_add_clip) -> i32>,
    /// Required. Reads at most `capacity` bytes from `offset` on, and writes how many to `length`: fewer than `capacity` are
    /// no error, and 0 says that the file ends before `offset`.
    pub read: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            file: *mut c_void,
            offset: u64,
            bytes: *mut u8,
            capacity: usize,
            length: *mut usize,
        ) -> i32,
    >,
    /// Required. Writes all the bytes at `offset`, which is never past the end of the file. They need not be durable before
    /// `sync`.
    pub write: Option<
        unsafe extern "C" fn(user: *mut c_void, file: *mut c_void, offset: u64, bytes: *const u8, length: usize) -> i32,
    >,
    /// Required. Writes the length of the file.
    pub size: Option<unsafe extern "C" fn(user: *mut c_void, file: *mut c_void, size: *mut u64) -> i32>,
    /// Required. Cuts the file to its first `size` bytes.
    pub truncate: Option<unsafe extern "C" fn(user: *mut c_void, file: *mut c_void, size: u64) -> i32>,
    /// Required. Makes everything that was written, and the length, durable.
    pub sync: Option<unsafe extern "C" fn(user: *mut c_void, file: *mut c_void) -> i32>,
    /// Optional. Closes the file, which is not used again.
    pub close: Option<unsafe extern "C" fn(user: *mut c_void, file: *mut c_void)>,
}

type Open = unsafe extern "C" fn(*mut c_void, *const c_char, *mut *mut c_void) -> i32;

/// Files of the app's callbacks.
pub(crate) struct CallbackFiles {
    user: User,
    create: Open,
    open: Open,
    remove: unsafe extern "C" fn(*mut c_void, *const c_char) -> i32,
    list_empty: Option<unsafe extern "C" fn(*mut c_void, *mut c_void, footage_add_clip) -> i32>,
    file: FileCallbacks,
}

#[derive(Clone, Copy)]
struct FileCallbacks {
    read: unsafe extern "C" fn(*mut c_void, *mut c_void, u64, *mut u8, usize, *mut usize) -> i32,
    write: unsafe extern "C" fn(*mut c_void, *mut c_void, u64, *const u8, usize) -> i32,
    size: unsafe extern "C" fn(*mut c_void, *mut c_void, *mut u64) -> i32,
    truncate: unsafe extern "C" fn(*mut c_void, *mut c_void, u64) -> i32,
    sync: unsafe extern "C" fn(*mut c_void, *mut c_void) -> i32,
    close: Option<unsafe extern "C" fn(*mut c_void, *mut c_void)>,
}

/// The most clips of a list.
const LISTED: usize = 1 << 16;

/// A clip's id as a text that ends with a NUL.
struct ClipText([u8; 33]);

impl ClipText {
    fn new(clip: ClipId) -> Self {
        let mut text = [0; 33];
        // 32 characters always fit.
        let _ = base16ct::lower::encode(clip.as_bytes(), &mut text);
        Self(text)
    }

    const fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }
}

/// What a callback added to a list.
#[derive(Default)]
struct List {
    clips: Vec<ClipId>,
    failed: bool,
}

unsafe extern "C" fn add_clip(list: *mut c_void, clip: *const c_char) -> i32 {
    // SAFETY: the list that the callback was given, which the app passes on; nothing else refers to it meanwhile.
    let Some(list) = (unsafe { list.cast::<List>().as_mut() }) else { return 1 };
    // SAFETY: not NULL, and by the rules a text with its NUL.
    let clip = (!clip.is_null()).then(|| unsafe { CStr::from_ptr(clip) });
    match clip.and_then(|clip| clip.to_str().ok()?.parse().ok()) {
        Some(clip) if list.clips.len() < LISTED => list.clips.push(clip),
        _ => list.failed = true,
    }
    list.failed.into()
}

impl CallbackFiles {
    pub(super) fn new(callbacks: &footage_files_callbacks) -> Done<Self> {
        Ok(Self {
            user: User(callbacks.user),
            create: required("create", callbacks.create)?,
            open: required("open", callbacks.open)?,
            remove: required("remove", callbacks.remove)?,
            list_empty: callbacks.list_empty,
            file: FileCallbacks {
                read: required("read", callbacks.read)?,
                write: required("write", callbacks.write)?,
                size: required("size", callbacks.size)?,
                truncate: required("truncate", callbacks.truncate)?,
                sync: required("sync", callbacks.sync)?,
                close: callbacks.close,
            },
        })
    }

    fn file(&self, name: &'static str, open: Open, clip: ClipId) -> Result<Option<CallbackFile>, CallbackError> {
        let mut file = core::ptr::null_mut();
        // SAFETY: the app's own function and pointer, and a place for a file.
        returned(name, unsafe { open(self.user.0, ClipText::new(clip).as_ptr(), &raw mut file) })?;
        let file = (!file.is_null()).then_some(User(file));
        Ok(file.map(|file| CallbackFile { user: self.user, file, callbacks: self.file, at: 0 }))
    }
}

impl ClipFiles for CallbackFiles {
    type File = CallbackFile;

    fn create(&mut self, clip: ClipId) -> io::Result<CallbackFile> {
        let file = self.file("create", self.create, clip)?;
        Ok(file.ok_or(CallbackError::Invalid { name: "create", what: "NULL for a file" })?)
    }

    fn open(&mut self, clip: ClipId) -> io::Result<Option<CallbackFile>> {
        Ok(self.file("open", self.open, clip)?)
    }

    fn remove(&mut self, clip: ClipId) -> io::Result<()> {
        // SAFETY: the app's own function and pointer.
        Ok(returned("remove", unsafe { (self.remove)(self.user.0, ClipText::new(clip).as_ptr()) })?)
    }

    fn empty(&mut self) -> io::Result<Vec<ClipId>> {
        let Some(list_empty) = self.list_empty else { return Ok(Vec::new()) };
        let mut list = List::default();
        // SAFETY: the app's own function and pointer, and a list with the function that adds to it.
        returned("list_empty", unsafe { list_empty(self.user.0, (&raw mut list).cast(), add_clip) })?;
        if list.failed {
            return Err(
                CallbackError::Invalid { name: "list_empty", what: "a clip that is not one, or too many" }.into()
            );
        }
        Ok(list.clips)
    }
}

/// One of the app's files. Closed when it is dropped.
pub(crate) struct CallbackFile {
    user: User,
    file: User,
    callbacks: FileCallbacks,
    at: u64,
}

impl CallbackFile {
    fn size(&self) -> Result<u64, CallbackError> {
        let mut size = 0;
        // SAFETY: the app's own function, pointer and file, and a place for a number.
        returned("size", unsafe { (self.callbacks.size)(self.user.0, self.file.0, &raw mut size) })?;
        Ok(size)
    }
}

impl Read for CallbackFile {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() {
            return Ok(0);
        }
        let (read, mut length) = (self.callbacks.read, 0);
        // SAFETY: the app's own function, pointer and file, and room for as many bytes as it is told.
        let code = unsafe { read(self.user.0, self.file.0, self.at, to.as_mut_ptr(), to.len(), &raw mut length) };
        returned("read", code)?;
        let length = at_most("read", length, to.len())?;
        self.at = self.at.saturating_add(length as u64);
        Ok(length)
    }
}

impl Write for CallbackFile {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        let end = self.at.checked_add(from.len() as u64).ok_or(io::ErrorKind::InvalidInput)?;
        // SAFETY: the app's own function, pointer and file, and bytes of this length.
        let code = unsafe { (self.callbacks.write)(self.user.0, self.file.0, self.at, from.as_ptr(), from.len()) };
        returned("write", code)?;
        self.at = end;
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for CallbackFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.size()?.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl ClipFile for CallbackFile {
    fn sync(&mut self) -> io::Result<()> {
        // SAFETY: the app's own function, pointer and file.
        Ok(returned("sync", unsafe { (self.callbacks.sync)(self.user.0, self.file.0) })?)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        // SAFETY: the app's own function, pointer and file.
        Ok(returned("truncate", unsafe { (self.callbacks.truncate)(self.user.0, self.file.0, length) })?)
    }
}

impl Drop for CallbackFile {
    fn drop(&mut self) {
        if let Some(close) = self.callbacks.close {
            // SAFETY: the app's own function, pointer and file, which is not used again.
            unsafe { close(self.user.0, self.file.0) };
        }
    }
}
