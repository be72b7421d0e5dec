//! Segments that become files which players open.

use std::process::Command;

use footage::media::{Cut, Form, Layout, MuxError};
use footage::record::{Layer, SegmentKind};

use super::boxes::{boxes, child, found, samples, word};
use super::mp4::{cuts_of, sample, track};

/// The playable file of these segments.
pub(super) fn muxed(run: &[&Cut], form: Form) -> Result<Vec<u8>, MuxError> {
    let mut layout = Layout::new(form);
    for cut in run {
        layout.add(cut.layer, cut.kind, &cut.bytes)?;
    }
    let mut muxer = layout.begin(Vec::new())?;
    for cut in run {
        muxer.add(cut.layer, cut.kind, &cut.bytes)?;
    }
    muxer.finish()
}

/// The inits and some groups of a recording.
fn run(cuts: &[Cut], groups: std::ops::Range<usize>) -> Vec<&Cut> {
    let inits = cuts.iter().filter(|cut| cut.kind == SegmentKind::Init);
    let groups = cuts.chunk_by(|_, next| !next.group).skip(groups.start).take(groups.len());
    inits.chain(groups.flatten().filter(|cut| cut.kind == SegmentKind::Media)).collect()
}

/// What `ffprobe` says of each packet of a file (track, time, digest of its bytes), and of the file (start, duration).
fn packets(name: &str, file: &[u8]) -> Option<Vec<String>> {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, file).unwrap();
    let said = Command::new("ffprobe")
        .args(["-v", "warning", "-show_data_hash", "sha256", "-of", "csv=p=0"])
        .args(["-show_entries", "packet=stream_index,pts_time,data_hash:format=start_time,duration"])
        .arg(path)
        .output();
    let Ok(said) = said else {
        eprintln!("not checked by decoding: there is no ffprobe");
        return None;
    };
    assert!(said.stderr.is_empty(), "{}", String::from_utf8_lossy(&said.stderr));
    Some(String::from_utf8(said.stdout).unwrap().lines().map(str::to_owned).collect())
}

/// M3, M13: an opened run begins at 0, lasts as long as what it shows, and has all of its samples in sync.
#[test]
fn m3_a_run_becomes_a_file_that_begins_at_0() {
    let sample = sample();
    let cuts = cuts_of(&sample);
    let run = run(&cuts, 2..4);
    let mut forms = Vec::new();
    for form in [Form::Fragmented, Form::FastStart] {
        let file = muxed(&run, form).unwrap();
        for layer in Layer::ALL {
            let media = run.iter().filter(|cut| cut.layer == layer && cut.kind == SegmentKind::Media);
            let sealed: Vec<_> = media.flat_map(|cut| samples(&cut.bytes, track(layer))).collect();
            if form == Form::Fragmented {
                assert_eq!(samples(&file, track(layer)), sealed);
                let first = found(&file, track(layer))[0];
                assert!(i64::try_from(first.decode).unwrap() + i64::from(first.offset) >= 0);
            }
        }
        forms.push(packets(&format!("{form:?}.mp4"), &file));
    }
    let [Some(fragmented), Some(fast)] = &forms[..] else { return };
    let end = |said: &[String]| {
        let last = said.last().unwrap().split(',').map(|text| text.parse::<f64>().unwrap()).collect::<Vec<_>>();
        (last[0], last[1])
    };
    // Two seconds of pictures; the sound lasts a few milliseconds longer.
    for said in [fragmented, fast] {
        let (start, duration) = end(said);
        assert!(start == 0.0 && (2.0..2.03).contains(&duration), "{start}, {duration}");
    }
    let mut sorted = [fragmented, fast].map(|said| said[..said.len() - 1].to_vec());
    for packets in &mut sorted {
        packets.sort();
    }
    assert_eq!(sorted[0], sorted[1]);
    assert_eq!(sorted[0].len(), run.iter().map(|cut| cut.samples as usize).sum::<usize>());
}

/// M4: a file holds no name, time, length or byte of the rest of the recording.
#[test]
fn m4_a_file_tells_nothing_of_where_it_stood() {
    let cuts = cuts_of(&sample());
    let groups = |from: usize| run(&cuts, from..from + 1);
    for form in [Form::Fragmented, Form::FastStart] {
        let [one, other] = [groups(1), groups(3)].map(|run| muxed(&run, form).unwrap());
        let head = |file: &[u8]| {
            let parts = boxes(file).into_iter().filter(|(_, name, _)| name == b"ftyp" || name == b"moov");
            parts.map(|(_, name, body)| (name, body.len())).collect::<Vec<_>>()
        };
        if form == Form::Fragmented {
            assert_eq!(head(&one), head(&other));
        }
        let mvhd = child(child(&one, b"moov"), b"mvhd").to_vec();
        assert_eq!((word(&mvhd, 4), word(&mvhd, 8), word(&mvhd, 12)), (0, 0, 0));
    }
}

#[test]
fn pictures_alone_or_sound_alone_become_a_file() {
    let cuts = cuts_of(&sample());
    for layer in Layer::ALL {
        for form in [Form::Fragmented, Form::FastStart] {
            let run: Vec<_> = run(&cuts, 0..6).into_iter().filter(|cut| cut.layer == layer).collect();
            let file = muxed(&run, form).unwrap();
            let Some(said) = packets(&format!("{layer:?}-{form:?}.mp4"), &file) else { return };
            assert_eq!(said.len() - 1, run.iter().map(|cut| cut.samples as usize).sum::<usize>());
            assert!(said.last().unwrap().starts_with("0.000000,"), "{:?}", said.last());
        }
    }
}

#[test]
fn what_was_not_laid_out_is_refused() {
    let cuts = cuts_of(&sample());
    let run = run(&cuts, 0..2);
    for form in [Form::Fragmented, Form::FastStart] {
        assert!(matches!(muxed(&run[2..], form), Err(MuxError::Order)));
        let mut layout = Layout::new(form);
        layout.add(Layer::Pictures, SegmentKind::Init, &run[0].bytes).unwrap();
        assert!(matches!(layout.add(Layer::Pictures, SegmentKind::Init, &run[1].bytes), Err(MuxError::Codec)));
        let wrong = layout.add(Layer::Pictures, SegmentKind::Media, b"\0\0\0\x0cmoof\0\0\0\x04");
        assert!(matches!(wrong, Err(MuxError::Segment(_)) | Ok(())));
    }
    let mut layout = Layout::new(Form::FastStart);
    for cut in &run {
        layout.add(cut.layer, cut.kind, &cut.bytes).unwrap();
    }
    assert!(matches!(layout.begin(Vec::new()).unwrap().finish(), Err(MuxError::Order)));
}

/// A segment whose fragments list the same bytes repeatedly does not fill the memory of the one who opens the clip.
#[test]
fn samples_that_share_bytes_are_refused() {
    let cuts = cuts_of(&sample());
    let run = run(&cuts, 1..2);
    let media = &run.iter().find(|cut| cut.kind == SegmentKind::Media).unwrap().bytes;
    let moof = u32::from_be_bytes(media[..4].try_into().unwrap()) as usize;
    let mut again = media[..moof].to_vec();
    let place = again.windows(4).position(|name| name == b"trun").unwrap() + 12;
    let offset = i32::from_be_bytes(again[place..place + 4].try_into().unwrap()) - i32::try_from(media.len()).unwrap();
    again[place..place + 4].copy_from_slice(&offset.to_be_bytes());
    let shared = [media.as_slice(), &again].concat();
    let mut layout = Layout::new(Form::FastStart);
    for cut in run.iter().filter(|cut| cut.kind == SegmentKind::Init) {
        layout.add(cut.layer, cut.kind, &cut.bytes).unwrap();
    }
    layout.add(Layer::Pictures, SegmentKind::Media, media).unwrap();
    let refused = layout.add(Layer::Pictures, SegmentKind::Media, &shared);
    assert!(matches!(refused, Err(MuxError::Segment(_))), "{refused:?}");
}

/// M12: if the samples repeat the parameter sets of the sample entry, as recorders write them, its type is the one that common
/// players open. If they have other sets, it is not.
#[test]
fn m12_a_tag_is_the_one_that_most_players_know_where_it_is_true() {
    let mut recording = sample();
    let entry = recording.windows(4).position(|name| name == b"avc1").unwrap();
    recording[entry..entry + 4].copy_from_slice(b"avc3");
    let cuts = cuts_of(&recording);
    let run = run(&cuts, 0..1);
    let named = |file: &[u8], name: &[u8]| file.windows(4).any(|found| found == name);
    let file = muxed(&run, Form::FastStart).unwrap();
    assert!(named(&file, b"avc1") && !named(&file, b"avc3"));
    // The first NAL unit of a picture becomes a parameter set that the sample entry does not have.
    let is_media = |cut: &Cut| cut.kind == SegmentKind::Media && cut.layer == Layer::Pictures;
    let mut other = (*run.iter().find(|cut| is_media(cut)).unwrap()).clone();
    let data = other.bytes.windows(4).position(|name| name == b"mdat").unwrap() + 4;
    other.bytes[data + 4] = 0x68;
    let run: Vec<_> = run.iter().map(|cut| if is_media(cut) { &other } else { *cut }).collect();
    let file = muxed(&run, Form::FastStart).unwrap();
    assert!(named(&file, b"avc3") && !named(&file, b"avc1"));
}
