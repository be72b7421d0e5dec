use core::fmt;

use zeroize::Zeroizing;

use crate::clip::SegmentHeader;

/// A segment in the clear.
#[non_exhaustive]
pub struct OpenSegment {
    /// The place of the segment's clip among the clips of the file.
    pub clip: usize,
    /// The segment's header, as the camera signed it.
    pub header: SegmentHeader,
    /// The segment's content, wiped when dropped.
    pub content: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for OpenSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clip, header, content } = self;
        f.debug_struct("OpenSegment")
            .field("clip", clip)
            .field("header", header)
            .field("content", &content.len())
            .finish()
    }
}
