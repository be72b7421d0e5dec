//! What of a box goes into a cut: what is needed to play, by a list of what is known.
//!
//! `udta`, `meta` and `uuid` hold positions and titles, and so do the private boxes of many cameras (`gps `, `loci`);
//! `mehd` and `mfra` tell of the whole recording, which a grant is not about.

use mp4_atom::{Tkhd, Trex};

use super::boxes::{Name, Node};
use super::movie::Media;
use crate::media::CutError;

/// Stands for any sample entry, whose name is that of its codec.
const ENTRY: Name = [0; 4];

enum Plan {
    Leave,
    Copy,
    /// Keep so many bytes, and what is to be kept of the boxes after them.
    Walk(usize),
}

/// Writes a `moov` with nothing in it but what is needed to play one track.
pub(super) fn movie(moov: &Node<'_>, track: u32, to: &mut Vec<u8>) -> Result<(), CutError> {
    container(moov, 0, moov.name, Media::Video, track, to)
}

fn container(
    node: &Node<'_>,
    own: usize,
    within: Name,
    media: Media,
    track: u32,
    to: &mut Vec<u8>,
) -> Result<(), CutError> {
    let begin = open(node.name, to);
    to.extend_from_slice(node.body.get(..own).unwrap_or_default());
    for child in node.nodes(own)? {
        let child = child?;
        match plan(within, &child, media) {
            _ if is_of_other_track(&child, track)? => {}
            Plan::Leave => {}
            Plan::Copy => {
                let begin = open(child.name, to);
                to.extend_from_slice(child.body);
                close(begin, to)?;
            }
            Plan::Walk(own) => {
                let media = if &child.name == b"trak" { Media::of(&child)? } else { media };
                let within = if &within == b"stsd" { ENTRY } else { child.name };
                container(&child, own, within, media, track, to)?;
            }
        }
    }
    close(begin, to)
}

/// Whether a box is about another track than this.
fn is_of_other_track(node: &Node<'_>, track: u32) -> Result<bool, CutError> {
    Ok(match &node.name {
        b"trak" => node.child(*b"tkhd")?.atom::<Tkhd>()?.track_id != track,
        b"trex" => node.atom::<Trex>()?.track_id != track,
        _ => false,
    })
}

/// Every `Walk` leads to another level, the last one below a sample entry: this ends.
fn plan(within: Name, node: &Node<'_>, media: Media) -> Plan {
    match (&within, &node.name) {
        (b"moov", b"trak" | b"mvex")
        | (b"trak", b"edts" | b"mdia")
        | (b"mdia", b"minf")
        | (b"minf", b"dinf" | b"stbl") => Plan::Walk(0),
        (b"stbl", b"stsd") => Plan::Walk(8),
        (b"stsd", _) => Plan::Walk(entry(node, media)),
        // Codecs have boxes of many names here.
        (&ENTRY, b"udta" | b"meta" | b"uuid" | b"free" | b"skip" | b"wide") => Plan::Leave,
        (b"moov", b"mvhd")
        | (b"trak", b"tkhd")
        | (b"edts", b"elst")
        | (b"mdia", b"mdhd" | b"hdlr" | b"elng")
        | (b"minf", b"vmhd" | b"smhd")
        | (b"dinf", b"dref")
        | (
            b"stbl",
            b"stts" | b"stsc" | b"stsz" | b"stz2" | b"stco" | b"co64" | b"stss" | b"ctts" | b"cslg" | b"sgpd",
        )
        | (b"mvex", b"trex")
        | (&ENTRY, _) => Plan::Copy,
        _ => Plan::Leave,
    }
}

/// A sample entry's own bytes, before the boxes in it (ISO/IEC 14496-12 sections 8.5.2, 12.1.3 and 12.2.3).
fn entry(node: &Node<'_>, media: Media) -> usize {
    match (media, node.body.get(8..10)) {
        (Media::Video, _) => 78,
        // QuickTime's sound descriptions of versions 1 and 2 have fields more.
        (Media::Audio, Some([0, 1])) => 28 + 16,
        (Media::Audio, Some([0, 2])) => 28 + 36,
        (Media::Audio, _) => 28,
    }
}

/// Writes a `moof` in which all that is not needed to play is blank. Its length stays, since offsets count from it.
pub(super) fn fragment(moof: &Node<'_>, to: &mut Vec<u8>) -> Result<(), CutError> {
    to.extend_from_slice(header(moof));
    let mut nodes = moof.nodes(0)?;
    for node in &mut nodes {
        let node = node?;
        match &node.name {
            b"mfhd" => to.extend_from_slice(node.bytes),
            b"traf" => track_fragment(&node, to)?,
            _ => blank(node.bytes.len() as u64, to),
        }
    }
    to.resize(to.len() + nodes.rest().len(), 0);
    Ok(())
}

fn track_fragment(traf: &Node<'_>, to: &mut Vec<u8>) -> Result<(), CutError> {
    to.extend_from_slice(header(traf));
    let mut nodes = traf.nodes(0)?;
    for node in &mut nodes {
        let node = node?;
        match &node.name {
            b"tfhd" | b"tfdt" | b"trun" | b"sbgp" | b"sgpd" | b"subs" | b"sdtp" | b"saiz" | b"saio" | b"senc" => {
                to.extend_from_slice(node.bytes);
            }
            _ => blank(node.bytes.len() as u64, to),
        }
    }
    to.resize(to.len() + nodes.rest().len(), 0);
    Ok(())
}

/// Writes an empty box of this length, which is at least 8 and within a segment.
pub(super) fn blank(length: u64, to: &mut Vec<u8>) {
    let begin = to.len();
    to.extend_from_slice(&(length as u32).to_be_bytes());
    to.extend_from_slice(b"free");
    to.resize(begin + length as usize, 0);
}

fn header<'a>(node: &Node<'a>) -> &'a [u8] {
    node.bytes.get(..node.bytes.len() - node.body.len()).unwrap_or_default()
}

fn open(name: Name, to: &mut Vec<u8>) -> usize {
    let begin = to.len();
    to.extend_from_slice(&[0; 4]);
    to.extend_from_slice(&name);
    begin
}

/// Writes the size of the box opened at `begin`.
pub(super) fn close(begin: usize, to: &mut [u8]) -> Result<(), CutError> {
    let size = u32::try_from(to.len() - begin).ok();
    let place = to.get_mut(begin..).and_then(|to| to.first_chunk_mut::<4>());
    let (Some(size), Some(place)) = (size, place) else {
        return Err(CutError::Malformed { at: 0, what: "a box over 4 GiB" });
    };
    *place = size.to_be_bytes();
    Ok(())
}
