use crate::crypto::{BodyDigest, Digest, Suite};
use crate::io;
use crate::merkle::Frontier;
use crate::record::{ClipId, ClockSet, End, Head, Verified};

use super::file::ClipFile;
use super::frame::write_frame;
use super::header::Header;
use super::index::{IndexWriter, SegmentRow};
use super::owners::Owners;
use super::segment::{SegmentHeader, StoredSegment};

/// What a clip begins with.
pub(crate) const MAGIC: &[u8; 16] = b"footage-clip-v1\n";

/// Kinds of frames.
pub(crate) const HEADER: u8 = b'H';
pub(crate) const OWNERS: u8 = b'O';
pub(crate) const SEGMENT: u8 = b'S';
pub(crate) const HEAD: u8 = b'D';
pub(crate) const FOOTER: u8 = b'F';

/// Bytes of the footer's frame: two offsets.
pub(crate) const FOOTER_LEN: i64 = 5 + 16;

/// Writes a clip's bytes in one forward pass, and keeps of them the edge of the tree and a few index rows.
#[derive(Debug)]
pub(crate) struct ClipWriter<W> {
    sink: W,
    offset: u64,
    clip: ClipId,
    suite: Suite,
    header: Digest,
    tree: Frontier,
    index: IndexWriter,
}

impl<W: ClipFile> ClipWriter<W> {
    /// Writes the beginning of the clip, and syncs it.
    pub(crate) fn begin(mut sink: W, header: &Header, owners: &Owners) -> io::Result<Self> {
        sink.write_all(MAGIC)?;
        let mut offset = MAGIC.len() as u64;
        offset += write_frame(&mut sink, HEADER, &[&header.to_bytes()])?;
        offset += write_frame(&mut sink, OWNERS, &[&owners.to_bytes()])?;
        sink.sync()?;
        let (clip, suite, header) = (header.clip, header.suite, header.digest());
        Ok(Self { sink, offset, clip, suite, header, tree: Frontier::new(), index: IndexWriter::default() })
    }

    /// A segment that is sealed: its ciphertext, its tag, and the digest of both.
    pub(crate) fn segment(
        &mut self,
        header: SegmentHeader,
        ciphertext: &[u8],
        tag: &[u8],
        digest: &BodyDigest,
    ) -> io::Result<()> {
        let row = SegmentRow { offset: self.offset, segment: StoredSegment { header, digest: *digest } };
        let leaf = row.segment.leaf();
        self.offset += write_frame(&mut self.sink, SEGMENT, &[&header.to_bytes(), ciphertext, tag])?;
        self.tree.push(leaf);
        self.offset += self.index.push(row, leaf, &mut self.sink, self.offset)?;
        Ok(())
    }

    /// Returns what is to be signed of the clip as it stands.
    pub(crate) fn state(&self, set: Option<ClockSet>, end: Option<End>) -> Head {
        let root = Digest::from_bytes(*self.tree.root().as_bytes());
        Head { clip: self.clip, suite: self.suite, header: self.header, count: self.count(), root, set, end }
    }

    pub(crate) fn head(&mut self, head: &Verified<Head>) -> io::Result<()> {
        self.offset += write_frame(&mut self.sink, HEAD, &[&head.to_bytes()])?;
        Ok(())
    }

    /// Closes the clip with its manifest, and syncs it.
    pub(crate) fn finish(mut self, manifest: &Verified<Head>) -> io::Result<W> {
        write_end(&mut self.sink, self.index, self.offset, manifest)?;
        Ok(self.sink)
    }

    pub(crate) fn count(&self) -> u32 {
        self.tree.size() as u32
    }

    /// Makes what was written durable.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.sink.sync()
    }
}

/// Writes what a clip ends with: the rest of the index, the manifest and the footer. Syncs it.
pub(crate) fn write_end(
    sink: &mut impl ClipFile,
    index: IndexWriter,
    offset: u64,
    manifest: &Verified<Head>,
) -> io::Result<()> {
    let (written, top) = index.finish(sink, offset)?;
    let at = offset + written;
    write_frame(sink, HEAD, &[&manifest.to_bytes()])?;
    write_frame(sink, FOOTER, &[&at.to_be_bytes(), &top.to_be_bytes()])?;
    sink.sync()
}
