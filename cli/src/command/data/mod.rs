//! `data`: history in files and in the store.

pub(crate) mod backfill;
pub(crate) mod bars;
pub(crate) mod export;
mod history;
pub(crate) mod import;
pub(crate) mod list;
mod messages;
mod name;
#[cfg(test)]
mod tests;
