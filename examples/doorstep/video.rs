//! The recording: how it is cut, and which part of it is granted.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::Duration;

use footage::clip::{FinishedClip, Selection};
use footage::media::{Bytes, Cut, CutError, Cutter, Form, TrackInfo};
use footage::record::{Content, Ending, Layer, Millis, SegmentKind, Window};

use super::Result;

/// A recording that can be cut.
pub(crate) struct Video {
    path: PathBuf,
    /// The tracks that are cut, in words.
    pub(crate) tracks: Vec<String>,
    /// The size of its pieces, if it has no times.
    pieces: Option<Bytes>,
    /// How what is opened of it is laid out.
    pub(crate) form: Form,
}

/// The part that is granted, and how to say it.
pub(crate) struct Part {
    pub(crate) selection: Selection,
    /// Its last group.
    pub(crate) last: Selection,
    pub(crate) says: String,
    /// What it consists of: groups, or pieces.
    pub(crate) unit: &'static str,
    /// How long the whole recording is.
    pub(crate) length: Millis,
    /// What the whole recording consists of.
    pub(crate) found: String,
}

impl Part {
    /// What of it is granted.
    pub(crate) fn layers(&self) -> &'static str {
        if self.selection.layers().has(Layer::Sound) { "pictures and sound" } else { "pictures alone" }
    }
}

impl Video {
    /// Looks at the beginning: a video is cut into groups, any other file into at least nine pieces if it has that many bytes.
    pub(crate) fn look(path: &Path, form: Form) -> Result<Self> {
        let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let length = file.metadata()?.len();
        let named = |error| format!("{}: {error}", path.display());
        let mut cutter = Cutter::open(BufReader::new(file));
        let first = cutter.next().transpose().map_err(named)?;
        let tracks = cutter.tracks().iter().map(TrackInfo::to_string).collect();
        let first = first.ok_or_else(|| format!("{}: the file is empty", path.display()))?;
        let pieces = match first.kind {
            SegmentKind::Init => None,
            SegmentKind::Media => Some(Bytes((length / 9).clamp(1, Cutter::<File>::PIECE.0))),
        };
        Ok(Self { path: path.to_owned(), tracks, pieces, form })
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
            None => Ok(Cutter::open(file)),
            Some(size) => Ok(Cutter::by_size(file, size)?),
        }
    }

    /// The recording's pieces as they are sealed: codec parameters that are in force are not sealed again.
    pub(crate) fn segments(&self) -> Result<impl Iterator<Item = std::result::Result<Cut, CutError>> + use<>> {
        let mut inits = [None, None];
        Ok(self.cutter()?.filter(move |cut| match cut {
            Ok(cut) if cut.kind == SegmentKind::Init => {
                let [pictures, sound] = &mut inits;
                let known = if cut.layer == Layer::Pictures { pictures } else { sound };
                known.replace(cut.bytes.clone()).is_none_or(|known| known != cut.bytes)
            }
            _ => true,
        }))
    }

    /// The name under which a run of the granted part is left. There are several if the recording changes its codec.
    pub(crate) fn opened_name(&self, run: usize) -> PathBuf {
        let extension = if self.has_times() { Some("mp4".as_ref()) } else { self.path.extension() };
        let name = if run == 0 { "opened".into() } else { format!("opened-{}", run + 1) };
        Path::new(&name).with_extension(extension.unwrap_or("bin".as_ref()))
    }

    /// Selects the part of the clip: the middle third if nothing is said.
    pub(crate) fn select<R: Read + Seek>(
        &self,
        clip: &mut FinishedClip<R>,
        part: Option<&(String, String)>,
    ) -> Result<Part> {
        let groups = Groups::of(clip)?;
        let started = clip.started().ok_or("the clip has no time")?;
        let selection = match part {
            None => {
                let third = (groups.begin.len() / 3).max(1);
                let first = groups.begin.len() / 3;
                let from = groups.begin.get(first).ok_or("the recording has no media")?.0;
                let to = groups.begin.get(first + third).map_or(clip.count(), |(index, _)| *index);
                clip.select_segments(from, to)?
            }
            Some((from, to)) if self.has_times() => {
                let (from, to) = (seconds(from)?, seconds(to)?);
                groups.check(from.0, to.0, "seconds")?;
                let window = Window::new(started.after(from), started.after(to));
                clip.select(window?).map_err(|error| groups.explain(&error, "seconds"))?
            }
            Some((from, to)) => {
                let (from, to) = (bytes(from)?, bytes(to)?);
                groups.check(from, to, "bytes")?;
                clip.select_bytes(from, to).map_err(|error| groups.explain(&error, "bytes"))?
            }
        };
        let range = selection.range();
        let last = groups.begin.iter().map(|(index, _)| *index).filter(|index| *index < range.to()).max();
        let last = clip.select_segments(last.unwrap_or(range.from()), range.to())?;
        let (unit, from, to) = if self.has_times() {
            let since = |time| footage::record::Timestamp::since(time, started).0;
            ("seconds", since(selection.span().from()), since(selection.span().to()))
        } else {
            let at = |index| groups.begin.iter().find(|(found, _)| *found == index).map_or(groups.end, |(_, at)| *at);
            ("bytes", at(range.from()), at(range.to()))
        };
        let says = format!("{unit} {} to {}", amount(from, unit), amount(to, unit));
        let (unit, length) = if self.has_times() { ("group", Millis(groups.end)) } else { ("piece", Millis::SECOND) };
        let mut found = self.found(&groups, clip.left_out());
        if clip.ending() == Ending::CutOff {
            found += ". It ends in the middle, and its clip says so";
        }
        Ok(Part { selection, last, says, unit, length, found })
    }
}

impl Video {
    /// What the recording consists of, in words.
    fn found(&self, groups: &Groups, (tracks, samples): (u64, u64)) -> String {
        if !self.has_times() {
            return format!("a file of {} bytes that is no video", groups.end);
        }
        let long = amount(groups.end, "seconds");
        let found = format!("{}: {long} seconds in {} groups", self.tracks.join("; "), groups.begin.len());
        match (tracks, samples) {
            (0, 0) => found,
            (_, 0) => format!("{found}, and {tracks} tracks that it left out"),
            _ => format!("{found}, and {tracks} tracks and {samples} samples that it left out"),
        }
    }
}

/// Where the groups begin, in milliseconds or bytes, and where the last one ends.
struct Groups {
    begin: Vec<(u32, u64)>,
    end: u64,
}

impl Groups {
    fn of<R: Read + Seek>(clip: &mut FinishedClip<R>) -> Result<Self> {
        let timed = clip.content() == Content::Video;
        let (mut begin, mut offset, mut end) = (Vec::<(u32, u64)>::new(), 0, Millis(0));
        for index in 0..clip.count() {
            let header = clip.header_at(index)?;
            if header.open.group {
                begin.push((index, if timed { header.open.start.0 } else { offset }));
            }
            // The sound of the first group may begin before its pictures.
            if let (true, Some((_, begin))) = (timed, begin.last_mut()) {
                *begin = header.open.start.0.min(*begin);
            }
            offset += u64::from(header.length);
            end = end.max(header.open.end());
        }
        Ok(Self { begin, end: if timed { end.0 } else { offset } })
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

    /// The error, and where groups begin.
    fn explain(&self, error: &footage::clip::ClipError, unit: &str) -> String {
        let shown: Vec<_> = self.begin.iter().take(12).map(|(_, at)| amount(*at, unit)).collect();
        let more = if self.begin.len() > shown.len() { ", ..." } else { "" };
        format!("{error}; groups begin at {}{more} {unit}", shown.join(", "))
    }
}

/// Milliseconds as seconds, exactly, bytes as they are: both can be typed back.
fn amount(number: u64, unit: &str) -> String {
    if unit == "bytes" {
        return number.to_string();
    }
    let text = format!("{}.{:03}", number / 1000, number % 1000);
    text.strip_suffix('0').map_or(text.clone(), str::to_owned)
}

fn seconds(text: &str) -> Result<Millis> {
    let parsed = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let millis = parsed.and_then(|span| u64::try_from(span.as_millis()).ok());
    millis.map(Millis).ok_or_else(|| format!("`{text}` is no number of seconds").into())
}

fn bytes(text: &str) -> Result<u64> {
    text.parse().map_err(|_| format!("`{text}` is no number of bytes").into())
}
