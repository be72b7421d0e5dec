//! The manual: how the roles work together, what they may rely on, and every byte of it.

#[doc = include_str!("format.md")]
pub mod format {}

#[doc = "[format]: crate::docs::format"]
#[doc = "[guide]: crate::docs::guide"]
#[doc = include_str!("threat-model.md")]
pub mod threat_model {}

#[doc = "[format]: crate::docs::format"]
#[doc = "[threat-model]: crate::docs::threat_model"]
#[doc = include_str!("guide.md")]
pub mod guide {}

#[doc = include_str!("c-api.md")]
pub mod c_api {}

#[doc = "[threat-model]: crate::docs::threat_model"]
#[doc = "[not-promised]: crate::docs::threat_model#what-is-not-promised"]
#[doc = "[remains]: crate::docs::threat_model#what-remains-worked-out"]
#[doc = "[format]: crate::docs::format"]
#[doc = include_str!("security.md")]
pub mod security {}
