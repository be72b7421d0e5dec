//! Finds the packets of a transport stream (ISO/IEC 13818-1 section 2.4.3.2).

/// The first byte of every packet.
const SYNC: u8 = 0x47;
/// Distances between the beginnings of packets: plain, with a time stamp of 4 bytes before each (Blu-ray, AVCHD), with 16 bytes
/// of parity after each.
const DISTANCES: [usize; 3] = [188, 192, 204];
/// The number of consecutive packets that identify a transport stream.
const ROW: usize = 5;
/// The number of bytes that hold so many packets, wherever the first one begins.
pub(super) const HEAD: usize = (ROW + 1) * 204;

/// Returns whether a recording that begins with these bytes is a transport stream. It may begin within a packet, or with damaged
/// packets. Fewer than [`HEAD`] bytes are the whole recording.
pub(super) fn is_transport_stream(head: &[u8]) -> bool {
    aligned(head, if head.len() < HEAD { 3 } else { ROW }).is_some()
}

/// Returns where the first packet begins, and the distance to the next. At least `row` packets must follow each other there,
/// and up to [`ROW`] of those that are there are checked.
pub(super) fn aligned(bytes: &[u8], row: usize) -> Option<(usize, usize)> {
    let fits = |begin: usize, distance: usize| {
        let heads = || (0..ROW).map_while(|place| bytes.get(begin + place * distance..)?.first_chunk::<4>());
        heads().count() >= row && heads().all(|head| is_head(*head))
    };
    let mut begins = bytes.iter().enumerate().filter(|(_, byte)| **byte == SYNC);
    begins.find_map(|(begin, _)| {
        DISTANCES.into_iter().find(|distance| fits(begin, *distance)).map(|distance| (begin, distance))
    })
}

/// Returns whether a packet may begin with these bytes: the sync byte, a payload or an adaptation field, and no reserved value of
/// the scrambling control.
const fn is_head(head: [u8; 4]) -> bool {
    head[0] == SYNC && head[3] & 0x30 != 0 && head[3] & 0xc0 != 0x40
}
