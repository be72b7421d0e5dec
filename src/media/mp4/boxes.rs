//! Boxes (ISO/IEC 14496-12 section 4.2): size, type, content.
//!
//! Containers are walked here and not by `mp4-atom`, which refuses a recording that holds a codec or metadata unknown to it,
//! and keeps no positions. `mp4-atom` decodes single boxes. Its decoders of those were reviewed: they do not panic, and
//! allocate no more than the bytes of the box hold.

use mp4_atom::Atom;

use crate::media::CutError;

pub(super) type Name = [u8; 4];

/// The header of a box.
pub(super) struct Header {
    pub(super) name: Name,
    /// Where the box begins in the recording.
    pub(super) at: u64,
    /// The length of the header.
    pub(super) length: u64,
    /// The length of the whole box; `None` if it extends to the end of the recording.
    pub(super) size: Option<u64>,
}

impl Header {
    /// Reads a header from the first 16 bytes of a box. Returns `None` if there are too few bytes.
    pub(super) fn parse(head: &[u8], at: u64) -> Result<Option<Self>, CutError> {
        let Some((size, rest)) = head.split_first_chunk::<4>() else { return Ok(None) };
        let Some((name, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let (length, size) = match (u32::from_be_bytes(*size), rest.first_chunk::<8>()) {
            (0, _) => (8, None),
            (1, Some(size)) => (16, Some(u64::from_be_bytes(*size))),
            (1, None) => return Ok(None),
            (size, _) => (8, Some(size.into())),
        };
        if size.is_some_and(|size| size < length) {
            return Err(CutError::Malformed { at, what: "a box smaller than its header" });
        }
        Ok(Some(Self { name: *name, at, length, size }))
    }
}

/// A box in memory.
pub(super) struct Node<'a> {
    pub(super) name: Name,
    /// Where it begins in the recording.
    pub(super) at: u64,
    /// The whole box, with its header.
    pub(super) bytes: &'a [u8],
    /// Its content.
    pub(super) body: &'a [u8],
}

impl<'a> Node<'a> {
    /// Returns the first box of these bytes, which are at this position in the recording.
    pub(super) fn whole(bytes: &'a [u8], at: u64) -> Result<Self, CutError> {
        let first = Nodes { rest: bytes, at }.next().transpose()?;
        first.ok_or(CutError::Malformed { at, what: "no box" })
    }

    /// Returns its child boxes, which begin after the first `fields` bytes of its content.
    pub(super) fn nodes(&self, fields: usize) -> Result<Nodes<'a>, CutError> {
        let (Some(rest), header) = (self.body.get(fields..), self.bytes.len() - self.body.len()) else {
            return Err(self.malformed("a box shorter than its fields"));
        };
        Ok(Nodes { rest, at: self.at + (header + fields) as u64 })
    }

    /// Returns its first child box with this name.
    pub(super) fn child(&self, name: Name) -> Result<Node<'a>, CutError> {
        for node in self.nodes(0)? {
            let node = node?;
            if node.name == name {
                return Ok(node);
            }
        }
        Err(self.malformed("a box without a required child box"))
    }

    /// Decodes its content.
    pub(super) fn atom<T: Atom>(&self) -> Result<T, CutError> {
        let mut body = self.body;
        T::decode_body(&mut body).map_err(|_| self.malformed("a box with invalid content"))
    }

    pub(super) fn malformed(&self, what: &'static str) -> CutError {
        CutError::Malformed { at: self.at, what }
    }
}

/// An iterator over consecutive boxes. Fewer than 8 bytes at the end are padding.
pub(super) struct Nodes<'a> {
    rest: &'a [u8],
    at: u64,
}

impl<'a> Nodes<'a> {
    /// Returns the boxes of these bytes, which are at this position in the recording.
    pub(super) const fn of(bytes: &'a [u8], at: u64) -> Self {
        Self { rest: bytes, at }
    }

    fn split(&mut self) -> Result<Node<'a>, CutError> {
        let (at, overrun) = (self.at, CutError::Malformed { at: self.at, what: "a box longer than the one around it" });
        let Some(header) = Header::parse(self.rest, at)? else { return Err(overrun) };
        let size = header.size.and_then(|size| usize::try_from(size).ok());
        let Some((bytes, rest)) = size.and_then(|size| self.rest.split_at_checked(size)) else { return Err(overrun) };
        (self.rest, self.at) = (rest, at + bytes.len() as u64);
        let body = bytes.get(header.length as usize..).unwrap_or_default();
        Ok(Node { name: header.name, at, bytes, body })
    }
}

impl<'a> Iterator for Nodes<'a> {
    type Item = Result<Node<'a>, CutError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.len() < 8 {
            return None;
        }
        let node = self.split();
        if node.is_err() {
            self.rest = &[];
        }
        Some(node)
    }
}
