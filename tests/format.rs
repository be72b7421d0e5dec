//! The clip format as a camera, a household and their attackers meet it: groups and layers, times, and randomness.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

#[path = "common/clips.rs"]
mod clips;

#[path = "format/groups.rs"]
mod groups;
#[path = "format/randomness.rs"]
mod randomness;
#[path = "format/scenes.rs"]
mod scenes;
#[path = "format/times.rs"]
mod times;
