//! Lists that do not fit one answer: each is asked for again, and goes on behind what was heard.
//!
//! A full page is heard, but it is no whole answer: the tongue says [`Answer::Unknown`](super::heard::Answer) to the
//! question. Put again, the same question goes on where the page ended, until a page is not full. Two questions that are
//! asked by turns do not disturb each other.
//!
//! Owns: where the last full page of each question ended. Never: how a venue pages.

use super::ask::Ask;

/// Questions that may be in the middle of their list; of more the oldest begins anew.
const MOST: usize = 8;

/// Where the last full pages ended, the latest last.
#[derive(Debug, Default)]
pub(crate) struct Page(Vec<(Ask, String)>);

impl Page {
    /// Where that question goes on; `None`: at the beginning.
    pub(crate) fn cursor(&self, ask: &Ask) -> Option<&str> {
        self.0.iter().find(|(of, _)| of == ask).map(|(_, cursor)| cursor.as_str())
    }

    /// A page of that question is full, and goes on there.
    pub(crate) fn goes_on(&mut self, ask: &Ask, cursor: &str) {
        self.ends(ask);
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((*ask, cursor.to_owned()));
    }

    /// That question is answered: put again, it begins anew.
    pub(crate) fn ends(&mut self, ask: &Ask) {
        self.0.retain(|(of, _)| of != ask);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::InstrumentId;

    #[test]
    fn questions_asked_by_turns_go_on_each_at_its_own_place() {
        let ask = |number| Ask::OpenOrders(InstrumentId(number));
        let mut page = Page::default();
        page.goes_on(&ask(0), "a");
        page.goes_on(&ask(1), "b");
        page.goes_on(&ask(0), "c");
        assert_eq!((page.cursor(&ask(0)), page.cursor(&ask(1))), (Some("c"), Some("b")));
        page.ends(&ask(0));
        assert_eq!((page.cursor(&ask(0)), page.cursor(&ask(1))), (None, Some("b")));
        (2..20).for_each(|number| page.goes_on(&ask(number), "d"));
        assert_eq!((page.cursor(&ask(1)), page.cursor(&ask(19))), (None, Some("d")), "not without bound");
    }
}
