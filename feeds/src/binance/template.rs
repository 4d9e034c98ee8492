//! What the frames of a stream begin with, remembered.
//!
//! Owns: a small table of streams seen lately; of each, the bytes up to the first number (`{"stream":"btcusdt@trade",
//! "data":{"e":"trade","E":`) and those around the symbol (`,"s":"BTCUSDT","t":`). Never: a frame that it has not seen
//! decoded whole in the same words; so equal bytes need not be understood again.
//!
//! Finding names, ends of names and instruments takes a third of a short frame's time, mostly in waiting: each place
//! follows from the bytes before it. Compared with a template all of them are known at once.

use engine_model::instrument::InstrumentId;

/// A run has tens of busy streams; two that share a slot only take turns.
const SLOTS: usize = 128;
/// Longest beginning remembered: the longest symbols take 80 bytes.
const HEAD_MAX: usize = 96;
/// Longest middle remembered: 55 bytes with the longest symbol and pair.
const MIDDLE_MAX: usize = 64;
/// Where the name of the stream starts in a wrapped frame, and the bytes of it that choose the slot: they tell symbol and
/// kind apart.
const NAME: std::ops::Range<usize> = 11..27;

/// Kinds of frame that have templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `bookTicker`.
    Quote,
    /// `depthUpdate`.
    Depth,
    /// `trade`.
    Trade,
    /// `aggTrade`.
    AggregateTrade,
}

/// A stream's frames.
#[derive(Clone, Debug)]
pub(super) struct Template {
    head: [u8; HEAD_MAX],
    middle: [u8; MIDDLE_MAX],
    /// 0: the slot is empty.
    head_length: u32,
    middle_length: u32,
    pub(super) stream: Stream,
}

/// What all frames of a stream have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) kind: Kind,
    pub(super) instrument: InstrumentId,
    /// Digits of its ids: of the last frame that was remembered.
    pub(super) id_digits: u32,
}

impl Template {
    /// Up to the first number.
    #[inline(always)]
    pub(super) fn head(&self) -> &[u8] {
        &self.head[..self.head_length as usize]
    }

    /// From the end of the number before the symbol to the next number.
    #[inline(always)]
    pub(super) fn middle(&self) -> &[u8] {
        &self.middle[..self.middle_length as usize]
    }
}

/// Streams seen lately.
#[derive(Clone, Debug)]
pub(super) struct Templates(Box<[Template]>);

impl Templates {
    pub(super) fn new() -> Self {
        let empty = Template {
            head: [0; HEAD_MAX],
            middle: [0; MIDDLE_MAX],
            head_length: 0,
            middle_length: 0,
            stream: Stream { kind: Kind::Quote, instrument: InstrumentId(0), id_digits: 0 },
        };
        Self(vec![empty; SLOTS].into())
    }

    #[inline(always)]
    fn slot(frame: &[u8]) -> Option<usize> {
        // The golden ratio's fraction, and another odd number without pattern: symbols and kinds differ in low bytes.
        const MIX: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93];
        let (first, second) = frame.get(NAME)?.split_first_chunk::<8>()?;
        let words = [u64::from_le_bytes(*first), u64::from_le_bytes(*second.first_chunk()?)];
        Some(((words[0].wrapping_mul(MIX[0]) ^ words[1].wrapping_mul(MIX[1])) >> 57) as usize % SLOTS)
    }

    /// The template that this frame begins like.
    #[inline(always)]
    pub(super) fn find(&self, frame: &[u8]) -> Option<&Template> {
        let template = &self.0[Self::slot(frame)?];
        (template.head_length != 0 && frame.starts_with(template.head())).then_some(template)
    }

    /// Remembers a frame that was decoded whole: what it began with, and what stood around its symbol.
    #[cold]
    #[inline(never)]
    pub(super) fn note(&mut self, frame: &[u8], head: &[u8], middle: &[u8], of: Stream) {
        let Some(slot) = Self::slot(frame) else { return };
        let template = &mut self.0[slot];
        if head.len() <= HEAD_MAX && middle.len() <= MIDDLE_MAX {
            template.head[..head.len()].copy_from_slice(head);
            template.middle[..middle.len()].copy_from_slice(middle);
            template.head_length = head.len() as u32;
            template.middle_length = middle.len() as u32;
            template.stream = of;
        }
    }
}
