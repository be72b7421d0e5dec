//! Frames: what clips and excerpts consist of. One byte says the kind, four the length (big-endian), then the payload.

use alloc::vec::Vec;

use crate::io::{self, Read, Write};

/// Bytes before a frame's payload.
pub(crate) const FRAME_LEN: u64 = 5;

/// Writes a frame whose payload is given in parts; its length fits, since every limit of the format does.
pub(crate) fn write_frame(to: &mut impl Write, kind: u8, parts: &[&[u8]]) -> io::Result<u64> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let length = u32::try_from(length).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut head = [kind, 0, 0, 0, 0];
    head[1..].copy_from_slice(&length.to_be_bytes());
    to.write_all(&head)?;
    for part in parts {
        to.write_all(part)?;
    }
    Ok(FRAME_LEN + u64::from(length))
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
    const STEP: usize = 64 << 10;
    let mut bytes = Vec::with_capacity(length.min(STEP));
    from.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// `N` bytes.
pub(crate) fn read_array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}
