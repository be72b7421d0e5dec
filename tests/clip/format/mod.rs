//! The clip format as a camera, a household and their attackers meet it: groups and layers, times, and randomness.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

mod groups;
mod live;
mod randomness;
mod scenes;
mod sound;
mod times;
