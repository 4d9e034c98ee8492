//! What must be said twice. The question has two buttons; its id is drawn, of one person in one chat, of one use, and
//! of a minute at most. Whatever is not an explicit yes in time is a no, and so is a restart: nothing here is kept.
//!
//! Never: does anything. It says what may be done.

use super::ask::Act;
use engine_model::units::Nanos;
use std::collections::BTreeMap;

/// Questions that wait at once; the oldest goes first.
const OPEN_MAX: usize = 64;

/// 96 bits that nobody guesses within a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nonce(pub(super) [u8; 12]);

impl Nonce {
    /// As in a button.
    pub(super) fn text(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Out of a button.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut bytes = [0; 12];
        if text.len() != 24 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// Who asks, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) user: u64,
    pub(super) chat: i64,
}

/// Who may say yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The one who asked, where they asked.
    Same,
    /// The one who asked, not before a finger that slips has had its time: what is let go again, where nobody else may.
    SameLater,
    /// Somebody else: what is let go again takes two people.
    Another,
}

impl By {
    const fn not_before_ns(self) -> u64 {
        match self {
            Self::Same => 0,
            Self::SameLater | Self::Another => 5 * Nanos::SECOND,
        }
    }

    /// `own_ns`: of what the one who asked answers at once.
    const fn within_ns(self, own_ns: u64) -> u64 {
        match self {
            Self::Same => own_ns,
            Self::SameLater | Self::Another => 600 * Nanos::SECOND,
        }
    }
}

/// A question that waits for its answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Open {
    pub(super) place: Place,
    pub(super) act: Act,
    by: By,
    asked_at: Nanos,
    within_ns: u64,
    /// The messages that ask, once they are known: chat and number.
    pub(super) shown: Vec<(i64, i32)>,
}

impl Open {
    fn is_over(&self, now: Nanos) -> bool {
        now.since(self.asked_at) > self.within_ns
    }

    fn is_for(&self, by: Place) -> bool {
        match self.by {
            By::Same | By::SameLater => self.place == by,
            By::Another => self.place.user != by.user,
        }
    }
}

/// What came of a tap.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Said yes, in time, by somebody who may: do it, and change the messages that asked.
    Do(Open),
    /// Said no.
    No(Open),
    /// Too late: a no.
    Expired(Open),
    /// Not yet; it still waits.
    TooSoon,
    /// Another's to answer; it still waits.
    Foreign,
    /// Answered before, never asked, or of a run before this one: a no.
    Unknown,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Confirmations {
    open: BTreeMap<Nonce, Open>,
    own_ns: u64,
}

impl Confirmations {
    /// `within_s`: how long a yes of the one who asked counts, in seconds.
    pub(super) fn new(within_s: u32) -> Self {
        Self { open: BTreeMap::new(), own_ns: u64::from(within_s) * Nanos::SECOND }
    }

    /// The same, as it was said.
    pub(super) const fn within_s(&self) -> u64 {
        self.own_ns / Nanos::SECOND
    }

    /// A question.
    pub(super) fn ask(&mut self, nonce: Nonce, place: Place, act: Act, by: By, now: Nanos) {
        if self.open.len() >= OPEN_MAX {
            let oldest = self.open.iter().min_by_key(|(_, open)| open.asked_at).map(|(nonce, _)| *nonce);
            oldest.map(|nonce| self.open.remove(&nonce));
        }
        let within_ns = by.within_ns(self.own_ns);
        self.open.insert(nonce, Open { place, act, by, asked_at: now, within_ns, shown: Vec::new() });
    }

    /// A message that asks is this one.
    pub(super) fn shown(&mut self, nonce: Nonce, chat: i64, message: i32) {
        if let Some(open) = self.open.get_mut(&nonce) {
            open.shown.push((chat, message));
        }
    }

    /// What a question would do, while it waits.
    pub(super) fn act(&self, nonce: Nonce) -> Option<&Act> {
        self.open.get(&nonce).map(|open| &open.act)
    }

    /// A tap on a button. Each question is answered once; whoever asked may always say no.
    pub(super) fn answer(&mut self, nonce: Nonce, by: Place, is_yes: bool, now: Nanos) -> Verdict {
        match self.open.get(&nonce) {
            None => return Verdict::Unknown,
            Some(open) if !open.is_for(by) && (is_yes || open.place.user != by.user) => return Verdict::Foreign,
            Some(open) if is_yes && now.since(open.asked_at) < open.by.not_before_ns() => return Verdict::TooSoon,
            Some(_) => {}
        }
        match self.open.remove(&nonce) {
            Some(open) if open.is_over(now) => Verdict::Expired(open),
            Some(open) if is_yes => Verdict::Do(open),
            Some(open) => Verdict::No(open),
            None => Verdict::Unknown,
        }
    }

    /// Those whose time is over: each is a no, and its messages should say so.
    pub(super) fn expired(&mut self, now: Nanos) -> Vec<Open> {
        let over: Vec<Nonce> =
            self.open.iter().filter(|(_, open)| open.is_over(now)).map(|(nonce, _)| *nonce).collect();
        over.into_iter().filter_map(|nonce| self.open.remove(&nonce)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Place = Place { user: 7, chat: 7 };
    const OTHER: Place = Place { user: 8, chat: 8 };
    const NONCE: Nonce = Nonce([0xab; 12]);
    const S: u64 = Nanos::SECOND;

    /// What comes of a tap, so many ns behind the question.
    fn tapped(question: By, by: Place, is_yes: bool, after: u64) -> Verdict {
        let mut all = asked(question);
        all.answer(NONCE, by, is_yes, Nanos(S + after))
    }

    fn asked(by: By) -> Confirmations {
        let mut all = Confirmations::new(60);
        all.ask(NONCE, ME, Act::Flatten, by, Nanos(S));
        all
    }

    #[test]
    fn a_yes_counts_once_and_in_time() {
        let mut all = asked(By::Same);
        assert!(matches!(all.answer(NONCE, ME, true, Nanos(61 * S)), Verdict::Do(open) if open.act == Act::Flatten));
        assert_eq!(all.answer(NONCE, ME, true, Nanos(61 * S)), Verdict::Unknown, "a double tap does nothing twice");
        assert!(matches!(tapped(By::Same, ME, true, 60 * S + 1), Verdict::Expired(_)));
        assert!(matches!(tapped(By::Same, ME, false, S), Verdict::No(_)));
    }

    #[test]
    fn nobody_answers_for_another_nor_from_another_chat() {
        let mut all = asked(By::Same);
        for by in [OTHER, Place { user: 8, chat: 7 }, Place { user: 7, chat: 8 }] {
            assert_eq!(all.answer(NONCE, by, true, Nanos(2 * S)), Verdict::Foreign);
        }
        assert_eq!(all.answer(OTHER_NONCE, ME, true, Nanos(2 * S)), Verdict::Unknown);
        assert!(matches!(all.answer(NONCE, ME, true, Nanos(2 * S)), Verdict::Do(_)), "it still waited");
    }

    const OTHER_NONCE: Nonce = Nonce([1; 12]);

    #[test]
    fn what_is_let_go_again_takes_two_people_or_time() {
        assert_eq!(tapped(By::Another, ME, true, 9 * S), Verdict::Foreign, "not the one who asked");
        assert_eq!(tapped(By::Another, OTHER, true, 5 * S - 1), Verdict::TooSoon);
        assert!(matches!(tapped(By::Another, OTHER, true, 5 * S), Verdict::Do(_)));
        assert!(matches!(tapped(By::Another, OTHER, true, 600 * S + 1), Verdict::Expired(_)));
        assert!(matches!(tapped(By::Another, ME, false, S), Verdict::No(_)), "who asked may take it back");
        assert_eq!(tapped(By::SameLater, ME, true, 5 * S - 1), Verdict::TooSoon);
        assert!(matches!(tapped(By::SameLater, ME, true, 5 * S), Verdict::Do(_)));
        assert_eq!(tapped(By::SameLater, OTHER, true, 5 * S), Verdict::Foreign);
    }

    #[test]
    fn silence_is_a_no() {
        let mut all = asked(By::Same);
        all.shown(NONCE, 7, 55);
        assert_eq!(all.expired(Nanos(61 * S)), []);
        let over = all.expired(Nanos(61 * S + 1));
        assert_eq!(
            over.iter().map(|open| (&open.act, &open.shown[..])).collect::<Vec<_>>(),
            [(&Act::Flatten, &[(7, 55)][..])]
        );
        assert_eq!(all.answer(NONCE, ME, true, Nanos(62 * S)), Verdict::Unknown);
    }

    #[test]
    fn a_nonce_is_read_as_it_is_written_and_nothing_else_is_one() {
        assert_eq!(Nonce::read(&NONCE.text()), Some(NONCE));
        for wrong in ["", "ab", "zz".repeat(12).as_str(), "é".repeat(12).as_str(), "+1".repeat(12).as_str()] {
            assert_eq!(Nonce::read(wrong), None, "{wrong}");
        }
    }
}
