//! Codec parameters from the parameter sets of H.264 and HEVC.
//!
//! The sequence parameter sets are read here, and only as far as a sample entry needs: `h264-reader` refuses those that
//! contradict their level, which decoders play.

use alloc::vec::Vec;

use super::bits::Bits;
use super::codec::{Codec, Coding, nals};
use super::fragment::{UNTURNED, atom, words};
use super::sample_entry::picture_entry;
use crate::record::Layer;

/// Ticks of a second.
pub(super) const TICKS: u32 = 90_000;
/// The most parameter sets of a kind, and the most bytes of one.
const SETS: usize = 31;
const LONGEST: usize = 4096;
/// Bytes of a NAL unit before its content.
const AVC_HEADER: usize = 1;
const HEVC_HEADER: usize = 2;

/// The parameter sets in force: of video (HEVC), of sequences, of pictures.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    sets: [Vec<Vec<u8>>; 3],
    has_fields: bool,
}

/// What a sequence parameter set says.
#[derive(Default)]
struct Sequence {
    width: u32,
    height: u32,
    /// Width and height of a picture element, if they differ.
    aspect: Option<(u16, u16)>,
    chroma: u8,
    luma_depth: u8,
    chroma_depth: u8,
    /// Whether a picture may be a field.
    has_fields: bool,
    /// In HEVC, the byte with the number of temporal layers and whether they are nested.
    layers: u8,
}

impl Parameters {
    /// Whether a picture may be a field.
    pub(super) const fn has_fields(&self) -> bool {
        self.has_fields
    }

    /// Returns them with those of an access unit in the place of their kind, or `None` if nothing changes.
    pub(super) fn renewed(&self, coding: Coding, unit: &[u8]) -> Option<Self> {
        let mut found: [Vec<Vec<u8>>; 3] = Default::default();
        for nal in nals(4, unit) {
            let Some(place) = coding.parameter_set(nal) else { continue };
            if let Some(sets) = found.get_mut(place)
                && sets.len() < SETS
                && nal.len() <= LONGEST
                && sets.iter().all(|set| set != nal)
            {
                sets.push(nal.to_vec());
            }
        }
        if found.iter().zip(&self.sets).all(|(found, sets)| found.is_empty() || found == sets) {
            return None;
        }
        let mut renewed = self.clone();
        for (sets, found) in renewed.sets.iter_mut().zip(found) {
            if !found.is_empty() {
                *sets = found;
            }
        }
        renewed.has_fields = renewed.sequence(coding).is_some_and(|sequence| sequence.has_fields);
        Some(renewed)
    }

    fn sequence(&self, coding: Coding) -> Option<Sequence> {
        let set = self.sets[1].first()?;
        match coding {
            Coding::Hevc(_) => hevc(set),
            _ => avc(set),
        }
    }

    /// Returns the codec parameters, if the parameter sets are there and can be read.
    pub(super) fn codec(&self, coding: Coding) -> Option<Codec> {
        let [videos, sequences, pictures] = &self.sets;
        let is_hevc = matches!(coding, Coding::Hevc(_));
        let (sequence, first) = (self.sequence(coding)?, sequences.first()?);
        if pictures.is_empty() || is_hevc && videos.is_empty() {
            return None;
        }
        let mut record = Vec::new();
        if is_hevc {
            hevc_configuration(&mut record, &sequence, first, &self.sets);
        } else {
            avc_configuration(&mut record, &sequence, first, sequences, pictures);
        }
        self.codec_with(coding, &record)
    }

    /// Returns the codec parameters with this decoder configuration record, which has the parameter sets.
    ///
    /// The sample entries are those of streams whose samples hold parameter sets.
    pub(super) fn codec_with(&self, coding: Coding, record: &[u8]) -> Option<Codec> {
        let sequence = self.sequence(coding)?;
        let (name, configuration) = match coding {
            Coding::Hevc(_) => (*b"hev1", *b"hvcC"),
            _ => (*b"avc3", *b"avcC"),
        };
        let sides = [u16::try_from(sequence.width).ok()?, u16::try_from(sequence.height).ok()?];
        let mut entry = Vec::new();
        picture_entry(&mut entry, name, sides, |to| {
            atom(to, configuration, |to| to.extend_from_slice(record));
            if let Some((width, height)) = sequence.aspect {
                atom(to, *b"pasp", |to| words(to, &[width.into(), height.into()]));
            }
        });
        let (width, height) = sequence.aspect.unwrap_or((1, 1));
        let wide = (u64::from(sequence.width) << 16) * u64::from(width) / u64::from(height.max(1));
        let size = [u32::try_from(wide).unwrap_or(sequence.width << 16), sequence.height << 16];
        Some(Codec { layer: Layer::Pictures, timescale: TICKS, size, matrix: UNTURNED, version: 0, entry, coding })
    }
}

/// Writes an `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15 section 5.3.3.1).
fn avc_configuration(to: &mut Vec<u8>, sequence: &Sequence, first: &[u8], sequences: &[Vec<u8>], pictures: &[Vec<u8>]) {
    to.push(1);
    to.extend_from_slice(first.get(1..4).unwrap_or_default());
    // Lengths of four bytes.
    to.extend_from_slice(&[0xff, 0xe0 | sequences.len() as u8]);
    write_sets(to, sequences);
    to.push(pictures.len() as u8);
    write_sets(to, pictures);
    if !matches!(first.get(1), Some(66 | 77 | 88)) {
        to.extend_from_slice(&[0xfc | sequence.chroma, 0xf8 | sequence.luma_depth, 0xf8 | sequence.chroma_depth, 0]);
    }
}

/// Writes an `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15 section 8.3.3.1).
fn hevc_configuration(to: &mut Vec<u8>, sequence: &Sequence, first: &[u8], sets: &[Vec<Vec<u8>>; 3]) {
    // Profile, tier and level stand in the first bytes of the set, and have no other place there.
    let mut bits = Bits::new(first.get(HEVC_HEADER + 1..).unwrap_or_default());
    to.push(1);
    to.extend((0..12).map(|_| bits.read(8, "general_profile").unwrap_or(0) as u8));
    // Nothing is said of slices and of what can be decoded in parallel.
    to.extend_from_slice(&[0xf0, 0, 0xfc, 0xfc | sequence.chroma]);
    to.extend_from_slice(&[0xf8 | sequence.luma_depth, 0xf8 | sequence.chroma_depth, 0, 0]);
    // Lengths of four bytes.
    to.extend_from_slice(&[sequence.layers | 3, 3]);
    for (kind, sets) in (32..).zip(sets) {
        // More of them may stand in samples.
        to.push(kind);
        to.extend_from_slice(&(sets.len() as u16).to_be_bytes());
        write_sets(to, sets);
    }
}

fn write_sets(to: &mut Vec<u8>, sets: &[Vec<u8>]) {
    for set in sets {
        to.extend_from_slice(&(set.len() as u16).to_be_bytes());
        to.extend_from_slice(set);
    }
}

/// Width and height of a picture element by `aspect_ratio_idc` (H.264 table E-1), from 1 on.
const ASPECTS: [(u16, u16); 16] = [
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];

/// Reads an H.264 sequence parameter set (H.264 section 7.3.2.1.1).
fn avc(set: &[u8]) -> Option<Sequence> {
    let mut bits = Bits::new(set.get(AVC_HEADER..)?);
    let mut sequence = Sequence { chroma: 1, ..Sequence::default() };
    let profile = bits.read(8, "profile_idc")?;
    bits.skip(16, "constraints and level_idc")?;
    bits.read_ue("seq_parameter_set_id")?;
    let mut separate = false;
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        sequence.chroma = small(bits.read_ue("chroma_format_idc")?);
        separate = sequence.chroma == 3 && bits.read_bit("separate_colour_plane_flag")?;
        sequence.luma_depth = small(bits.read_ue("bit_depth_luma_minus8")?);
        sequence.chroma_depth = small(bits.read_ue("bit_depth_chroma_minus8")?);
        bits.skip(1, "qpprime_y_zero_transform_bypass_flag")?;
        if bits.read_bit("seq_scaling_matrix_present_flag")? {
            for list in 0..if sequence.chroma == 3 { 12 } else { 8 } {
                if bits.read_bit("seq_scaling_list_present_flag")? {
                    skip_scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.read_ue("log2_max_frame_num_minus4")?;
    match bits.read_ue("pic_order_cnt_type")? {
        0 => {
            bits.read_ue("log2_max_pic_order_cnt_lsb_minus4")?;
        }
        1 => {
            bits.skip(1, "delta_pic_order_always_zero_flag")?;
            bits.read_se("offset_for_non_ref_pic")?;
            bits.read_se("offset_for_top_to_bottom_field")?;
            for _ in 0..bits.read_ue("num_ref_frames_in_pic_order_cnt_cycle")? {
                bits.read_se("offset_for_ref_frame")?;
            }
        }
        _ => {}
    }
    bits.read_ue("max_num_ref_frames")?;
    bits.skip(1, "gaps_in_frame_num_value_allowed_flag")?;
    let width = bits.read_ue("pic_width_in_mbs_minus1")?;
    let height = bits.read_ue("pic_height_in_map_units_minus1")?;
    sequence.has_fields = !bits.read_bit("frame_mbs_only_flag")?;
    if sequence.has_fields {
        bits.skip(1, "mb_adaptive_frame_field_flag")?;
    }
    bits.skip(1, "direct_8x8_inference_flag")?;
    let fields = if sequence.has_fields { 2 } else { 1 };
    let [across, down] = chroma_step(if separate { 0 } else { sequence.chroma });
    let side = |blocks: u32, size: u32| blocks.saturating_add(1).saturating_mul(size);
    (sequence.width, sequence.height) = (side(width, 16), side(height, 16 * fields));
    if bits.read_bit("frame_cropping_flag")? {
        crop(&mut bits, &mut sequence, [across, down * fields])?;
    }
    // What follows is not needed to play.
    sequence.aspect = aspect(&mut bits);
    Some(sequence)
}

fn aspect(bits: &mut Bits<'_>) -> Option<(u16, u16)> {
    if !bits.read_bit("vui_parameters_present_flag")? || !bits.read_bit("aspect_ratio_info_present_flag")? {
        return None;
    }
    let aspect = match bits.read(8, "aspect_ratio_idc")? {
        255 => (bits.read(16, "sar_width")? as u16, bits.read(16, "sar_height")? as u16),
        idc => *ASPECTS.get((idc as usize).checked_sub(1)?)?,
    };
    Some(aspect).filter(|(width, height)| *width > 0 && *height > 0 && width != height)
}

/// Reads an HEVC sequence parameter set (H.265 section 7.3.2.2.1) up to the depths.
fn hevc(set: &[u8]) -> Option<Sequence> {
    let mut bits = Bits::new(set.get(HEVC_HEADER..)?);
    bits.skip(4, "sps_video_parameter_set_id")?;
    let sub_layers = bits.read(3, "sps_max_sub_layers_minus1")? as u8;
    let nested = bits.read_bit("sps_temporal_id_nesting_flag")?;
    bits.skip(96, "profile_tier_level")?;
    let mut present = Vec::new();
    for _ in 0..sub_layers {
        let profile = bits.read_bit("sub_layer_profile_present_flag")?;
        present.push((profile, bits.read_bit("sub_layer_level_present_flag")?));
    }
    if sub_layers > 0 {
        bits.skip(2 * (8 - u32::from(sub_layers)), "reserved_zero_2bits")?;
    }
    for (profile, level) in present {
        bits.skip(if profile { 88 } else { 0 } + if level { 8 } else { 0 }, "sub-layer")?;
    }
    bits.read_ue("sps_seq_parameter_set_id")?;
    let chroma = small(bits.read_ue("chroma_format_idc")?);
    let separate = chroma == 3 && bits.read_bit("separate_colour_plane_flag")?;
    let width = bits.read_ue("pic_width_in_luma_samples")?;
    let height = bits.read_ue("pic_height_in_luma_samples")?;
    let layers = (sub_layers + 1) << 3 | u8::from(nested) << 2;
    let mut sequence = Sequence { width, height, chroma, layers, ..Sequence::default() };
    if bits.read_bit("conformance_window_flag")? {
        crop(&mut bits, &mut sequence, chroma_step(if separate { 0 } else { chroma }))?;
    }
    sequence.luma_depth = small(bits.read_ue("bit_depth_luma_minus8")?);
    sequence.chroma_depth = small(bits.read_ue("bit_depth_chroma_minus8")?);
    Some(sequence)
}

/// Takes off what is cut off at each side, in steps of so many picture elements.
fn crop(bits: &mut Bits<'_>, sequence: &mut Sequence, [across, down]: [u32; 2]) -> Option<()> {
    let mut cut = [0_u32; 4];
    for side in &mut cut {
        *side = bits.read_ue("offset")?;
    }
    let [left, right, top, bottom] = cut;
    let less =
        |size: u32, one: u32, other: u32, step| size.saturating_sub(one.saturating_add(other).saturating_mul(step));
    sequence.width = less(sequence.width, left, right, across);
    sequence.height = less(sequence.height, top, bottom, down);
    Some(())
}

/// How many picture elements share a colour, across and down (H.264 table 6-1).
const fn chroma_step(chroma: u8) -> [u32; 2] {
    match chroma {
        1 => [2, 2],
        2 => [2, 1],
        _ => [1, 1],
    }
}

fn skip_scaling_list(bits: &mut Bits<'_>, count: u32) -> Option<()> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..count {
        if next != 0 {
            next = (last + i64::from(bits.read_se("delta_scale")?)).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// A number of at most 3 bits, larger ones as the largest.
fn small(number: u32) -> u8 {
    number.min(7) as u8
}
