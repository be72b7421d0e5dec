/// Whether a coordinate is below the prime `2^255 - 19`, with the top bit clear. RFC 7748 section 5 and many readers of
/// RFC 8032 take others for what they are modulo the prime; here one key has one form, so that it has one fingerprint.
pub(super) fn is_canonical(coordinate: &[u8; 32]) -> bool {
    let mut prime = [0xff; 32];
    (prime[0], prime[31]) = (0xed, 0x7f);
    coordinate.iter().rev().lt(prime.iter().rev())
}
