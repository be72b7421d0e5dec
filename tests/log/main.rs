//! The log: its tree, its notes and tiles, what is kept durably, and what follows from it.
#![allow(missing_docs)]

mod ct_merkle;
mod faults;
mod history;
mod index;
mod merkle;
mod notes;
mod replay;
mod storage;
mod tiles;
mod tlog;
