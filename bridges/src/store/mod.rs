//! What is kept on disks, of which the engine knows nothing.

pub(crate) mod operational;
