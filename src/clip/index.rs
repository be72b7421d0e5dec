//! The index for seeking: blocks of up to 64 rows, written as the clip grows, so that a camera holds one block of
//! each level, and a reader a few.
//!
//! A row of level 0 is a segment; a row of level `n` is a block of level `n - 1`, with the root of its subtree, since 64^n
//! leaves are a subtree of RFC 6962. All of it is a hint: what it says is held against the manifest's root, and rebuilt
//! when wrong.

use alloc::vec::Vec;
use core::mem;

use crate::crypto::BodyDigest;
use crate::io::{self, Read, Seek, SeekFrom, Write};
use crate::merkle::{self, Frontier, Hash, Tree};

use super::frame::{FRAME_LEN, read_array, read_frame, read_payload, write_frame};
use super::segment::{OpenHalf, STORED_LEN, SegmentHeader, StoredSegment};

/// Rows of a block.
pub(crate) const FAN: u64 = 64;

/// Blocks of level 0 that a reader keeps: a phone that makes a grant comes back to the same few.
const KEPT: usize = 4;

/// Bits of `FAN`.
const FAN_BITS: u32 = 6;

/// Bytes of a row of level 0: offset, header, digest of the body.
const SEGMENT_ROW: usize = 8 + STORED_LEN;

/// Bytes of a row of a higher level: offset, least start, root.
const BLOCK_ROW: usize = 48;

/// A frame of the index.
pub(crate) const INDEX: u8 = b'I';

/// Bytes of a block, at most.
pub(crate) const INDEX_BYTES: u32 = 1 + (FAN as usize * SEGMENT_ROW) as u32;

/// A segment's row: where its frame begins, and what the segment is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SegmentRow {
    pub(crate) offset: u64,
    pub(crate) segment: StoredSegment,
}

impl SegmentRow {
    pub(crate) const fn open(&self) -> OpenHalf {
        self.segment.header.open
    }

    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.offset.to_be_bytes());
        to.extend_from_slice(&self.segment.to_bytes());
    }

    fn read(from: &mut &[u8]) -> io::Result<Self> {
        let offset = u64::from_be_bytes(read_array(from)?);
        let segment = StoredSegment::from_bytes(&read_array(from)?).ok_or_else(|| wrong("no such segment"))?;
        Ok(Self { offset, segment })
    }
}

/// A block's row: where its frame begins, the least start in it, and the root of its leaves.
#[derive(Debug, Clone, Copy)]
struct BlockRow {
    offset: u64,
    start: u64,
    root: Hash,
}

impl BlockRow {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.offset.to_be_bytes());
        to.extend_from_slice(&self.start.to_be_bytes());
        to.extend_from_slice(self.root.as_bytes());
    }

    fn read(from: &mut &[u8]) -> io::Result<Self> {
        let (offset, start) = (u64::from_be_bytes(read_array(from)?), u64::from_be_bytes(read_array(from)?));
        Ok(Self { offset, start, root: Hash::from_bytes(read_array(from)?) })
    }
}

/// Gathers rows and writes a block whenever one is full.
#[derive(Debug, Default)]
pub(crate) struct IndexWriter {
    segments: Vec<SegmentRow>,
    /// The tree of their leaves.
    leaves: Frontier,
    /// The blocks of level 0 and above that are written, and have no block above them yet.
    blocks: Vec<Vec<BlockRow>>,
}

impl IndexWriter {
    /// Adds a segment with its leaf. Blocks that it fills are written at `offset`; returns the bytes written.
    pub(crate) fn push(&mut self, row: SegmentRow, leaf: Hash, to: &mut impl Write, offset: u64) -> io::Result<u64> {
        let mut written = 0;
        self.segments.push(row);
        self.leaves.push(leaf);
        if (self.segments.len() as u64) < FAN {
            return Ok(written);
        }
        let mut row = self.write_segments(to, offset, &mut written)?;
        for level in 0.. {
            if self.blocks.len() == level {
                self.blocks.push(Vec::new());
            }
            let Some(rows) = self.blocks.get_mut(level) else { break };
            rows.push(row);
            if (rows.len() as u64) < FAN {
                break;
            }
            row = write_blocks(rows, level + 1, to, offset, &mut written)?;
        }
        Ok(written)
    }

    /// Writes what is left. Returns the bytes written, and the offset of the block that covers everything.
    pub(crate) fn finish(mut self, to: &mut impl Write, offset: u64) -> io::Result<(u64, u64)> {
        let mut written = 0;
        let mut top = offset;
        let mut carried = None;
        // A block of level 0 is always there, also of a clip without a segment.
        if !self.segments.is_empty() || self.blocks.iter().all(Vec::is_empty) {
            carried = Some(self.write_segments(to, offset, &mut written)?);
        }
        for level in 0..self.blocks.len() {
            let higher = self.blocks.iter().skip(level + 1).any(|rows| !rows.is_empty());
            let Some(rows) = self.blocks.get_mut(level) else { break };
            rows.extend(carried.take());
            match rows.as_slice() {
                [] => {}
                // A single block covers everything already.
                [block] if !higher => top = block.offset,
                _ => {
                    top = offset + written;
                    let row = write_blocks(rows, level + 1, to, offset, &mut written)?;
                    carried = higher.then_some(row);
                }
            }
        }
        Ok((written, top))
    }

    /// Writes the block of level 0 that is gathered.
    fn write_segments(&mut self, to: &mut impl Write, offset: u64, written: &mut u64) -> io::Result<BlockRow> {
        let mut bytes = Vec::with_capacity(self.segments.len() * SEGMENT_ROW);
        for row in &self.segments {
            row.write(&mut bytes);
        }
        let block = BlockRow {
            offset: offset + *written,
            start: self.segments.iter().map(|row| row.open().start.0).min().unwrap_or(0),
            root: mem::take(&mut self.leaves).root(),
        };
        *written += write_frame(to, INDEX, &[&[0], &bytes])?;
        self.segments.clear();
        Ok(block)
    }
}

fn write_blocks(
    rows: &mut Vec<BlockRow>,
    level: usize,
    to: &mut impl Write,
    offset: u64,
    written: &mut u64,
) -> io::Result<BlockRow> {
    let mut bytes = Vec::with_capacity(rows.len() * BLOCK_ROW);
    for row in rows.iter() {
        row.write(&mut bytes);
    }
    let block = BlockRow {
        offset: offset + *written,
        start: rows.iter().map(|row| row.start).min().unwrap_or(0),
        root: merkle::root_of(&rows.iter().map(|row| row.root).collect::<Vec<_>>()),
    };
    *written += write_frame(to, INDEX, &[&[level as u8], &bytes])?;
    rows.clear();
    Ok(block)
}

/// Where a segment is, found by reading the whole file. The tree holds its leaf.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) offset: u64,
    pub(crate) digest: BodyDigest,
}

/// Reads rows and subtree roots of a clip with `count` segments.
#[derive(Debug)]
pub(crate) struct IndexReader {
    count: u64,
    kind: IndexKind,
}

#[derive(Debug)]
enum IndexKind {
    /// In the file; the blocks of level 0 that were read last are kept, and one of each level above.
    Stored { top: u64, segments: Vec<(u64, Vec<SegmentRow>)>, blocks: Vec<Option<(u64, Vec<BlockRow>)>> },
    /// Made anew by reading the whole file.
    Rebuilt { found: Vec<Found>, tree: Tree },
}

impl IndexReader {
    pub(crate) fn stored(top: u64, count: u32) -> Self {
        let levels = (1..=3).take_while(|level| (1u64 << (level * FAN_BITS)) < count.into()).count();
        let blocks = (0..levels).map(|_| None).collect();
        Self { count: count.into(), kind: IndexKind::Stored { top, segments: Vec::new(), blocks } }
    }

    pub(crate) const fn rebuilt(found: Vec<Found>, tree: Tree) -> Self {
        Self { count: found.len() as u64, kind: IndexKind::Rebuilt { found, tree } }
    }

    pub(crate) const fn is_rebuilt(&self) -> bool {
        matches!(self.kind, IndexKind::Rebuilt { .. })
    }

    /// Returns where a segment's frame begins.
    pub(crate) fn offset(&mut self, source: &mut (impl Read + Seek), index: u32) -> io::Result<u64> {
        match &self.kind {
            IndexKind::Rebuilt { found, .. } => {
                found.get(index as usize).map(|found| found.offset).ok_or_else(|| wrong("no such segment"))
            }
            IndexKind::Stored { .. } => Ok(self.row(source, index.into())?.offset),
        }
    }

    /// Returns a segment's row.
    pub(crate) fn row(&mut self, source: &mut (impl Read + Seek), index: u64) -> io::Result<SegmentRow> {
        if let IndexKind::Rebuilt { found, .. } = &self.kind {
            let Found { offset, digest } = *found.get(index as usize).ok_or_else(|| wrong("no such segment"))?;
            source.seek(SeekFrom::Start(payload(offset)))?;
            let header = SegmentHeader::from_bytes(&read_array(source)?).ok_or_else(|| wrong("no such segment"))?;
            return Ok(SegmentRow { offset, segment: StoredSegment { header, digest } });
        }
        let rows = self.block(source, index / FAN)?;
        rows.get((index % FAN) as usize).copied().ok_or_else(|| wrong("no such row"))
    }

    /// Returns the rows of a block of level 0.
    fn block(&mut self, source: &mut (impl Read + Seek), block: u64) -> io::Result<&[SegmentRow]> {
        let held = match &self.kind {
            IndexKind::Stored { segments, .. } => segments.iter().any(|(held, _)| *held == block),
            IndexKind::Rebuilt { .. } => false,
        };
        if !held {
            let offset = self.block_offset(source, 0, block)?;
            let rows = self.count.saturating_sub(block * FAN).min(FAN);
            let read = read_block(source, offset, 0, rows, SEGMENT_ROW, SegmentRow::read)?;
            if let IndexKind::Stored { segments, .. } = &mut self.kind {
                if segments.len() == KEPT {
                    segments.remove(0);
                }
                segments.push((block, read));
            }
        }
        let IndexKind::Stored { segments, .. } = &self.kind else { return Err(wrong("no such block")) };
        let rows = segments.iter().find(|(held, _)| *held == block);
        rows.map(|(_, rows)| rows.as_slice()).ok_or_else(|| wrong("no such block"))
    }

    /// Returns the leaves from `from` to before `to`, which lie in one block of level 0.
    pub(crate) fn leaves(&mut self, source: &mut (impl Read + Seek), from: u64, to: u64) -> io::Result<Vec<Hash>> {
        if let IndexKind::Rebuilt { tree, .. } = &self.kind {
            let leaves = (from..to).map(|index| tree.leaf(index)).collect::<Option<_>>();
            return leaves.ok_or_else(|| wrong("no such range"));
        }
        let place = (from % FAN) as usize;
        let rows = self.block(source, from / FAN)?.get(place..place + to.saturating_sub(from) as usize);
        rows.map(leaves_of).ok_or_else(|| wrong("no such range"))
    }

    /// Returns where a block of a level begins.
    fn block_offset(&mut self, source: &mut (impl Read + Seek), level: usize, block: u64) -> io::Result<u64> {
        match &self.kind {
            IndexKind::Stored { top, blocks, .. } if level == blocks.len() => Ok(*top),
            _ => Ok(self.block_row(source, level + 1, block)?.offset),
        }
    }

    /// Returns the row of a block of level `level - 1`.
    fn block_row(&mut self, source: &mut (impl Read + Seek), level: usize, at: u64) -> io::Result<BlockRow> {
        let IndexKind::Stored { blocks, .. } = &self.kind else { return Err(wrong("no such row")) };
        let place = level.checked_sub(1).ok_or_else(|| wrong("no such row"))?;
        let block = at / FAN;
        let held = matches!(blocks.get(place), Some(Some((held, _))) if *held == block);
        if !held {
            let offset = self.block_offset(source, level, block)?;
            // A block below the top holds what is left of the level, 64 at most.
            let below = 1u64.checked_shl(level as u32 * FAN_BITS).ok_or_else(|| wrong("too deep"))?;
            let rows = self.count.div_ceil(below).saturating_sub(block * FAN).min(FAN);
            let read = read_block(source, offset, level, rows, BLOCK_ROW, BlockRow::read)?;
            if let IndexKind::Stored { blocks, .. } = &mut self.kind
                && let Some(place) = blocks.get_mut(place)
            {
                *place = Some((block, read));
            }
        }
        let IndexKind::Stored { blocks, .. } = &self.kind else { return Err(wrong("no such row")) };
        let rows = blocks.get(place).and_then(Option::as_ref);
        rows.and_then(|(_, rows)| rows.get((at % FAN) as usize)).copied().ok_or_else(|| wrong("no such row"))
    }

    /// Returns the first group that begins at `start` or later, going down from the top; the count if there is none. Groups
    /// never begin before the ones before them.
    pub(crate) fn first_group_from(&mut self, source: &mut (impl Read + Seek), start: u64) -> io::Result<u32> {
        let IndexKind::Stored { blocks, .. } = &self.kind else { return Err(wrong("no index")) };
        let levels = blocks.len();
        let mut from = 0;
        for level in (1..=levels).rev() {
            let span = 1u64 << (level as u32 * FAN_BITS);
            let first = from / span;
            let all = self.count.div_ceil(span);
            let (mut low, mut high) = (first, if level == levels { all } else { all.min(first + FAN) });
            while low < high {
                let middle = low + (high - low) / 2;
                if self.block_row(source, level, middle)?.start < start { low = middle + 1 } else { high = middle }
            }
            // The last block with something before `start` holds the group, or ends before it.
            from = low.saturating_sub(1).max(first) * span;
        }
        for index in from..self.count {
            let OpenHalf { group, start: begins, .. } = self.row(source, index)?.open();
            if group && begins.0 >= start {
                return Ok(index as u32);
            }
        }
        Ok(self.count as u32)
    }

    /// Returns the root of the leaves `from` to before `to`, one of the subtrees that RFC 6962 splits the clip's tree into.
    pub(crate) fn subtree(&mut self, source: &mut (impl Read + Seek), from: u64, to: u64) -> io::Result<Hash> {
        if let IndexKind::Rebuilt { tree, .. } = &self.kind {
            return merkle::Subtrees::subtree(&mut &*tree, from, to).map_err(|_| wrong("no such range"));
        }
        let length = to.saturating_sub(from);
        let levels = match &self.kind {
            IndexKind::Stored { blocks, .. } => blocks.len(),
            IndexKind::Rebuilt { .. } => 0,
        };
        // The row that is this subtree: whole, or cut off where the clip ends.
        for level in 1..=levels {
            let span = 1u64 << (level as u32 * FAN_BITS);
            let whole = length == span || (to == self.count && length < span);
            if whole && from.is_multiple_of(span) {
                return Ok(self.block_row(source, level, from / span)?.root);
            }
        }
        if length == 0 {
            return Err(wrong("empty subtree"));
        }
        if length <= FAN {
            return Ok(merkle::root_of(&self.leaves(source, from, to)?));
        }
        let left = from + (1 << (length - 1).ilog2());
        Ok(merkle::node_hash(self.subtree(source, from, left)?, self.subtree(source, left, to)?))
    }
}

fn leaves_of(rows: &[SegmentRow]) -> Vec<Hash> {
    rows.iter().map(|row| row.segment.leaf()).collect()
}

fn read_block<T>(
    source: &mut (impl Read + Seek),
    offset: u64,
    level: usize,
    rows: u64,
    row_len: usize,
    read: impl Fn(&mut &[u8]) -> io::Result<T>,
) -> io::Result<Vec<T>> {
    source.seek(SeekFrom::Start(offset))?;
    let (kind, length) = read_frame(source)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let [found] = read_array(source)?;
    if kind != INDEX || usize::from(found) != level || u64::from(length) != 1 + rows * row_len as u64 {
        return Err(wrong("not the index block that was looked for"));
    }
    let block = read_payload(source, rows as usize * row_len)?;
    let mut block = block.as_slice();
    (0..rows).map(|_| read(&mut block)).collect()
}

fn wrong(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Bytes from a frame's beginning to its payload.
pub(crate) const fn payload(offset: u64) -> u64 {
    offset.saturating_add(FRAME_LEN)
}
