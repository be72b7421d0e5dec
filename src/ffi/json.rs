//! Records as JSON, for apps. What is signed is always CBOR.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::argument::Text;
use super::status::{Done, Failure, footage_status::*};

pub(super) fn to_json(value: &impl Serialize) -> Done<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Failure::of(FOOTAGE_INTERNAL, &error))
}

pub(super) fn from_json<T: DeserializeOwned>(text: Text<'_>) -> Done<T> {
    serde_json::from_str(text.get()?).map_err(|error| Failure::of(FOOTAGE_ARGUMENT, &error))
}

/// The value, or the default for NULL.
pub(super) fn from_json_or_default<T: DeserializeOwned + Default>(text: Text<'_>) -> Done<T> {
    if text.optional()?.is_some() { from_json(text) } else { Ok(T::default()) }
}
