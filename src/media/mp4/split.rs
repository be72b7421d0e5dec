//! The fragments of a group, each track by itself.

use super::boxes::{Name, Node, Nodes};
use super::movie::Wanted;
use super::sift::close;
use crate::cbor::limits;
use crate::media::CutError;

/// The flags of a `tfhd` (ISO/IEC 14496-12 section 8.8.7).
const DEFAULT_SIZE: u32 = 0x10;
const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;

/// The flags of a `trun` (section 8.8.8).
const DATA_OFFSET: u32 = 0x1;
const FIRST_FLAGS: u32 = 0x4;
const SAMPLE_SIZE: u32 = 0x200;

/// What was found of one track.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Fragments with this track alone.
    pub(super) bytes: Vec<u8>,
    /// Samples in them.
    pub(super) samples: u64,
}

/// Takes the fragments of one track out of fragments that stand one after the other.
pub(super) fn part(fragments: &[u8], at: u64, wanted: Wanted) -> Result<Part, CutError> {
    let mut part = Part::default();
    for node in Nodes::of(fragments, at) {
        let node = node?;
        if &node.name == b"moof" {
            fragment(fragments, &node, (node.at - at) as usize, wanted, &mut part)?;
        }
    }
    Ok(part)
}

/// Writes the `moof` of one track, and an `mdat` with its samples.
fn fragment(all: &[u8], moof: &Node<'_>, begin: usize, wanted: Wanted, part: &mut Part) -> Result<(), CutError> {
    let samples_before = part.samples;
    let mut data: Vec<&[u8]> = Vec::new();
    // Where the data offset of each run is to be written, and where its data will begin in the `mdat`.
    let mut offsets = Vec::new();
    let mut length = 0_usize;
    let start = part.bytes.len();
    let open = begin_box(*b"moof", &mut part.bytes);
    // Without a base of its own, a track's data follows that of the track before it.
    let mut base = begin as u64;
    for node in moof.nodes(0)? {
        let node = node?;
        match &node.name {
            b"mfhd" => part.bytes.extend_from_slice(node.bytes),
            b"traf" => {
                let traf = Traf::read(&node)?;
                if traf.base_is_moof {
                    base = begin as u64;
                }
                let own = traf.track == wanted.track;
                let inner = own.then(|| begin_box(*b"traf", &mut part.bytes));
                let mut next = base;
                for node in node.nodes(0)? {
                    let node = node?;
                    if &node.name == b"trun" {
                        let run = Run::read(&node, traf.size.unwrap_or(wanted.size))?;
                        let from = run.offset.map_or(Some(next), |offset| base.checked_add_signed(offset.into()));
                        let from = from.ok_or_else(|| node.malformed("a sample outside of its fragment"))?;
                        let end = from.checked_add(run.length);
                        next = end.ok_or_else(|| node.malformed("a sample outside of its fragment"))?;
                        if own {
                            let range = usize::try_from(from).ok().zip(usize::try_from(next).ok());
                            let bytes = range.and_then(|(from, to)| all.get(from..to));
                            let bytes = bytes.ok_or_else(|| node.malformed("a sample outside of its fragment"))?;
                            data.push(bytes);
                            let place = run.write(&node, &mut part.bytes)?;
                            offsets.push((place, length));
                            length += bytes.len();
                            // Runs may name the same bytes over and over.
                            check_room(part.bytes.len() + length, moof)?;
                            part.samples += u64::from(run.count);
                        }
                    } else if own {
                        match &node.name {
                            b"tfhd" => write_head(&node, &mut part.bytes)?,
                            b"tfdt" | b"sbgp" | b"sgpd" | b"subs" | b"sdtp" => part.bytes.extend_from_slice(node.bytes),
                            // Offsets into the fragment, which is another one now.
                            b"saiz" | b"saio" | b"senc" => return Err(node.malformed("samples that are encrypted")),
                            _ => {}
                        }
                    }
                }
                base = next;
                if let Some(inner) = inner {
                    close(inner, &mut part.bytes)?;
                }
            }
            _ => {}
        }
    }
    if part.samples == samples_before {
        part.bytes.truncate(start);
        return Ok(());
    }
    close(open, &mut part.bytes)?;
    check_room(part.bytes.len() + 8 + length, moof)?;
    let moof_len = part.bytes.len() - start;
    for (place, before) in offsets {
        let offset = u32::try_from(moof_len + 8 + before).ok().filter(|&offset| i32::try_from(offset).is_ok());
        let offset = offset.ok_or_else(|| moof.malformed("a fragment over 2 GiB"))?;
        if let Some(bytes) = part.bytes.get_mut(place..place + 4) {
            bytes.copy_from_slice(&offset.to_be_bytes());
        }
    }
    let open = begin_box(*b"mdat", &mut part.bytes);
    data.into_iter().for_each(|bytes| part.bytes.extend_from_slice(bytes));
    close(open, &mut part.bytes)
}

/// Whether so many bytes are no more than a segment has.
fn check_room(length: usize, moof: &Node<'_>) -> Result<(), CutError> {
    if length > limits::SEGMENT_BYTES as usize { Err(CutError::CutTooLarge { at: moof.at }) } else { Ok(()) }
}

fn begin_box(name: Name, to: &mut Vec<u8>) -> usize {
    let begin = to.len();
    to.extend_from_slice(&[0; 4]);
    to.extend_from_slice(&name);
    begin
}

/// What a `traf` says of where its data is.
struct Traf {
    track: u32,
    base_is_moof: bool,
    size: Option<u32>,
}

impl Traf {
    fn read(traf: &Node<'_>) -> Result<Self, CutError> {
        let head = traf.child(*b"tfhd")?;
        let flags = word(&head, 0)? & 0x00ff_ffff;
        // Optional fields stand in the order of their bits: base offset (refused before), description, duration, size.
        let before = 8 + 4 * (flags & 0xe).count_ones() as usize;
        let size = if flags & DEFAULT_SIZE == 0 { None } else { Some(word(&head, before)?) };
        Ok(Self { track: word(&head, 4)?, base_is_moof: flags & DEFAULT_BASE_IS_MOOF != 0, size })
    }
}

/// Writes a `tfhd` that counts from the `moof`.
fn write_head(head: &Node<'_>, to: &mut Vec<u8>) -> Result<(), CutError> {
    let flags = word(head, 0)? | DEFAULT_BASE_IS_MOOF;
    let open = begin_box(*b"tfhd", to);
    to.extend_from_slice(&flags.to_be_bytes());
    to.extend_from_slice(head.body.get(4..).unwrap_or_default());
    close(open, to)
}

/// A `trun`: how many samples of how many bytes, and where.
struct Run {
    count: u32,
    offset: Option<i32>,
    length: u64,
}

impl Run {
    fn read(run: &Node<'_>, default: u32) -> Result<Self, CutError> {
        let flags = word(run, 0)? & 0x00ff_ffff;
        let count = word(run, 4)?;
        let offset = if flags & DATA_OFFSET == 0 { None } else { Some(word(run, 8)?.cast_signed()) };
        let fields = (flags >> 8 & 0xf).count_ones() as usize;
        let first = 8 + 4 * (flags & (DATA_OFFSET | FIRST_FLAGS)).count_ones() as usize;
        if flags & SAMPLE_SIZE == 0 {
            return Ok(Self { count, offset, length: u64::from(count) * u64::from(default) });
        }
        // The size stands after the duration, if there is one.
        let place = first + 4 * (flags >> 8 & 1) as usize;
        let table = run.body.get(first..).unwrap_or_default();
        if (table.len() / (4 * fields.max(1))) < count as usize {
            return Err(run.malformed("a run shorter than its samples"));
        }
        let sizes = (0..count as usize).map(|sample| word(run, place + sample * 4 * fields).map(u64::from));
        Ok(Self { count, offset, length: sizes.sum::<Result<u64, _>>()? })
    }

    /// Writes the run with a data offset, and returns where that stands.
    fn write(&self, run: &Node<'_>, to: &mut Vec<u8>) -> Result<usize, CutError> {
        let rest = if self.offset.is_some() { 12 } else { 8 };
        let open = begin_box(*b"trun", to);
        to.extend_from_slice(&(word(run, 0)? | DATA_OFFSET).to_be_bytes());
        to.extend_from_slice(&self.count.to_be_bytes());
        let place = to.len();
        to.extend_from_slice(&[0; 4]);
        to.extend_from_slice(run.body.get(rest..).unwrap_or_default());
        close(open, to)?;
        Ok(place)
    }
}

fn word(node: &Node<'_>, at: usize) -> Result<u32, CutError> {
    let bytes = node.body.get(at..).and_then(|rest| rest.first_chunk::<4>());
    bytes.map(|bytes| u32::from_be_bytes(*bytes)).ok_or_else(|| node.malformed("a box too short for what it is"))
}
