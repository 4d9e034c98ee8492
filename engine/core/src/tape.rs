//! A state as bytes and back: each part of it says once, in one list, what it carries, and the same list writes and reads.
//!
//! What is fixed by what a run began with is no part of it: a state is read into one that was made anew from there, so sizes
//! and bounds are those of the run whatever the bytes say.
//! Never: versions. A state is read by the build that wrote it, and by no other.

use crate::journal::numbers;
use crate::risk::Cause;
use engine_analytics::tail::Tail;
use engine_model::fixed_map::{FixedMap, Key};
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Seen, StrategyId};
use engine_model::limit::{Limits, TradingState};
use engine_model::market::{BookState, Level, Side};
use engine_model::order::{ClientOrderId, OrderStatus};
use engine_model::position::Opening;
use engine_model::steer::Mode;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use std::collections::VecDeque;

/// The bytes, and which way they go.
#[derive(Debug)]
pub(crate) enum Tape<'a> {
    /// They are gathered.
    Writes(Vec<u8>),
    /// They are used up.
    Reads(&'a [u8]),
}

/// What is carried by a tape.
pub(crate) trait Carry {
    /// Writes itself, or becomes what the tape says; `None`: it says nothing that this could be.
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()>;
}

impl Tape<'_> {
    fn pass<const N: usize>(&mut self, bytes: &mut [u8; N]) -> Option<()> {
        match self {
            Self::Writes(all) => all.extend_from_slice(bytes),
            Self::Reads(left) => {
                let (next, rest) = left.split_first_chunk()?;
                (*bytes, *left) = (*next, rest);
            }
        }
        Some(())
    }

    /// How many follow: as many bytes at least must be left.
    fn count(&mut self, count: usize) -> Option<usize> {
        let mut wanted = count as u64;
        wanted.carry(self)?;
        match self {
            Self::Writes(_) => Some(count),
            Self::Reads(left) => usize::try_from(wanted).ok().filter(|count| *count <= left.len()),
        }
    }
}

/// The bytes of a state.
pub(crate) fn written(state: &mut impl Carry) -> Vec<u8> {
    let mut tape = Tape::Writes(Vec::new());
    let is_whole = state.carry(&mut tape).is_some();
    assert!(is_whole, "what is written is always taken");
    match tape {
        Tape::Writes(bytes) => bytes,
        Tape::Reads(_) => Vec::new(),
    }
}

/// Reads the bytes into a state that was made anew; `None`: they are not those of such a state.
pub(crate) fn read(state: &mut impl Carry, bytes: &[u8]) -> Option<()> {
    let mut tape = Tape::Reads(bytes);
    state.carry(&mut tape)?;
    matches!(tape, Tape::Reads([])).then_some(())
}

/// What a type carries: its fields in order, and those that a run fixes.
macro_rules! carry {
    ($name:ty { $($field:ident),* $(,)? } $(fixed { $($fixed:ident),* $(,)? })?) => {
        impl $crate::tape::Carry for $name {
            fn carry(&mut self, tape: &mut $crate::tape::Tape<'_>) -> Option<()> {
                let Self { $($field,)* $($($fixed: _,)*)? } = self;
                $($crate::tape::Carry::carry($field, tape)?;)*
                Some(())
            }
        }
    };
}
pub(crate) use carry;

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl Carry for $number {
            fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
                let mut bytes = self.to_le_bytes();
                tape.pass(&mut bytes)?;
                *self = Self::from_le_bytes(bytes);
                Some(())
            }
        })*
    };
}
numbers!(u8, u16, u32, u64, i32, i64, i128);

macro_rules! wrapped {
    ($($name:ty),*) => {
        $(impl Carry for $name {
            fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
                self.0.carry(tape)
            }
        })*
    };
}
impl Carry for Limits {
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        for row in Self::TABLE {
            let mut value = row.get(self);
            value.carry(tape)?;
            row.set(self, value);
        }
        Some(())
    }
}

wrapped!(Nanos, Ticks, Lots, Quote, InstrumentId, StrategyId, ClientOrderId);

macro_rules! numbered {
    ($($name:ty: $of:path),*) => {
        $(impl Carry for $name {
            fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
                let mut number = *self as u8;
                number.carry(tape)?;
                *self = $of(number)?;
                Some(())
            }
        })*
    };
}
numbered!(
    TradingState: numbers::trading_state,
    BookState: numbers::book_state,
    OrderStatus: numbers::order_status,
    Side: numbers::side,
    Cause: numbers::cause,
    Mode: steer_mode
);

fn steer_mode(number: u8) -> Option<Mode> {
    Mode::ALL.get(usize::from(number)).copied()
}

carry!(Level { px, qty });
carry!(Opening { qty, avg_px_milliticks });
carry!(Seen { market, report });

impl Carry for bool {
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let mut number = u8::from(*self);
        number.carry(tape)?;
        *self = (number <= 1).then_some(number == 1)?;
        Some(())
    }
}

impl Carry for usize {
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let mut number = *self as u64;
        number.carry(tape)?;
        *self = Self::try_from(number).ok()?;
        Some(())
    }
}

impl<T: Carry + Default> Carry for Option<T> {
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let mut is_some = self.is_some();
        is_some.carry(tape)?;
        match is_some {
            true => self.get_or_insert_default().carry(tape),
            false => {
                *self = None;
                Some(())
            }
        }
    }
}

impl<T: Carry, const N: usize> Carry for [T; N] {
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        self.iter_mut().try_for_each(|each| each.carry(tape))
    }
}

/// As many as the run has.
impl<T: Carry> Carry for Box<[T]> {
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        self.iter_mut().try_for_each(|each| each.carry(tape))
    }
}

impl<T: Carry, const N: usize> Carry for Box<[T; N]> {
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        self.iter_mut().try_for_each(|each| each.carry(tape))
    }
}

/// As many as there are; the room that was taken for more stays.
impl<T: Carry + Default + Clone> Carry for Vec<T> {
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let count = tape.count(self.len())?;
        self.resize(count, T::default());
        self.iter_mut().try_for_each(|each| each.carry(tape))
    }
}

impl<T: Carry + Default + Clone> Carry for VecDeque<T> {
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let count = tape.count(self.len())?;
        self.resize(count, T::default());
        self.iter_mut().try_for_each(|each| each.carry(tape))
    }
}

/// Entry by entry, in an order that leads to the same places.
impl<K: Key + Carry + Default, V: Carry + Default + Copy> Carry for FixedMap<K, V> {
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let count = tape.count(self.len())?;
        if let Tape::Writes(_) = tape {
            return self.in_order().collect::<Vec<_>>().into_iter().try_for_each(|mut entry| entry.carry(tape));
        }
        for _ in 0..count {
            let mut entry = (K::default(), V::default());
            entry.carry(tape)?;
            if self.is_full() || self.get(entry.0).is_some() {
                return None;
            }
            self.insert(entry.0, entry.1);
        }
        Some(())
    }
}

/// Its returns, oldest first: all else is made of them.
impl Carry for Tail {
    fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let mut returns: Vec<i32> = self.returns().collect();
        returns.carry(tape)?;
        let mut anew = Self::default();
        returns.into_iter().for_each(|ppm| anew.push(i64::from(ppm)));
        *self = anew;
        Some(())
    }
}

impl Carry for () {
    fn carry(&mut self, _: &mut Tape<'_>) -> Option<()> {
        Some(())
    }
}

macro_rules! tuples {
    ($(($($name:ident),*))*) => {
        $(impl<$($name: Carry),*> Carry for ($($name,)*) {
            #[expect(non_snake_case, reason = "the names of types, one for each place")]
            fn carry(&mut self, tape: &mut Tape<'_>) -> Option<()> {
                let ($($name,)*) = self;
                $($name.carry(tape)?;)*
                Some(())
            }
        })*
    };
}
tuples!((A, B)(A, B, C)(A, B, C, D));

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Clone, PartialEq)]
    struct Part {
        number: i128,
        list: Vec<(Ticks, bool)>,
        maybe: Option<Side>,
        fixed: u8,
    }
    carry!(Part { number, list, maybe } fixed { fixed });

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let mut part =
            Part { number: -5, list: vec![(Ticks(7), true), (Ticks(-8), false)], maybe: Some(Side::Sell), fixed: 1 };
        let bytes = written(&mut part);
        let mut fresh = Part { fixed: 2, maybe: Some(Side::Buy), ..Part::default() };
        read(&mut fresh, &bytes).expect("the same");
        assert_eq!(fresh, Part { fixed: 2, ..part });
        for cut in 0..bytes.len() {
            assert_eq!(read(&mut Part::default(), &bytes[..cut]), None, "{cut}");
        }
        assert_eq!(read(&mut Part::default(), &[&bytes[..], &[0]].concat()), None);
        // More than there can be is no list, and 2 is neither yes nor no.
        for (at, value) in [(16, 0xff), (17, 0xff), (32, 2), (41, 2), (42, 9)] {
            let mut wrong = bytes.clone();
            wrong[at] = value;
            assert_eq!(read(&mut Part::default(), &wrong), None, "{at}");
        }
    }
}
