//! The recording: how it is cut, and which part of it is granted.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::Duration;

use footage::clip::{FinishedClip, Selection};
use footage::media::{Bytes, Cutter};
use footage::record::{Layer, Millis, SegmentKind, Window};

use super::Result;

/// A recording that can be cut.
pub(crate) struct Video {
    path: PathBuf,
    /// The size of its pieces, if it has no times.
    pieces: Option<Bytes>,
}

/// The part that is granted, and how to say it.
pub(crate) struct Part {
    pub(crate) selection: Selection,
    pub(crate) says: String,
    /// What one segment is: a second, or a piece.
    pub(crate) unit: &'static str,
}

impl Part {
    /// What of it is granted.
    pub(crate) fn layers(&self) -> &'static str {
        if self.selection.layers().has(Layer::Sound) { "pictures and sound" } else { "pictures alone" }
    }
}

impl Video {
    /// Looks at the beginning: a video is cut at its fragments, anything else into at least nine pieces, if it has as many
    /// bytes.
    pub(crate) fn look(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let length = file.metadata()?.len();
        let named = |error| format!("{}: {error}", path.display());
        let first = Cutter::new(BufReader::new(file)).next().transpose().map_err(named)?;
        let first = first.ok_or_else(|| format!("{}: the file is empty", path.display()))?;
        let pieces = match first.kind {
            SegmentKind::Init => None,
            SegmentKind::Media => Some(Bytes((length / 9).clamp(1, Cutter::<File>::PIECE.0))),
        };
        Ok(Self { path: path.to_owned(), pieces })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) const fn has_times(&self) -> bool {
        self.pieces.is_none()
    }

    pub(crate) fn cutter(&self) -> Result<Cutter<BufReader<File>>> {
        let file = BufReader::new(File::open(&self.path)?);
        match self.pieces {
            None => Ok(Cutter::new(file)),
            Some(size) => Ok(Cutter::by_size(file, size)?),
        }
    }

    /// The name under which the granted part is left.
    pub(crate) fn opened_name(&self) -> PathBuf {
        Path::new("opened").with_extension(self.path.extension().unwrap_or("bin".as_ref()))
    }

    /// Selects the part of the clip: the middle third if nothing is said.
    pub(crate) fn select<R: Read + Seek>(
        &self,
        clip: &mut FinishedClip<R>,
        part: Option<&(String, String)>,
    ) -> Result<Part> {
        let starts = Starts::of(clip)?;
        let selection = match part {
            None => {
                let third = (starts.media.len() / 3).max(1);
                let first = starts.media.len() / 3;
                let middle = starts.media.get(first..first + third).unwrap_or_default();
                match (middle.first(), middle.last()) {
                    (Some(&(from, _)), Some(&(last, _))) => clip.select_segments(from, last + 1)?,
                    _ => return Err("the recording has no media".into()),
                }
            }
            Some((from, to)) if self.has_times() => {
                let (from, to) = (seconds(from)?, seconds(to)?);
                starts.check(from.0, to.0, "seconds")?;
                let started = clip.started().ok_or("the recording has no time")?;
                let window = Window::new(started.after(from), started.after(to));
                clip.select(window?).map_err(|error| starts.explain(&error, "seconds"))?
            }
            Some((from, to)) => {
                let (from, to) = (bytes(from)?, bytes(to)?);
                starts.check(from, to, "bytes")?;
                clip.select_bytes(from, to).map_err(|error| starts.explain(&error, "bytes"))?
            }
        };
        let range = selection.range();
        let at = |index| starts.media.iter().find(|(found, _)| *found == index).map_or(starts.end, |(_, at)| *at);
        let (unit, from, to) = if self.has_times() {
            let last = clip.header_at(range.to() - 1)?.open.end();
            ("seconds", at(range.from()), last.0)
        } else {
            ("bytes", at(range.from()), at(range.to()))
        };
        let says = format!("{unit} {} to {}", amount(from, unit), amount(to, unit));
        Ok(Part { selection, says, unit: if self.has_times() { "second" } else { "piece" } })
    }
}

/// Where the media segments begin, in milliseconds or bytes, and where the last one ends.
struct Starts {
    media: Vec<(u32, u64)>,
    end: u64,
}

impl Starts {
    fn of<R: Read + Seek>(clip: &mut FinishedClip<R>) -> Result<Self> {
        let (mut media, mut offset, mut end) = (Vec::new(), 0, Millis(0));
        for index in 0..clip.count() {
            let header = clip.header_at(index)?;
            if header.open.kind == SegmentKind::Media {
                media.push((index, header.open.start.0, offset));
            }
            offset += u64::from(header.length);
            end = end.max(header.open.end());
        }
        let timed = end.0 > 0;
        let media = media.into_iter().map(|(index, time, byte)| (index, if timed { time } else { byte })).collect();
        Ok(Self { media, end: if timed { end.0 } else { offset } })
    }

    fn check(&self, from: u64, to: u64, unit: &str) -> Result<()> {
        if from >= to {
            return Err("the part ends where it begins, or before".into());
        }
        if to > self.end {
            return Err(format!("the recording ends at {} {unit}", amount(self.end, unit)).into());
        }
        Ok(())
    }

    /// The error, and where segments begin.
    fn explain(&self, error: &footage::clip::ClipError, unit: &str) -> String {
        let shown: Vec<_> = self.media.iter().take(12).map(|(_, at)| amount(*at, unit)).collect();
        let more = if self.media.len() > shown.len() { ", ..." } else { "" };
        format!("{error}; segments begin at {}{more} {unit}", shown.join(", "))
    }
}

/// Milliseconds as seconds, bytes as they are.
fn amount(number: u64, unit: &str) -> String {
    if unit == "bytes" { number.to_string() } else { format!("{}.{:02}", number / 1000, number % 1000 / 10) }
}

fn seconds(text: &str) -> Result<Millis> {
    let parsed = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let millis = parsed.and_then(|span| u64::try_from(span.as_millis()).ok());
    millis.map(Millis).ok_or_else(|| format!("`{text}` is no number of seconds").into())
}

fn bytes(text: &str) -> Result<u64> {
    text.parse().map_err(|_| format!("`{text}` is no number of bytes").into())
}
