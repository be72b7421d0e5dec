use alloc::vec::Vec;
#[cfg(feature = "std")]
use core::ffi::c_char;

#[cfg(feature = "std")]
use crate::camera::DirectoryFiles;
use crate::camera::{ClipFile, ClipFiles};
use crate::io::{self, Read, Seek, SeekFrom, Write};
use crate::record::ClipId;

#[cfg(feature = "std")]
use super::argument::Text;
use super::argument::{Callbacks, Place};
use super::file_callbacks::{CallbackFile, CallbackFiles, footage_files_callbacks};
use super::handle::{Object, Ref, free, give};
use super::status::{Done, Failure, call, footage_status, footage_status::*};

/// Where a camera's clips lie: one file for each clip, under the clip's id. `footage_camera_begin` and `footage_camera_open`
/// take it out of this handle, which can only be freed afterwards.
pub struct footage_files {
    _opaque: [u8; 0],
}

impl Object for footage_files {
    const TAG: u32 = u32::from_be_bytes(*b"file");
    /// `None` once a camera took it.
    type Content = Option<AnyFiles>;
}

/// Takes the files for a camera.
pub(super) fn take(files: &Ref<'_, footage_files>) -> Done<AnyFiles> {
    files.lock()?.take().ok_or_else(|| Failure::new(FOOTAGE_ORDER, "a camera took these files: make them again"))
}

/// The app's files, or those of a directory.
pub(crate) enum AnyFiles {
    Callbacks(CallbackFiles),
    #[cfg(feature = "std")]
    Directory(DirectoryFiles),
}

/// One of them.
pub(crate) enum AnyFile {
    Callbacks(CallbackFile),
    #[cfg(feature = "std")]
    Local(std::fs::File),
}

impl ClipFiles for AnyFiles {
    type File = AnyFile;

    fn create(&mut self, clip: ClipId) -> io::Result<AnyFile> {
        match self {
            Self::Callbacks(files) => files.create(clip).map(AnyFile::Callbacks),
            #[cfg(feature = "std")]
            Self::Directory(files) => files.create(clip).map(AnyFile::Local),
        }
    }

    fn open(&mut self, clip: ClipId) -> io::Result<Option<AnyFile>> {
        match self {
            Self::Callbacks(files) => Ok(files.open(clip)?.map(AnyFile::Callbacks)),
            #[cfg(feature = "std")]
            Self::Directory(files) => Ok(files.open(clip)?.map(AnyFile::Local)),
        }
    }

    fn remove(&mut self, clip: ClipId) -> io::Result<()> {
        match self {
            Self::Callbacks(files) => files.remove(clip),
            #[cfg(feature = "std")]
            Self::Directory(files) => files.remove(clip),
        }
    }

    fn empty(&mut self) -> io::Result<Vec<ClipId>> {
        match self {
            Self::Callbacks(files) => files.empty(),
            #[cfg(feature = "std")]
            Self::Directory(files) => files.empty(),
        }
    }
}

impl AnyFile {
    fn get(&mut self) -> &mut dyn ClipFile {
        match self {
            Self::Callbacks(file) => file,
            #[cfg(feature = "std")]
            Self::Local(file) => file,
        }
    }
}

impl Read for AnyFile {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.get().read(to)
    }
}

impl Write for AnyFile {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.get().write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.get().flush()
    }
}

impl Seek for AnyFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.get().seek(to)
    }
}

impl ClipFile for AnyFile {
    fn sync(&mut self) -> io::Result<()> {
        self.get().sync()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.get().truncate(length)
    }
}

/// Makes files of callbacks, which are copied. It is `FOOTAGE_ARGUMENT` if a required one is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_files_new(
    callbacks: *const footage_files_callbacks,
    files: *mut *mut footage_files,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and callbacks.
    let (callbacks, files) = unsafe { (Callbacks::new(callbacks), Place::new(files)) };
    call(|| give(Some(AnyFiles::Callbacks(CallbackFiles::new(&callbacks.get()?)?)), &files))
}

/// Makes files of a directory: `<clip>.footage`, with the clip's id in lowercase hexadecimal. The directory has to exist when
/// a clip is started; until then it may be a card that is not mounted yet. The path is UTF-8.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_files_directory(
    path: *const c_char,
    files: *mut *mut footage_files,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and texts.
    let (path, files) = unsafe { (Text::new(path), Place::new(files)) };
    call(|| give(Some(AnyFiles::Directory(DirectoryFiles::new(path.get()?))), &files))
}

/// Frees files. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_files_free(files: *mut footage_files) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(files) });
}
