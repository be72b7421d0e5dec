//! Reads the segments of one track, as a clip holds them.

use super::boxes::Nodes;
use super::movie::{FoundRun, Movie};
use crate::media::CutError;
use crate::media::codec::{Codec, Sample};

/// An init segment.
pub(in crate::media) struct Init {
    movie: Movie,
    /// The codec parameters of its track.
    pub(in crate::media) codec: Codec,
}

impl Init {
    /// Reads an init segment with one track.
    pub(in crate::media) fn read(init: &[u8]) -> Result<Self, CutError> {
        for node in Nodes::of(init, 0) {
            let node = node?;
            if &node.name == b"moov" {
                let movie = Movie::of_fragments(&node)?;
                let [codec] = &movie.codecs()[..] else { return Err(node.malformed("more than one track")) };
                let codec = codec.clone();
                return Ok(Self { movie, codec });
            }
        }
        Err(CutError::NoInit)
    }

    /// Reads the samples of a media segment of the track, with the times in it. Calls `each` with the samples and the bytes of
    /// each run.
    pub(in crate::media) fn samples<'a, E: From<CutError>>(
        &self,
        media: &'a [u8],
        mut each: impl FnMut(&[Sample], &'a [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut next, mut begin) = (0_i64, 0);
        for node in Nodes::of(media, 0) {
            let node = node?;
            if &node.name != b"moof" {
                continue;
            }
            for run in self.movie.fragment(&node)?.into_iter().flat_map(FoundRun::parts) {
                let outside = || node.malformed("samples outside of the segment");
                // A byte belongs to one sample at most, so that samples do not outnumber bytes.
                let data =
                    usize::try_from(run.at).ok().zip(usize::try_from(run.length).ok()).and_then(|(at, length)| {
                        let end = at.checked_add(length).filter(|_| at >= begin)?;
                        begin = end;
                        media.get(at..end)
                    });
                let data = data.ok_or_else(outside)?;
                let mut samples = run.samples();
                if let Some(start) = run.start {
                    next = i64::try_from(start.ticks).ok().filter(|at| at.abs() < 1 << 60).ok_or_else(outside)?;
                }
                let mut rest = data;
                for sample in &mut samples {
                    let (bytes, after) = rest.split_at_checked(sample.size as usize).unwrap_or_default();
                    rest = after;
                    sample.begins = self.codec.coding.begins(sample.begins, bytes);
                    sample.decode = next;
                    next = next.saturating_add(sample.duration.into());
                    if next > 1 << 60 {
                        return Err(outside().into());
                    }
                }
                each(&samples, data)?;
            }
        }
        Ok(())
    }
}
