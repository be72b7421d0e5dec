//! Clips, excerpts and what they are cut from: as files, whole or altered.
#![allow(missing_docs)]

mod camera;
mod clip;
mod excerpt;
mod format;
mod frames;
mod grant;
mod hostile;
mod index;
mod media;
mod whole;
