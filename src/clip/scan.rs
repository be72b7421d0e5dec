//! Reading a clip from its first segment on, where nothing says any more what lies where.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::cbor::limits;
use crate::crypto::{BodyDigest, Digest, VerifyingKey};
use crate::io::{self, Read, Seek, SeekFrom};
use crate::merkle::Tree;
use crate::record::{
    CameraCertificate, ClipId, Clock, ClockSet, Content, Head, Layer, Millis, SegmentKind, Timestamp, Verified,
};

use super::error::ClipError;
use super::frame::{read_array, read_frame, read_payload, read_pieces};
use super::header::Header;
use super::index::{Found, INDEX, INDEX_BYTES, payload};
use super::segment::{HEADER_LEN, OpenHalf, SegmentHeader, StoredSegment};
use super::start::{Start, base, read_start, verify_head};
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
    let mut order = Order { content: header.content, inits: BTreeMap::new(), headed: false };
    source.seek(SeekFrom::Start(offset))?;
    while let Some((kind, length)) = unless_cut(read_frame(source))?.flatten() {
        match kind {
            SEGMENT => match unless_cut(read_segment(source, length, &mut buffer))?.flatten() {
                Some(segment)
                    if u64::from(segment.header.open.index) == scan.tree.size() && order.takes(&segment.header) =>
                {
                    scan.found.push(Found { offset, digest: segment.digest });
                    scan.tree.push(segment.leaf());
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
                        order.headed = true;
                        let head = head.statement().clone();
                        let standing = StandingHead { head, to: payload(offset) + u64::from(length) };
                        if wanted.is_some_and(|wanted| *wanted == Head { end: wanted.end, ..standing.head.clone() }) {
                            scan.wanted = Some(standing.clone());
                        }
                        scan.head = Some(standing);
                    }
                }
            }
            INDEX if length <= INDEX_BYTES => {
                source.seek(SeekFrom::Start(payload(offset) + u64::from(length)))?;
            }
            _ => break,
        }
        offset = payload(offset) + u64::from(length);
    }
    Ok(scan)
}

/// What only who reads forward can check of the order of segments.
struct Order {
    content: Content,
    /// The init segments so far, and their layers.
    inits: BTreeMap<u32, Layer>,
    /// Whether a head stands just before.
    headed: bool,
}

impl Order {
    /// Takes the next segment if it may stand here.
    fn takes(&mut self, header: &SegmentHeader) -> bool {
        let open = header.open;
        let in_file = open.kind == SegmentKind::Media && open.layer == Layer::Pictures && header.init.is_none();
        let named = header.init.is_none_or(|init| self.inits.get(&init) == Some(&open.layer));
        let takes = named && (open.group || !self.headed) && (in_file || self.content == Content::Video);
        if takes && open.kind == SegmentKind::Init {
            self.inits.insert(open.index, open.layer);
        }
        self.headed = false;
        takes
    }
}

/// The number of heads that are kept when a file is searched from its end. In an unaltered file all of them are the
/// camera's, except one that a power cut may have damaged.
const LAST_HEADS: usize = 4;

/// What a clip's file dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dated {
    /// The greatest wall time that is known to be dated, if any is.
    pub(crate) until: Option<Timestamp>,
    /// Whether the file says so itself. If not, it was altered, and more may have been dated.
    pub(crate) clear: bool,
}

/// Finds the greatest wall time that a signed head of the camera with this key dates in a clip's file. The file may be torn
/// anywhere.
///
/// The times of segments are believed as they lie there up to `bound`, which no head of the camera passes before its state
/// says so: bodies are not read, and heads need not stand. Later times are believed only under a head that stands.
pub(crate) fn dated(
    source: &mut (impl Read + Seek),
    clip: ClipId,
    key: &VerifyingKey,
    bound: Timestamp,
) -> io::Result<Dated> {
    source.seek(SeekFrom::Start(0))?;
    let start = match read_start(source) {
        Err(ClipError::Read(error)) => return Err(error),
        start => start.ok(),
    };
    let own = |start: &Start| start.header.clip == clip && start.certificate.statement().key() == key;
    let Some(Start { header, certificate, segments, .. }) = start.filter(own) else {
        return Ok(Dated { until: None, clear: false });
    };
    let Heads { last, mut whole } = heads(source, segments)?;
    // Ends never decrease, so the last head that is the camera's dates most.
    for HeadFrame { at, length, count, end } in last.into_iter().flatten().rev() {
        source.seek(SeekFrom::Start(at))?;
        let Some(bytes) = unless_cut(read_payload(source, length as usize))? else { continue };
        let head = verify_head(&bytes, &header, &certificate).ok();
        let Some(head) = head.filter(|head| head.statement().count == count) else {
            whole = false;
            continue;
        };
        // The head's signature covers the header, too.
        let base = base(&header, head.statement().set).filter(|_| header.clock != Clock::Told && count > 0);
        let Some(base) = base else { return Ok(Dated { until: None, clear: whole }) };
        let until = base.after(end);
        if until <= bound {
            return Ok(Dated { until: Some(until), clear: whole });
        }
        let standing = standing_end(source, &header, &certificate, segments)?.map(|(_, end)| end);
        return Ok(Dated { until: standing.map(|end| base.after(end)), clear: whole && standing == Some(end) });
    }
    if whole {
        return Ok(Dated { until: None, clear: true });
    }
    // If the camera signed any head, it precedes forged ones.
    let standing = standing_end(source, &header, &certificate, segments)?.filter(|_| header.clock != Clock::Told);
    let until = standing.and_then(|(set, end)| Some(base(&header, set)?.after(end)));
    Ok(Dated { until, clear: false })
}

/// The frame of a head: the offset and length of its payload, and the number and greatest end of the segments before it.
#[derive(Clone, Copy)]
struct HeadFrame {
    at: u64,
    length: u32,
    count: u32,
    end: Millis,
}

/// The heads of a clip's file.
struct Heads {
    last: [Option<HeadFrame>; LAST_HEADS],
    /// `true` if every frame up to the end of the file is well formed.
    whole: bool,
}

/// Reads the frames of a clip's file without their bodies, up to its end or the first malformed frame.
fn heads(source: &mut (impl Read + Seek), segments: u64) -> io::Result<Heads> {
    let (mut last, mut count, mut end, mut offset) = ([None; LAST_HEADS], 0, Millis(0), segments);
    source.seek(SeekFrom::Start(offset))?;
    while let Some((kind, length)) = unless_cut(read_frame(source))?.flatten() {
        match kind {
            SEGMENT => match unless_cut(read_array(source))?.map(|open| OpenHalf::from_bytes(&open)) {
                Some(Some(open)) if open.index == count => (count, end) = (count + 1, end.max(open.end())),
                Some(_) => return Ok(Heads { last, whole: false }),
                None => break,
            },
            HEAD if length as usize <= limits::STATEMENT_BYTES => {
                last.rotate_left(1);
                last[LAST_HEADS - 1] = Some(HeadFrame { at: payload(offset), length, count, end });
            }
            INDEX if length <= INDEX_BYTES => {}
            FOOTER => {}
            _ => return Ok(Heads { last, whole: false }),
        }
        offset = payload(offset) + u64::from(length);
        source.seek(SeekFrom::Start(offset))?;
    }
    Ok(Heads { last, whole: true })
}

/// Returns the `set` of the last head that stands, and the greatest end of the segments under it, or `None` if none stands.
fn standing_end(
    source: &mut (impl Read + Seek),
    header: &Header,
    certificate: &Verified<CameraCertificate>,
    segments: u64,
) -> io::Result<Option<(Option<ClockSet>, Millis)>> {
    let Scan { found, head, manifest, .. } = scan(source, header, certificate, segments, None)?;
    let head = manifest.map(|manifest| manifest.statement().clone()).or(head.map(|standing| standing.head));
    let Some(head) = head.filter(|head| head.count > 0) else { return Ok(None) };
    let mut end = Millis(0);
    for Found { offset, .. } in found.into_iter().take(head.count as usize) {
        source.seek(SeekFrom::Start(payload(offset)))?;
        end = OpenHalf::from_bytes(&read_array(source)?).map_or(end, |open| end.max(open.end()));
    }
    Ok(Some((head.set, end)))
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
