//! P6, P8: a clip that is closed is not recorded on.

use std::fs::File;

use footage::camera::{CameraStore, Recording};
use footage::record::Millis;

fn close<S: CameraStore>(recording: Recording<'_, File, S>) {
    let _ = recording.finish();
}

fn attack<S: CameraStore>(mut recording: Recording<'_, File, S>, content: &mut Vec<u8>) {
    close(recording);
    let _ = recording.media(Millis(0), Millis::SECOND, content);
}

fn main() {}
