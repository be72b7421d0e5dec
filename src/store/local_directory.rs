use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::StoreError;
use super::disk::{Disk, DiskHandle};
use super::file_store::FileStore;

/// A store in a local directory, which one process at a time has open.
///
/// The lock is one of the operating system, which releases it when the process ends. The directory must be local, or on
/// a network file system whose locks work. On Unix only the user may read the directory. On other systems permissions
/// are inherited, and a directory cannot be synced: the file system decides when names become durable.
///
/// The medium may keep copies of an erased secret (wear levelling, snapshots, backups). The deployment has to prevent
/// that.
///
/// ```
/// use footage::store::{DirectoryStore, Store, StoreError};
///
/// # let path = std::env::temp_dir().join(format!("footage-store-example-{}", std::process::id()));
/// # let _ = std::fs::remove_dir_all(&path);
/// assert!(matches!(DirectoryStore::open(&path), Err(StoreError::Missing)));
/// let mut store = DirectoryStore::begin(&path)?;
/// store.put_fact(&"state".parse()?, b"one")?;
/// drop(store);
///
/// let mut store = DirectoryStore::open(&path)?;
/// assert_eq!(store.fact(&"state".parse()?)?, Some(b"one".to_vec()));
/// # std::fs::remove_dir_all(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type DirectoryStore = FileStore<LocalDirectory>;

impl DirectoryStore {
    /// Begins a store in this directory, which is made if it does not exist; its parent has to.
    ///
    /// # Errors
    /// Those of [`FileStore::begin_on`].
    pub fn begin(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::begin_on(LocalDirectory::new(path))
    }

    /// Opens the store in this directory. The directory is never created: if a volume is not mounted, the result is
    /// [`StoreError::Missing`].
    ///
    /// # Errors
    /// Those of [`FileStore::open_on`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_on(LocalDirectory::new(path))
    }
}

/// A directory of the operating system, as a [`Disk`].
#[derive(Debug)]
pub struct LocalDirectory {
    path: PathBuf,
    lock: Option<File>,
}

impl LocalDirectory {
    /// The file that is locked.
    pub const LOCK: &str = "lock";

    /// The directory of this path. Nothing is read or written yet.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), lock: None }
    }

    /// The regular file of this name, or `None` if there is none. A link is none: following it would lead elsewhere.
    fn regular(&self, name: &str) -> io::Result<Option<PathBuf>> {
        let path = self.path.join(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(Some(path)),
            Ok(_) => Err(ErrorKind::InvalidData.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Options for a file that nobody else may read.
fn private() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Makes the entries of a directory outlive a power cut. Only Unix lets a directory be opened; elsewhere names last when the
/// file system says so.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    // The parent of a relative path of one part.
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

impl Disk for LocalDirectory {
    type Handle = File;

    fn make(&mut self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&self.path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => make_private(&self.path)?,
        }
        // It may be left by an interrupted beginning, so its name is synced also if it exists.
        match self.path.canonicalize()?.parent() {
            Some(parent) => sync_directory(parent),
            None => Ok(()),
        }
    }

    fn lock(&mut self) -> io::Result<bool> {
        let file = private().create(true).truncate(false).write(true).open(self.path.join(Self::LOCK))?;
        match file.try_lock() {
            Ok(()) => {
                self.lock = Some(file);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn names(&mut self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn exists(&mut self, name: &str) -> io::Result<bool> {
        match fs::symlink_metadata(self.path.join(name)) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn read(&mut self, name: &str, most: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(path) = self.regular(name)? else { return Ok(None) };
        let mut file = File::open(path)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX).min(most);
        // Of its full length from the beginning: growing would leave copies of a secret behind.
        let mut bytes = Zeroizing::new(vec![0; length]);
        match file.read_exact(&mut bytes) {
            Ok(()) => Ok(Some(bytes)),
            // It was cut meanwhile, by another program.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(ErrorKind::InvalidData.into()),
            Err(error) => Err(error),
        }
    }

    fn create(&mut self, name: &str) -> io::Result<File> {
        private().write(true).create_new(true).open(self.path.join(name))
    }

    fn overwrite(&mut self, name: &str) -> io::Result<Option<(File, u64)>> {
        let Some(path) = self.regular(name)? else { return Ok(None) };
        let file = File::options().write(true).open(path)?;
        let length = file.metadata()?.len();
        Ok(Some((file, length)))
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync_names(&mut self) -> io::Result<()> {
        sync_directory(&self.path)
    }
}

impl DiskHandle for File {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        io::Write::write_all(self, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}
