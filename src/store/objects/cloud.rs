use std::ops::Range;
use std::sync::{Arc, mpsc};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload, PutResult, UpdateVersion,
};
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};
use url::Url;

use super::traits::copy_prefix;
use super::{Object, ObjectPath, Objects, ObjectsError, Version};

/// Objects in any store of the `object_store` crate that has conditional writes, which are [`PutMode::Create`] and
/// [`PutMode::Update`].
///
/// The functions wait until the store has answered. In an asynchronous program, call them where waiting is allowed.
#[derive(Debug)]
pub struct CloudObjects {
    store: Arc<dyn ObjectStore>,
    // An option only so that it can be taken out when this is dropped.
    runtime: Option<Runtime>,
}

/// How many objects are read or written at a time.
const AT_ONCE: usize = 16;

/// The runtime ended before it answered.
#[derive(Debug, Error)]
#[error("the runtime of the object store has stopped")]
struct Stopped;

impl CloudObjects {
    /// Keeps objects in this store.
    pub fn new(store: impl ObjectStore) -> Result<Self, ObjectsError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("footage-objects").enable_all().build();
        let runtime = runtime.map_err(|error| ObjectsError::failed("the runtime of the object store", error))?;
        Ok(Self { store: Arc::new(store), runtime: Some(runtime) })
    }

    /// Keeps objects where a URL says: `s3://bucket/prefix`, `az://container/prefix` or `gs://bucket/prefix`, if the features
    /// `s3`, `azure` and `gcp` are there. The options are those of `object_store`, such as `aws_endpoint`.
    ///
    /// # Errors
    /// [`ObjectsError::Failed`] if the URL or an option is not understood.
    pub fn from_url<'a>(
        url: &str,
        options: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ObjectsError> {
        let parsed = Url::parse(url).map_err(|error| ObjectsError::failed(url, error))?;
        let opened = object_store::parse_url_opts(&parsed, options).map_err(|error| ObjectsError::failed(url, error));
        let (store, prefix) = opened?;
        Self::new(PrefixStore::new(store, prefix))
    }

    fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T, ObjectsError> {
        // Not `block_on`, which may not be called from within another runtime.
        let (answer, answered) = mpsc::sync_channel(1);
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move {
                let _ = answer.send(work.await);
            });
        }
        answered.recv().map_err(|_| ObjectsError::failed("the object store", Stopped))
    }

    /// Makes a conditional write.
    fn put_as(&self, path: &ObjectPath, bytes: &[u8], mode: PutMode) -> Result<Option<Version>, ObjectsError> {
        let (store, location, payload) = (Arc::clone(&self.store), location(path), PutPayload::from(bytes.to_vec()));
        match self.run(async move { store.put_opts(&location, payload, mode.into()).await })? {
            Ok(PutResult { e_tag, version, .. }) => Ok(Some(to_version(e_tag, version))),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(ObjectsError::failed(path, error)),
        }
    }
}

fn location(path: &ObjectPath) -> Path {
    Path::from(path.as_str())
}

/// Both parts as one text. Neither has a line break, and neither is empty.
fn to_version(e_tag: Option<String>, version: Option<String>) -> Version {
    Version::new(format!("{}\n{}", e_tag.unwrap_or_default(), version.unwrap_or_default()))
}

fn from_version(version: &Version) -> UpdateVersion {
    let (e_tag, version) = version.as_str().split_once('\n').unwrap_or_default();
    let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    UpdateVersion { e_tag: part(e_tag), version: part(version) }
}

async fn get(store: Arc<dyn ObjectStore>, path: ObjectPath) -> Result<Option<Object>, ObjectsError> {
    let read = async {
        let found = store.get(&location(&path)).await?;
        let version = to_version(found.meta.e_tag.clone(), found.meta.version.clone());
        Ok(Object { bytes: found.bytes().await?.into(), version })
    };
    if_there(read.await).map_err(|error| ObjectsError::failed(path, error))
}

async fn get_range(store: Arc<dyn ObjectStore>, path: &Path, range: Range<u64>) -> Result<Vec<u8>, Error> {
    // A range without bytes is an error to `object_store`.
    let size = store.head(path).await?.size;
    if range.start >= range.end.min(size) {
        return Ok(Vec::new());
    }
    let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
    Ok(store.get_opts(path, options).await?.bytes().await?.into())
}

fn if_there<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Objects for CloudObjects {
    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, ObjectsError> {
        self.run(get(Arc::clone(&self.store), path.clone()))?
    }

    fn read_at(&self, path: &ObjectPath, at: u64, to: &mut [u8]) -> Result<Option<usize>, ObjectsError> {
        let (store, location) = (Arc::clone(&self.store), location(path));
        let range = at..at.saturating_add(to.len() as u64);
        let read = self.run(async move { get_range(store, &location, range).await })?;
        let read = if_there(read).map_err(|error| ObjectsError::failed(path, error))?;
        Ok(read.map(|bytes| copy_prefix(&bytes, to)))
    }

    /// Each read takes two requests.
    fn read_size(&self) -> usize {
        4 << 20
    }

    fn put(&self, path: &ObjectPath, bytes: &[u8]) -> Result<(), ObjectsError> {
        self.put_all(&[(path.clone(), bytes.to_vec())])
    }

    fn put_if_absent(&self, path: &ObjectPath, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        self.put_as(path, bytes, PutMode::Create)
    }

    fn replace(&self, path: &ObjectPath, version: &Version, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        self.put_as(path, bytes, PutMode::Update(from_version(version)))
    }

    fn list(&self, folder: Option<&ObjectPath>) -> Result<Vec<ObjectPath>, ObjectsError> {
        let (store, prefix) = (Arc::clone(&self.store), folder.map(location));
        let listed = self.run(async move {
            let found = store.list(prefix.as_ref()).map_ok(|found| String::from(found.location));
            found.try_collect::<Vec<_>>().await
        })?;
        let at = folder.map_or("the object store", ObjectPath::as_str);
        let listed = listed.map_err(|error| ObjectsError::failed(at, error))?;
        // What else is there is no object of ours.
        let mut paths: Vec<_> = listed.into_iter().filter_map(|path| ObjectPath::new(path).ok()).collect();
        paths.sort_unstable();
        Ok(paths)
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), ObjectsError> {
        let (store, location) = (Arc::clone(&self.store), location(path));
        let deleted = self.run(async move { store.delete(&location).await })?;
        if_there(deleted).map(|_| ()).map_err(|error| ObjectsError::failed(path, error))
    }

    fn get_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Vec<u8>>>, ObjectsError> {
        let (store, paths) = (Arc::clone(&self.store), paths.to_vec());
        let reads = paths.into_iter().map(move |path| get(Arc::clone(&store), path));
        let objects: Vec<_> = self.run(stream::iter(reads).buffered(AT_ONCE).try_collect())??;
        Ok(objects.into_iter().map(|object: Option<Object>| object.map(|object| object.bytes)).collect())
    }

    fn put_all(&self, objects: &[(ObjectPath, Vec<u8>)]) -> Result<(), ObjectsError> {
        let (store, objects) = (Arc::clone(&self.store), objects.to_vec());
        let writes = stream::iter(objects.into_iter().map(Ok));
        self.run(writes.try_for_each_concurrent(AT_ONCE, move |(path, bytes)| {
            let store = Arc::clone(&store);
            async move {
                let put = store.put(&location(&path), PutPayload::from(bytes)).await;
                put.map(|_| ()).map_err(|error| ObjectsError::failed(path, error))
            }
        }))?
    }
}

impl Drop for CloudObjects {
    fn drop(&mut self) {
        // Without waiting, which is not allowed everywhere. Nothing runs between two calls.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
