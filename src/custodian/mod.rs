//! The custodian holds half of every lock until its end date, and destroys it then.
//!
//! It follows the whole log. A share leaves it only after its notice of that is witnessed before the end date, so that no
//! clock of its own counts. It has one key an epoch, and per grant nothing but revocations: expiring a million grants costs
//! one erased key.

mod answering;
mod keys;
mod refusal;
mod service;

pub use keys::{EpochState, KeyStore, KeyStoreError, MemoryKeyStore};
pub use refusal::RefusedAnswer;
pub use service::{Custodian, CustodianError, NewCustodian, NotServing, Starting};
