#![doc = include_str!("../README.md")]

pub mod cbor;
pub mod crypto;
pub mod merkle;
pub mod record;

#[cfg(test)]
mod foreign;
