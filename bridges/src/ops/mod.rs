//! What the slow side does by itself, on its own thread: it watches, and it tells.

pub(crate) mod alert;
