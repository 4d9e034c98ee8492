//! The last rows of the audit, where there is one.

use super::super::figure::clock;
use super::super::markup::Markup;
use super::View;
use crate::desk::Desk;
use engine_model::units::Nanos;

pub(in super::super) async fn audit(desk: &Desk, count: usize) -> View {
    let Some(people) = &desk.people else {
        return View::line(
            "n/a: this run keeps no audit (users.mode is local); its log has every command with who asked",
        );
    };
    match people.audit_last(count).await {
        Ok(rows) => {
            let mut text = Markup::default();
            text.head("Audit [database, now]");
            for row in rows.iter().rev() {
                let entry = &row.entry;
                let at = clock(Nanos(u64::try_from(entry.at_ns).unwrap_or(0)), 0);
                let head = format!("{} {}", row.seq, entry.action);
                text.line().bold(head).text(format!(" {} by {}", entry.what, entry.actor));
                text.say(format!("  {at}, {}, {} → {}", entry.outcome, entry.before, entry.after));
            }
            if rows.is_empty() {
                text.say("nothing is in it yet");
            }
            View::text(text)
        }
        Err(error) => View::line(format!("n/a: {error}")),
    }
}
