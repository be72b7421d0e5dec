//! Reads the tracks of a `moov`, and the runs of samples in their fragments.

use mp4_atom::{Elst, Mdhd, Mvhd, Tfdt, Tfhd, Tkhd, Trex, Trun, TrunEntry, TrunSamples};

use super::boxes::Node;
use super::entry::sample_entry;
use crate::media::CutError;
use crate::media::clock::Start;
use crate::media::codec::{Codec, Sample};
use crate::media::unread::ENCRYPTED_MP4;
use crate::record::Layer;

/// The most tracks of a recording. A camera writes two.
const TRACKS: usize = 16;
/// The most sample entries that are read of a track, besides the first.
const OTHERS: usize = 15;
/// The most samples of a fragment: over 20 seconds of PCM sound, which has a sample for each of its values.
const SAMPLES: usize = 1 << 20;
/// The flag of a sample that is not a sync sample (ISO/IEC 14496-12 section 8.8.3.1).
const NON_SYNC: u32 = 1 << 16;

/// A `moov`.
pub(super) struct Movie {
    pub(super) tracks: Vec<Track>,
    /// Whether there may be fragments.
    pub(super) is_fragmented: bool,
    /// Whether its tables list samples of a track that is cut.
    lists_samples: bool,
}

/// A track.
pub(super) struct Track {
    id: u32,
    /// Its codec parameters; `None` if it is left out.
    pub(super) codec: Option<Codec>,
    /// Its other sample entries, which only listed samples use.
    pub(super) others: Vec<Result<Codec, CutError>>,
    /// Whether its tables list samples.
    lists_samples: bool,
    /// Duration, size and flags of a sample that gives none.
    defaults: [u32; 3],
    /// The index of the sample entry in a fragment that names none.
    description_index: u32,
    /// What its edit list adds to every time.
    pub(super) shift: i128,
}

/// A run (`trun`) of a fragment, or a part of one: samples of one track whose data is contiguous.
pub(super) struct FoundRun {
    /// Its layer; `None` if the track is left out.
    pub(super) layer: Option<Layer>,
    pub(super) start: Option<Start>,
    samples: TrunSamples,
    /// How many of them were taken out, if each is listed.
    taken: usize,
    /// Duration, size and flags of a sample that gives none.
    defaults: [u32; 3],
    /// Where its data begins in the recording.
    pub(super) at: u64,
    /// The length of its data in bytes.
    pub(super) length: u64,
}

/// The most samples of a run. A longer one is split, so that little memory is held at once.
pub(super) const RUN: usize = 4096;
/// The most bytes of a run, besides those of its last sample. A group of pictures that is longer is copied into its segment.
pub(super) const RUN_BYTES: u64 = 4 << 20;

impl FoundRun {
    /// Returns its number of samples.
    pub(super) fn count(&self) -> usize {
        self.samples.len() - self.taken
    }

    /// Returns the size of its largest sample in bytes.
    pub(super) fn largest(&self) -> u32 {
        let [_, size, _] = self.defaults;
        match &self.samples {
            TrunSamples::Inherited { .. } => size,
            TrunSamples::Explicit(samples) => {
                samples.iter().map(|sample| sample.size.unwrap_or(size)).max().unwrap_or(0)
            }
        }
    }

    /// Returns its samples, without their decode times. Allocates memory for each: at most [`RUN`] in a run that was
    /// [taken](Self::take).
    pub(super) fn samples(&self) -> Vec<Sample> {
        let [duration, size, flags] = self.defaults;
        let samples = self.samples.iter().map(|sample| Sample {
            decode: 0,
            // Some recorders write negative offsets in a version that has none.
            offset: sample.cts.unwrap_or(0) as i32,
            duration: sample.duration.unwrap_or(duration),
            size: sample.size.unwrap_or(size),
            begins: sample.flags.unwrap_or(flags) & NON_SYNC == 0,
            gap: false,
        });
        samples.collect()
    }

    /// Returns the parts that [`take`](Self::take) takes out.
    pub(super) fn parts(mut self) -> impl Iterator<Item = Self> {
        core::iter::from_fn(move || (self.count() > 0).then(|| self.take()))
    }

    /// Takes its first samples out, at most [`RUN`], and of [`RUN_BYTES`] and a sample.
    pub(super) fn take(&mut self) -> Self {
        let [_, size, _] = self.defaults;
        let samples = match &mut self.samples {
            TrunSamples::Inherited { count, first_flags } => {
                let most = RUN.min((RUN_BYTES / u64::from(size.max(1))).max(1) as usize) as u32;
                let taken = most.min(*count);
                *count -= taken;
                TrunSamples::Inherited { count: taken, first_flags: first_flags.take() }
            }
            TrunSamples::Explicit(samples) => {
                let (rest, mut bytes) = (samples.get(self.taken..).unwrap_or_default(), 0);
                let fits = |sample: &&TrunEntry| {
                    let fits = bytes <= RUN_BYTES;
                    bytes += u64::from(sample.size.unwrap_or(size));
                    fits
                };
                let taken: Vec<_> = rest.iter().take(RUN).take_while(fits).copied().collect();
                self.taken += taken.len();
                TrunSamples::Explicit(taken)
            }
        };
        let length = length(&samples, size);
        let first = Self { start: self.start.take(), samples, length, taken: 0, ..*self };
        (self.at, self.length) = (self.at.saturating_add(length), self.length.saturating_sub(length));
        first
    }
}

/// Returns the number of bytes of samples. `size` is the default size of a sample.
fn length(samples: &TrunSamples, size: u32) -> u64 {
    match samples {
        TrunSamples::Inherited { count, .. } => u64::from(*count) * u64::from(size),
        TrunSamples::Explicit(samples) => samples.iter().map(|sample| u64::from(sample.size.unwrap_or(size))).sum(),
    }
}

impl Movie {
    /// Reads a `moov` of a recording whose samples are all in fragments.
    pub(super) fn of_fragments(moov: &Node<'_>) -> Result<Self, CutError> {
        let movie = Self::read(moov)?;
        if !movie.is_fragmented || movie.lists_samples { Err(CutError::Progressive) } else { Ok(movie) }
    }

    /// Reads a `moov`. Its first track of pictures and its first track of sound are cut.
    pub(super) fn read(moov: &Node<'_>) -> Result<Self, CutError> {
        let (mut tracks, mut extends) = (Vec::<Track>::new(), None);
        let head = moov.child(*b"mvhd").and_then(|head| head.atom::<Mvhd>());
        let timescale = head.map_or(0, |head| head.timescale);
        for node in moov.nodes(0)? {
            let node = node?;
            match &node.name {
                b"trak" if tracks.len() == TRACKS => return Err(node.malformed("more than 16 tracks")),
                b"trak" => {
                    let is_cut = |layer| tracks.iter().any(|track| track.layer() == Some(layer));
                    let layer = layer(&node)?.filter(|layer| !is_cut(*layer));
                    tracks.push(Track::read(&node, layer, timescale)?);
                }
                b"mvex" => extends = extends.or(Some(node)),
                _ => {}
            }
        }
        if let Some(extends) = &extends {
            read_defaults(extends, &mut tracks)?;
        }
        if tracks.iter().all(|track| track.codec.is_none()) {
            return Err(moov.malformed("no track with pictures or sound"));
        }
        let lists_samples = tracks.iter().any(|track| track.lists_samples);
        Ok(Self { tracks, is_fragmented: extends.is_some(), lists_samples })
    }

    /// Returns the codec parameters of the tracks that are cut, those of pictures first.
    pub(super) fn codecs(&self) -> Vec<Codec> {
        let mut codecs: Vec<_> = self.tracks.iter().filter_map(|track| track.codec.clone()).collect();
        codecs.sort_by_key(|codec| codec.layer);
        codecs
    }

    /// Returns the number of tracks that are left out.
    pub(super) fn left_out(&self) -> u64 {
        self.tracks.iter().filter(|track| track.codec.is_none()).count() as u64
    }

    /// Reads the runs of a `moof`.
    pub(super) fn fragment(&self, moof: &Node<'_>) -> Result<Vec<FoundRun>, CutError> {
        let (mut runs, mut count) = (Vec::new(), 0);
        // Without an offset of its own, the data of a track follows that of the track before it.
        let mut base = moof.at;
        for traf in moof.nodes(0)? {
            let traf = traf?;
            if &traf.name != b"traf" {
                continue;
            }
            let head: Tfhd = traf.child(*b"tfhd")?.atom()?;
            let track = self.tracks.iter().find(|track| track.id == head.track_id);
            let Some(track) = track else { return Err(traf.malformed("a fragment of an unknown track")) };
            if track.codec.is_some() && head.sample_description_index.unwrap_or(track.description_index) > 1 {
                return Err(traf.malformed("a fragment that uses a sample entry other than the first"));
            }
            if let Some(own) = head.base_data_offset {
                base = own;
            } else if head.default_base_is_moof {
                base = moof.at;
            }
            let (mut next, mut start) = (base, None);
            for node in traf.nodes(0)? {
                let node = node?;
                match &node.name {
                    b"tfdt" => start = Some(track.start(&node)?),
                    b"trun" => {
                        let run = track.run(&node, &head, base, next)?;
                        count += run.count();
                        if count > SAMPLES {
                            return Err(node.malformed("more than 1048576 samples in a fragment"));
                        }
                        next = run.at.saturating_add(run.length);
                        if run.count() > 0 {
                            runs.push(FoundRun { start: start.take(), ..run });
                        }
                    }
                    b"senc" | b"saiz" | b"saio" if track.codec.is_some() => {
                        return Err(ENCRYPTED_MP4);
                    }
                    _ => {}
                }
            }
            base = next;
        }
        Ok(runs)
    }
}

impl Track {
    /// Reads a `trak`. `movie_timescale` is 0 if unknown.
    fn read(trak: &Node<'_>, layer: Option<Layer>, movie_timescale: u32) -> Result<Self, CutError> {
        let head = trak.child(*b"tkhd")?;
        let id = head.atom::<Tkhd>()?.track_id;
        let Some(layer) = layer else {
            return Ok(Self {
                id,
                codec: None,
                others: Vec::new(),
                lists_samples: false,
                defaults: [0; 3],
                description_index: 1,
                shift: 0,
            });
        };
        let media = trak.child(*b"mdia")?;
        let media_head = media.child(*b"mdhd")?;
        let timescale = media_head.atom::<Mdhd>()?.timescale;
        if timescale == 0 {
            return Err(media_head.malformed("a timescale of zero"));
        }
        let table = media.child(*b"minf")?.child(*b"stbl")?;
        // In both tables, the number of samples follows version and flags, and the size that all samples have.
        let sizes = table.child(*b"stsz").or_else(|_| table.child(*b"stz2"));
        let lists_samples = sizes.is_ok_and(|sizes| sizes.body.get(8..12).is_some_and(|count| count != [0; 4]));
        let description = table.child(*b"stsd")?;
        // In version 1 of the table, entries of sound have only the fields of version 0.
        let version = description.body.first().copied().unwrap_or(0);
        let (matrix, size) = matrix_and_size(&head);
        let mut codecs = description.nodes(8)?.map(|entry| {
            let entry = entry?;
            if matches!(&entry.name, b"encv" | b"enca") {
                return Err(ENCRYPTED_MP4);
            }
            let (entry, coding) = sample_entry(&entry, layer, version)?;
            Ok(Codec { layer, timescale, size, matrix, version, entry, coding })
        });
        let codec = codecs.next().ok_or_else(|| description.malformed("no sample entry"))??;
        Ok(Self {
            id,
            codec: Some(codec),
            others: codecs.take(OTHERS).collect(),
            lists_samples,
            defaults: [0; 3],
            description_index: 1,
            shift: shift(trak, timescale, movie_timescale),
        })
    }

    /// Reads a `tfdt`.
    fn start(&self, tfdt: &Node<'_>) -> Result<Start, CutError> {
        let ticks = tfdt.atom::<Tfdt>()?.base_media_decode_time;
        let narrow = tfdt.body.first() == Some(&0);
        // Some recorders write times before 0.
        let ticks = if narrow { ticks.into() } else { i128::from(ticks.cast_signed()) };
        Ok(Start { ticks: ticks + self.shift, narrow })
    }

    /// Reads a `trun` of a fragment with this `tfhd`. Its data begins at `next`, or at the offset that it has from `base`.
    fn run(&self, trun: &Node<'_>, head: &Tfhd, base: u64, next: u64) -> Result<FoundRun, CutError> {
        let Trun { data_offset, samples } = trun.atom()?;
        let defaults = self.defaults(head);
        let length = length(&samples, defaults[1]);
        if length == 0 && matches!(samples, TrunSamples::Inherited { count: 2.., .. }) {
            return Err(trun.malformed("samples without bytes"));
        }
        let at = data_offset.map_or(Some(next), |offset| base.checked_add_signed(offset.into()));
        let at = at.filter(|at| at.checked_add(length).is_some());
        let at = at.ok_or_else(|| trun.malformed("samples outside of the recording"))?;
        Ok(FoundRun { layer: self.layer(), start: None, samples, taken: 0, defaults, at, length })
    }

    fn layer(&self) -> Option<Layer> {
        self.codec.as_ref().map(|codec| codec.layer)
    }

    /// Returns duration, size and flags of a sample that gives none, in a fragment with this `tfhd`.
    fn defaults(&self, head: &Tfhd) -> [u32; 3] {
        let [duration, size, flags] = self.defaults;
        [
            head.default_sample_duration.unwrap_or(duration),
            head.default_sample_size.unwrap_or(size),
            head.default_sample_flags.unwrap_or(flags),
        ]
    }
}

/// Reads the defaults of the tracks from an `mvex`.
fn read_defaults(extends: &Node<'_>, tracks: &mut [Track]) -> Result<(), CutError> {
    for node in extends.nodes(0)? {
        let node = node?;
        if &node.name == b"trex" {
            let trex: Trex = node.atom()?;
            let defaults = [trex.default_sample_duration, trex.default_sample_size, trex.default_sample_flags];
            for track in tracks.iter_mut().filter(|track| track.id == trex.track_id) {
                (track.defaults, track.description_index) = (defaults, trex.default_sample_description_index);
            }
        }
    }
    Ok(())
}

/// Returns the layer of a `trak`. `mp4-atom` is not used, because it refuses the names that QuickTime and some cameras write in a
/// `hdlr`.
fn layer(trak: &Node<'_>) -> Result<Option<Layer>, CutError> {
    let handler = trak.child(*b"mdia")?.child(*b"hdlr")?;
    Ok(match handler.body.get(8..12) {
        Some(b"vide") => Some(Layer::Pictures),
        Some(b"soun") => Some(Layer::Sound),
        _ => None,
    })
}

/// Returns the matrix and the size in a `tkhd`.
fn matrix_and_size(head: &Node<'_>) -> ([u32; 9], [u32; 2]) {
    // The matrix follows 40 bytes, or 52 in version 1, in which three fields have 64 bits.
    let at = if head.body.first() == Some(&1) { 52 } else { 40 };
    let word = |at: usize| {
        let bytes = head.body.get(at..).and_then(|rest| rest.first_chunk::<4>());
        bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes))
    };
    (core::array::from_fn(|place| word(at + 4 * place)), [word(at + 36), word(at + 40)])
}

/// Returns what the edit list of a track adds to its times: the duration of its empty edits, minus the media time at which the
/// first other edit starts. An edit list that cannot be read adds nothing.
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
