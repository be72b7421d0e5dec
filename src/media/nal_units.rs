use alloc::vec::Vec;

const START_CODE: [u8; 3] = [0, 0, 1];

/// Appends the NAL units of a byte stream (H.264 and H.265 annex B), each after its length of four bytes. Returns `None` if
/// there is none, or something before the first start code.
pub(super) fn with_lengths(stream: &[u8], to: &mut Vec<u8>) -> Option<()> {
    let (before, mut rest) = split(stream)?;
    if before.iter().any(|byte| *byte != 0) {
        return None;
    }
    let begin = to.len();
    loop {
        let (unit, after) = split(rest).map_or((rest, None), |(unit, after)| (unit, Some(after)));
        // A NAL unit does not end with a zero.
        let length = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if let Some(unit) = unit.get(..length).filter(|unit| !unit.is_empty()) {
            to.extend_from_slice(&u32::try_from(length).ok()?.to_be_bytes());
            to.extend_from_slice(unit);
        }
        match after {
            Some(after) => rest = after,
            None => return (to.len() > begin).then_some(()),
        }
    }
}

/// What stands before and after the next start code.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.windows(START_CODE.len()).position(|window| window == START_CODE)?;
    Some((bytes.get(..at)?, bytes.get(at + START_CODE.len()..)?))
}
