//! Many callers, one writer: the task that owns the writing end of the `command` ring, and the handle that callers hold.
//!
//! A command goes to risk like any strategy's wish. Full means no: the caller is told at once, nothing waits unseen. (The
//! kill word does not come this way; it is one atomic word that risk looks at.)

use crate::error::BridgeError;
use engine_model::command::{Command, CommandKind};
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use engine_ring::ring::Writer;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Commands that wait for the ring; people do not type faster than this empties.
const QUEUE: usize = 64;
/// Pause before a full ring is tried again.
const RETRY: Duration = Duration::from_millis(1);

/// Puts commands on the `command` ring, from any thread, without waiting.
#[derive(Clone)]
pub struct CommandSender {
    queue: mpsc::Sender<Command>,
    /// How many were taken: the number of a command is its place on the ring, so that its reader's place tells it is read.
    taken: Arc<Mutex<u64>>,
    clock: Clock,
}

impl CommandSender {
    /// Hands the command on, and returns the id it got. An error means that it was not taken.
    pub fn send(&self, what: CommandKind) -> Result<u64, BridgeError> {
        self.send_all(&[what])
    }

    /// The same for several that belong together: all of them or none, one behind the other, nobody else's between. Returns
    /// the id of the last; of none, of the last that was taken before.
    pub fn send_all(&self, all: &[CommandKind]) -> Result<u64, BridgeError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let places = self.queue.try_reserve_many(all.len()).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(()) => BridgeError::CommandQueueFull { waiting: QUEUE },
            mpsc::error::TrySendError::Closed(()) => BridgeError::Stopped,
        })?;
        let asked_at_ns = Nanos(self.clock.now());
        for (place, what) in places.zip(all) {
            *taken += 1;
            place.send(Command { id: *taken, asked_at_ns, what: *what });
        }
        Ok(*taken)
    }
}

/// The task's half.
pub(crate) struct CommandWriter {
    queue: mpsc::Receiver<Command>,
    ring: Writer<Command>,
}

/// `taken`: how many were put on the ring before.
pub(crate) fn commands(ring: Writer<Command>, taken: u64, clock: Clock) -> (CommandSender, CommandWriter) {
    let (sender, queue) = mpsc::channel(QUEUE);
    (CommandSender { queue: sender, taken: Arc::new(Mutex::new(taken)), clock }, CommandWriter { queue, ring })
}

impl CommandWriter {
    /// Writes until told to stop; what was taken before that is written if there is room.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            let command = tokio::select! {
                biased;
                command = self.queue.recv() => command,
                _ = stop.changed() => break,
            };
            let Some(command) = command else { return };
            self.publish(command, &stop).await;
        }
        self.queue.close();
        while let Ok(command) = self.queue.try_recv() {
            self.publish(command, &stop).await;
        }
    }

    async fn publish(&mut self, command: Command, stop: &watch::Receiver<bool>) {
        while self.ring.try_publish(command).is_err() {
            if *stop.borrow() {
                tracing::error!(id = command.id, "a command was lost: the engine did not read its ring before the end");
                return;
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}
