//! Where the packets of a transport stream begin (ISO/IEC 13818-1 section 2.4.3.2).

/// The byte that all packets begin with.
const SYNC: u8 = 0x47;
/// Bytes between the beginnings of packets: plain, behind a time stamp of 4 bytes (Blu-ray, AVCHD), before 16 bytes of parity.
const DISTANCES: [usize; 3] = [188, 192, 204];
/// How many packets in a row show that a recording is one.
const ROW: usize = 5;
/// How many bytes hold so many packets.
pub(super) const HEAD: usize = (ROW + 1) * 204;

/// Returns whether a recording that begins with these bytes, or has no more than these, is a transport stream. It may begin
/// within a packet, or with damaged ones.
pub(super) fn is_transport_stream(head: &[u8]) -> bool {
    aligned(head, if head.len() < HEAD { 3 } else { ROW }).is_some()
}

/// Returns where packets begin, and how far apart: where as many as `row`, and all up to [`ROW`] that are there, look like one.
pub(super) fn aligned(bytes: &[u8], row: usize) -> Option<(usize, usize)> {
    let fits = |begin: usize, distance: usize| {
        let heads = || (0..ROW).map_while(|place| bytes.get(begin + place * distance..)?.first_chunk::<4>());
        heads().count() >= row && heads().all(|head| is_head(*head))
    };
    let begins = bytes.iter().enumerate().filter(|(_, byte)| **byte == SYNC);
    begins.into_iter().find_map(|(begin, _)| {
        DISTANCES.into_iter().find(|distance| fits(begin, *distance)).map(|distance| (begin, distance))
    })
}

/// Returns whether a packet may begin like this: with the byte that all begin with, a payload or a field before it, and no
/// reserved value in the two bits of encryption.
const fn is_head(head: [u8; 4]) -> bool {
    head[0] == SYNC && head[3] & 0x30 != 0 && head[3] & 0xc0 != 0x40
}
