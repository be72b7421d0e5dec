#![doc = include_str!("../README.md")]

pub mod agency;
pub mod auditor;
pub mod camera;
pub mod cbor;
pub mod clip;
pub mod crypto;
pub mod custodian;
pub mod docs;
pub mod grant;
pub mod ledger;
pub mod logkeeper;
pub mod media;
pub mod merkle;
pub mod policy;
pub mod record;
pub mod registrar;
pub mod resident;
pub mod tlog;

#[cfg(test)]
mod foreign;
