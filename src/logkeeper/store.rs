use std::path::Path as FilePath;
use std::sync::{Arc, mpsc};

use bytes::Bytes;
use futures_util::stream::{self, TryStreamExt as _};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload, PutResult, UpdateVersion};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use crate::tlog::{TileReadError, TileReader};

use super::DirectoryStore;
use super::error::StoreError;
use super::ids::{DirectoryIndex, IdIndex, MemoryIndex};

/// Where a log is kept: any store of the `object_store` crate that has conditional writes, which are [`PutMode::Create`]
/// and [`PutMode::Update`].
///
/// Its functions wait until the store has answered. In an asynchronous program, call them where waiting is allowed.
#[derive(Debug)]
pub struct LogStore {
    store: Arc<dyn ObjectStore>,
    index: Option<Box<dyn IdIndex>>,
    // An option only so that it can be taken out when this is dropped.
    runtime: Option<Runtime>,
}

/// What became of a conditional write.
#[derive(Debug)]
pub(super) enum Put {
    Done(UpdateVersion),
    /// Something else is there.
    Conflict,
}

/// An object with the version that it has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) bytes: Bytes,
    pub(super) version: UpdateVersion,
}

/// How many objects are read or written at a time.
const AT_ONCE: usize = 16;

impl LogStore {
    /// Where the index is of a log in a [local directory](Self::directory).
    pub const INDEX: &str = "index";

    /// Keeps a log in this store.
    pub fn new(store: impl ObjectStore) -> Result<Self, StoreError> {
        Self::shared(Arc::new(store))
    }

    /// Keeps a log in a store that others use too.
    pub fn shared(store: Arc<dyn ObjectStore>) -> Result<Self, StoreError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("footage-log").enable_all().build();
        Ok(Self { store, index: None, runtime: Some(runtime.map_err(|error| StoreError::at("runtime", &error))?) })
    }

    /// Keeps a log where a URL says: `file:///path` is a [local directory](DirectoryStore), `memory:///` forgets with the
    /// program, and `s3://bucket/prefix`, `az://container/prefix` and `gs://bucket/prefix` are stores elsewhere, if the
    /// features `s3`, `azure` and `gcp` are there. The options are those of `object_store`, such as `aws_endpoint`.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if the URL or an option is not understood; [`StoreError::Locked`].
    pub fn from_url<'a>(url: &str, options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, StoreError> {
        let parsed = Url::parse(url).map_err(|error| StoreError::at(url, &error))?;
        if let ("file", Ok(path)) = (parsed.scheme(), parsed.to_file_path()) {
            return Self::directory(path);
        }
        let store = object_store::parse_url_opts(&parsed, options).map_err(|error| StoreError::at(url, &error))?;
        Self::new(PrefixStore::new(store.0, store.1))
    }

    /// Keeps a log in a [local directory](DirectoryStore), and its [index](DirectoryIndex) in the directory
    /// [`INDEX`](Self::INDEX) in it, which need not be served.
    pub fn directory(path: impl AsRef<FilePath>) -> Result<Self, StoreError> {
        let store = Self::new(DirectoryStore::open(&path)?)?;
        Ok(store.with_index(DirectoryIndex::open(path.as_ref().join(Self::INDEX))?))
    }

    /// Has the writer of the log know duplicates by this index. Of one that is not told, memory grows with the log, and
    /// every entry is read when it is opened: for a log elsewhere that is not small, name a
    /// [local directory](DirectoryIndex) of this log's own.
    #[must_use]
    pub fn with_index(mut self, index: impl IdIndex + 'static) -> Self {
        self.index = Some(Box::new(index));
        self
    }

    /// The index, for the one writer.
    pub(super) fn take_index(&mut self) -> Box<dyn IdIndex> {
        self.index.take().unwrap_or_else(|| Box::new(MemoryIndex::new()))
    }

    fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T, StoreError> {
        // Not `block_on`, which may not be called from within another runtime.
        let (answer, answered) = mpsc::sync_channel(1);
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move {
                let _ = answer.send(work.await);
            });
        }
        answered.recv().map_err(|_| StoreError::at("runtime", &"it has stopped"))
    }

    pub(super) fn get(&self, path: &str) -> Result<Option<Object>, StoreError> {
        let (store, location) = (Arc::clone(&self.store), Path::from(path));
        self.run(async move { get(&*store, &location).await })?
    }

    /// The objects at these paths, as far as they are there.
    pub(super) fn get_all(&self, paths: Vec<String>) -> Result<Vec<Option<Bytes>>, StoreError> {
        use futures_util::StreamExt as _;
        let store = Arc::clone(&self.store);
        let reads = paths.into_iter().map(move |path| {
            let store = Arc::clone(&store);
            async move { Ok(get(&*store, &Path::from(path.as_str())).await?.map(|object| object.bytes)) }
        });
        self.run(stream::iter(reads).buffered(AT_ONCE).try_collect())?
    }

    pub(super) fn put(&self, path: &str, bytes: Bytes, mode: PutMode) -> Result<Put, StoreError> {
        let (store, location) = (Arc::clone(&self.store), Path::from(path));
        self.run(async move { store.put_opts(&location, PutPayload::from_bytes(bytes), mode.into()).await })?
            .map(|PutResult { e_tag, version, .. }| Put::Done(UpdateVersion { e_tag, version }))
            .or_else(|error| match error {
                Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotFound { .. } => Ok(Put::Conflict),
                error => Err(StoreError::at(path, &error)),
            })
    }

    /// Writes objects whose bytes never change, in any order.
    pub(super) fn put_all(&self, objects: Vec<(String, Bytes)>) -> Result<(), StoreError> {
        let store = Arc::clone(&self.store);
        let work = stream::iter(objects.into_iter().map(Ok)).try_for_each_concurrent(AT_ONCE, move |(path, bytes)| {
            let store = Arc::clone(&store);
            async move {
                let put = store.put(&Path::from(path.as_str()), PutPayload::from_bytes(bytes)).await;
                put.map(|_| ()).map_err(|error| StoreError::at(&path, &error))
            }
        });
        self.run(work)?
    }

    pub(super) fn delete(&self, path: &str) -> Result<(), StoreError> {
        let (store, location) = (Arc::clone(&self.store), Path::from(path));
        match self.run(async move { store.delete(&location).await })? {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StoreError::at(path, &error)),
        }
    }

    /// The paths below a prefix.
    pub(super) fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let (store, location) = (Arc::clone(&self.store), Path::from(prefix));
        let work = async move { store.list(Some(&location)).map_ok(|found| found.location.into()).try_collect().await };
        self.run(work)?.map_err(|error: Error| StoreError::at(prefix, &error))
    }
}

async fn get(store: &dyn ObjectStore, location: &Path) -> Result<Option<Object>, StoreError> {
    let failed = |error| StoreError::at(location, &error);
    match store.get(location).await {
        Ok(found) => {
            let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
            Ok(Some(Object { bytes: found.bytes().await.map_err(failed)?, version }))
        }
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

impl TileReader for &LogStore {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, TileReadError> {
        let object = self.get(path);
        let object = object.map_err(|error| TileReadError { path: path.to_owned(), reason: error.to_string() })?;
        Ok(object.map(|object| object.bytes.to_vec()))
    }
}

impl Drop for LogStore {
    fn drop(&mut self) {
        // Without waiting, which is not allowed everywhere. Nothing runs between two calls.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
