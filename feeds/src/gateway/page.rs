//! A list that does not fit one answer: it is asked for again, and goes on behind what was heard.
//!
//! A full page is heard, but it is no whole answer: the tongue says [`Answer::Unknown`](super::heard::Answer) to the
//! question. Put again, the same question goes on where the page ended, until a page is not full.
//!
//! Owns: where the last full page ended. Never: how a venue pages.

use super::ask::Ask;

/// Where the last full page ended.
#[derive(Debug, Default)]
pub(crate) struct Page {
    of: Option<Ask>,
    cursor: String,
}

impl Page {
    /// Where that question goes on; `None`: at the beginning.
    pub(crate) fn cursor(&self, ask: &Ask) -> Option<&str> {
        (self.of.as_ref() == Some(ask)).then_some(self.cursor.as_str())
    }

    /// A page of that question is full, and goes on there.
    pub(crate) fn goes_on(&mut self, ask: &Ask, cursor: &str) {
        self.of = Some(*ask);
        self.cursor.clear();
        self.cursor.push_str(cursor);
    }

    /// That question is answered: put again, it begins anew.
    pub(crate) fn ends(&mut self, ask: &Ask) {
        if self.of.as_ref() == Some(ask) {
            self.of = None;
        }
    }
}
