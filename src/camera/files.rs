use alloc::vec::Vec;

use crate::clip::ClipFile;
use crate::io;
use crate::record::ClipId;

/// Where a camera's clips lie: one file for each clip, under the clip's id.
///
/// The place belongs to one camera: opening the camera removes empty files that it does not know.
pub trait ClipFiles {
    /// One clip's file.
    type File: ClipFile;

    /// Creates the empty file of a clip. The file and its name are durable when the call returns.
    ///
    /// # Errors
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) if the clip has a file, which is left as it is.
    fn create(&mut self, clip: ClipId) -> io::Result<Self::File>;

    /// Opens the file of a clip to read and write it from its beginning, or returns `None` if there is none. The name is
    /// durable when the call returns.
    fn open(&mut self, clip: ClipId) -> io::Result<Option<Self::File>>;

    /// Removes the file of a clip. It is no error if there is none.
    fn remove(&mut self, clip: ClipId) -> io::Result<()>;

    /// Lists the clips whose files are empty.
    fn empty(&mut self) -> io::Result<Vec<ClipId>>;
}
