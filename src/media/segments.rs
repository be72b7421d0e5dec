use std::io::Write;

use zeroize::Zeroizing;

use super::{Form, Layout, MuxError};
use crate::record::{Layer, SegmentKind};

/// The segments of a playable file, which can be read more than once.
pub(crate) trait Segments {
    type Error: From<MuxError>;

    /// Goes to the first segment.
    fn rewind(&mut self) -> Result<(), Self::Error>;

    /// Reads the content of the next segment into a buffer, replacing its content. An init comes before the segments it belongs
    /// to.
    fn next_into(&mut self, content: &mut Vec<u8>) -> Result<Option<(Layer, SegmentKind)>, Self::Error>;
}

/// Writes segments as one playable file, in two passes. Nothing is written during the first.
pub(crate) fn mux<S: Segments, W: Write>(segments: &mut S, form: Form, sink: W) -> Result<(), S::Error> {
    let mut content = Zeroizing::new(Vec::new());
    let mut layout = Layout::new(form);
    segments.rewind()?;
    while let Some((layer, kind)) = segments.next_into(&mut content)? {
        layout.add(layer, kind, &content)?;
    }
    let mut muxer = layout.begin(sink)?;
    segments.rewind()?;
    while let Some((layer, kind)) = segments.next_into(&mut content)? {
        muxer.add(layer, kind, &content)?;
    }
    muxer.finish()?;
    Ok(())
}
