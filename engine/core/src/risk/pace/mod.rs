//! How fast one may be: what is remembered of a strategy's last moments. Everything here is kept by adding and forgetting
//! one thing at a time; nothing is counted anew.

mod batch;
mod bucket;
mod minute;
mod recent;
mod tally;

pub(super) use batch::Batch;
pub(super) use bucket::Bucket;
pub(super) use minute::Minute;
pub(super) use recent::Recent;
pub(super) use tally::Tally;
