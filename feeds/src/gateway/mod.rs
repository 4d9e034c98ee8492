//! Orders on their way to a venue and news on their way back: what all venues share.
//!
//! Owns: the vocabulary of an order gateway. What is wanted of a venue ([`ask`]), the one message that asks for it
//! ([`call`]), what the venue says ([`heard`]), and the seam between ([`tongue::Tongue`]: one implementation a venue, in
//! its folder's `gateway` file, texts in and texts out, no socket). Keys are read in [`key`] and used in each venue's
//! `sign` file.
//!
//! Never: whether an order may leave (that is risk's), an order sent a second time under another id, an outcome made up
//! from silence.

pub(crate) mod ask;
pub(crate) mod call;
pub mod desk;
pub(crate) mod halves;
pub(crate) mod heard;
pub mod key;
pub(crate) mod page;
pub(crate) mod read;
pub(crate) mod sign;
pub(crate) mod text;
pub(crate) mod tongue;

pub use tongue::NoTongue;
