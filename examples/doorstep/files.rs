//! Files and folders that appear under their name only when they are whole.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Result;

const CLIP: &str = "clip.footage";
const FOLDERS: [&str; 3] = ["receipts", "log", "keys"];

/// The folder that everything goes to.
pub(crate) struct Out {
    directory: PathBuf,
}

impl Out {
    /// Makes the folder ready: it is new or empty, or holds nothing but the files of an earlier run, which are removed.
    pub(crate) fn prepare(directory: &Path, video: &Path) -> Result<Self> {
        fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        let names =
            fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<OsString>>>()?;
        let has = |name: &str| names.iter().any(|found| found == name);
        let foreign = names.iter().find(|name| !is_ours(name));
        if let Some(name) = foreign.or(names.first().filter(|_| FOLDERS.into_iter().any(has) && !has(CLIP))) {
            let (folder, name) = (directory.display(), name.display());
            return Err(
                format!("{folder} holds `{name}`, which is not of an earlier run: choose another folder").into()
            );
        }
        if fs::canonicalize(video)?.starts_with(fs::canonicalize(directory)?) {
            return Err(format!("the recording lies in {}: choose another folder", directory.display()).into());
        }
        // The clip goes last: by it an earlier run is known.
        for name in names.iter().filter(|name| *name != CLIP).chain(names.iter().filter(|name| *name == CLIP)) {
            let path = directory.join(name);
            if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
        Ok(Self { directory: directory.to_owned() })
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.join(name)
    }

    pub(crate) fn create(&self, name: impl AsRef<Path>) -> io::Result<Whole> {
        Whole::create(self.path(name))
    }

    /// A folder that appears when it is [kept](Folder::keep).
    pub(crate) fn folder(&self, name: &str) -> io::Result<Folder> {
        let fresh = self.path(partial(OsStr::new(name)));
        fs::create_dir(&fresh)?;
        Ok(Folder { fresh, path: self.path(name) })
    }
}

fn is_ours(name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    [CLIP, "excerpt.footage", "evidence.footage"].contains(&&*text)
        || FOLDERS.contains(&&*text)
        || text.starts_with("opened.")
        || text.starts_with("opened-")
        || (text.starts_with('.') && text.ends_with(".partial"))
}

fn partial(name: &OsStr) -> OsString {
    let mut fresh = OsString::from(".");
    fresh.push(name);
    fresh.push(".partial");
    fresh
}

/// A file that appears when it is [kept](Self::keep), and leaves nothing otherwise.
pub(crate) struct Whole {
    file: BufWriter<File>,
    fresh: PathBuf,
    path: PathBuf,
}

impl Whole {
    fn create(path: PathBuf) -> io::Result<Self> {
        let fresh = path.with_file_name(partial(path.file_name().unwrap_or_default()));
        Ok(Self { file: BufWriter::new(File::create(&fresh)?), fresh, path })
    }

    pub(crate) fn keep(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.fresh, &self.path)?;
        sync_parent(&self.path)
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        // Gone already if it was kept.
        let _ = fs::remove_file(&self.fresh);
    }
}

/// A folder in the making.
pub(crate) struct Folder {
    fresh: PathBuf,
    path: PathBuf,
}

impl Folder {
    /// Where it is until it is kept.
    pub(crate) fn fresh(&self) -> &Path {
        &self.fresh
    }

    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> io::Result<()> {
        let path = self.fresh.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&self.fresh))?;
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    pub(crate) fn keep(self) -> io::Result<()> {
        fs::rename(&self.fresh, &self.path)?;
        sync_parent(&self.path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.fresh);
    }
}

/// Makes a new name durable, where folders can be synced.
fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}
