//! The part of an address behind the question mark. Every value that a route takes is plain text without escapes, so
//! what has escapes, comes twice or is not known is refused by name.

use super::error::ApiError;
use super::shape::{self, Kind, Param};
use crate::role::{Route, Stream};
use engine_model::units::Nanos;

/// Names and values, each name known and given once.
#[derive(Debug)]
pub(crate) struct Query<'q>(Vec<(&'q str, &'q str)>);

impl<'q> Query<'q> {
    /// Of what the route takes.
    pub(crate) fn of(route: Route, raw: Option<&'q str>) -> Result<Self, ApiError> {
        Self::parse(raw, shape::route(route).params)
    }

    /// Of what the stream takes.
    pub(crate) fn of_stream(stream: Stream, raw: Option<&'q str>) -> Result<Self, ApiError> {
        Self::parse(raw, shape::stream(stream).0)
    }

    fn parse(raw: Option<&'q str>, known: &[Param]) -> Result<Self, ApiError> {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for pair in raw.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !known.iter().any(|param| param.name == name) {
                let names = known.iter().map(|param| param.name);
                return Err(ApiError::bad_query("no such parameter").found(name).expected(names));
            }
            if pairs.iter().any(|(given, _)| *given == name) {
                return Err(ApiError::bad_query("a parameter was given twice").found(name));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    pub(crate) fn text(&self, param: &Param) -> Option<&'q str> {
        self.0.iter().find(|(given, _)| *given == param.name).map(|(_, value)| *value)
    }

    /// A whole number from 1 to the most that is allowed; the default where none was given.
    pub(crate) fn count(&self, param: &Param) -> Result<usize, ApiError> {
        let Kind::Count { default, max } = param.is else { return Err(misread(param)) };
        let Some(text) = self.text(param) else { return Ok(default) };
        let count = whole(text).filter(|count| (1..=max as u64).contains(count));
        count.map(|count| count as usize).ok_or_else(|| {
            ApiError::bad_query("a number is out of range")
                .found(&format!("{}={text}", param.name))
                .expected([format!("{}=1..{max}", param.name)])
        })
    }

    /// One of the words that are allowed, read by `read`; the default where none was given.
    pub(crate) fn word<T>(&self, param: &Param, read: impl Fn(&str) -> Option<T>) -> Result<T, ApiError> {
        let Kind::Word { default, of } = param.is else { return Err(misread(param)) };
        let text = self.text(param).or(default).unwrap_or_default();
        read(text)
            .ok_or_else(|| ApiError::bad_query("no such word").found(&format!("{}={text}", param.name)).expected(of()))
    }

    /// A time, or a number of a row.
    pub(crate) fn number(&self, param: &Param) -> Result<Option<u64>, ApiError> {
        let Some(text) = self.text(param) else { return Ok(None) };
        whole(text)
            .map(Some)
            .ok_or_else(|| ApiError::bad_query("not a whole number from 0").found(&format!("{}={text}", param.name)))
    }

    /// A time.
    pub(crate) fn time(&self, param: &Param) -> Result<Option<Nanos>, ApiError> {
        Ok(self.number(param)?.map(Nanos))
    }
}

fn whole(text: &str) -> Option<u64> {
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits_only)
}

/// A handler reads a parameter as what it is not: a fault of ours.
fn misread(param: &Param) -> ApiError {
    debug_assert!(false, "{} is read as what it is not", param.name);
    ApiError::bad_query("this parameter cannot be read").found(param.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::flow::Timeframe;
    use crate::door::shape::{BEFORE, DEPTH, TIMEFRAME, VENUE};

    const KNOWN: &[Param] = &[DEPTH, VENUE, TIMEFRAME, BEFORE];

    #[test]
    fn takes_known_names_once_and_numbers_in_range() {
        let query = Query::parse(Some("depth=5&venue=bybit"), KNOWN).expect("right");
        assert_eq!(query.count(&DEPTH), Ok(5));
        assert_eq!(query.text(&VENUE), Some("bybit"));
        assert_eq!(Query::parse(None, KNOWN).expect("empty").count(&DEPTH), Ok(20));
        for wrong in ["dept=5", "depth=5&depth=6", "=", "%64epth=5"] {
            assert!(Query::parse(Some(wrong), KNOWN).is_err(), "{wrong}");
        }
        for wrong in ["0", "21", "-1", "+5", "", "5.0", "1e1", "99999999999999999999", "%35"] {
            let raw = format!("depth={wrong}&before={wrong}x");
            let query = Query::parse(Some(&raw), KNOWN).expect("the names are right");
            assert!(query.count(&DEPTH).is_err() && query.time(&BEFORE).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_word_is_one_of_those_that_there_are() {
        let timeframe = |raw| Query::parse(raw, KNOWN).expect("known").word(&TIMEFRAME, Timeframe::from_name);
        assert_eq!(timeframe(None), Ok(Timeframe::M15));
        assert_eq!(timeframe(Some("timeframe=4H")), Ok(Timeframe::H4));
        assert!(timeframe(Some("timeframe=2h")).is_err() && timeframe(Some("timeframe=")).is_err());
    }
}
