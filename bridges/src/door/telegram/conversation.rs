//! What is done about what was heard: the emergency at once, all else in each person's order.

use super::Telegram;
use super::api::{Button, Outgoing, Over};
use super::ask::{Act, Ask, Which};
use super::button::{Tap, under_answer};
use super::confirm::{By, Place, Verdict};
use super::deed::{chat_of, line, preview};
use super::heard::{Heard, What};
use super::markup::{CAPTION_UNITS_MAX, MESSAGE_UNITS_MAX};
use super::outbox::Urgency;
use super::people::Person;
use super::read::{Unread, is_emergency, read};
use super::sender::Answer;
use super::view::{self, Asker, View};
use crate::desk::sight::Sight;
use crate::desk::steering;
use crate::picture::png;
use crate::role::{Needs, Telegram as Row};
use engine_model::limit::{Scope, TradingState};
use engine_model::units::Nanos;
use std::sync::Arc;
use teloxide::types::{BotCommand, Update};

/// What changes something and was said longer ago is not done: an outage must not bring yesterday's orders.
const FRESH_NS: u64 = 60 * Nanos::SECOND;

impl Telegram {
    /// News, in the order in which they come. Returns at once: an emergency is handed on before, all else behind.
    pub(super) fn take(self: &Arc<Self>, update: &Update) {
        let now = self.now();
        if !self.state().seen.is_new(update.id.0, now) {
            return;
        }
        let Some(heard) = Heard::new(update) else { return };
        let Some(person) = self.people.get(heard.user) else {
            tracing::warn!(user = heard.user, "telegram: somebody who is not listed; nobody answers");
            return;
        };
        if self.is_emergency(&heard) && Row::EmergencyStop.needs().allow(Some(person.role)) {
            self.stop_everything(person);
            if let What::Tapped { query, .. } = heard.what {
                self.answer_tap(query, "halting");
            }
            return;
        }
        self.state().outbox.heard(heard.chat());
        self.queue(heard);
    }

    fn is_emergency(&self, heard: &Heard) -> bool {
        match &heard.what {
            What::Said { text, .. } => is_emergency(text, self.own_name()),
            What::Tapped { data, .. } => Tap::read(data) == Some(Tap::Emergency),
        }
    }

    fn own_name(&self) -> &str {
        self.name.get().map_or("", String::as_str)
    }

    /// In a task of its own: nobody waits for a button to stop turning.
    fn answer_tap(self: &Arc<Self>, query: String, text: &'static str) {
        let telegram = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(trouble) = telegram.api.answer_tap(&query, text).await {
                tracing::debug!("telegram: {}", trouble.text);
            }
        });
    }

    /// One person's word or tap.
    pub(super) async fn converse(self: &Arc<Self>, heard: Heard) {
        let Some(person) = self.people.get(heard.user).cloned() else { return };
        let chat = heard.chat();
        match heard.what {
            What::Said { text, at } => match read(&text, self.own_name()) {
                Ok(ask) => self.asked(&person, ask, &text, at).await,
                Err(Unread::Wrong(line)) => self.say(chat, &line),
                Err(Unread::NotForUs) => self.say(chat, "commands begin with / - for example: /help"),
            },
            What::Tapped { query, message, is_picture, data } => match Tap::read(&data) {
                Some(Tap::Again { page, command }) => {
                    self.answer_tap(query, "");
                    let over = Some(Over { message, is_picture });
                    match read(&command, self.own_name()) {
                        Ok(ask) if may(&ask, &person).is_ok() => self.show(&person, ask, &command, page, over).await,
                        _ => self.say(chat, "that button is of no use any more - ask again, /help lists how"),
                    }
                }
                Some(Tap::Yes(nonce)) => self.answered(&person, nonce, true, (query, message)).await,
                Some(Tap::No(nonce)) => self.answered(&person, nonce, false, (query, message)).await,
                Some(Tap::Emergency) => {
                    self.answer_tap(query, "");
                    self.say(chat, &refusal(Row::EmergencyStop, &person));
                }
                None => self.answer_tap(query, "an old button"),
            },
        }
    }

    async fn asked(self: &Arc<Self>, person: &Person, ask: Ask, text: &str, at: Nanos) {
        let chat = chat_of(person);
        if let Err(no) = may(&ask, person) {
            return self.say(chat, &no);
        }
        let age_s = self.now().since(at) / Nanos::SECOND;
        let is_old = self.now().since(at) > FRESH_NS;
        let stale = || format!("not done: that was said {age_s} s ago, and 60 s is the most - say it again");
        let sight = self.sight(person);
        let act = match wanted(&ask, &self.door.desk, &sight) {
            None if is_old && matches!(ask, Ask::Backtest { .. } | Ask::Optimize { .. }) => {
                return self.say(chat, &stale());
            }
            None => return self.show(person, ask, text, 0, None).await,
            Some(Err(why)) => return self.say(chat, &why),
            Some(Ok(act)) => act,
        };
        if is_old {
            return self.say(chat, &stale());
        }
        if matches!(act, Act::Resume { .. }) && self.lacks_second(person) {
            return self.say(
                chat,
                "not done: another person must say yes, and nobody else here may - two users say it by the API",
            );
        }
        let (act, by) = match self.say_once(act, person).await {
            Ok(said) => said,
            Err(why) => return self.say(chat, &why),
        };
        let mut text = preview(&self.door.desk, &sight, &act);
        text.say(match by {
            By::Same => format!("a yes counts within {} s", self.state().confirmations.within_s()),
            By::SameLater => "a yes counts from 5 s on, within 10 min".to_owned(),
            By::Another => "somebody else must say yes, from 5 s on, within 10 min".to_owned(),
        });
        self.ask(person, chat, act, by, text, ("Yes", "No"));
    }

    async fn answered(self: &Arc<Self>, person: &Person, nonce: super::Nonce, is_yes: bool, tap: (String, i32)) {
        let (query, message) = tap;
        let place = Place { user: person.id, chat: chat_of(person) };
        let needs = self.state().confirmations.act(nonce).map(|act| act.row().needs());
        if is_yes && !needs.is_none_or(|needs: Needs| needs.allow(Some(person.role))) {
            return self.answer_tap(query, "that is not yours to say");
        }
        let now = self.now();
        let verdict = self.state().confirmations.answer(nonce, place, is_yes, now);
        let (mut open, text) = match verdict {
            Verdict::Foreign => return self.answer_tap(query, "that is somebody else's to say"),
            Verdict::TooSoon => return self.answer_tap(query, "not yet: 5 s must lie between"),
            Verdict::Unknown => return self.answer_tap(query, "that is answered already, or its time is over"),
            Verdict::No(open) => {
                self.answer_tap(query, "nothing is done");
                let text = line(&format!("{} said no: {} was not done", person.name, open.act.says()));
                (open, text)
            }
            Verdict::Expired(open) => {
                self.answer_tap(query, "too late");
                let text = line(&format!("too late: {} was not done", open.act.says()));
                (open, text)
            }
            Verdict::Do(open) => {
                self.answer_tap(query, "");
                let text = self.act(&open.act, person).await;
                (open, text)
            }
        };
        // A tap may be faster than the word that the question was sent.
        let tapped = (place.chat, message);
        if !open.shown.contains(&tapped) {
            open.shown.push(tapped);
        }
        self.close_question(&open.shown, &text);
    }

    /// An answer, new or over the one before.
    async fn show(self: &Arc<Self>, person: &Person, ask: Ask, command: &str, page: usize, over: Option<Over>) {
        let chat = chat_of(person);
        if let Ask::Backtest { .. } | Ask::Optimize { .. } | Ask::Jobs(_) = ask {
            return self.jobs(person, &ask, page, over).await;
        }
        let is_start = ask == Ask::Start && Row::EmergencyStop.needs().allow(Some(person.role));
        let stop = is_start.then(|| Tap::Emergency.button("⛔ Emergency stop")).flatten();
        let view = match ask {
            Ask::Settings(ask) => self.set(chat, ask),
            Ask::Alerts(ask) => match self.rules(person, &ask).await {
                Some(view) => view,
                None => self.levels(chat, &ask),
            },
            Ask::Audit { count } => view::audit(&self.door.desk, count).await,
            ask => {
                let habits = self.state().outbox.habits(chat);
                view::answer(&self.door.desk, &ask, &Asker { person, habits, address: self.address })
            }
        };
        self.reply(chat, view, command, (page, stop), over).await;
    }

    /// An answer with its buttons, and one more. A picture has the text as its caption; where the text is longer than one may
    /// be, the picture goes before it.
    pub(super) async fn reply(
        &self,
        chat: i64,
        view: View,
        command: &str,
        (page, more): (usize, Option<Button>),
        over: Option<Over>,
    ) {
        let is_caption = view.text.parts(CAPTION_UNITS_MAX).len() == 1;
        let mut picture = match view.picture {
            // Behind a button the text alone is new; the picture before it says of when it is.
            Some(_) if !is_caption && over.is_some_and(|over| !over.is_picture) => None,
            Some(svg) => drawn(svg).await,
            None => None,
        };
        if !is_caption
            && let Some(picture) = picture.take()
            && let Some(part) = view.text.first_line().parts(CAPTION_UNITS_MAX).into_iter().next()
        {
            let what = Outgoing { over: None, part, buttons: Vec::new(), picture: Some(picture) };
            self.post(chat, Urgency::Answer, Answer { what, asks: None });
        }
        let limit = if picture.is_some() { CAPTION_UNITS_MAX } else { MESSAGE_UNITS_MAX };
        let parts = view.text.parts(limit);
        let pages = parts.len();
        let page = page.min(pages.saturating_sub(1));
        let Some(part) = parts.into_iter().nth(page) else { return };
        let mut buttons = under_answer(command, page, pages);
        buttons.extend(more.map(|button| vec![button]));
        // A text cannot become a picture, nor the other way round: that answer comes anew.
        let over = over.filter(|over| over.is_picture == picture.is_some());
        let what = Outgoing { over, part, buttons, picture };
        self.post(chat, Urgency::Answer, Answer { what, asks: None });
    }

    /// What a person's keyboard offers behind the `/`. A call for each person, one behind the other: a thousand people
    /// take Telegram a minute, and nobody's word waits for it.
    pub(super) async fn list_commands(&self) {
        for person in self.people.iter() {
            let own = Row::ALL.iter().filter(|row| row.needs().allow(Some(person.role)) && !row.word().contains(' '));
            let list =
                own.map(|row| BotCommand::new(row.word().trim_start_matches('/'), row.about().trim_end_matches('.')));
            if let Err(trouble) = self.api.set_commands(chat_of(person), list.collect()).await {
                tracing::debug!("telegram: {}", trouble.text);
            }
        }
    }
}

/// On a thread that answers nobody else.
async fn drawn(svg: String) -> Option<Vec<u8>> {
    match tokio::task::spawn_blocking(move || png(&svg)).await {
        Ok(Ok(bytes)) => Some(bytes),
        Ok(Err(error)) => {
            tracing::error!(%error, "a chart");
            None
        }
        Err(error) => {
            tracing::error!(%error, "a chart");
            None
        }
    }
}

fn may(ask: &Ask, person: &Person) -> Result<(), String> {
    let row = ask.row();
    if row.needs().allow(Some(person.role)) { Ok(()) } else { Err(refusal(row, person)) }
}

fn refusal(row: Row, person: &Person) -> String {
    let needs = match row.needs() {
        Needs::Role(role) => role.name(),
        Needs::Nothing => "nobody",
    };
    format!("{} needs {needs}; you are {} - /help lists what you may", row.word(), person.role.name())
}

fn said((why, found): (String, String)) -> String {
    format!("{why} ({found})")
}

/// What a question changes; `None`: nothing, it is answered. An error is why it cannot be done here.
fn wanted(ask: &Ask, desk: &crate::desk::Desk, sight: &Sight) -> Option<Result<Act, String>> {
    let whole = || "whole".to_owned();
    let act = match ask {
        Ask::Pause => Ok(Act::Reduce { scope: whole() }),
        Ask::Resume if desk.state_of(Scope::Whole) == Some(TradingState::Halted) => {
            Err("everything is HALTED: /rearm says why it trades again - for example: /rearm the feed is back"
                .to_owned())
        }
        Ask::Resume => Ok(Act::Resume { scope: whole(), reason: None, token: None }),
        Ask::Rearm { reason } => Ok(Act::Resume { scope: whole(), reason: Some(reason.clone()), token: None }),
        Ask::Close { what: Which::All, share_pct: 100 } => Ok(Act::Flatten),
        Ask::Close { what: Which::All, .. } => {
            Err("all positions are closed whole, or one of them in part - for example: /close BTC 50%".to_owned())
        }
        Ask::Close { what: Which::One(symbol), share_pct } => {
            let (symbol, share_pct) = (symbol.clone(), *share_pct);
            desk.closing(sight, &symbol, share_pct).map(|_| Act::Close { symbol, share_pct }).map_err(said)
        }
        Ask::Cancel { what: Which::All } => Ok(Act::CancelAll),
        Ask::Cancel { what: Which::One(order) } => {
            desk.open_order(sight, order).map(|_| Act::Cancel { order: order.clone() }).map_err(said)
        }
        Ask::Strategy { what, name } => {
            let act = || Act::Steer { strategy: name.clone(), what: what.clone() };
            steering::meant(&desk.gauges.counters.strategies, sight, name, what).map(|_| act()).map_err(said)
        }
        Ask::RiskLimitsSet { name, value } => match desk.limit_meant(name, value) {
            Ok(meant) if meant.is_looser => {
                Err("that lets more pass than now, which two people say at the API or on the \
                machine: ringside limits set"
                    .to_owned())
            }
            Ok(_) => Ok(Act::SetLimit { name: name.clone(), value: value.clone() }),
            Err(no) => Err(said(no)),
        },
        _ => return None,
    };
    Some(act)
}
