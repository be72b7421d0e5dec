//! A question to the app and its answer, for a [task](super::task) that cannot go on without it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::status::{Done, Failure, footage_status::*};
use super::task::wait_for_app;

pub(super) struct Exchange<Q, A>(Arc<Mutex<Turn<Q, A>>>);

enum Turn<Q, A> {
    Nothing,
    Asked(Q),
    Answered(A),
}

impl<Q, A> Clone for Exchange<Q, A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Q, A> Exchange<Q, A> {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Turn::Nothing)))
    }

    fn hold(&self) -> MutexGuard<'_, Turn<Q, A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From within a task: asks, and waits for the answer. It fails when the app gives up.
    pub(super) fn ask(&self, question: Q) -> io::Result<A> {
        *self.hold() = Turn::Asked(question);
        loop {
            let waited = wait_for_app();
            let mut turn = self.hold();
            match core::mem::replace(&mut *turn, Turn::Nothing) {
                Turn::Answered(answer) => return Ok(answer),
                asked => {
                    waited?;
                    *turn = asked;
                }
            }
        }
    }

    /// For the app: looks at the question; `FOOTAGE_END` if there is none.
    pub(super) fn question<R>(&self, look: impl FnOnce(&Q) -> Done<R>) -> Done<R> {
        match &*self.hold() {
            Turn::Asked(question) => look(question),
            _ => Err(Failure::new(FOOTAGE_END, "nothing is asked")),
        }
    }

    /// For the app: answers the question.
    pub(super) fn answer(&self, answer: A) -> Done {
        let mut turn = self.hold();
        match &*turn {
            Turn::Asked(_) => {
                *turn = Turn::Answered(answer);
                Ok(())
            }
            _ => Err(Failure::new(FOOTAGE_ORDER, "nothing is asked")),
        }
    }
}
