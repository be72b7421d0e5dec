//! What the command line says.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use footage::media::Form;

use super::Result;

pub(crate) const HELP: &str = "\
usage: doorstep [--video FILE] [--from N --to N] [--form FORM] [--out DIR]

  --video FILE  the recording: an MP4, or any other file (default: the sample of this crate)
  --from N      where the granted part begins: in seconds from the beginning of a video, like 2 or 2.5;
                in bytes for a file that is no video
  --to N        where it ends; whole groups of pictures, with their sound, or pieces between the two are granted
                (default: the middle third)
  --form FORM   how the opened video is laid out: faststart, which every player opens (default), or fragmented
  --out DIR     where the files go (default: ./doorstep)
";

pub(crate) struct Options {
    pub(crate) video: PathBuf,
    /// The two numbers as they were typed: what they count depends on the recording.
    pub(crate) part: Option<(String, String)>,
    /// That of an opened video.
    pub(crate) form: Form,
    pub(crate) out: PathBuf,
}

impl Options {
    /// Nothing if help was asked for.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Option<Self>> {
        let (mut video, mut from, mut to, mut form, mut out) = (None, None, None, None, None);
        while let Some(argument) = arguments.next() {
            let place = match argument.to_str() {
                Some("--video") => &mut video,
                Some("--from") => &mut from,
                Some("--to") => &mut to,
                Some("--form") => &mut form,
                Some("--out") => &mut out,
                Some("--help" | "-h") => return Ok(None),
                _ => return Err(format!("unknown argument `{}`", argument.display()).into()),
            };
            let value = arguments.next().ok_or_else(|| format!("`{}` needs a value", argument.display()))?;
            if place.replace(value).is_some() {
                return Err(format!("`{}` is given twice", argument.display()).into());
            }
        }
        let part = match (from, to) {
            (None, None) => None,
            (Some(from), Some(to)) => Some((text(from)?, text(to)?)),
            _ => return Err("`--from` and `--to` go together".into()),
        };
        let form = match form.map(text).transpose()?.as_deref() {
            None | Some("faststart") => Form::FastStart,
            Some("fragmented") => Form::Fragmented,
            Some(other) => return Err(format!("`{other}` is no form: it is faststart or fragmented").into()),
        };
        let sample = || Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/sample.mp4");
        Ok(Some(Self {
            video: video.map_or_else(sample, PathBuf::from),
            part,
            form,
            out: out.map_or_else(|| PathBuf::from("doorstep"), PathBuf::from),
        }))
    }
}

fn text(value: OsString) -> Result<String> {
    value.into_string().map_err(|value| format!("`{}` is no text", value.display()).into())
}
