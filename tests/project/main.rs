//! What is kept beside the code: the rules of the house, its documents, its examples and a second reader.
#![allow(missing_docs)]

mod doorstep;
mod hedged;
mod house;
mod mechanisms;
mod reader;
mod redacted;
mod threat_model;
