//! Alerts of one person: rules as they are typed, in the book of rules that all doors share, and what they found. An admin
//! sees everybody's rules, and takes them away.

use super::Telegram;
use super::ask::AlertsAsk;
use super::deed::{author, chat_of};
use super::figure::{age, clock};
use super::markup::Markup;
use super::outbox::{Notice, Urgency};
use super::people::Person;
use super::view::View;
use crate::desk::Desk;
use crate::desk::alerts::{AlertError, Owned};
use crate::desk::flow::Timeframe;
use crate::desk::measure::{Measure, Subject};
use crate::desk::sight::Sight;
use crate::ops::alert::{Condition, Full, OWN_MAX, RULES_MAX, Rule};
use engine_model::units::Nanos;

/// Between two hits of one rule.
const COOLDOWN_NS: u64 = 900 * Nanos::SECOND;
const EXAMPLE: &str = "/alerts add BTC price above 70000";
/// Words for a bound.
const ABOVE: [&str; 5] = ["above", "over", ">", ">=", "up"];
const BELOW: [&str; 5] = ["below", "under", "<", "<=", "down"];

impl Telegram {
    pub(super) async fn rules(&self, person: &Person, ask: &AlertsAsk) -> Option<View> {
        let desk = &self.door.desk;
        let text = match ask {
            AlertsAsk::Add(rule) => match condition(desk, &desk.sight(person.caller()), rule) {
                Ok(when) => match desk.add_alert(person.user(), when, None).await {
                    Ok(rule) => format!("alert {}: {}", rule.id, says(&rule)),
                    Err(AlertError::Full(Full::Own)) => {
                        format!("you have {OWN_MAX} alerts, the most there may be - /alerts del 1")
                    }
                    Err(error) => format!("nothing is made: {error}"),
                },
                Err(why) => format!("{why} - for example: {EXAMPLE}"),
            },
            AlertsAsk::Delete(id) => {
                let none = || format!("you have no alert \"{id}\" - /alerts lists them");
                gone(number(id), async |id| desk.remove_alert(person.user(), id).await).await.unwrap_or_else(none)
            }
            AlertsAsk::DeleteAny(id) => {
                let none = || format!("there is no alert \"{id}\" - /alerts all lists them");
                gone(number(id), async |id| desk.remove_any_alert(id, &author(person)).await).await.unwrap_or_else(none)
            }
            AlertsAsk::List => return Some(View::text(list(desk, person))),
            AlertsAsk::ListAll => return Some(View::text(list_all(desk))),
            AlertsAsk::Mute(_) | AlertsAsk::Levels(_) => return None,
        };
        let mut markup = Markup::default();
        markup.say(text);
        Some(View::text(markup))
    }

    /// What rules have found since the last look.
    pub(super) fn tell_hits(&self) {
        let now = self.now();
        let mut state = self.state();
        for person in self.people.iter() {
            let next = state.hits.entry(person.id).or_default();
            let since = self.door.desk.alerts.hits_since(person.user(), *next);
            *next = since.next;
            for hit in since.hits {
                // The dead-man's concerns everybody, and no silent hour.
                let urgency = if hit.rule.is_some() { Urgency::Market } else { Urgency::Emergency };
                let key = hit.rule.map_or_else(|| "dead-man".to_owned(), |rule| format!("alert {rule}"));
                let notice = Notice { urgency, key, text: hit.text, at: now };
                state.outbox.notify(chat_of(person), notice);
            }
        }
        drop(state);
        self.to_send.notify_one();
    }
}

fn number(id: &str) -> Option<u64> {
    id.trim_start_matches('#').parse().ok()
}

/// What is said of an alert that is taken away; `None`: there is none.
async fn gone(id: Option<u64>, remove: impl AsyncFnOnce(u64) -> Result<bool, AlertError>) -> Option<String> {
    let id = id?;
    match remove(id).await {
        Ok(is_gone) => is_gone.then(|| format!("alert {id} is gone")),
        Err(error) => Some(format!("alert {id}: {error}")),
    }
}

fn list_all(desk: &Desk) -> Markup {
    let mut text = Markup::default();
    let all = desk.all_alerts();
    text.head(format!("Everybody's alerts: {} of {RULES_MAX}", all.len()));
    for Owned { owner, is_shut_out, rule } in &all {
        let shut_out = if *is_shut_out { ", who is not let in" } else { "" };
        text.say(format!("{}. {} ({owner}{shut_out})", rule.id, says(rule)));
    }
    text.gap();
    text.line().text("to make room: ").code("/alerts all del 12");
    text
}

fn list(desk: &Desk, person: &Person) -> Markup {
    let mut text = Markup::default();
    let (rules, now) = (desk.alerts.own(person.user()), desk.now());
    text.head(format!("Your alerts: {}", rules.len()));
    for rule in &rules {
        text.say(format!("{}. {}", rule.id, says(rule)));
        let last = rule.last_hit.map_or_else(|| "never".to_owned(), |at| format!("{} ago", age(now.since(at))));
        text.say(format!("  {} hits, the last {last}", rule.hits));
        if rule.snoozed_until > now {
            text.say(format!("  says nothing until {} UTC", clock(rule.snoozed_until, 0)));
        }
        if let Some(why) = &rule.blind {
            text.say(format!("  n/a now ({why})"));
        }
    }
    text.gap();
    text.line().text("add: ").code(EXAMPLE).text(", levels: ").code("/alerts levels");
    text
}

fn says(rule: &Rule) -> String {
    let Condition { measure, of, window, above, below, .. } = &rule.when;
    let bound = |word: &str, value: &Option<f64>| value.map(|value| format!(" {word} {value}"));
    let bounds: String = [bound("above", above), bound("below", below)].into_iter().flatten().collect();
    let of = if of.is_empty() { String::new() } else { format!("{of} ") };
    format!("{of}{}{bounds} {} ({})", measure.name(), measure.unit(), window.name())
}

/// `BTC price above 70000`, `drawdown > 5`, `okx feed above 30`, `ETH open-interest below -5 1h`.
fn condition(desk: &Desk, sight: &Sight, rule: &str) -> Result<Condition, String> {
    let words: Vec<&str> = rule.split_whitespace().collect();
    let is_bound =
        |word: &&str| ABOVE.contains(&word.to_lowercase().as_str()) || BELOW.contains(&word.to_lowercase().as_str());
    let place = words.iter().position(is_bound).ok_or("an alert is above or below something")?;
    let (what, rest) = (&words[..place], &words[place + 1..]);
    let named = |word: &&str| Measure::from_name(&word.replace('_', "-").replace("oi", "open-interest"));
    let measures = || Measure::ALL.map(Measure::name).join(", ");
    let at = what.iter().position(|word| named(word).is_some());
    let (subject, measure) = match at {
        Some(at) => {
            let mut subject = what.to_vec();
            let measure = named(&subject.remove(at)).ok_or_else(measures)?;
            (subject.join(" "), measure)
        }
        // A coin alone means its price.
        None if what.len() == 1 => (what[0].to_owned(), Measure::Price),
        None => return Err(format!("it measures one of {}", measures())),
    };
    let of = desk.subject(sight, measure.subject(), &subject).map_err(|names| {
        let some: Vec<String> = names.into_iter().take(5).collect();
        format!("\"{subject}\" is nothing to measure {} of; there are {}", measure.name(), some.join(", "))
    })?;
    if measure.subject() == Subject::Nothing && !subject.is_empty() {
        return Err(format!("{} is of nothing", measure.name()));
    }
    let number = rest.first().ok_or("a number is missing")?;
    let value: f64 =
        number.trim_end_matches('%').replace(',', "").parse().map_err(|_| format!("\"{number}\" is no number"))?;
    if !value.is_finite() {
        return Err(format!("\"{number}\" is no number"));
    }
    let window = match rest.get(1) {
        None => Timeframe::M15,
        Some(word) => Timeframe::from_name(word).ok_or_else(|| format!("\"{word}\" is no timeframe"))?,
    };
    let is_above = ABOVE.contains(&words[place].to_lowercase().as_str());
    let (above, below) = if is_above { (Some(value), None) } else { (None, Some(value)) };
    Ok(Condition { measure, of, window, above, below, cooldown_ns: COOLDOWN_NS })
}
