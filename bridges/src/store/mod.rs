//! What is kept on disks, of which the engine knows nothing.

pub mod history;
pub(crate) mod operational;
