//! The file of rules and of what they found.

use super::{Alerts, Condition, Hit, Kept, Rule};
use crate::desk::flow::Timeframe;
use crate::desk::measure::Measure;
use crate::door::dto::{KeptAlerts, KeptHit, KeptRule};
use crate::error::BridgeError;
use crate::ops::place;
use crate::role::UserId;
use engine_model::units::Nanos;
use std::io::ErrorKind;
use std::path::Path;

/// What a file has; nothing if there is none.
pub(crate) fn read(path: &Path) -> Result<Kept, BridgeError> {
    let wrong = |why: String| BridgeError::Alerts { path: path.to_owned(), why };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Kept::none());
        }
        Err(error) => return Err(wrong(error.to_string())),
    };
    let kept: KeptAlerts = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let rules: Option<Vec<Rule>> = kept.rules.iter().map(rule).collect();
    let rules = rules.ok_or_else(|| wrong("a measure or a window in it is not known here".to_owned()))?;
    Ok(Kept { next_id: kept.next_id, rules, hits: kept.found.iter().map(hit).collect() })
}

fn hit(kept: &KeptHit) -> Hit {
    Hit {
        owner: kept.owner.map(UserId),
        rule: kept.alert,
        at: Nanos(kept.at_ns),
        text: kept.text.clone(),
        value: kept.value,
        webhook: None,
    }
}

fn rule(kept: &KeptRule) -> Option<Rule> {
    let when = Condition {
        measure: Measure::from_name(&kept.measure)?,
        of: kept.of.clone(),
        window: Timeframe::from_name(&kept.window)?,
        above: kept.above,
        below: kept.below,
        cooldown_ns: kept.cooldown_s * Nanos::SECOND,
    };
    Some(Rule {
        id: kept.id,
        owner: UserId(kept.owner),
        when,
        snoozed_until: Nanos(kept.snoozed_until_ns),
        hits: kept.hits,
        last_hit: kept.last_hit_ns.map(Nanos),
        holds: kept.holds,
        blind: None,
        webhook: kept.webhook.clone(),
    })
}

impl Alerts {
    /// Writes the file if the rules have changed since, on a thread where a slow disk holds up nobody; behind it every change
    /// before it is on the disk. A disk that does not take it is said, and asked again: `false`. To its end, once begun: who
    /// calls it is a task that nobody drops half-way.
    pub(crate) async fn keep(&self) -> bool {
        let Some(path) = self.place.as_ref().map(|place| place.path().to_owned()) else { return true };
        let _writing = self.writing.lock().await;
        let text = {
            let mut state = self.state();
            if !std::mem::take(&mut state.is_unkept) {
                return true;
            }
            let kept = KeptAlerts {
                next_id: state.next_id,
                rules: state.rules.iter().map(KeptRule::new).collect(),
                found: state.hits.filed().iter().map(KeptHit::new).collect(),
            };
            serde_json::to_string_pretty(&kept)
        };
        let shown = path.display().to_string();
        let writes = move || text.map_err(std::io::Error::other).and_then(|text| place::write(&path, &text));
        let written =
            tokio::task::spawn_blocking(writes).await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        if let Err(error) = written {
            tracing::error!(%error, path = shown, "the rules of alerts are not kept");
            self.state().is_unkept = true;
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::answer::{Known, Source};
    use crate::ops::place::Place;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn rules_are_there_again_after_a_restart_and_a_broken_file_is_refused() {
        let path = std::env::temp_dir().join(format!("ringside-alerts-{}.json", std::process::id()));
        let alerts = Alerts::new(Place::claim(&path, "alerts"), read(&path).expect("none yet"));
        assert!(Place::claim(&path, "alerts").is_none(), "another run has it");
        let when = Condition {
            measure: Measure::OpenInterest,
            of: "BTC".to_owned(),
            window: Timeframe::H1,
            above: Some(5.0),
            below: Some(-5.0),
            cooldown_ns: 900 * Nanos::SECOND,
        };
        let rule = alerts.add(UserId(3), when, None).expect("room");
        alerts.snooze(UserId(3), rule.id, Nanos(77));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(alerts.keep());
        let kept = read(&path).expect("kept");
        assert_eq!((kept.next_id, &kept.rules), (2, &alerts.own(UserId(3))));
        let mode = std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "addresses of webhooks are in it");
        // That its condition holds is kept, and that it ended: else it would not be told when it begins again.
        let holds = |px: f64| {
            alerts.looked(rule.id, Ok(Known::new(px, Source::Computed, Nanos(99), Nanos(99))), Nanos(99));
            runtime.block_on(alerts.keep());
            read(&path).expect("kept").rules[0].holds
        };
        assert_eq!([6.0, 1.0].map(holds), [true, false]);
        alerts.everybody(Nanos(100), "feed: binance-spot is silent".to_owned());
        runtime.block_on(alerts.keep());
        let again = Alerts::new(None, read(&path).expect("kept"));
        let (found, _) = again.hits(UserId(3), 9);
        assert_eq!(found, alerts.hits(UserId(3), 9).0, "what it found, and what was told everybody");
        assert_eq!(found.iter().map(|hit| hit.at.0).collect::<Vec<_>>(), [99, 100]);
        std::fs::write(&path, "{\"next_id\": 1}").expect("written");
        assert!(matches!(read(&path), Err(BridgeError::Alerts { .. })));
        drop(alerts);
        assert!(Place::claim(&path, "alerts").is_some(), "it is free again");
        std::fs::remove_file(&path).expect("removed");
        std::fs::remove_file(path.with_extension("json.lock")).expect("removed");
    }
}
