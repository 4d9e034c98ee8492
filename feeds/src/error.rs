//! Why a frame was refused. A value, not a text: it is counted by kind on the path and put into words off it.

use crate::json::JsonError;
use engine_model::instrument::DecimalError;
use engine_model::units::Nanos;
use std::fmt;
use thiserror::Error;

/// Why a frame had no effect at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Larger than [`crate::json::BYTES_MAX`].
    #[error("frame is larger than 16 MiB")]
    TooLarge,
    /// Nested deeper than [`crate::json::DEPTH_MAX`].
    #[error("frame is nested deeper than 16 levels")]
    TooDeep,
    /// Not UTF-8, or not JSON.
    #[error("frame is not json")]
    NotJson,
    /// A frame of a known kind without a field that it needs.
    #[error("{0} is missing")]
    Missing(Field),
    /// A field that cannot be read as what it should be.
    #[error("{0} cannot be read")]
    Unreadable(Field),
    /// A number that does not fit 64 bits on the instrument's grid.
    #[error("{0} is out of range")]
    OutOfRange(Field),
    /// A number between two steps of the instrument's grid.
    #[error("{0} is between two steps of the grid")]
    OffGrid(Field),
    /// More levels on a side than the scratch holds.
    #[error("more than {} levels on a side", crate::decoded::LEVELS_MAX)]
    TooManyLevels,
    /// More events than one frame may have.
    #[error("more than 4096 events in a frame")]
    TooManyEvents,
}

/// Which field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Field {
    /// The instrument.
    #[error("symbol")]
    Symbol,
    /// A price.
    #[error("price")]
    Price,
    /// A quantity.
    #[error("quantity")]
    Quantity,
    /// The side of a trade or an order.
    #[error("side")]
    Side,
    /// What a message does: a whole book or a change of one.
    #[error("action")]
    Action,
    /// A list of levels.
    #[error("list of levels")]
    Levels,
    /// A sequence number.
    #[error("sequence number")]
    Sequence,
    /// A rate.
    #[error("rate")]
    Rate,
    /// A checksum.
    #[error("checksum")]
    Checksum,
    /// What an execution cost.
    #[error("fee")]
    Fee,
    /// What an account holds.
    #[error("balance")]
    Balance,
    /// The leverage of an account.
    #[error("leverage")]
    Leverage,
    /// A time.
    #[error("time")]
    Time,
    /// What opens a private line.
    #[error("token")]
    Token,
    /// What a key may do.
    #[error("right of the key")]
    Right,
    /// What an order or an execution is known by.
    #[error("id")]
    Id,
    /// Where an order is in its life.
    #[error("state of the order")]
    State,
    /// Whether an execution rested or crossed.
    #[error("liquidity")]
    Liquidity,
    /// What says how a question was answered.
    #[error("code")]
    Code,
    /// A share of longs, or a ratio of longs to shorts.
    #[error("long/short share")]
    Share,
    /// The rows of an answer.
    #[error("list of rows")]
    Rows,
    /// The columns of a row.
    #[error("column of a row")]
    Columns,
}

/// The kinds of [`FrameError`], as an index into counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ErrorKind {
    /// Too large, too deep, too many levels.
    Bounds = 0,
    /// Not JSON.
    NotJson = 1,
    /// A field is missing.
    Missing = 2,
    /// A field cannot be read.
    Unreadable = 3,
    /// A number does not fit.
    OutOfRange = 4,
    /// A number is off the grid.
    OffGrid = 5,
}

impl ErrorKind {
    /// Every kind, in the order of their indices.
    pub const ALL: [Self; 6] =
        [Self::Bounds, Self::NotJson, Self::Missing, Self::Unreadable, Self::OutOfRange, Self::OffGrid];

    /// The name used in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bounds => "bounds",
            Self::NotJson => "not_json",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::OutOfRange => "out_of_range",
            Self::OffGrid => "off_grid",
        }
    }
}

impl FrameError {
    /// Its kind.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::TooLarge | Self::TooDeep | Self::TooManyLevels | Self::TooManyEvents => ErrorKind::Bounds,
            Self::NotJson => ErrorKind::NotJson,
            Self::Missing(_) => ErrorKind::Missing,
            Self::Unreadable(_) => ErrorKind::Unreadable,
            Self::OutOfRange(_) => ErrorKind::OutOfRange,
            Self::OffGrid(_) => ErrorKind::OffGrid,
        }
    }

    /// The error of a number that should stand in `field`.
    #[must_use]
    pub const fn of_number(field: Field, error: DecimalError) -> Self {
        match error {
            DecimalError::Malformed => Self::Unreadable(field),
            DecimalError::OutOfRange => Self::OutOfRange(field),
            DecimalError::OffGrid => Self::OffGrid(field),
        }
    }
}

impl From<JsonError> for FrameError {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::TooLarge => Self::TooLarge,
            JsonError::TooDeep => Self::TooDeep,
            JsonError::Malformed => Self::NotJson,
        }
    }
}

/// The bytes of a refused frame that are remembered.
const EXCERPT_BYTES: usize = 96;

/// The newest refusal, for whoever tells people: never written on the path.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// Why.
    pub error: FrameError,
    /// When the frame reached us.
    pub received_at_ns: Nanos,
    /// Frames refused since the last one that was told, this one included.
    pub count: u64,
    excerpt: [u8; EXCERPT_BYTES],
    excerpt_length: usize,
}

impl Refusal {
    /// The beginning of the frame.
    #[must_use]
    pub fn excerpt(&self) -> &[u8] {
        &self.excerpt[..self.excerpt_length]
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { error, count, .. } = self;
        let begins = String::from_utf8_lossy(self.excerpt());
        match count {
            0 | 1 => write!(f, "a frame was refused: {error}; it begins {begins:?}"),
            _ => write!(f, "{count} frames were refused, the last one: {error}; it begins {begins:?}"),
        }
    }
}

/// Remembers the newest refusal and lets one out per interval.
#[derive(Clone, Copy, Debug, Default)]
pub struct RefusalLog {
    newest: Option<Refusal>,
    count: u64,
    told_at_ns: Option<Nanos>,
}

impl RefusalLog {
    /// Shortest time between two that are told: a venue that sends rubbish must not fill a disk.
    const INTERVAL_NS: u64 = Nanos::SECOND;

    pub(crate) fn note(&mut self, error: FrameError, received_at_ns: Nanos, frame: &[u8]) {
        self.count += 1;
        let excerpt_length = frame.len().min(EXCERPT_BYTES);
        let mut excerpt = [0; EXCERPT_BYTES];
        excerpt[..excerpt_length].copy_from_slice(&frame[..excerpt_length]);
        self.newest = Some(Refusal { error, received_at_ns, count: self.count, excerpt, excerpt_length });
    }

    /// The newest refusal, if there is one and the last was told at least a second ago.
    pub fn take(&mut self, now: Nanos) -> Option<Refusal> {
        if self.told_at_ns.is_some_and(|told| now.since(told) < Self::INTERVAL_NS) {
            return None;
        }
        let refusal = self.newest.take()?;
        self.told_at_ns = Some(now);
        self.count = 0;
        Some(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_refusals_in_a_second_one_is_told_with_their_number() {
        let mut log = RefusalLog::default();
        assert!(log.take(Nanos(0)).is_none());
        for at in 1..=3 {
            log.note(FrameError::NotJson, Nanos(at), &[b'x'; 500]);
        }
        let first = log.take(Nanos(5)).expect("told at once");
        assert_eq!((first.count, first.received_at_ns, first.excerpt().len()), (3, Nanos(3), EXCERPT_BYTES));
        let told = format!("3 frames were refused, the last one: frame is not json; it begins \"{}\"", "x".repeat(96));
        assert_eq!(first.to_string(), told);
        log.note(FrameError::TooDeep, Nanos(6), b"[");
        assert!(log.take(Nanos(999_999_999)).is_none());
        let second = log.take(Nanos(1_000_000_005)).expect("a second later");
        assert_eq!((second.count, second.error, second.excerpt()), (1, FrameError::TooDeep, &b"["[..]));
        log.note(FrameError::Missing(Field::Price), Nanos(6), b"{\"p\":\"\xff\n");
        let third = log.take(Nanos(3_000_000_000)).expect("later").to_string();
        assert_eq!(third, "a frame was refused: price is missing; it begins \"{\\\"p\\\":\\\"\u{fffd}\\n\"");
    }
}
