//! A stage: a value with a poll, not a thread.
//!
//! Owns the one shape everything that runs has. The same stage runs pinned on a core of its own, in a group on a shared
//! thread, or cranked by hand in a test, without an edit. Never says which thread that is.

use std::any::Any;
use std::os::fd::RawFd;
use std::time::Duration;

/// What a poll came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// There was nothing to do.
    Idle,
    /// Something was done.
    Worked,
    /// Input waits, but an output is full.
    Blocked,
}

impl Poll {
    /// What a round over several stages came to: work if any worked, else blocked if any was.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Worked, _) | (_, Self::Worked) => Self::Worked,
            (Self::Blocked, _) | (_, Self::Blocked) => Self::Blocked,
            (Self::Idle, Self::Idle) => Self::Idle,
        }
    }

    /// `Worked` if anything was done, else `Idle`: for a stage that counts what it did.
    #[must_use]
    pub const fn from_count(done: usize) -> Self {
        if done == 0 { Self::Idle } else { Self::Worked }
    }
}

/// Something that runs. `Any`, so that whoever gets it back after a run can ask for what it became
/// (see [`StageExt::into_stage`]).
pub trait Stage: Any + Send {
    /// Its name in the topology.
    fn name(&self) -> &str;

    /// Does a bounded amount of work and returns: no wait, no sleep, no unbounded loop.
    fn poll(&mut self) -> Poll;

    /// What wakes it besides its rings: a descriptor (of an epoll, say) that is readable while there is something to do.
    /// Asked once, after [`Stage::start`].
    fn source(&self) -> Option<RawFd> {
        None
    }

    /// Waits at most `limit` for its source, and takes note of what is there. With no time at all when a thread has waited
    /// for the sources of several stages and this one had something. Never called on a stage without a source.
    fn park(&mut self, _limit: Duration) {}

    /// Called once before the first poll, on the thread that will poll it.
    fn start(&mut self) {}

    /// Called once after the last poll, on the same thread: flush, say goodbye.
    fn finish(&mut self) {}
}

/// Getting a stage's own type back.
pub trait StageExt {
    /// The stage as the type it was made of, or the box unchanged if it is another.
    ///
    /// # Errors
    /// The box itself, if the stage is not an `S`.
    fn into_stage<S: Stage>(self) -> Result<Box<S>, Box<dyn Stage>>;
}

impl StageExt for Box<dyn Stage> {
    fn into_stage<S: Stage>(self) -> Result<Box<S>, Box<dyn Stage>> {
        let any: &dyn Any = &*self;
        if !any.is::<S>() {
            return Err(self);
        }
        let any: Box<dyn Any> = self;
        // The type was asked for just above; the second question cannot be answered differently.
        any.downcast::<S>().map_err(|_| unreachable!("the stage is of this type"))
    }
}
