//! The task: looks at every rule twice a second, and says when the engine or a feed stands still.

use super::Alerts;
use crate::desk::Desk;
use crate::door::Door;
use engine_model::units::Nanos;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(500);
/// So long something must be wrong before everybody is told: feeds come and go.
const PATIENCE_NS: u64 = 10 * Nanos::SECOND;
/// While it stays wrong everybody is told again after so long.
const AGAIN_NS: u64 = 600 * Nanos::SECOND;

/// Until the bridge ends.
pub(crate) async fn watch(door: Arc<Door>) {
    let mut stop = door.stop.clone();
    let mut deadman = Deadman::default();
    let mut keeping: Option<JoinHandle<bool>> = None;
    loop {
        look(&door.desk, &mut deadman);
        // One at a time: a disk that hangs holds up neither the looks nor a second writer of the same file.
        if keeping.as_ref().is_none_or(JoinHandle::is_finished) {
            let door = Arc::clone(&door);
            keeping = Some(tokio::spawn(async move { door.desk.alerts.keep().await }));
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => break,
        }
    }
    if let Some(keeping) = keeping {
        let _ended = keeping.await;
    }
    let _said = door.desk.alerts.keep().await;
}

fn look(desk: &Desk, deadman: &mut Deadman) {
    let alerts = &desk.alerts;
    let now = desk.now();
    for rule in alerts.rules().into_iter().filter(|rule| !desk.is_shut_out(rule.owner)) {
        let sight = desk.sight_of(rule.owner);
        let found = desk.measured(&sight, rule.when.measure, &rule.when.of, rule.when.window);
        alerts.looked(rule.id, found, now);
    }
    // In machine time: an engine that stands still may have a clock that does, too.
    deadman.look(alerts, &desk.health().reasons, desk.machine_now(), now);
}

/// Says that something stands still, again while it lasts, and that it is over.
#[derive(Debug, Default)]
struct Deadman {
    /// Since when something is wrong.
    ill_since: Option<Nanos>,
    /// When it was said last.
    said: Option<Nanos>,
}

impl Deadman {
    fn look(&mut self, alerts: &Alerts, reasons: &[String], machine_now: Nanos, now: Nanos) {
        if reasons.is_empty() {
            self.ill_since = None;
            if self.said.take().is_some() {
                alerts.everybody(now, "all is well again".to_owned());
            }
            return;
        }
        let since = *self.ill_since.get_or_insert(machine_now);
        let is_due = self.said.is_none_or(|said| machine_now.since(said) >= AGAIN_NS);
        if is_due && machine_now.since(since) >= PATIENCE_NS {
            self.said = Some(machine_now);
            alerts.everybody(now, format!("not well: {}", reasons.join("; ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kept;
    use super::*;
    use crate::role::UserId;

    #[test]
    fn what_stands_still_is_told_once_then_seldom_and_its_end_too() {
        let (alerts, mut deadman) = (Alerts::new(None, Kept::none()), Deadman::default());
        let second = |n: u64| Nanos(n * Nanos::SECOND);
        let mut look = |at, reasons: &[&str]| {
            let reasons: Vec<String> = reasons.iter().map(|reason| (*reason).to_owned()).collect();
            deadman.look(&alerts, &reasons, second(at), second(at));
        };
        look(0, &["venue okx is syncing"]);
        look(5, &[]);
        look(6, &["stage risk was last alive 2500 ms ago"]);
        for at in 7..30 {
            look(at, &["stage risk was last alive 9000 ms ago"]);
        }
        look(700, &["stage risk was last alive 9999 ms ago"]);
        look(701, &[]);
        look(702, &[]);
        let told: Vec<(u64, String)> =
            alerts.hits(UserId(5), 9).0.into_iter().map(|hit| (hit.at.0 / Nanos::SECOND, hit.text)).collect();
        let at: Vec<u64> = told.iter().map(|(at, _)| *at).collect();
        assert_eq!(at, [16, 700, 701]);
        assert_eq!(told[0].1, "not well: stage risk was last alive 9000 ms ago");
        assert_eq!(told[2].1, "all is well again");
    }
}
