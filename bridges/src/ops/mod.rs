//! What the slow side does by itself, on its own thread: it watches, it tells, and it works off what was asked.

pub(crate) mod alert;
pub(crate) mod jobs;
pub(crate) mod log;
pub(crate) mod past;
pub(crate) mod place;
pub(crate) mod webhook;
