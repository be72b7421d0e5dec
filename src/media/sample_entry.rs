//! Sample entries (ISO/IEC 14496-12 section 8.5.2) for streams that have none.

use alloc::vec::Vec;

use super::fragment::{atom, words};

/// Writes a sample entry of pictures of this width and height, and the boxes in it.
pub(super) fn picture_entry(to: &mut Vec<u8>, name: [u8; 4], sides: [u16; 2], boxes: impl FnOnce(&mut Vec<u8>)) {
    atom(to, name, |to| {
        // The first data reference.
        to.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
        to.extend_from_slice(&[0; 16]);
        // Width and height; 72 dots an inch; one frame a sample; no name; a depth of 24 bits; no colour table.
        for side in sides {
            to.extend_from_slice(&side.to_be_bytes());
        }
        to.extend_from_slice(&[0, 0x48, 0, 0, 0, 0x48, 0, 0, 0, 0, 0, 0, 0, 1]);
        to.extend_from_slice(&[0; 32]);
        to.extend_from_slice(&[0, 0x18, 0xff, 0xff]);
        boxes(to);
    });
}

/// Writes a sample entry of sound of so many channels and samples a second, and the boxes in it.
pub(super) fn sound_entry(to: &mut Vec<u8>, name: [u8; 4], channels: u16, rate: u32, boxes: impl FnOnce(&mut Vec<u8>)) {
    atom(to, name, |to| {
        // The first data reference; 16 bits.
        to.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        to.extend_from_slice(&channels.to_be_bytes());
        to.extend_from_slice(&[0, 16, 0, 0, 0, 0]);
        words(to, &[u16::try_from(rate).map_or(0, |rate| u32::from(rate) << 16)]);
        boxes(to);
    });
}

/// The most bytes of a decoder's configuration in an `esds`.
pub(super) const CONFIGURATION: usize = 64;

/// Writes an `esds` (ISO/IEC 14496-14 section 5.6) of sound, without buffer size and bit rates.
pub(super) fn stream_descriptor(to: &mut Vec<u8>, object: u8, configuration: &[u8]) {
    let descriptor = |to: &mut Vec<u8>, tag: u8, content: &[u8]| {
        to.extend_from_slice(&[tag, content.len() as u8]);
        to.extend_from_slice(content);
    };
    let mut decoder = Vec::from([object, 0x15]);
    decoder.extend_from_slice(&[0; 11]);
    if !configuration.is_empty() {
        descriptor(&mut decoder, 5, configuration);
    }
    let mut stream = Vec::from([0; 3]);
    descriptor(&mut stream, 4, &decoder);
    descriptor(&mut stream, 6, &[2]);
    atom(to, *b"esds", |to| {
        words(to, &[0]);
        descriptor(to, 3, &stream);
    });
}
