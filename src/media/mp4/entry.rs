//! Sample entries (ISO/IEC 14496-12 section 8.5.2): the codec parameters, taken from boxes that are known to hold some.

use super::boxes::{Name, Node};
use crate::media::CutError;
use crate::media::codec::Coding;
use crate::media::fragment::atom;
use crate::media::sample_entry::picture_entry;
use crate::media::track_info::decoder_config;
use crate::record::Layer;

/// Returns a sample entry without names, vendor, bit rates and boxes that no decoder reads, and the coding of its samples.
/// `version` is that of the `stsd` around it.
pub(super) fn sample_entry(node: &Node<'_>, layer: Layer, version: u8) -> Result<(Vec<u8>, Coding), CutError> {
    let fixed = fixed_length(node, layer, version);
    let (mut boxes, mut coding) = (Vec::with_capacity(node.bytes.len()), Coding::Other);
    for child in node.nodes(fixed)? {
        let child = child?;
        // QuickTime stores the configuration of some sound one level deeper.
        if &child.name == b"wave" {
            let mut inner = Vec::new();
            for child in child.nodes(0)? {
                let child = child?;
                if is_kept(child.name) || matches!(&child.name, b"frma" | b"mp4a" | b"enda" | b"\0\0\0\0") {
                    keep(&child, &mut inner);
                }
            }
            atom(&mut boxes, child.name, |to| to.extend_from_slice(&inner));
        }
        if !is_kept(child.name) {
            continue;
        }
        match &child.name {
            // The size of NAL unit lengths (ISO/IEC 14496-15 sections 5.3.3 and 8.3.3).
            b"avcC" => coding = child.body.get(4).map_or(coding, |byte| Coding::Avc(usize::from(byte & 3) + 1)),
            b"hvcC" => coding = child.body.get(21).map_or(coding, |byte| Coding::Hevc(usize::from(byte & 3) + 1)),
            _ => {}
        }
        keep(&child, &mut boxes);
    }
    let fields = node.body.get(..fixed).unwrap_or_default();
    let mut entry = Vec::with_capacity(8 + fixed + boxes.len());
    match layer {
        Layer::Pictures => {
            let side =
                |at: usize| fields.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |side| u16::from_be_bytes(*side));
            picture_entry(&mut entry, node.name, [side(24), side(26)], |to| to.extend_from_slice(&boxes));
        }
        Layer::Sound => atom(&mut entry, node.name, |to| {
            // The first data reference; the version; no vendor; everything from the number of channels on.
            to.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
            to.extend_from_slice(fields.get(8..10).unwrap_or_default());
            to.extend_from_slice(&[0; 6]);
            to.extend_from_slice(fields.get(16..).unwrap_or_default());
            to.extend_from_slice(&boxes);
        }),
    }
    Ok((entry, coding))
}

fn keep(node: &Node<'_>, to: &mut Vec<u8>) {
    atom(to, node.name, |to| {
        let begin = to.len();
        to.extend_from_slice(node.body);
        if &node.name == b"esds" {
            blank_rates(to.get_mut(begin..).unwrap_or_default());
        }
    });
}

/// Returns whether a box in a sample entry is kept: a decoder configuration, whose name usually ends with `C`, or another box
/// that decoders read.
fn is_kept(name: Name) -> bool {
    name[3] == b'C'
        || matches!(
            &name,
            b"alac"
                | b"chan"
                | b"chnl"
                | b"clap"
                | b"clli"
                | b"colr"
                | b"dOps"
                | b"dac3"
                | b"dac4"
                | b"damr"
                | b"ddts"
                | b"dec3"
                | b"dfLa"
                | b"esds"
                | b"fiel"
                | b"gama"
                | b"mdcv"
                | b"pasp"
                | b"srat"
                | b"CoLL"
                | b"SmDm"
        )
}

/// Returns the number of bytes in a sample entry before its child boxes (ISO/IEC 14496-12 sections 12.1.3 and 12.2.3).
fn fixed_length(node: &Node<'_>, layer: Layer, version: u8) -> usize {
    match (layer, node.body.get(8..10).filter(|_| version == 0)) {
        (Layer::Pictures, _) => 78,
        // QuickTime's sound descriptions of versions 1 and 2 have more fields.
        (Layer::Sound, Some([0, 1])) => 28 + 16,
        (Layer::Sound, Some([0, 2])) => 28 + 36,
        (Layer::Sound, _) => 28,
    }
}

/// Returns the number of bytes in a frame of uncompressed sound, by its sample entry; `None` for other sound.
pub(super) fn pcm_frame(entry: &[u8]) -> Option<u32> {
    let half = |at: usize| Some(u32::from(u16::from_be_bytes(*entry.get(at..)?.first_chunk()?)));
    let (channels, bits) = (half(24)?, half(26)?);
    let bytes = match entry.get(4..8)? {
        b"ulaw" | b"alaw" => 1,
        b"twos" | b"sowt" | b"raw " | b"NONE" => bits.div_ceil(8),
        b"in24" => 3,
        b"in32" | b"fl32" => 4,
        b"fl64" => 8,
        // Version 2 has a field for the number of bytes in a frame.
        b"lpcm" => return Some(u32::from_be_bytes(*entry.get(64..)?.first_chunk()?)),
        _ => return None,
    };
    Some(channels * bytes)
}

/// Zeroes buffer size and bit rates in the `DecoderConfigDescriptor` of an `esds`, because they describe the whole recording. An
/// `esds` that cannot be parsed is left unchanged.
fn blank_rates(esds: &mut [u8]) {
    // They follow the object type and the stream type.
    if let Some(rates) = decoder_config(esds).map(|at| at + 2)
        && let Some(rates) = esds.get_mut(rates..rates + 11)
    {
        rates.fill(0);
    }
}
