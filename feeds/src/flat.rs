//! Objects of a known kind whose members may stand in any order: found by their names in one walk, everything else passed.
//!
//! Owns: steps of [`Rest`] past a value and past a flat object. Never: errors, escapes, white space, exponents: what has any
//! of them goes the general way ([`crate::json`]).

use crate::decimal::Scale;
use crate::grid::RunGrids;
use crate::json::unsigned;
use crate::scan::Rest;
use crate::word::{ZEROS, non_digits, word};
use engine_model::instrument::InstrumentId;
use engine_model::market::Level;
use engine_model::units::{Lots, Nanos, Ticks};

/// A value as it was sent, quotes included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent<'a>(&'a [u8]);

impl<'a> Sent<'a> {
    /// A text without its quotes; `None` of anything else.
    pub(crate) fn text(self) -> Option<&'a [u8]> {
        self.0.strip_prefix(b"\"")?.strip_suffix(b"\"")
    }

    /// A number, which is sent with quotes or without.
    pub(crate) fn number(self) -> &'a [u8] {
        self.text().unwrap_or(self.0)
    }

    /// A whole number; 0 of what is none.
    pub(crate) fn unsigned_or_zero(self) -> u64 {
        unsigned(self.number()).unwrap_or(0)
    }

    /// A time in milliseconds; 0 of what is none.
    pub(crate) fn ms(self) -> Nanos {
        Nanos(self.unsigned_or_zero().saturating_mul(1_000_000))
    }
}

/// What holds something: venues send `""` or `null` for what they do not have.
pub(crate) fn not_empty(value: Option<Sent<'_>>) -> Option<Sent<'_>> {
    value.filter(|value| !matches!(value.0, b"\"\"" | b"null"))
}

/// A rate in 1e-8, to the nearest, where it was sent; `None` of what cannot be read.
pub(crate) fn rate_e8(rate: Option<Sent<'_>>) -> Option<Option<i64>> {
    let Some(rate) = not_empty(rate) else { return Some(None) };
    Scale::E8.nearest(rate.number()).ok().map(Some)
}

impl RunGrids {
    /// A price and a quantity, exactly on the grid; `None` of what is not.
    pub(crate) fn level(&self, instrument: InstrumentId, px: Sent<'_>, qty: Sent<'_>) -> Option<Level> {
        let (px_scale, qty_scale) = self.readers.get(instrument.index())?.scales();
        let steps = |scale: Scale, sent: Sent<'_>| scale.parse(sent.number()).ok().filter(|steps| *steps >= 0);
        Some(Level { px: Ticks(steps(px_scale, px)?), qty: Lots(steps(qty_scale, qty)?) })
    }

    /// A mark or index price, to the nearest tick, where it was sent; `None` of what cannot be read.
    pub(crate) fn average(&self, instrument: InstrumentId, px: Option<Sent<'_>>) -> Option<Option<Ticks>> {
        let Some(px) = not_empty(px) else { return Some(None) };
        let (scale, _) = self.readers.get(instrument.index())?.scales();
        scale.nearest(px.number()).ok().map(|ticks| Some(Ticks(ticks)))
    }

    /// Open interest, to the nearest lot, where it was sent; `None` of what cannot be read.
    pub(crate) fn sum(&self, instrument: InstrumentId, qty: Option<Sent<'_>>) -> Option<Option<Lots>> {
        let Some(qty) = not_empty(qty) else { return Some(None) };
        let (_, scale) = self.readers.get(instrument.index())?.scales();
        scale.nearest(qty.number()).ok().filter(|lots| *lots >= 0).map(|lots| Some(Lots(lots)))
    }
}

impl<'a> Rest<'a> {
    /// Past the members of an object, its opening bracket behind us, and its closing bracket: the values of those names.
    /// `None` too where one of them stands twice.
    #[inline(always)]
    pub(crate) fn members<const N: usize>(&mut self, names: [&str; N]) -> Option<[Option<Sent<'a>>; N]> {
        let mut found = [None; N];
        loop {
            self.skip(b"\"")?;
            let key = self.text()?;
            self.skip(b":")?;
            let value = self.value()?;
            if let Some(place) = names.iter().position(|name| key == name.as_bytes())
                && found[place].replace(value).is_some()
            {
                return None;
            }
            if self.skip(b",").is_none() {
                self.skip(b"}")?;
                return Some(found);
            }
        }
    }

    /// Past a value: a text, a number, `null`, or an object of these.
    #[inline(always)]
    fn value(&mut self) -> Option<Sent<'a>> {
        let start = self.0;
        self.scalar().or_else(|| self.object())?;
        Some(Sent(&start[..start.len() - self.0.len()]))
    }

    #[inline(always)]
    fn scalar(&mut self) -> Option<()> {
        match self.0.first()? {
            b'"' => {
                self.skip(b"\"")?;
                self.text().map(drop)
            }
            b'n' => self.skip(b"null"),
            b't' => self.skip(b"true"),
            b'f' => self.skip(b"false"),
            _ => self.number(),
        }
    }

    #[inline(never)]
    fn object(&mut self) -> Option<()> {
        self.skip(b"{")?;
        loop {
            self.skip(b"\"")?;
            self.text()?;
            self.skip(b":")?;
            self.scalar()?;
            if self.skip(b",").is_none() {
                return self.skip(b"}");
            }
        }
    }

    /// Past a bare number, likewise; its text.
    pub(crate) fn bare_number(&mut self) -> Option<&'a [u8]> {
        let start = self.0;
        self.number()?;
        Some(&start[..start.len() - self.0.len()])
    }

    /// Past a bare number, as JSON has them but without exponent.
    #[inline(always)]
    fn number(&mut self) -> Option<()> {
        let _ = self.skip(b"-");
        let start = self.0;
        let whole = self.run_of_digits();
        if whole == 0 || (whole > 1 && start[0] == b'0') {
            return None;
        }
        if self.skip(b".").is_some() && self.run_of_digits() == 0 {
            return None;
        }
        Some(())
    }

    /// Past all digits that stand here; how many they were.
    #[inline(always)]
    fn run_of_digits(&mut self) -> usize {
        let all = self.0.len();
        loop {
            let count = non_digits(word(self.0) ^ ZEROS).trailing_zeros() as usize / 8;
            self.0 = self.0.get(count..).unwrap_or_default();
            if count < 8 {
                return all - self.0.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;
    use proptest::prelude::*;

    const NAMES: [&str; 3] = ["a", "b", "cd"];

    /// What the general way picks from an object, or `None` where it is no JSON.
    fn slow(object: &str) -> Option<[Option<&[u8]>; 3]> {
        let value = Value::parse(object.as_bytes()).ok().filter(|value| value.is_object())?;
        Some(value.pick(NAMES).map(|value| value.map(Value::bytes)))
    }

    fn fast(object: &str) -> Option<[Option<&[u8]>; 3]> {
        let mut rest = Rest(object.as_bytes().strip_prefix(b"{")?);
        let found = rest.members(NAMES)?;
        rest.0.is_empty().then(|| found.map(|value| value.map(|Sent(bytes)| bytes)))
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?",
            4 => "\"[ -!#-\\[\\]-~]{0,20}\"",
            1 => Just("null".to_owned()),
            1 => Just("true".to_owned()),
            1 => Just("{\"x\":1.5,\"a\":\"2\"}".to_owned()),
            2 => "[-+0-9.eEa-z\"{}\\[\\],: \\\\]{0,8}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_found_is_what_the_general_way_picks(
            members in proptest::collection::vec((prop_oneof![Just("a"), Just("b"), Just("cd"), Just("e")], value()), 1..6),
        ) {
            let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let object = format!("{{{}}}", members.join(","));
            if let Some(found) = fast(&object) {
                prop_assert_eq!(Some(found), slow(&object), "{}", object);
            }
        }
    }

    #[test]
    fn usual_objects_are_taken() {
        let object = r#"{"e":null,"b":-0.5,"x":{"a":1,"y":null},"a":"t-1.5","n":10,"cd":{"z":"1"},"f":false}"#;
        assert_eq!(fast(object), Some([Some(&b"\"t-1.5\""[..]), Some(b"-0.5"), Some(b"{\"z\":\"1\"}")]));
        for other in [r#"{"a":1,"a":2}"#, r#"{"a":01}"#, r#"{"a":1e5}"#, r#"{"a": 1}"#, r#"{}"#, r#"{"a":"\n"}"#] {
            assert_eq!(fast(other), None, "{other}");
        }
    }
}
