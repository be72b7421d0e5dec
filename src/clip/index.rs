//! The index for seeking: blocks of up to 256 rows, written as the clip grows, so that neither camera nor reader holds
//! more than one block a level.
//!
//! A row of level 0 is a segment; a row of level `n` is a block of level `n - 1`. Each holds where that stands in the
//! file, when it begins, and the root of its subtree, since 256^n leaves are a subtree of RFC 6962. All of it is a hint:
//! what it says is held against the manifest's root, and rebuilt when wrong.

use alloc::vec::Vec;

use crate::io::{self, Read, Seek, SeekFrom, Write};
use crate::merkle::{self, Hash, Tree};

use super::frame::{FRAME_LEN, read_array, read_frame, read_payload, write_frame};

/// Rows of a block.
pub(crate) const FAN: u64 = 256;

/// Bits of `FAN`.
const FAN_BITS: u32 = 8;

/// Bytes of a row: offset, start, root.
const ROW_LEN: usize = 48;

/// A frame of the index.
pub(crate) const INDEX: u8 = b'I';

/// One row: a segment, or a block of the level below.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Where its frame begins in the file.
    pub(crate) offset: u64,
    /// When it begins, in milliseconds from the beginning of the clip.
    pub(crate) start: u64,
    /// The root of its leaves.
    pub(crate) root: Hash,
}

/// Where a segment is, found by reading the whole file: a row without its root, which the tree holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) offset: u64,
    pub(crate) start: u64,
}

/// Gathers rows and writes a block whenever one is full.
#[derive(Debug, Default)]
pub(crate) struct IndexWriter {
    levels: Vec<Vec<Row>>,
}

impl IndexWriter {
    /// Adds a segment's row. Blocks that it fills are written at `offset`; gives the bytes written.
    pub(crate) fn push(&mut self, row: Row, to: &mut impl Write, offset: u64) -> io::Result<u64> {
        let mut written = 0;
        let mut next = Some(row);
        let mut level = 0;
        while let Some(row) = next.take() {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            if let Some(rows) = self.levels.get_mut(level) {
                rows.push(row);
                if rows.len() as u64 == FAN {
                    next = Some(write_block(rows, level, to, offset, &mut written)?);
                }
            }
            level += 1;
        }
        Ok(written)
    }

    /// Writes what is left; gives the bytes written and the offset of the block that covers everything.
    pub(crate) fn finish(mut self, to: &mut impl Write, offset: u64) -> io::Result<(u64, u64)> {
        let mut written = 0;
        let mut top = offset;
        let mut carried = None;
        for level in 0..self.levels.len() {
            let higher = self.levels.iter().skip(level + 1).any(|rows| !rows.is_empty());
            let Some(rows) = self.levels.get_mut(level) else { break };
            rows.extend(carried.take());
            match rows.as_slice() {
                [] => {}
                // A single block of the level below covers everything already.
                [block] if level > 0 && !higher => top = block.offset,
                _ => {
                    top = offset + written;
                    let row = write_block(rows, level, to, offset, &mut written)?;
                    carried = higher.then_some(row);
                }
            }
        }
        Ok((written, top))
    }
}

fn write_block(
    rows: &mut Vec<Row>,
    level: usize,
    to: &mut impl Write,
    offset: u64,
    written: &mut u64,
) -> io::Result<Row> {
    let mut bytes = Vec::with_capacity(rows.len() * ROW_LEN);
    for row in rows.iter() {
        bytes.extend_from_slice(&row.offset.to_be_bytes());
        bytes.extend_from_slice(&row.start.to_be_bytes());
        bytes.extend_from_slice(row.root.as_bytes());
    }
    let start = rows.first().map_or(0, |row| row.start);
    let block = Row {
        offset: offset + *written,
        start,
        root: merkle::root_of(&rows.iter().map(|row| row.root).collect::<Vec<_>>()),
    };
    *written += write_frame(to, INDEX, &[&[level as u8], &bytes])?;
    rows.clear();
    Ok(block)
}

/// Reads rows and subtree roots of a clip with `count` segments.
#[derive(Debug)]
pub(crate) struct IndexReader {
    count: u64,
    kind: IndexKind,
}

#[derive(Debug)]
enum IndexKind {
    /// In the file; one block of each level is kept.
    Stored { top: u64, blocks: Vec<Option<(u64, Vec<Row>)>> },
    /// Made anew by reading the whole file.
    Rebuilt { found: Vec<Found>, tree: Tree },
}

impl IndexReader {
    pub(crate) fn stored(top: u64, count: u32) -> Self {
        let levels = (0..=3).take_while(|level| (1u64 << (level * FAN_BITS)) < count.into()).count();
        let blocks = (0..levels.max(1)).map(|_| None).collect();
        Self { count: count.into(), kind: IndexKind::Stored { top, blocks } }
    }

    pub(crate) const fn rebuilt(found: Vec<Found>, tree: Tree) -> Self {
        Self { count: found.len() as u64, kind: IndexKind::Rebuilt { found, tree } }
    }

    pub(crate) const fn is_rebuilt(&self) -> bool {
        matches!(self.kind, IndexKind::Rebuilt { .. })
    }

    /// A segment's row.
    pub(crate) fn row(&mut self, source: &mut (impl Read + Seek), index: u32) -> io::Result<Row> {
        self.row_at(source, 0, index.into())
    }

    fn row_at(&mut self, source: &mut (impl Read + Seek), level: usize, at: u64) -> io::Result<Row> {
        if let IndexKind::Rebuilt { found, tree } = &self.kind {
            let row = found.get(at as usize).zip(tree.leaf(at));
            let row = row.map(|(&Found { offset, start }, root)| Row { offset, start, root });
            return row.ok_or_else(|| wrong("no such segment"));
        }
        let block = at / FAN;
        let held = match &self.kind {
            IndexKind::Stored { blocks, .. } => matches!(blocks.get(level), Some(Some((held, _))) if *held == block),
            IndexKind::Rebuilt { .. } => true,
        };
        if !held {
            let offset = match &self.kind {
                IndexKind::Stored { top, blocks } if level + 1 == blocks.len() => *top,
                _ => self.row_at(source, level + 1, block)?.offset,
            };
            // A block below the top holds what is left of the level, 256 at most.
            let below = 1u64.checked_shl(level as u32 * FAN_BITS).ok_or_else(|| wrong("too deep"))?;
            let rows = self.count.div_ceil(below).saturating_sub(block * FAN).min(FAN);
            let read = read_block(source, offset, level, rows)?;
            if let IndexKind::Stored { blocks, .. } = &mut self.kind
                && let Some(place) = blocks.get_mut(level)
            {
                *place = Some((block, read));
            }
        }
        match &self.kind {
            IndexKind::Stored { blocks, .. } => blocks
                .get(level)
                .and_then(Option::as_ref)
                .and_then(|(_, rows)| rows.get((at % FAN) as usize))
                .copied()
                .ok_or_else(|| wrong("no such row")),
            IndexKind::Rebuilt { .. } => Err(wrong("no such row")),
        }
    }

    /// The first segment that begins at `start` or later, going down from the top; the count if there is none.
    pub(crate) fn first_from(&mut self, source: &mut (impl Read + Seek), start: u64) -> io::Result<u32> {
        let mut before = 0;
        for level in (0..self.levels() as usize).rev() {
            let span = 1u64 << (level as u32 * FAN_BITS);
            // Rows of this level below the one that was found above.
            let (from, to) = (before / span, self.count.div_ceil(span).min(before / span + FAN));
            let to = if level + 1 == self.levels() as usize { self.count.div_ceil(span) } else { to };
            let (mut low, mut high) = (from, to);
            while low < high {
                let middle = low + (high - low) / 2;
                if self.row_at(source, level, middle)?.start < start { low = middle + 1 } else { high = middle }
            }
            // The last block that begins before `start` holds the first segment that does not, or ends before it.
            before = if level == 0 { low } else { low.saturating_sub(1).max(from) * span };
        }
        u32::try_from(before).map_err(|_| wrong("too many segments"))
    }

    /// The root of the leaves `from` to before `to`, one of the subtrees that RFC 6962 splits the clip's tree into.
    fn subtree(&mut self, source: &mut (impl Read + Seek), from: u64, to: u64) -> io::Result<Hash> {
        if let IndexKind::Rebuilt { tree, .. } = &self.kind {
            return merkle::Subtrees::subtree(&mut &*tree, from, to).map_err(|_| wrong("no such range"));
        }
        let length = to.saturating_sub(from);
        // The row that is this subtree: whole, or cut off where the clip ends.
        for level in 0..self.levels() {
            let span = 1u64 << (level * FAN_BITS);
            let whole = length == span || (to == self.count && length < span);
            if whole && from.is_multiple_of(span) {
                return Ok(self.row_at(source, level as usize, from / span)?.root);
            }
        }
        if length < 2 {
            return Err(wrong("empty subtree"));
        }
        let left = from + (1 << (length - 1).ilog2());
        Ok(merkle::node_hash(self.subtree(source, from, left)?, self.subtree(source, left, to)?))
    }

    const fn levels(&self) -> u32 {
        match &self.kind {
            IndexKind::Stored { blocks, .. } => blocks.len() as u32,
            IndexKind::Rebuilt { .. } => 1,
        }
    }
}

fn read_block(source: &mut (impl Read + Seek), offset: u64, level: usize, rows: u64) -> io::Result<Vec<Row>> {
    source.seek(SeekFrom::Start(offset))?;
    let (kind, length) = read_frame(source)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let [found] = read_array(source)?;
    if kind != INDEX || usize::from(found) != level || u64::from(length) != 1 + rows * ROW_LEN as u64 {
        return Err(wrong("not the index block that was looked for"));
    }
    let block = read_payload(source, rows as usize * ROW_LEN)?;
    let mut block = block.as_slice();
    (0..rows)
        .map(|_| {
            let from = &mut block;
            let (offset, start) = (u64::from_be_bytes(read_array(from)?), u64::from_be_bytes(read_array(from)?));
            Ok(Row { offset, start, root: Hash::from_bytes(read_array(from)?) })
        })
        .collect()
}

fn wrong(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Index and file together, as a source of subtree roots.
pub(crate) struct Subtrees<'a, R> {
    pub(crate) index: &'a mut IndexReader,
    pub(crate) source: &'a mut R,
}

impl<R: Read + Seek> merkle::Subtrees for Subtrees<'_, R> {
    type Error = IndexError;

    fn subtree(&mut self, from: u64, to: u64) -> Result<Hash, IndexError> {
        Ok(self.index.subtree(self.source, from, to)?)
    }
}

/// Why the index gives no proof: it is wrong, or the range is.
#[derive(Debug)]
pub(crate) struct IndexError(pub(crate) io::Error);

impl From<io::Error> for IndexError {
    fn from(error: io::Error) -> Self {
        Self(error)
    }
}

impl From<merkle::ProofError> for IndexError {
    fn from(_: merkle::ProofError) -> Self {
        Self(wrong("no such range"))
    }
}

/// Bytes from a frame's beginning to its payload.
pub(crate) const fn payload(offset: u64) -> u64 {
    offset.saturating_add(FRAME_LEN)
}
