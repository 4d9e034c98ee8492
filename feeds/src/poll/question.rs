//! What a venue can be asked about an instrument, where no stream tells it.

use engine_model::units::Nanos;

/// A question. Closed: what nobody asks is in no venue's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// Contracts that are open now.
    OpenInterest,
    /// Contracts that were open at the end of each period.
    OpenInterestHistory(Period),
    /// How many are long and how many short.
    LongShort(Crowd, Period),
    /// Funding rates that were paid.
    FundingHistory,
    /// Candles of trades.
    Candles(Period),
    /// A page of the trades of a span.
    Trades(Page),
}

/// Which page of the trades of a span; the default is the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Page {
    /// The last row of the page before: the newest or the oldest, as the venue turns its pages.
    pub behind: Option<Mark>,
    /// Rows of all the pages before.
    pub rows: u64,
}

impl Page {
    /// From when on it is, of a venue that begins with the oldest.
    pub(crate) fn since(self, span: Span) -> Nanos {
        self.behind.map_or(span.from, |mark| mark.at)
    }

    /// Until when it is, of a venue that begins with the newest.
    pub(crate) fn until(self, span: Span) -> Nanos {
        self.behind.map_or(span.to, |mark| mark.at)
    }
}

/// A trade that a page begins behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    /// When it was.
    pub at: Nanos,
    /// Its number; `None` where only the time is known.
    pub id: Option<u64>,
}

/// Whose positions a long/short ratio is of, and how they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Crowd {
    /// Top traders, by the size of their positions.
    TopPositions,
    /// Top traders, by head.
    TopAccounts,
    /// Everybody, by head.
    AllAccounts,
}

impl Crowd {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::TopPositions, Self::TopAccounts, Self::AllAccounts];
}

/// A length of time that venues sum up over. Days are those of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// One minute.
    M1,
    /// Five minutes.
    M5,
    /// A quarter of an hour.
    M15,
    /// An hour.
    H1,
    /// Four hours.
    H4,
    /// A day.
    D1,
}

impl Period {
    /// Every one, from the shortest.
    pub const ALL: [Self; 6] = [Self::M1, Self::M5, Self::M15, Self::H1, Self::H4, Self::D1];

    /// The name used on the command line and in JSON; also the word of most venues.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::D1 => "1d",
        }
    }

    /// The period of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.name() == name)
    }

    /// In seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        match self {
            Self::M1 => 60,
            Self::M5 => 300,
            Self::M15 => 900,
            Self::H1 => 3_600,
            Self::H4 => 14_400,
            Self::D1 => 86_400,
        }
    }

    /// In nanoseconds.
    #[must_use]
    pub const fn ns(self) -> u64 {
        self.seconds() * Nanos::SECOND
    }
}

/// A time from which and a time until which rows are wanted, both included. [`Question::OpenInterest`] is of now and takes no
/// notice of it, nor do trades where a venue tells the newest ones only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The oldest row wanted.
    pub from: Nanos,
    /// The newest row wanted.
    pub to: Nanos,
}

impl Span {
    /// The last `rows` periods of `period_ns` before `now`.
    #[must_use]
    pub const fn last(rows: u64, period_ns: u64, now: Nanos) -> Self {
        Self { from: Nanos(now.0.saturating_sub(rows.saturating_mul(period_ns))), to: now }
    }

    /// In milliseconds.
    pub(crate) const fn ms(self) -> (u64, u64) {
        (self.from.0 / Nanos::MILLI, self.to.0 / Nanos::MILLI)
    }

    /// In seconds.
    pub(crate) const fn seconds(self) -> (u64, u64) {
        (self.from.0 / Nanos::SECOND, self.to.0 / Nanos::SECOND)
    }
}
