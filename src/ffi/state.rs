//! State that the app stores. A call that changes it does so once; what it gives waits until the change is stored.

use core::any::Any;

use zeroize::Zeroizing;

use crate::cbor::{CborError, Decode, Encode, Reader, decode, encode_within};
use crate::crypto::Secret;

use super::argument::{Input, Output};
use super::statement::FOOTAGE_STATEMENT_BYTES;
use super::status::{Done, Failure, footage_status::*};

/// What a role remembers, its secrets wiped as soon as they go.
pub(super) trait State: Encode + Decode + Default {
    /// Bytes of the encoded state, at least as many as there are: what grows leaves copies behind.
    fn room(&self) -> usize;

    /// The app has stored it as it is.
    fn stored(&mut self) {}
}

/// The most bytes of a state.
const MAX_STATE: usize = 64 << 20;

/// Reads a secret and nothing more of it than that.
pub(super) fn read_secret(from: &mut Reader<'_>) -> Result<Secret<32>, CborError> {
    let bytes = from.bytes(32)?;
    if bytes.len() != 32 {
        return Err(CborError::Value("secret"));
    }
    Ok(Secret::filled(|secret| secret.copy_from_slice(bytes)))
}

/// A state, and whether the app has stored it as it is.
#[derive(Debug)]
pub(super) struct Stored<S> {
    state: S,
    saved: bool,
}

impl<S: State> Stored<S> {
    /// The state that the app stored last, or an empty one.
    pub(super) fn restore(bytes: Input<'_>) -> Done<Self> {
        let state = match bytes.get()? {
            [] => S::default(),
            bytes => decode(bytes, MAX_STATE)?,
        };
        Ok(Self { state, saved: true })
    }

    pub(super) fn get(&self) -> &S {
        &self.state
    }

    /// The state, which is about to change.
    pub(super) fn change(&mut self) -> &mut S {
        self.saved = false;
        &mut self.state
    }

    fn save(&mut self, output: &Output<'_>) -> Done {
        let room = self.state.room();
        if room > MAX_STATE {
            return Err(Failure::new(FOOTAGE_FULL, "the state is longer than a state may be"));
        }
        output.write(&Zeroizing::new(encode_within(&self.state, room)))?;
        if !output.is_question() {
            self.saved = true;
            self.state.stored();
        }
        Ok(())
    }
}

/// What has a state that the app stores.
pub(super) trait Stateful {
    type State: State;

    fn state(&mut self) -> Done<&mut Stored<Self::State>>;
}

/// A role with its state, and what a call gave while the change that it made is not stored.
#[derive(Debug)]
pub(super) struct Kept<T> {
    role: T,
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    call: &'static str,
    /// What tells this call from others of its name.
    about: Vec<u8>,
    result: Box<dyn Any + Send>,
}

impl<T: Stateful> Kept<T> {
    pub(super) const fn new(role: T) -> Self {
        Self { role, waiting: None }
    }

    /// Writes the state for the app to store it.
    pub(super) fn save(&mut self, output: &Output<'_>) -> Done {
        self.role.state()?.save(output)
    }

    /// The role, for a call that only reads.
    pub(super) const fn read(&self) -> &T {
        &self.role
    }

    /// The role, for a call that acts and changes no state.
    pub(super) fn role(&mut self) -> Done<&mut T> {
        match &self.waiting {
            None => Ok(&mut self.role),
            Some(waiting) => Err(waiting.unfinished()),
        }
    }

    /// Does the work, unless the same call has done it, and gives its result once the state is stored; `FOOTAGE_UNSAVED`
    /// until then.
    pub(super) fn once<R: Send + 'static>(
        &mut self,
        call: &'static str,
        about: &[u8],
        work: impl FnOnce(&mut T) -> Done<R>,
    ) -> Done<R> {
        let result = match self.waiting.take() {
            None => Box::new(work(&mut self.role)?),
            Some(waiting) if waiting.call == call && waiting.about == about => {
                waiting.result.downcast().map_err(|_| Failure::from(FOOTAGE_INTERNAL))?
            }
            Some(other) => {
                let failure = other.unfinished();
                self.waiting = Some(other);
                return Err(failure);
            }
        };
        if self.role.state()?.saved {
            return Ok(*result);
        }
        self.waiting = Some(Waiting { call, about: about.to_vec(), result });
        Err(FOOTAGE_UNSAVED.into())
    }

    /// The same for work that gives a statement, which the app has room for before anything is done.
    pub(super) fn write_once(
        &mut self,
        call: &'static str,
        about: &[u8],
        output: &Output<'_>,
        work: impl FnOnce(&mut T) -> Done<Vec<u8>>,
    ) -> Done {
        if output.announce(FOOTAGE_STATEMENT_BYTES)? {
            output.write(&self.once(call, about, work)?)?;
        }
        Ok(())
    }
}

impl Waiting {
    fn unfinished(&self) -> Failure {
        Failure::new(
            FOOTAGE_ORDER,
            format_args!("{} has to be finished first: save the state, and make that call again", self.call),
        )
    }
}
