//! Lists that do not fit one answer: each is asked for again, and goes on behind what was heard.
//!
//! A full page is heard, but it is no whole answer: the tongue says [`Answer::More`] to the question. Put again, the same
//! question goes on where the page ended, until a page is not full. Two questions that are asked by turns do not disturb
//! each other.
//!
//! Owns: where the last full page of each question ended. Never: how a venue pages.

use super::ask::Ask;
use super::heard::Answer;

/// Questions that may be in the middle of their list, one for each instrument of a venue that is asked for all at once; of
/// more the oldest begins anew.
const MOST: usize = 64;

/// Where the last full pages ended, the latest last.
#[derive(Debug, Default)]
pub(crate) struct Page(Vec<(Ask, String)>);

impl Page {
    /// Where that question goes on; `None`: at the beginning.
    pub(crate) fn cursor(&self, ask: &Ask) -> Option<&str> {
        self.0.iter().find(|(of, _)| of == ask).map(|(_, cursor)| cursor.as_str())
    }

    /// A page of that question is full, and goes on there. The same page again is no answer: the venue turns in a circle,
    /// and is asked with the pause of a fault.
    pub(crate) fn goes_on(&mut self, ask: &Ask, cursor: &str) -> Answer {
        let answer = if self.cursor(ask) == Some(cursor) { Answer::Unknown } else { Answer::More };
        self.ends(ask);
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((*ask, cursor.to_owned()));
        answer
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
        let goes_on = [(0, "a"), (1, "b"), (0, "c"), (0, "c")].map(|(number, there)| page.goes_on(&ask(number), there));
        assert_eq!(goes_on, [Answer::More, Answer::More, Answer::More, Answer::Unknown], "the last led nowhere");
        assert_eq!((page.cursor(&ask(0)), page.cursor(&ask(1))), (Some("c"), Some("b")));
        page.ends(&ask(0));
        assert_eq!((page.cursor(&ask(0)), page.cursor(&ask(1))), (None, Some("b")));
        (2..66).for_each(|number| assert_eq!(page.goes_on(&ask(number), "d"), Answer::More));
        assert_eq!((page.cursor(&ask(1)), page.cursor(&ask(2))), (None, Some("d")), "not without bound");
    }
}
