//! Grants of several clips and layers, and an agency that survives crashes.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc)]

mod common;
#[path = "common/faults.rs"]
mod faults;
#[path = "grant/agency.rs"]
mod grant_agency;
#[path = "grant/clips.rs"]
mod grant_clips;
#[path = "grant/crashes.rs"]
mod grant_crashes;
#[path = "grant/film.rs"]
mod grant_film;
#[path = "grant/phone.rs"]
mod grant_phone;
