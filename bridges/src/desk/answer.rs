//! What an answer is: a value with where it comes from and how old it is, or why there is none. A door prints the one or the
//! other, and has no third thing to print.

use engine_model::units::Nanos;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Trades heard in this run.
    Trades,
    /// Our book.
    Book,
    /// A venue's stream.
    Stream,
    /// A venue's answer to a question.
    Rest,
    /// Computed from others; as old as the oldest of them.
    Computed,
}

impl Source {
    /// The name used in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Trades => "trades",
            Self::Book => "book",
            Self::Stream => "stream",
            Self::Rest => "rest",
            Self::Computed => "computed",
        }
    }
}

/// A value that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Known<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
    /// When it was so.
    pub(crate) at: Nanos,
    /// How long ago that was when it was asked for.
    pub(crate) age_ns: u64,
}

impl<T> Known<T> {
    pub(crate) fn new(value: T, source: Source, at: Nanos, now: Nanos) -> Self {
        Self { value, source, at, age_ns: now.since(at) }
    }

    /// Another value out of this one.
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        Known { value: f(self.value), source: self.source, at: self.at, age_ns: self.age_ns }
    }

    /// A value out of two: as old as the older.
    pub(crate) fn and<U, V>(&self, other: &Known<U>, f: impl FnOnce(&T, &U) -> Option<V>) -> Answer<V> {
        let (at, age_ns) = if self.at <= other.at { (self.at, self.age_ns) } else { (other.at, other.age_ns) };
        let value = f(&self.value, &other.value).ok_or_else(|| Unknown::because("there is no such number"))?;
        Ok(Known { value, source: Source::Computed, at, age_ns })
    }
}

/// Why there is no value: a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown(pub(crate) String);

impl Unknown {
    pub(crate) fn because(reason: &str) -> Self {
        Self(reason.to_owned())
    }

    /// As it stands where the value would.
    pub(crate) fn shown(&self) -> String {
        format!("n/a ({})", self.0)
    }
}

/// The one or the other.
pub(crate) type Answer<T> = Result<Known<T>, Unknown>;
