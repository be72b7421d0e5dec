use core::fmt;
use std::fs::File;
use std::path::Path as FilePath;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use super::error::StoreError;
use super::lock::lock;

/// A local directory as an object store for one writer at a time.
///
/// It holds a lock on the file `writer.lock` for as long as it lives, which the operating system takes back when the
/// process ends, however it ends. With it come the conditional updates that `object_store`'s own directory lacks. What
/// is written is on the disk when the write returns, so that a power cut loses nothing either.
///
/// The lock is that of the operating system: it must be a local directory, or a network one whose locks work.
#[derive(Debug)]
pub struct DirectoryStore {
    files: LocalFileSystem,
    _lock: File,
}

impl DirectoryStore {
    /// The file that is locked.
    pub const LOCK: &str = "writer.lock";

    /// Opens a directory, and makes it if there is none.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another writer has it open.
    pub fn open(path: impl AsRef<FilePath>) -> core::result::Result<Self, StoreError> {
        Self::with_sync(path, true)
    }

    /// The same without waiting for the disk: what was written survives the process, but not a power cut. For tests.
    pub fn open_unsynced(path: impl AsRef<FilePath>) -> core::result::Result<Self, StoreError> {
        Self::with_sync(path, false)
    }

    fn with_sync(path: impl AsRef<FilePath>, sync: bool) -> core::result::Result<Self, StoreError> {
        let path = path.as_ref();
        let lock = lock(path, Self::LOCK)?;
        let files = LocalFileSystem::new_with_prefix(path).map_err(|error| StoreError::at(path.display(), &error))?;
        Ok(Self { files: files.with_fsync(sync), _lock: lock })
    }
}

impl fmt::Display for DirectoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for DirectoryStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, mut options: PutOptions) -> Result<PutResult> {
        // Nobody else writes here, and a writer makes one update at a time.
        if let PutMode::Update(expected) = &options.mode {
            let found = match self.files.head(location).await {
                Ok(found) => found.e_tag,
                Err(Error::NotFound { .. }) => None,
                Err(error) => return Err(error),
            };
            if found != expected.e_tag {
                let source = "it was changed".into();
                return Err(Error::Precondition { path: location.to_string(), source });
            }
            options.mode = PutMode::Overwrite;
        }
        self.files.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.files.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.files.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.files.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.files.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.files.copy_opts(from, to, options).await
    }
}
