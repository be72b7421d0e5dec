//! A whole clip in the clear, as fast as its source, the cipher and the sink go.

use alloc::vec::Vec;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::crypto::{BodyDigest, Secret, Suite};
use crate::io::{self, Read, Seek, Write};
use crate::merkle::Hash;
use crate::record::Layer;

use super::error::ClipError;
use super::finished::FinishedClip;
use super::relay::{Relay, is_shared, run};
use super::secret::ClipSecret;
use super::segment::{SegmentHeader, StoredSegment, open_body};
use super::tree::{KeyTree, Seeds};

/// Why a clip was not opened to its end. What the sink has is a beginning of the content.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenAllError {
    /// A segment cannot be read, or is not the one that the camera signed.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The sink failed.
    #[error("writing the clip's content failed: {0}")]
    Write(#[from] io::Error),
}

impl<R: Read + Seek> FinishedClip<R> {
    /// Opens all segments for an owner, and writes their contents one after the other. Each segment is checked before any of
    /// it is written, as by [`segment`](Self::segment). After each segment, `progress` is called with the number of bytes of
    /// content written so far.
    ///
    /// With the feature `parallel` this uses all cores; source and sink stay on the calling thread. At most 32 MiB of
    /// content are held at once.
    pub fn open_all<W: Write>(
        &mut self,
        secret: &ClipSecret,
        sink: &mut W,
        progress: impl FnMut(u64),
    ) -> Result<(), OpenAllError> {
        self.check(secret)?;
        let seeds = Layer::ALL.map(|layer| secret.seeds(layer));
        run(&mut Whole { clip: self, secret, seeds, next: 0, sink, progress, written: 0, spare: Vec::new() })?;
        Ok(sink.flush()?)
    }
}

struct Whole<'a, R, W, P> {
    clip: &'a mut FinishedClip<R>,
    secret: &'a ClipSecret,
    seeds: [Seeds; 2],
    next: u32,
    sink: &'a mut W,
    progress: P,
    written: u64,
    /// Buffers that were used.
    spare: Vec<Zeroizing<Vec<u8>>>,
}

/// A segment as it lies in the file; no header if the index led astray.
struct Task {
    suite: Suite,
    index: u32,
    header: Option<(SegmentHeader, KeyTree, Secret<32>)>,
    /// The digest, if it was taken while reading.
    digest: Option<BodyDigest>,
    body: Zeroizing<Vec<u8>>,
}

/// A segment in the clear and its leaf, if all went well. That the leaf is the manifest's is checked before it leaves.
struct Done {
    index: u32,
    leaf: Option<Hash>,
    content: Zeroizing<Vec<u8>>,
}

impl<R: Read + Seek, W: Write, P: FnMut(u64)> Relay for Whole<'_, R, W, P> {
    type Task = Task;
    type Done = Done;
    type Error = OpenAllError;

    fn take(&mut self) -> Result<Option<(Task, usize)>, OpenAllError> {
        if self.next == self.clip.count() {
            return Ok(None);
        }
        let index = self.next;
        self.next += 1;
        let mut body = self.spare.pop().unwrap_or_default();
        let mut digest = None;
        let header: Result<_, ClipError> = self.clip.try_header(index).and_then(|header| {
            if is_shared() {
                self.clip.read_body(header, &mut body, |_| {})?;
            } else {
                digest = Some(BodyDigest::of_pieces(|each| self.clip.read_body(header, &mut body, each))?);
            }
            Ok(header)
        });
        let header = header.ok().and_then(|header| {
            let layer = header.open.layer;
            Some((header, self.secret.tree(layer), self.seeds.get_mut(layer.place())?.take(index)?))
        });
        let (suite, size) = (self.clip.suite(), body.len());
        Ok(Some((Task { suite, index, header, digest, body }, size)))
    }

    fn work(task: Task) -> Done {
        let Task { suite, index, header, digest, body: mut content } = task;
        let leaf = header.and_then(|(header, tree, seed)| {
            let digest = digest.unwrap_or_else(|| BodyDigest::of(&content));
            open_body(suite, tree, header, &seed, &mut content).ok()?;
            Some(StoredSegment { header, digest }.leaf())
        });
        Done { index, leaf, content }
    }

    fn put(&mut self, done: Done) -> Result<(), OpenAllError> {
        let Done { index, leaf, mut content } = done;
        if leaf.is_none_or(|leaf| self.clip.verify(index, leaf).is_err()) {
            // Once more by itself, with all that can be tried, or with the error that it deserves.
            self.clip.segment_into(self.secret, index, &mut content)?;
        }
        self.sink.write_all(&content)?;
        self.written += content.len() as u64;
        (self.progress)(self.written);
        self.spare.push(content);
        Ok(())
    }
}
