//! Alerts: rules, hits, and the file that keeps the rules.

use crate::desk::alerts::Owned;
use crate::door::body::Asked;
use crate::ops::alert as ops;
use crate::ops::webhook::host;
use engine_model::units::Nanos;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// To have an alert: `{"measure": "price", "of": "BTC-PERP", "above": 70000}`.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAlert {
    /// `price`, `change`, `volume`, `delta`, `open-interest`, `funding`, `liquidations`, `limit`, `feed`, `strategy`,
    /// `profit` or `drawdown`.
    pub measure: String,
    /// An instrument, a coin, a limit, a venue or a strategy, as the measure has it; nothing for `profit` and `drawdown`.
    #[serde(default)]
    pub of: Option<String>,
    /// Of what is measured over time: `1m` to `1d`. 15m if nothing is said.
    #[serde(default)]
    pub window: Option<String>,
    /// It hits from this on.
    #[serde(default)]
    pub above: Option<f64>,
    /// It hits down to this.
    #[serde(default)]
    pub below: Option<f64>,
    /// The shortest time between two hits. 900 if nothing is said.
    #[serde(default)]
    pub cooldown_s: Option<u64>,
    /// A URL (https) that hits are sent to, signed, besides; where the house sends any.
    #[serde(default)]
    pub webhook: Option<String>,
}

impl Asked for NewAlert {
    const FIELDS: &'static [&'static str] = &[
        "measure",
        "of (of most measures)",
        "window (optional)",
        "above (one of both, or both)",
        "below (one of both, or both)",
        "cooldown_s (optional)",
        "webhook (optional)",
    ];
}

/// To have an alert say nothing for a while.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    /// For so long; 0 ends it.
    pub seconds: u64,
}

impl Asked for Snooze {
    const FIELDS: &'static [&'static str] = &["seconds"];
}

/// `/api/v1/alerts`: one's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertRules {
    /// In the order in which they were made.
    pub alerts: Vec<AlertRule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertRule {
    /// Its number.
    pub id: u64,
    /// What is measured.
    pub measure: String,
    /// In what.
    pub unit: String,
    /// Of what; empty where the measure is of nothing.
    pub of: String,
    /// Of what is measured over time.
    pub window: String,
    /// It hits from this on.
    pub above: Option<f64>,
    /// It hits down to this.
    pub below: Option<f64>,
    /// The shortest time between two hits.
    pub cooldown_s: u64,
    /// Until then it says nothing.
    pub snoozed_until_ns: Option<u64>,
    /// Whether its condition holds now.
    pub holds: bool,
    /// How often it hit.
    pub hits: u64,
    /// When it hit last.
    pub last_hit_ns: Option<u64>,
    /// Why it cannot be looked at now.
    pub blind: Option<String>,
    /// Where hits are sent, besides.
    pub webhook: Option<String>,
}

/// `/api/v1/alerts/all`: everybody's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AllAlerts {
    /// So many there may be.
    pub most: usize,
    /// In the order in which they were made.
    pub alerts: Vec<OwnedAlert>,
}

/// An alert, and whose it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OwnedAlert {
    /// `user tom`, `telegram 4711`, `nobody: user 7` whom the users' table does not know, `this machine, without users`.
    pub owner: String,
    /// Its owner is not let in: nothing is looked at for it, and it keeps its place.
    pub shut_out: bool,
    /// As its owner sees it; of where it is sent the host alone.
    pub alert: AlertRule,
}

/// `/api/v1/alerts/hits`: what concerns oneself, and what concerns everybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertHits {
    /// Oldest first.
    pub hits: Vec<AlertHit>,
}

/// What an alert found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertHit {
    /// Of which rule; `null`: the engine or a feed stands still, which concerns everybody.
    pub alert: Option<u64>,
    /// When.
    pub at_ns: u64,
    /// In a line.
    pub text: String,
    /// The number that was found.
    pub value: Option<f64>,
}

/// What `/ws/alerts` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AlertMessage {
    /// The first: the last hits.
    Snapshot(AlertHits),
    /// These happened.
    Hits(AlertHits),
    /// Hits that concern whoever listens and are not kept any more.
    Lapped(super::Lapped),
}

/// The file of rules and of what they found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptAlerts {
    /// Numbers are not given twice.
    pub next_id: u64,
    /// Of everybody.
    pub rules: Vec<KeptRule>,
    /// What they found, and what was told everybody: the last of each person.
    #[serde(default)]
    pub found: Vec<KeptHit>,
}

/// A hit in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields of AlertHit, as they are kept")]
pub struct KeptHit {
    pub owner: Option<i64>,
    pub alert: Option<u64>,
    pub at_ns: u64,
    pub text: String,
    pub value: Option<f64>,
}

impl KeptHit {
    pub(crate) fn new(hit: &ops::Hit) -> Self {
        let owner = hit.owner.map(|owner| owner.0);
        Self { owner, alert: hit.rule, at_ns: hit.at.0, text: hit.text.clone(), value: hit.value }
    }
}

/// A rule in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields of AlertRule, as they are kept")]
pub struct KeptRule {
    pub id: u64,
    pub owner: i64,
    pub measure: String,
    pub of: String,
    pub window: String,
    pub above: Option<f64>,
    pub below: Option<f64>,
    pub cooldown_s: u64,
    pub snoozed_until_ns: u64,
    pub hits: u64,
    pub last_hit_ns: Option<u64>,
    pub holds: bool,
    #[serde(default)]
    pub webhook: Option<String>,
}

impl AlertRule {
    pub(crate) fn new(rule: &ops::Rule, now: Nanos) -> Self {
        let when = &rule.when;
        Self {
            id: rule.id,
            measure: when.measure.name().to_owned(),
            unit: when.measure.unit().to_owned(),
            of: when.of.clone(),
            window: when.window.name().to_owned(),
            above: when.above,
            below: when.below,
            cooldown_s: when.cooldown_ns / Nanos::SECOND,
            snoozed_until_ns: (rule.snoozed_until > now).then_some(rule.snoozed_until.0),
            holds: rule.holds,
            hits: rule.hits,
            last_hit_ns: rule.last_hit.map(|at| at.0),
            blind: rule.blind.clone(),
            webhook: rule.webhook.clone(),
        }
    }
}

impl AllAlerts {
    pub(crate) fn new(all: &[Owned], now: Nanos) -> Self {
        let one = |Owned { owner, is_shut_out, rule }: &Owned| {
            // The rest of it may hold what only the receiver is to know.
            let webhook = rule.webhook.as_deref().map(host);
            let alert = AlertRule { webhook, ..AlertRule::new(rule, now) };
            OwnedAlert { owner: owner.clone(), shut_out: *is_shut_out, alert }
        };
        Self { most: ops::RULES_MAX, alerts: all.iter().map(one).collect() }
    }
}

impl AlertHits {
    pub(crate) fn new(hits: &[ops::Hit]) -> Self {
        let one =
            |hit: &ops::Hit| AlertHit { alert: hit.rule, at_ns: hit.at.0, text: hit.text.clone(), value: hit.value };
        Self { hits: hits.iter().map(one).collect() }
    }
}

impl KeptRule {
    pub(crate) fn new(rule: &ops::Rule) -> Self {
        let when = &rule.when;
        Self {
            id: rule.id,
            owner: rule.owner.0,
            measure: when.measure.name().to_owned(),
            of: when.of.clone(),
            window: when.window.name().to_owned(),
            above: when.above,
            below: when.below,
            cooldown_s: when.cooldown_ns / Nanos::SECOND,
            snoozed_until_ns: rule.snoozed_until.0,
            hits: rule.hits,
            last_hit_ns: rule.last_hit.map(|at| at.0),
            holds: rule.holds,
            webhook: rule.webhook.clone(),
        }
    }
}
