//! The tracks of a `moov`, and what its fragments say of their times.

use mp4_atom::{Mdhd, Tfdt, Tfhd, Tkhd, Trex, Trun, TrunSamples};

use super::boxes::Node;
use crate::media::CutError;
use crate::record::Layer;

/// Tracks of a recording: a camera has two.
const TRACKS: usize = 16;

/// The flag of a sample that is no key frame (ISO/IEC 14496-12 section 8.8.3.1).
const NON_SYNC: u32 = 1 << 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    Video,
    Audio,
}

impl Media {
    /// What a `trak` holds.
    pub(super) fn of(trak: &Node<'_>) -> Result<Self, CutError> {
        let handler = trak.child(*b"mdia")?.child(*b"hdlr")?;
        // By hand: `mp4-atom` refuses the names that QuickTime and some cameras write here.
        match handler.body.get(8..12) {
            Some(b"vide") => Ok(Self::Video),
            Some(b"soun") => Ok(Self::Audio),
            _ => Err(CutError::Track { track: trak.child(*b"tkhd")?.atom::<Tkhd>()?.track_id }),
        }
    }
}

/// From one time to another, in ticks of the main track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Span {
    /// The least span over both.
    pub(super) fn over(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(Self { start: one.start.min(other.start), end: one.end.max(other.end) }),
            (one, other) => one.or(other),
        }
    }

    /// Whether most of it lies before this time.
    pub(super) fn mostly_before(self, time: u64) -> bool {
        u128::from(self.start) + u128::from(self.end) < 2 * u128::from(time)
    }
}

/// What a `moof` says of its times.
#[derive(Debug, Default)]
pub(super) struct Fragment {
    /// The main track's samples.
    pub(super) main: Option<Span>,
    /// The sound's samples, beside pictures.
    pub(super) other: Option<Span>,
    /// Whether the main track's samples can be played without those before.
    pub(super) sync: bool,
    /// How many samples belong to tracks that are not cut.
    pub(super) left_out: u64,
}

impl Fragment {
    pub(super) fn has_samples(&self) -> bool {
        self.main.is_some() || self.other.is_some() || self.left_out > 0
    }
}

struct Track {
    id: u32,
    media: Media,
    timescale: u32,
    /// The duration and flags of a sample that gives none.
    duration: u32,
    flags: u32,
    /// The bytes of a sample that says none.
    size: u32,
    /// The time after the last sample so far.
    next: u64,
}

/// The samples of one `traf`.
struct Samples {
    span: Span,
    /// The flags of the first.
    flags: u32,
    /// How many there are.
    count: u64,
}

/// A track whose fragments are wanted, and the size of a sample that says none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) track: u32,
    pub(super) size: u32,
}

pub(super) struct Movie {
    tracks: Vec<Track>,
    /// The one that decides: the first with video, or else the first.
    main: usize,
    /// The first with sound, beside a main one with video.
    sound: Option<usize>,
}

impl Movie {
    /// Reads the tracks of a `moov`.
    pub(super) fn read(moov: &Node<'_>) -> Result<Self, CutError> {
        let (mut tracks, mut fragmented) = (Vec::new(), false);
        for node in moov.nodes(0)? {
            let node = node?;
            match &node.name {
                b"trak" if tracks.len() == TRACKS => return Err(node.malformed("more than 16 tracks")),
                b"trak" => tracks.push(Track::read(&node)?),
                b"mvex" => fragmented = true,
                _ => {}
            }
        }
        if !fragmented {
            return Err(CutError::Progressive);
        }
        if tracks.is_empty() {
            return Err(moov.malformed("no track"));
        }
        for node in moov.child(*b"mvex")?.nodes(0)? {
            let node = node?;
            if &node.name == b"trex" {
                let trex: Trex = node.atom()?;
                for track in tracks.iter_mut().filter(|track| track.id == trex.track_id) {
                    (track.duration, track.flags) = (trex.default_sample_duration, trex.default_sample_flags);
                    track.size = trex.default_sample_size;
                }
            }
        }
        let main = tracks.iter().position(|track| track.media == Media::Video).unwrap_or(0);
        let video = tracks.get(main).is_some_and(|track| track.media == Media::Video);
        let sound = tracks.iter().position(|track| track.media == Media::Audio).filter(|_| video);
        Ok(Self { tracks, main, sound })
    }

    /// The tracks that are cut, and their layers.
    pub(super) fn cut(&self) -> impl Iterator<Item = (Layer, Wanted)> + use<'_> {
        let main = self.tracks.get(self.main);
        let layer = main.map_or(Layer::Pictures, |main| match main.media {
            Media::Video => Layer::Pictures,
            Media::Audio => Layer::Sound,
        });
        let sound = self.sound.and_then(|sound| self.tracks.get(sound)).map(|track| (Layer::Sound, track));
        let both = main.map(|main| (layer, main)).into_iter().chain(sound);
        both.map(|(layer, track)| (layer, Wanted { track: track.id, size: track.size }))
    }

    /// How many tracks are not cut.
    pub(super) fn left_out(&self) -> u64 {
        (self.tracks.len() - self.cut().count()) as u64
    }

    /// Ticks of the main track in a second.
    pub(super) fn timescale(&self) -> u32 {
        self.tracks.get(self.main).map_or(1, |track| track.timescale)
    }

    /// Reads the times of a `moof`, which follows the ones read before.
    pub(super) fn fragment(&mut self, moof: &Node<'_>) -> Result<Fragment, CutError> {
        let (timescale, mut fragment) = (self.timescale(), Fragment::default());
        for traf in moof.nodes(0)? {
            let traf = traf?;
            if &traf.name != b"traf" {
                continue;
            }
            let head: Tfhd = traf.child(*b"tfhd")?.atom()?;
            if head.base_data_offset.is_some() {
                return Err(CutError::BaseDataOffset { at: moof.at });
            }
            let track = self.tracks.iter_mut().enumerate().find(|(_, track)| track.id == head.track_id);
            let Some((index, track)) = track else { return Err(traf.malformed("a fragment of an unknown track")) };
            let Some(samples) = track.samples(&head, &traf)? else { continue };
            if index == self.main {
                // Of several runs, the first decides.
                if fragment.main.is_none() {
                    fragment.sync = track.media == Media::Audio || samples.flags & NON_SYNC == 0;
                }
                fragment.main = Span::over(fragment.main, Some(samples.span));
            } else if Some(index) == self.sound {
                let span = samples.span.scaled(track.timescale, timescale);
                fragment.other = Span::over(fragment.other, Some(span));
            } else {
                fragment.left_out += samples.count;
            }
        }
        Ok(fragment)
    }
}

impl Span {
    fn scaled(self, from: u32, to: u32) -> Self {
        let scale =
            |time: u64| u64::try_from(u128::from(time) * u128::from(to) / u128::from(from.max(1))).unwrap_or(u64::MAX);
        Self { start: scale(self.start), end: scale(self.end) }
    }
}

impl Track {
    fn read(trak: &Node<'_>) -> Result<Self, CutError> {
        let head = trak.child(*b"mdia")?.child(*b"mdhd")?;
        let timescale = head.atom::<Mdhd>()?.timescale;
        if timescale == 0 {
            return Err(head.malformed("a timescale of zero"));
        }
        let id = trak.child(*b"tkhd")?.atom::<Tkhd>()?.track_id;
        Ok(Self { id, media: Media::of(trak)?, timescale, duration: 0, flags: 0, size: 0, next: 0 })
    }

    /// The samples of one of its fragments, if there are any.
    fn samples(&mut self, head: &Tfhd, traf: &Node<'_>) -> Result<Option<Samples>, CutError> {
        let duration = u64::from(head.default_sample_duration.unwrap_or(self.duration));
        let (mut start, mut length, mut flags, mut count) = (self.next, Some(0_u64), None, 0_u64);
        for node in traf.nodes(0)? {
            let node = node?;
            match &node.name {
                b"tfdt" => start = node.atom::<Tfdt>()?.base_media_decode_time,
                b"trun" => {
                    let run = node.atom::<Trun>()?.samples;
                    if let (Some(first), None) = (run.get(0), flags) {
                        flags = first.flags.or(head.default_sample_flags).or(Some(self.flags));
                    }
                    count += match &run {
                        TrunSamples::Inherited { count, .. } => u64::from(*count),
                        TrunSamples::Explicit(samples) => samples.len() as u64,
                    };
                    length = length.and_then(|length| length.checked_add(sum(&run, duration)));
                }
                _ => {}
            }
        }
        let Some(flags) = flags else { return Ok(None) };
        let end = length.and_then(|length| start.checked_add(length));
        let end = end.ok_or_else(|| traf.malformed("a time beyond counting"))?;
        self.next = end;
        Ok(Some(Samples { span: Span { start, end }, flags, count }))
    }
}

/// The duration of all samples together: at most 2^32 of at most 2^32 ticks.
fn sum(samples: &TrunSamples, default: u64) -> u64 {
    match samples {
        TrunSamples::Inherited { count, .. } => u64::from(*count) * default,
        TrunSamples::Explicit(samples) => samples.iter().map(|sample| sample.duration.map_or(default, u64::from)).sum(),
    }
}
