use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Error, ErrorKind, Read, Result, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::crypto::sha256;
use crate::merkle::Hash;

use super::Indexed;
use super::index::Half;
use super::merge::Record;

/// The records of the entries between two trees of a log, ordered by id, in a file that never changes.
///
/// ```text
/// header = MAGIC + u64(size before) + root before + u64(size after) + root after + check
/// block  = 170 records, or fewer in the last + check
/// record = half an id (16) + u64(index)
/// check  = SHA-256 of what stands before it, in a block after the header's check, number and whether it is the last [0:16]
/// ```
///
/// Numbers are big-endian. Every block is checked whenever it is read.
#[derive(Debug)]
pub(super) struct Run {
    path: PathBuf,
    file: File,
    pub(super) from: Indexed,
    pub(super) to: Indexed,
    seal: Check,
    blocks: u64,
    /// How many records there are.
    pub(super) len: u64,
}

type Check = [u8; 16];

const MAGIC: [u8; 16] = *b"footage ids (1)\n";
const HEADER: usize = 16 + 2 * 40 + CHECK;
const CHECK: usize = 16;
const RECORD: usize = 24;
/// Records of a full block, which is a page.
const FULL: usize = 170;
const BLOCK: usize = FULL * RECORD + CHECK;

impl Run {
    /// Writes records, which are in order, to a file that gets its name when it is whole.
    pub(super) fn write(
        directory: &Path,
        from: Indexed,
        to: Indexed,
        records: impl Iterator<Item = Result<Record>>,
    ) -> Result<Self> {
        let path = directory.join(format!("{}-{}", from.size, to.size));
        let new = path.with_extension(NEW);
        let mut out = BufWriter::with_capacity(
            1 << 16,
            File::options().read(true).write(true).create(true).truncate(true).open(&new)?,
        );
        let (header, seal) = header(from, to);
        out.write_all(&header)?;
        let (mut blocks, mut len, mut block) = (0, 0, Vec::with_capacity(BLOCK));
        for record in records {
            let (half, index) = record?;
            if block.len() == FULL * RECORD {
                out.write_all(&block)?;
                out.write_all(&check(&seal, blocks, false, &block))?;
                block.clear();
                blocks += 1;
            }
            block.extend_from_slice(&half);
            block.extend_from_slice(&index.to_be_bytes());
            len += 1;
        }
        out.write_all(&block)?;
        out.write_all(&check(&seal, blocks, true, &block))?;
        let file = out.into_inner()?;
        fs::rename(&new, &path)?;
        Ok(Self { path, file, from, to, seal, blocks: blocks + 1, len })
    }

    /// Opens a file that was written, without reading its records yet.
    pub(super) fn open(path: PathBuf) -> Result<Self> {
        let mut file = File::open(&path)?;
        let mut bytes = [0; HEADER];
        file.read_exact(&mut bytes)?;
        let (first, rest) = (number(&bytes[16..24]), &bytes[56..64]);
        let root = |at: usize| bytes[at..at + 32].try_into().map(Hash::from_bytes).map_err(|_| damaged());
        let from = Indexed { size: first, root: root(24)? };
        let to = Indexed { size: number(rest), root: root(64)? };
        let (header, seal) = header(from, to);
        let data = file.metadata()?.len().saturating_sub(HEADER as u64);
        // As if the last block were full; each ends with a check, so there is no empty file.
        let blocks = data.div_ceil(BLOCK as u64);
        let records = data.saturating_sub(blocks * CHECK as u64);
        if header != bytes || blocks == 0 || !records.is_multiple_of(RECORD as u64) {
            return Err(damaged());
        }
        Ok(Self { path, file, from, to, seal, blocks, len: records / RECORD as u64 })
    }

    /// Removes the file.
    pub(super) fn remove(self) {
        let Self { path, file, .. } = self;
        drop(file);
        // If it stays, it is removed when the index is opened again.
        let _ = fs::remove_file(path);
    }

    /// The index of a statement.
    pub(super) fn get(&mut self, half: &Half) -> Result<Option<u64>> {
        let prefix = |half: &[u8]| number(&half[..8]);
        let key = prefix(half);
        // The block is one of these, and what they hold lies between these.
        let (mut blocks, mut keys) = (0..self.blocks, 0..=u64::MAX);
        let mut guess = true;
        while !blocks.is_empty() {
            let width = blocks.end - blocks.start;
            // Ids are spread evenly, so the block is near to where it should be. Who makes ids that are not spread finds
            // every second step a halving.
            let share =
                u128::from(key - keys.start()) * u128::from(width) / (u128::from(keys.end() - keys.start()) + 1);
            let at = blocks.start + if guess { share as u64 } else { width / 2 };
            guess = !guess;
            let block = self.block(at)?;
            let (records, _) = block.as_chunks::<RECORD>();
            let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(None) };
            if half[..] < first[..16] {
                (blocks, keys) = (blocks.start..at, *keys.start()..=prefix(first));
            } else if half[..] > last[..16] {
                (blocks, keys) = (at + 1..blocks.end, prefix(last)..=*keys.end());
            } else {
                let found = records.binary_search_by(|record| record[..16].cmp(&half[..]));
                return Ok(found.ok().map(|at| number(&records[at][16..])));
            }
        }
        Ok(None)
    }

    fn block(&mut self, number: u64) -> Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(HEADER as u64 + number * BLOCK as u64))?;
        read_block(&mut self.file, &self.seal, number, self.blocks)
    }

    /// All records, in order.
    pub(super) fn records(&mut self) -> Result<impl Iterator<Item = Result<Record>>> {
        self.file.seek(SeekFrom::Start(HEADER as u64))?;
        let (mut file, seal, blocks) = (BufReader::with_capacity(1 << 16, &mut self.file), self.seal, self.blocks);
        let mut blocks = (0..blocks).map(move |number| read_block(&mut file, &seal, number, blocks));
        let (mut block, mut at) = (Vec::new(), 0);
        Ok(core::iter::from_fn(move || {
            while at == block.len() {
                match blocks.next()? {
                    Ok(next) => (block, at) = (next, 0),
                    Err(error) => return Some(Err(error)),
                }
            }
            let (half, index) = block.get(at..at + RECORD)?.split_first_chunk()?;
            at += RECORD;
            Some(Ok((*half, number(index))))
        }))
    }
}

/// What the name of a file that is being written ends with.
pub(super) const NEW: &str = "new";

fn damaged() -> Error {
    Error::new(ErrorKind::InvalidData, "it is damaged")
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn header(from: Indexed, to: Indexed) -> ([u8; HEADER], Check) {
    let (mut header, mut rest) = ([0; HEADER], MAGIC.to_vec());
    for tree in [from, to] {
        rest.extend_from_slice(&tree.size.to_be_bytes());
        rest.extend_from_slice(tree.root.as_bytes());
    }
    let seal = first_half(sha256(&[&rest]));
    rest.extend_from_slice(&seal);
    header.copy_from_slice(&rest);
    (header, seal)
}

fn check(seal: &Check, number: u64, last: bool, records: &[u8]) -> Check {
    first_half(sha256(&[seal, &number.to_be_bytes(), &[u8::from(last)], records]))
}

fn first_half(hash: [u8; 32]) -> Check {
    let (halves, _) = hash.as_chunks();
    halves[0]
}

/// The records of a block.
fn read_block(file: &mut impl Read, seal: &Check, number: u64, blocks: u64) -> Result<Vec<u8>> {
    let mut block = Vec::with_capacity(BLOCK);
    file.take(BLOCK as u64).read_to_end(&mut block)?;
    let last = number + 1 == blocks;
    match block.split_last_chunk() {
        Some((records, found)) if *found == check(seal, number, last, records) => {
            block.truncate(block.len() - CHECK);
            Ok(block)
        }
        _ => Err(damaged()),
    }
}
