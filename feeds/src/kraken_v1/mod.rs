//! Kraken spot, WebSocket v1: recordings only. Frames are arrays that end with channel and pair; books are cut to the depth
//! in the channel's name, and changes carry a checksum over the texts of the book's numbers.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids.

pub(crate) mod decode;
mod fast;
pub mod wire;
