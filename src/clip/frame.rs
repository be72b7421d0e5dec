//! Frames: what clips and excerpts consist of. One byte says the kind, four the length (big-endian), then the payload.

use alloc::vec::Vec;

use crate::io::{self, Read, Write};

/// Bytes before a frame's payload.
pub(crate) const FRAME_LEN: u64 = 5;

/// What is read of a payload at once, before more memory is taken for it.
const STEP: usize = 64 << 10;

/// Writes a frame whose payload is given in parts; its length fits, since every limit of the format does.
pub(crate) fn write_frame(to: &mut impl Write, kind: u8, parts: &[&[u8]]) -> io::Result<u64> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let length = u32::try_from(length).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut head = [kind, 0, 0, 0, 0];
    head[1..].copy_from_slice(&length.to_be_bytes());
    let mut written = write_some(to, &head, parts)?;
    for part in [&head[..]].iter().chain(parts) {
        to.write_all(part.get(written..).unwrap_or_default())?;
        written = written.saturating_sub(part.len());
    }
    Ok(FRAME_LEN + u64::from(length))
}

/// Writes what a sink takes of all parts at once, in one call of the system; says how much that was.
#[cfg(feature = "std")]
fn write_some(to: &mut impl Write, head: &[u8], parts: &[&[u8]]) -> io::Result<usize> {
    use std::io::IoSlice;
    const MOST: usize = 4;
    let mut all = [IoSlice::new(head); 1 + MOST];
    for (place, part) in all.iter_mut().skip(1).zip(parts) {
        *place = IoSlice::new(part);
    }
    match to.write_vectored(all.get(..=parts.len()).unwrap_or_default()) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
        result => result,
    }
}

#[cfg(not(feature = "std"))]
#[expect(clippy::unnecessary_wraps, reason = "fails with `std`")]
fn write_some(_: &mut impl Write, _: &[u8], _: &[&[u8]]) -> io::Result<usize> {
    Ok(0)
}

/// Kind and length of the next frame; nothing at the end of the file, and an error where it ends within the five bytes.
pub(crate) fn read_frame(from: &mut impl Read) -> io::Result<Option<(u8, u32)>> {
    let mut kind = [0];
    loop {
        match from.read(&mut kind) {
            Ok(0) => return Ok(None),
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    Ok(Some((kind[0], u32::from_be_bytes(length))))
}

/// A payload of `length` bytes, of which no more is allocated than is really there.
pub(crate) fn read_payload(from: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_payload_into(from, length, &mut bytes, |_| {})?;
    Ok(bytes)
}

/// Reads a payload into a buffer in the place of what it held, in pieces that stay in the processor's cache, and hands
/// each on. Memory grows with what is really there, at most to twice of it, whatever length is claimed.
pub(crate) fn read_payload_into(
    from: &mut impl Read,
    length: usize,
    bytes: &mut Vec<u8>,
    mut each: impl FnMut(&[u8]),
) -> io::Result<()> {
    bytes.truncate(length);
    let mut read = 0;
    while read < length {
        let next = length.min(read + STEP);
        if bytes.len() < next {
            let room = bytes.capacity().max(2 * read).max(STEP);
            // A tag at the end is no reason to grow once more.
            let room = if length < room + STEP { length } else { room };
            bytes.reserve_exact(room - bytes.len());
            bytes.resize(room, 0);
        }
        let piece = bytes.get_mut(read..next).unwrap_or_default();
        from.read_exact(piece)?;
        each(piece);
        read = next;
    }
    Ok(())
}

/// Reads a payload of which nothing is kept, through a buffer of one piece, and hands each piece on.
pub(crate) fn read_pieces(
    from: &mut impl Read,
    length: usize,
    buffer: &mut Vec<u8>,
    mut each: impl FnMut(&[u8]),
) -> io::Result<()> {
    if buffer.len() < length.min(STEP) {
        buffer.resize(length.min(STEP), 0);
    }
    let mut left = length;
    while left > 0 {
        let piece = buffer.get_mut(..left.min(STEP)).unwrap_or_default();
        from.read_exact(piece)?;
        each(piece);
        left -= piece.len();
    }
    Ok(())
}

/// `N` bytes.
pub(crate) fn read_array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}
