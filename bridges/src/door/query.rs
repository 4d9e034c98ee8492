//! The part of an address behind the question mark. Every value that a route takes is plain text without escapes, so
//! what has escapes, comes twice or is not known is refused by name.

use super::error::ApiError;

/// Names and values, each name known and given once.
#[derive(Debug)]
pub(crate) struct Query<'q>(Vec<(&'q str, &'q str)>);

impl<'q> Query<'q> {
    /// `known` are the names that the route takes.
    pub(crate) fn parse(raw: Option<&'q str>, known: &[&'static str]) -> Result<Self, ApiError> {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for pair in raw.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !known.contains(&name) {
                return Err(ApiError::bad_query("no such parameter").found(name).expected(known.iter().copied()));
            }
            if pairs.iter().any(|(given, _)| *given == name) {
                return Err(ApiError::bad_query("a parameter was given twice").found(name));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'q str> {
        self.0.iter().find(|(given, _)| *given == name).map(|(_, value)| *value)
    }

    /// A whole number from 1 to `max`; `default` where none was given.
    pub(crate) fn count(&self, name: &str, default: usize, max: usize) -> Result<usize, ApiError> {
        let Some(text) = self.text(name) else { return Ok(default) };
        let digits_only = text.bytes().all(|b| b.is_ascii_digit());
        let count = text.parse().ok().filter(|count| digits_only && (1..=max).contains(count));
        count.ok_or_else(|| {
            ApiError::bad_query("a number is out of range")
                .found(&format!("{name}={text}"))
                .expected([format!("{name}=1..{max}")])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_known_names_once_and_numbers_in_range() {
        let query = Query::parse(Some("depth=5&venue=bybit"), &["depth", "venue"]).expect("right");
        assert_eq!(query.count("depth", 20, 20), Ok(5));
        assert_eq!(query.text("venue"), Some("bybit"));
        assert_eq!(Query::parse(None, &["depth"]).expect("empty").count("depth", 20, 20), Ok(20));
        for wrong in ["dept=5", "depth=5&depth=6", "=", "%64epth=5"] {
            assert!(Query::parse(Some(wrong), &["depth"]).is_err(), "{wrong}");
        }
        for wrong in ["0", "21", "-1", "+5", "", "5.0", "1e1", "99999999999999999999", "%35"] {
            let raw = format!("depth={wrong}");
            let query = Query::parse(Some(&raw), &["depth"]).expect("the name is right");
            assert!(query.count("depth", 20, 20).is_err(), "{wrong}");
        }
    }
}
