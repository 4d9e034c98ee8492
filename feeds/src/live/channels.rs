//! Lines of venues that take one channel a message, for as many symbols as one likes.
//!
//! Owns: which symbols share a line, and the order of its messages. Never: a venue's words; those are its `session`'s.

use super::plan::{Ask, BookPlan, LinePlan, Route, Urls};
use crate::net::error::NetError;
use engine_model::instrument::Name;

/// How such a venue takes requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByChannel {
    /// The path of every line.
    pub(crate) route: Route,
    /// Most streams (a channel of a symbol) on a line.
    pub(crate) a_line: usize,
    /// Most symbols in a message.
    pub(crate) a_message: usize,
    /// The channel that brings books.
    pub(crate) book: &'static str,
    /// The message about that channel of these symbols.
    pub(crate) message: fn(Ask, &str, &[&str]) -> String,
}

impl ByChannel {
    /// The lines that these channels of these symbols take, every channel of a symbol on the same one. A book is asked
    /// for again by giving its stream up first.
    pub(crate) fn lines(&self, urls: &Urls, symbols: &[Name], channels: &[&str]) -> Result<Vec<LinePlan>, NetError> {
        let a_line = (self.a_line / channels.len().max(1)).max(1);
        symbols.chunks(a_line).map(|symbols| self.line(urls, symbols, channels)).collect()
    }

    fn line(&self, urls: &Urls, symbols: &[Name], channels: &[&str]) -> Result<LinePlan, NetError> {
        let names: Vec<&str> = symbols.iter().map(Name::as_str).collect();
        let ask = |channel: &&str| -> Vec<String> {
            names.chunks(self.a_message).map(|names| (self.message)(Ask::Subscribe, channel, names)).collect()
        };
        let again = |symbol: &Name| {
            [Ask::Unsubscribe, Ask::Subscribe].map(|ask| (self.message)(ask, self.book, &[symbol.as_str()]))
        };
        let book = |symbol: &Name| BookPlan { symbol: *symbol, again: again(symbol).into() };
        let of_symbol = |name: &&str| -> Vec<String> { channels.iter().map(|of| format!("{of}:{name}")).collect() };
        Ok(LinePlan {
            route: self.route,
            endpoint: urls.endpoint(self.route)?,
            streams: names.iter().flat_map(of_symbol).collect(),
            books: if channels.contains(&self.book) { symbols.iter().map(book).collect() } else { Vec::new() },
            messages: channels.iter().flat_map(ask).collect(),
        })
    }
}
