//! What a button says when it is tapped: at most 64 bytes, and nothing that could be changed for something else. A
//! button that asks again holds the command as it was written, so it outlives a restart, and is judged anew by who
//! taps it.

use super::api::Button;
use super::confirm::Nonce;

const BYTES_MAX: usize = 64;
/// Of how buttons are written.
const VERSION: &str = "1";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tap {
    /// The command once more, that page of its answer.
    Again {
        page: usize,
        command: String,
    },
    /// To a question that waits.
    Yes(Nonce),
    No(Nonce),
    /// Stop everything.
    Emergency,
}

impl Tap {
    pub(super) fn read(data: &str) -> Option<Self> {
        let rest = data.strip_prefix(VERSION)?.strip_prefix(':')?;
        let (kind, rest) = rest.split_once(':').unwrap_or((rest, ""));
        match kind {
            "r" => {
                let (page, command) = rest.split_once(':')?;
                Some(Self::Again { page: page.parse().ok()?, command: command.to_owned() })
            }
            "y" => Nonce::read(rest).map(Self::Yes),
            "n" => Nonce::read(rest).map(Self::No),
            "e" if rest.is_empty() => Some(Self::Emergency),
            _ => None,
        }
    }

    fn data(&self) -> String {
        match self {
            Self::Again { page, command } => format!("{VERSION}:r:{page}:{command}"),
            Self::Yes(nonce) => format!("{VERSION}:y:{}", nonce.text()),
            Self::No(nonce) => format!("{VERSION}:n:{}", nonce.text()),
            Self::Emergency => format!("{VERSION}:e"),
        }
    }

    /// `None`: it does not fit on a button.
    pub(super) fn button(&self, text: &str) -> Option<Button> {
        let data = self.data();
        (data.len() <= BYTES_MAX).then(|| Button { text: text.to_owned(), data })
    }
}

/// Below an answer of so many pages, of which this is shown.
pub(super) fn under_answer(command: &str, page: usize, pages: usize) -> Vec<Vec<Button>> {
    let again = |page, text: &str| Tap::Again { page, command: command.to_owned() }.button(text);
    let mut row = Vec::new();
    if page > 0 {
        row.extend(again(page - 1, "◀ Back"));
    }
    row.extend(again(page, "🔄 Refresh"));
    if page + 1 < pages {
        row.extend(again(page + 1, "More ▶"));
    }
    if row.is_empty() { Vec::new() } else { vec![row] }
}

/// Below a question.
pub(super) fn under_question(nonce: Nonce, yes: &str, no: &str) -> Vec<Vec<Button>> {
    vec![Tap::Yes(nonce).button(yes).into_iter().chain(Tap::No(nonce).button(no)).collect()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_is_read_as_it_was_written_and_nothing_else_is_one() {
        let nonce = Nonce([7; 12]);
        let again = Tap::Again { page: 2, command: "/price BTC 15m".to_owned() };
        for tap in [again, Tap::Yes(nonce), Tap::No(nonce), Tap::Emergency] {
            let button = tap.button("x").expect("it fits");
            assert!(button.data.len() <= BYTES_MAX);
            assert_eq!(Tap::read(&button.data), Some(tap));
        }
        let long = Tap::Again { page: 0, command: format!("/price {}", "x".repeat(80)) };
        assert_eq!(long.button("x"), None);
        for wrong in ["", "1", "2:e", "1:e:now", "1:y:", "1:y:zz", "1:r:x:/oi", "1:r:1", "0:r:0:/oi", "1:q:0"] {
            assert_eq!(Tap::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn pages_have_a_way_to_both_sides_where_there_is_one() {
        let texts = |page, pages| {
            let rows = under_answer("/orders", page, pages);
            rows.into_iter().flatten().map(|button| button.text).collect::<Vec<_>>()
        };
        assert_eq!(texts(0, 1), ["🔄 Refresh"]);
        assert_eq!(texts(0, 2), ["🔄 Refresh", "More ▶"]);
        assert_eq!(texts(1, 2), ["◀ Back", "🔄 Refresh"]);
    }
}
