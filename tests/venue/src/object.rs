//! Writing a JSON object field by field, in the venue's own order.
//!
//! Owns: names, quotes and commas. Never: which fields there are.

use crate::text::Text;
use serde_json::Value;
use std::fmt::Display;

/// An object that is being written.
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    /// A text, quoted.
    pub(crate) fn text(self, name: &str, text: &str) -> Self {
        self.raw(name, Value::from(text))
    }

    /// JSON as it stands: a number, a flag, an object.
    pub(crate) fn raw(mut self, name: &str, json: impl Display) -> Self {
        use std::fmt::Write as _;
        let comma = if self.0.len() > 1 { "," } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{comma}\"{name}\":{json}");
        self
    }

    /// `units * 10^-decimals`, quoted, with all its decimals.
    pub(crate) fn decimal(self, name: &str, units: i128, decimals: u8) -> Self {
        let text = Text::new().decimal(units, decimals).take();
        self.raw(name, format_args!("\"{text}\""))
    }

    /// What another would have written, behind this.
    pub(crate) fn with(self, add: impl FnOnce(Self) -> Self) -> Self {
        add(self)
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// `[one,two]`
pub(crate) fn array(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_the_order_in_which_they_were_written() {
        let inner = Object::new().end();
        let text = Object::new().text("b", "say \"a\"").raw("a", 1).decimal("z", -5, 2).raw("i", inner).end();
        assert_eq!(text, r#"{"b":"say \"a\"","a":1,"z":"-0.05","i":{}}"#);
        assert_eq!(array(["1".to_owned(), "2".to_owned()]), "[1,2]");
    }
}
