//! `data`: history in files.

pub(crate) mod backfill;
mod history;
