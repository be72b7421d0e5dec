//! The tracks of a `moov`, and what its fragments say of their times.

use mp4_atom::{Elst, Mdhd, Mvhd, Tfdt, Tfhd, Tkhd, Trex, Trun, TrunSamples};

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

/// From the least presentation time to the greatest presentation time plus duration, in ticks of the [movie](Movie::ticks).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: i128,
    pub(super) end: i128,
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
    pub(super) fn mostly_before(self, time: i128) -> bool {
        self.start + self.end < 2 * time
    }

    fn scaled(self, factor: u32) -> Self {
        Self { start: self.start * i128::from(factor), end: self.end * i128::from(factor) }
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
    /// The decode time after the last sample so far.
    next: u64,
    /// What its edit list adds to every time.
    shift: i128,
}

/// The samples of one `traf`.
struct Samples {
    /// In ticks of the track.
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
        let (mut tracks, mut fragmented, mut timescale) = (Vec::new(), false, 0);
        for node in moov.nodes(0)? {
            let node = node?;
            match &node.name {
                b"mvhd" => timescale = node.atom::<Mvhd>().map_or(0, |head| head.timescale),
                b"trak" if tracks.len() == TRACKS => return Err(node.malformed("more than 16 tracks")),
                b"trak" => tracks.push(Track::read(&node, timescale)?),
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

    /// How many ticks a second has: so many that the times of both tracks are whole ticks.
    pub(super) fn ticks(&self) -> u64 {
        let timescale = |track: Option<&Track>| track.map_or(1, |track| u64::from(track.timescale));
        timescale(self.tracks.get(self.main)) * timescale(self.sound.and_then(|sound| self.tracks.get(sound)))
    }

    /// Whether a fragment whose pictures need none before them begins a group after what the present one has. Sound alone has
    /// groups of two seconds.
    pub(super) fn begins_group(&self, group: Span, next: Span) -> bool {
        let video = self.tracks.get(self.main).is_some_and(|main| main.media == Media::Video);
        video || next.start < group.start || next.end - group.start > 2 * i128::from(self.ticks())
    }

    /// Reads the times of a `moof`, which follows the ones read before.
    pub(super) fn fragment(&mut self, moof: &Node<'_>) -> Result<Fragment, CutError> {
        let mut fragment = Fragment::default();
        let timescale =
            |track: Option<usize>| track.and_then(|at| self.tracks.get(at)).map_or(1, |track| track.timescale);
        let (main, sound) = (timescale(Some(self.main)), timescale(self.sound));
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
                fragment.main = Span::over(fragment.main, Some(samples.span.scaled(sound)));
            } else if Some(index) == self.sound {
                fragment.other = Span::over(fragment.other, Some(samples.span.scaled(main)));
            } else {
                fragment.left_out += samples.count;
            }
        }
        Ok(fragment)
    }
}

impl Track {
    /// Reads a `trak` of a movie with so many ticks a second, or 0 if that is not known.
    fn read(trak: &Node<'_>, movie: u32) -> Result<Self, CutError> {
        let head = trak.child(*b"mdia")?.child(*b"mdhd")?;
        let timescale = head.atom::<Mdhd>()?.timescale;
        if timescale == 0 {
            return Err(head.malformed("a timescale of zero"));
        }
        let id = trak.child(*b"tkhd")?.atom::<Tkhd>()?.track_id;
        let shift = shift(trak, timescale, movie);
        Ok(Self { id, media: Media::of(trak)?, timescale, duration: 0, flags: 0, size: 0, next: 0, shift })
    }

    /// The samples of one of its fragments, if there are any.
    fn samples(&mut self, head: &Tfhd, traf: &Node<'_>) -> Result<Option<Samples>, CutError> {
        let duration = u64::from(head.default_sample_duration.unwrap_or(self.duration));
        let (mut time, mut span, mut flags, mut count) = (i128::from(self.next), None, None, 0_u64);
        for node in traf.nodes(0)? {
            let node = node?;
            match &node.name {
                b"tfdt" => time = node.atom::<Tfdt>()?.base_media_decode_time.into(),
                b"trun" => {
                    let run = node.atom::<Trun>()?.samples;
                    if let (Some(first), None) = (run.get(0), flags) {
                        flags = first.flags.or(head.default_sample_flags).or(Some(self.flags));
                    }
                    count += run.len() as u64;
                    span = Span::over(span, presented(&run, duration, &mut time));
                }
                _ => {}
            }
        }
        let (Some(flags), Some(span)) = (flags, span) else { return Ok(None) };
        self.next = u64::try_from(time).map_err(|_| traf.malformed("a time beyond counting"))?;
        let span = Span { start: span.start + self.shift, end: span.end + self.shift };
        Ok(Some(Samples { span, flags, count }))
    }
}

/// When the samples of a run are presented, without the edit list, if there are any. `time` is the decode time of the first, and
/// then that after the last: a run has at most 2^32 samples of at most 2^32 ticks.
fn presented(samples: &TrunSamples, default: u64, time: &mut i128) -> Option<Span> {
    match samples {
        TrunSamples::Inherited { count, .. } => {
            let start = *time;
            *time += i128::from(u64::from(*count) * default);
            (*count > 0).then_some(Span { start, end: *time })
        }
        TrunSamples::Explicit(samples) => samples.iter().fold(None, |span, sample| {
            let start = *time + i128::from(sample.cts.unwrap_or(0));
            let duration = i128::from(sample.duration.map_or(default, u64::from));
            *time += duration;
            Span::over(span, Some(Span { start, end: start + duration }))
        }),
    }
}

/// What a track's edit list adds to its times: an empty edit before the first sample, less what is cut off from it. An edit list that
/// cannot be read adds nothing.
fn shift(trak: &Node<'_>, timescale: u32, movie: u32) -> i128 {
    let list = trak.child(*b"edts").and_then(|edits| edits.child(*b"elst")).and_then(|list| list.atom::<Elst>());
    let mut shift = 0;
    for edit in list.map(|list| list.entries).unwrap_or_default() {
        match edit.media_time {
            None if movie > 0 => {
                shift += i128::from(edit.segment_duration) * i128::from(timescale) / i128::from(movie);
            }
            None => {}
            Some(time) => return shift - i128::from(time),
        }
    }
    shift
}
