//! Values and records: what is accepted, in which form, and how much of it.
#![allow(missing_docs)]

mod cells;
mod forms;
mod keys;
mod limits;
mod records;
mod values;
