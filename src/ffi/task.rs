//! What reads or writes an app's files. The app does that itself, so such a call stops whenever it needs bytes, or has
//! some, and goes on when it is made again.
//!
//! It runs on a thread of its own, which only ever works while the app waits for it in the call: the two take turns.

use core::any::Any;
use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::status::{Done, Failure, footage_status::*};

thread_local! {
    /// The turns of the task that runs on this thread.
    static OWN: RefCell<Option<Arc<Turns>>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Turns {
    turn: Mutex<Turn>,
    changed: Condvar,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Turn {
    #[default]
    Task,
    App,
    /// The task is over, by itself or by a panic.
    Over,
    /// Nobody wants the task any more.
    Cancelled,
}

impl Turns {
    fn turn(&self) -> MutexGuard<'_, Turn> {
        // Nothing can panic while it is held.
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, turn: Turn) {
        *self.turn() = turn;
        self.changed.notify_all();
    }

    fn wait_while(&self, turn: Turn) -> Turn {
        let held = self.changed.wait_while(self.turn(), |now| *now == turn);
        *held.unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the app its turn, waits for the next one, and says whose that is. A task that was cancelled has none.
    fn pass_to_app(&self) -> Turn {
        let mut turn = self.turn();
        if *turn == Turn::Task {
            *turn = Turn::App;
            self.changed.notify_all();
        }
        let held = self.changed.wait_while(turn, |now| *now == Turn::App);
        *held.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the app do something for the task that calls this. Once that has failed, it fails at once.
pub(super) fn wait_for_app() -> io::Result<()> {
    let Some(turns) = OWN.with_borrow(Clone::clone) else { return Err(io::ErrorKind::Unsupported.into()) };
    if turns.pass_to_app() == Turn::Task {
        Ok(())
    } else {
        // Not `Interrupted`, after which readers and writers try again.
        Err(io::Error::other("the app has given up"))
    }
}

struct Task<T> {
    turns: Arc<Turns>,
    thread: Option<JoinHandle<T>>,
}

/// Ends the task's last turn, however that comes.
struct Ending(Arc<Turns>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.set(Turn::Over);
    }
}

impl<T: Send + 'static> Task<T> {
    fn start(work: impl FnOnce() -> T + Send + 'static) -> Done<Self> {
        let turns = Arc::new(Turns::default());
        let own = Arc::clone(&turns);
        let body = move || {
            let _ending = Ending(Arc::clone(&own));
            OWN.set(Some(own));
            work()
        };
        let thread = thread::Builder::new().name("footage".to_owned()).spawn(body);
        let thread = thread.map_err(|error| Failure::of(FOOTAGE_STORE, &error))?;
        Ok(Self { turns, thread: Some(thread) })
    }

    /// Waits until the task is over, and gives what it made, or needs the app.
    fn wait(&mut self) -> Option<Done<T>> {
        if self.turns.wait_while(Turn::Task) != Turn::Over {
            return None;
        }
        self.thread.take().map(|thread| thread.join().map_err(|_| FOOTAGE_INTERNAL.into()))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.turns.set(Turn::Cancelled);
            // What it would have given is not wanted, be it a panic.
            let _ = thread.join();
        }
    }
}

/// A thing that tasks work on, one at a time.
pub(super) enum Desk<T> {
    /// Nobody works on it.
    Here(Box<T>),
    /// A task of this name has it.
    Away(&'static str, Work<T>),
    /// A task broke it.
    Gone,
}

/// A task that gives back what it works on, besides its result.
pub(super) struct Work<T>(Task<Worked<T>>);

/// What was worked on, and the result.
type Worked<T> = (Box<T>, Done<Box<dyn Any + Send>>);

impl<T: Send + 'static> Desk<T> {
    pub(super) fn new(thing: T) -> Self {
        Self::Here(Box::new(thing))
    }

    /// The thing, if nobody works on it.
    pub(super) fn get(&mut self) -> Done<&mut T> {
        match self {
            Self::Here(thing) => Ok(thing),
            Self::Away(name, _) => Err(unfinished(name)),
            Self::Gone => Err(gone()),
        }
    }

    /// Begins a task of this name, or goes on with it; `FOOTAGE_WANT` as long as it is not over. `begin` is only asked for
    /// the work when there is none yet.
    pub(super) fn run<R, W>(&mut self, name: &'static str, begin: impl FnOnce(&mut T) -> Done<W>) -> Done<R>
    where
        R: Send + 'static,
        W: FnOnce(&mut T) -> Done<R> + Send + 'static,
    {
        let mut work = match core::mem::replace(self, Self::Gone) {
            Self::Here(mut thing) => match begin(&mut thing) {
                Ok(work) => Work(Task::start(move || {
                    let done = work(&mut thing).map(|result| Box::new(result) as Box<dyn Any + Send>);
                    (thing, done)
                })?),
                Err(failure) => {
                    *self = Self::Here(thing);
                    return Err(failure);
                }
            },
            Self::Away(same, work) if same == name => {
                work.0.turns.set(Turn::Task);
                work
            }
            Self::Away(other, work) => {
                *self = Self::Away(other, work);
                return Err(unfinished(other));
            }
            Self::Gone => return Err(gone()),
        };
        match work.0.wait() {
            None => {
                *self = Self::Away(name, work);
                Err(FOOTAGE_WANT.into())
            }
            Some(over) => {
                let (thing, done) = over?;
                *self = Self::Here(thing);
                done?.downcast().map(|result| *result).map_err(|_| FOOTAGE_INTERNAL.into())
            }
        }
    }
}

fn unfinished(name: &str) -> Failure {
    Failure::new(FOOTAGE_ORDER, format!("{name} has to be finished first: make that call until it is done"))
}

fn gone() -> Failure {
    Failure::new(FOOTAGE_ORDER, "what this handle held has been used up: free it")
}
