//! Reading a clip from its first segment on, where nothing says any more what lies where.

use alloc::vec::Vec;

use crate::cbor::limits;
use crate::crypto::{BodyDigest, Digest};
use crate::io::{self, Read, Seek, SeekFrom};
use crate::merkle::{Hash, Tree};
use crate::record::{CameraCertificate, Head, Verified};

use super::frame::{read_array, read_frame, read_payload, read_pieces};
use super::header::Header;
use super::index::{Found, INDEX, payload};
use super::segment::{HEADER_LEN, SegmentHeader, StoredSegment};
use super::start::verify_head;
use super::writer::{FOOTER, HEAD, SEGMENT};

/// What reading a clip from its first segment to the end finds.
pub(crate) struct Scan {
    pub(crate) found: Vec<Found>,
    pub(crate) tree: Tree,
    /// The last head without an end that stands: it is the camera's, and true of the segments before it.
    pub(crate) head: Option<StandingHead>,
    /// The head that was looked for, if it stands.
    pub(crate) wanted: Option<StandingHead>,
    /// The manifest, if one stands.
    pub(crate) manifest: Option<Verified<Head>>,
}

/// A head that stands in the file, and where it ends.
#[derive(Clone)]
pub(crate) struct StandingHead {
    pub(crate) head: Head,
    pub(crate) to: u64,
}

/// Reads segments and heads until the manifest, or until the file ends or makes no sense any more; what lies before that
/// is kept. A head that is not the camera's, or not true, vouches for nothing and is passed over. `wanted` is a manifest
/// whose head is looked for.
pub(crate) fn scan(
    source: &mut (impl Read + Seek),
    header: &Header,
    certificate: &Verified<CameraCertificate>,
    segments: u64,
    wanted: Option<&Head>,
) -> io::Result<Scan> {
    let mut scan = Scan { found: Vec::new(), tree: Tree::new(), head: None, wanted: None, manifest: None };
    let (mut offset, mut buffer) = (segments, Vec::new());
    source.seek(SeekFrom::Start(offset))?;
    while let Some((kind, length)) = unless_cut(read_frame(source))?.flatten() {
        match kind {
            SEGMENT => match unless_cut(read_segment(source, length, &mut buffer))?.flatten() {
                Some(segment) if u64::from(segment.header.index) == scan.tree.size() => {
                    let root: Hash = segment.header.leaf(&segment.digest);
                    scan.found.push(Found { offset, start: segment.header.start.0 });
                    scan.tree.push(root);
                }
                _ => break,
            },
            HEAD if length as usize <= limits::STATEMENT_BYTES => {
                let Some(bytes) = unless_cut(read_payload(source, length as usize))? else { break };
                if let Ok(head) = verify_head(&bytes, header, certificate) {
                    let Head { count, root, end, .. } = head.statement();
                    if u64::from(*count) == scan.tree.size()
                        && *root == Digest::from_bytes(*scan.tree.root().as_bytes())
                    {
                        if end.is_some() {
                            scan.manifest = Some(head);
                            break;
                        }
                        let head = head.statement().clone();
                        let standing = StandingHead { head, to: payload(offset) + u64::from(length) };
                        if wanted.is_some_and(|wanted| *wanted == Head { end: wanted.end, ..standing.head.clone() }) {
                            scan.wanted = Some(standing.clone());
                        }
                        scan.head = Some(standing);
                    }
                }
            }
            INDEX | FOOTER => {
                source.seek(SeekFrom::Start(payload(offset) + u64::from(length)))?;
            }
            _ => break,
        }
        offset = payload(offset) + u64::from(length);
    }
    Ok(scan)
}

/// Nothing where the file is cut off. A source that fails in any other way is no shorter clip.
fn unless_cut<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// A whole segment, or nothing where it makes no sense.
fn read_segment(source: &mut impl Read, length: u32, buffer: &mut Vec<u8>) -> io::Result<Option<StoredSegment>> {
    let Some(header) = SegmentHeader::from_bytes(&read_array(source)?) else { return Ok(None) };
    if length as usize != HEADER_LEN + header.body_len() {
        return Ok(None);
    }
    let digest = BodyDigest::of_pieces(|each| read_pieces(source, header.body_len(), buffer, each))?;
    Ok(Some(StoredSegment { header, digest }))
}
