//! P6, P8: a clip that is closed is not recorded on.

use std::fs::File;

use footage::camera::{Camera, DirectoryFiles, Recording};
use footage::record::Millis;
use footage::store::DirectoryStore;

type Doorbell = Camera<DirectoryStore, DirectoryFiles>;

fn close(recording: Recording<File>, camera: &mut Doorbell) {
    let _ = recording.finish(camera);
}

fn attack(mut recording: Recording<File>, camera: &mut Doorbell, content: &mut Vec<u8>) {
    close(recording, camera);
    let _ = recording.media(Millis(0), Millis::SECOND, content);
}

fn main() {}
