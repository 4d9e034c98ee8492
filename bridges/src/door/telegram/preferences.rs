//! How a person wants to be told: zone, silent hours, the summary's time, what is told with a sound, without, or not
//! at all.

use super::Telegram;
use super::ask::{AlertsAsk, Ask, SettingsAsk};
use super::deed::chat_of;
use super::figure::{clock, zone};
use super::markup::Markup;
use super::outbox::{Habits, Urgency};
use super::view::{self, Asker, View};
use engine_model::units::Nanos;

impl Telegram {
    /// The day's summary, at the minute that each person has chosen; on Mondays the week's, too.
    pub(super) async fn tell_summaries(&self) {
        let now = self.now();
        for person in self.people.iter() {
            let habits = self.state().outbox.habits(chat_of(person));
            let Some(today) = habits.summary_due(now) else { continue };
            let mut told = habits;
            told.summed_up = Some(today);
            self.state().outbox.set_habits(chat_of(person), told);
            // Day 0 was a Thursday.
            let is_monday = today % 7 == 4;
            let weekly = is_monday.then_some((Ask::Weekly, "/weekly"));
            for (ask, command) in [(Ask::Daily, "/daily")].into_iter().chain(weekly) {
                let view = view::answer(&self.door.desk, &ask, &Asker { person, habits, address: self.address });
                self.reply(chat_of(person), view, command, (0, None), None).await;
            }
        }
    }

    pub(super) fn set(&self, chat: i64, ask: SettingsAsk) -> View {
        let mut state = self.state();
        let mut habits = state.outbox.habits(chat);
        match ask {
            SettingsAsk::Show => {}
            SettingsAsk::Zone(offset_min) => habits.offset_min = offset_min,
            SettingsAsk::Silent(span) => habits.silent = span,
            SettingsAsk::Summary(at) => habits.summary_at = at,
        }
        if ask != SettingsAsk::Show {
            state.outbox.set_habits(chat, habits);
        }
        drop(state);
        View::text(settings(&habits))
    }

    pub(super) fn levels(&self, chat: i64, ask: &AlertsAsk) -> View {
        let now = self.now();
        let mut state = self.state();
        let mut habits = state.outbox.habits(chat);
        match ask {
            AlertsAsk::Mute(minutes) => habits.snoozed_until = now.plus(u64::from(*minutes) * 60 * Nanos::SECOND),
            AlertsAsk::Levels(Some((urgency, level))) => {
                if !habits.set_level(*urgency, *level) {
                    let mut text = Markup::default();
                    text.say("what stops trading is always told, with a sound");
                    return View::text(text);
                }
            }
            // Rules are answered before they come here.
            AlertsAsk::Levels(None)
            | AlertsAsk::List
            | AlertsAsk::Add(_)
            | AlertsAsk::Delete(_)
            | AlertsAsk::ListAll
            | AlertsAsk::DeleteAny(_) => {}
        }
        state.outbox.set_habits(chat, habits);
        let waiting = state.outbox.waiting(chat);
        drop(state);
        View::text(told(&habits, waiting, now))
    }
}

fn settings(habits: &Habits) -> Markup {
    let mut text = Markup::default();
    text.head("Settings");
    text.say(format!("zone: {}", zone(habits.offset_min)));
    let silent = habits.silent.map(|(from, to)| format!("{} to {}", minute(from), minute(to)));
    text.say(format!("silent hours: {}", silent.unwrap_or_else(|| "none".to_owned())));
    let summary = habits.summary_at.map(minute);
    text.say(format!("daily summary: {}", summary.unwrap_or_else(|| "none".to_owned())));
    text.say("language: English, the only one");
    text.gap();
    text.line().text("change: ").code("/settings zone +8").text(", ").code("/settings silent 23:00-07:00");
    text.line().code("/settings silent off").text(", ").code("/settings summary 08:00");
    text
}

fn told(habits: &Habits, waiting: u64, now: Nanos) -> Markup {
    let mut text = Markup::default();
    text.head("What you are told");
    for urgency in Urgency::NOTICES {
        text.row(format!("{:<10} {}", urgency.name(), habits.level(urgency).name()));
    }
    if habits.snoozed_until > now {
        let until = clock(habits.snoozed_until, habits.offset_min);
        text.say(format!("market alerts are muted until {until} {}", zone(habits.offset_min)));
    }
    text.say(format!("{waiting} waiting to be sent"));
    text
}

fn minute(of_day: u16) -> String {
    format!("{:02}:{:02}", of_day / 60, of_day % 60)
}
