//! Work on one piece after the other, which all cores share if there is the feature `parallel`.

/// Pieces that are taken in order, worked on each by itself, and put down in the same order. Taking and putting happen on
/// the caller's thread, so neither a source nor a sink has to leave it.
pub(crate) trait Relay {
    /// A piece before the work.
    type Task: Send + 'static;
    /// A piece after the work.
    type Done: Send + 'static;
    /// Why it stops.
    type Error;

    /// The next piece, and how many bytes of memory it holds.
    fn take(&mut self) -> Result<Option<(Self::Task, usize)>, Self::Error>;

    /// What any core can do.
    fn work(task: Self::Task) -> Self::Done;

    /// Puts a piece down.
    fn put(&mut self, done: Self::Done) -> Result<(), Self::Error>;
}

/// Takes, works and puts until there is nothing left to take. What was taken before an error is put down before it is
/// returned.
pub(crate) fn run<T: Relay>(relay: &mut T) -> Result<(), T::Error> {
    #[cfg(feature = "parallel")]
    if is_shared() {
        return all_cores::run(relay);
    }
    while let Some((task, _)) = relay.take()? {
        relay.put(T::work(task))?;
    }
    Ok(())
}

/// Whether more than one core works. Where it is one, work that is cheaper while a piece is read is best done then.
pub(crate) fn is_shared() -> bool {
    #[cfg(feature = "parallel")]
    return rayon::current_num_threads() > 1;
    #[cfg(not(feature = "parallel"))]
    false
}

#[cfg(feature = "parallel")]
mod all_cores {
    use std::collections::VecDeque;
    use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
    use std::thread;

    use rayon::Yield;

    use super::Relay;

    /// Bytes under way from which on nothing more is taken.
    const BYTES: usize = 16 << 20;

    pub(super) fn run<T: Relay>(relay: &mut T) -> Result<(), T::Error> {
        rayon::in_place_scope(|scope| {
            // Enough that no core waits for this thread while it takes and puts.
            let most = 2 * rayon::current_num_threads() + 2;
            let mut under_way = UnderWay::<T>::default();
            let end = loop {
                while under_way.count() >= most || under_way.bytes >= BYTES {
                    under_way.put_first(relay)?;
                }
                let (task, size) = match relay.take() {
                    Ok(Some(taken)) => taken,
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                };
                let (sender, receiver) = sync_channel(1);
                under_way.push(receiver, size);
                // Nobody receives any more if another piece has failed.
                scope.spawn(move |_| drop(sender.send(T::work(task))));
            };
            while under_way.count() > 0 {
                under_way.put_first(relay)?;
            }
            end
        })
    }

    /// The pieces that are being worked on, in order.
    struct UnderWay<T: Relay> {
        pieces: VecDeque<(Receiver<T::Done>, usize)>,
        bytes: usize,
    }

    impl<T: Relay> Default for UnderWay<T> {
        fn default() -> Self {
            Self { pieces: VecDeque::new(), bytes: 0 }
        }
    }

    impl<T: Relay> UnderWay<T> {
        fn count(&self) -> usize {
            self.pieces.len()
        }

        fn push(&mut self, receiver: Receiver<T::Done>, size: usize) {
            self.pieces.push_back((receiver, size));
            self.bytes += size;
        }

        fn put_first(&mut self, relay: &mut T) -> Result<(), T::Error> {
            let Some((receiver, size)) = self.pieces.pop_front() else { return Ok(()) };
            self.bytes -= size;
            // Nothing comes from work that panicked; the panic goes on where the scope ends.
            wait(&receiver).map_or(Ok(()), |done| relay.put(done))
        }
    }

    /// Waits for a piece. A thread of the pool itself works meanwhile: it may be the only one.
    fn wait<D>(receiver: &Receiver<D>) -> Option<D> {
        loop {
            match receiver.try_recv() {
                Ok(done) => return Some(done),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => match rayon::yield_now() {
                    Some(Yield::Executed) => {}
                    Some(Yield::Idle) => thread::yield_now(),
                    None => return receiver.recv().ok(),
                },
            }
        }
    }
}
