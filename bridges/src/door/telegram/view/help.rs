//! What there is, for who asks: each sees what that person may.

use super::super::markup::Markup;
use super::super::read::{Usage, usage};
use super::{Asker, View};
use crate::role::Telegram as Row;

/// Headings, and the first command under each; the table is in their order.
const GROUPS: [(&str, Row); 6] = [
    ("Market", Row::Price),
    ("Money", Row::Portfolio),
    ("Risk", Row::Risk),
    ("Jobs and strategies", Row::Backtest),
    ("Stopping", Row::Pause),
    ("Machine", Row::Health),
];

pub(super) fn start(asker: &Asker<'_>) -> View {
    let mut text = Markup::default();
    let (name, role) = (&asker.person.name, asker.person.role.name());
    text.line().text(format!("Hello {name}. You are {role} here. "));
    text.line().text("Ask ").code("/price BTC").text(" or ").code("/positions").text("; /help lists everything.");
    if Row::EmergencyStop.needs().allow(Some(asker.person.role)) {
        text.line()
            .code("/emergency_stop")
            .text(" halts at once, with no question before it; the button below does the same.");
    }
    View::text(text)
}

pub(super) fn help(asker: &Asker<'_>, about: Option<Row>) -> View {
    let mut text = Markup::default();
    if let Some(row) = about {
        let Usage { arguments, example } = usage(row);
        text.line().bold(row.word()).text(format!(" {arguments}"));
        text.say(row.about().trim());
        text.line().text("for example: ").code(example);
        return View::text(text);
    }
    for row in Row::ALL.iter().filter(|row| row.needs().allow(Some(asker.person.role))) {
        if let Some((heading, _)) = GROUPS.iter().find(|(_, first)| first == row) {
            if !text.is_empty() {
                text.gap();
            }
            text.head(*heading);
        }
        text.line().code(usage(*row).example).text(format!(" {}", row.about().trim()));
    }
    View::text(text)
}
