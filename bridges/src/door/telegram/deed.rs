//! What people change, done the way the operator's line does it: a command to risk, and a look at how trading stands
//! behind it. The emergency stop is here, too: it is handed on in the moment it is heard, before anything is queued,
//! written or sent.

use super::Telegram;
use super::api::{Outgoing, Over};
use super::ask::Act;
use super::button::under_question;
use super::confirm::{By, Place};
use super::figure::usd;
use super::markup::{MESSAGE_UNITS_MAX, Markup};
use super::outbox::{Notice, Urgency};
use super::people::Person;
use super::sender::Answer as Reply;
use super::view;
use crate::desk::Desk;
use crate::desk::people::By as Author;
use crate::desk::second::Voice;
use crate::desk::sight::Sight;
use crate::door::dto::OrderOutcome;
use crate::operator::words::{self, Answer, Trading};
use crate::role::{Telegram as Row, UserId};
use engine_model::command::CommandKind;
use engine_model::limit::{Scope, TradingState};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

const HALT: CommandKind = CommandKind::SetTradingState { scope: Scope::Whole, state: TradingState::Halted };
/// A queue that is full empties within milliseconds; risk itself has two seconds to take what it is told.
const TRIES: u32 = 400;
const TRY_EVERY: Duration = Duration::from_millis(5);

impl Telegram {
    /// Halts everything, now. The rest (that it is done, what is left, what else may be done) follows by itself.
    pub(super) fn stop_everything(self: &Arc<Self>, person: &Person) {
        let first = self.commands.send(HALT);
        tracing::error!(user = person.id, name = person.name, first = ?first.as_ref().err(), "telegram: emergency stop");
        let (telegram, person) = (Arc::clone(self), person.clone());
        tokio::spawn(async move { telegram.see_it_stopped(person, first.is_ok()).await });
    }

    async fn see_it_stopped(self: Arc<Self>, person: Person, mut is_sent: bool) {
        for _ in 0..TRIES {
            if is_sent {
                break;
            }
            sleep(TRY_EVERY).await;
            is_sent = self.commands.send(HALT).is_ok();
        }
        // Once more, by the way of all commands: halted is halted, and it is in the audit.
        let halt = words::Ask::Halt { scope: "whole".to_owned() };
        let sight = self.sight(&person);
        let answer = self.door.desk.tell(halt, Voice::Line, &author(&person), &sight).await;
        let chat = chat_of(&person);
        let text = stopped(&self.door.desk, &sight, &answer);
        let others = format!("{} stopped everything by Telegram", person.name);
        self.tell_others(&person, Urgency::Emergency, "emergency stop", &others, |_| true);
        self.ask(&person, chat, Act::Flatten, By::Same, text, ("Close every position", "Leave positions as they are"));
    }

    /// What a person sees.
    pub(super) fn sight(&self, person: &Person) -> Sight {
        self.door.desk.sight(person.caller())
    }

    /// Asks for a yes, before or instead of doing it.
    pub(super) fn ask(&self, person: &Person, chat: i64, act: Act, by: By, text: Markup, words: (&str, &str)) {
        let now = self.now();
        let Ok(nonce) = super::drawn() else {
            self.say(chat, "nothing was done: the system gives no random number for a question");
            return;
        };
        let place = Place { user: person.id, chat };
        let row = act.row();
        self.state().confirmations.ask(nonce, place, act, by, now);
        let mut parts = text.parts(MESSAGE_UNITS_MAX);
        let Some(last) = parts.pop() else { return };
        for part in parts {
            let what = Outgoing { over: None, part, buttons: Vec::new(), picture: None };
            self.post(chat, Urgency::Emergency, Reply { what, asks: None });
        }
        let buttons = under_question(nonce, words.0, words.1);
        if by == By::Another {
            for other in self.people.who_may(row.needs()).filter(|other| other.id != person.id) {
                let what = Outgoing { over: None, part: last.clone(), buttons: buttons.clone(), picture: None };
                self.post(chat_of(other), Urgency::Answer, Reply { what, asks: Some(nonce) });
            }
        }
        let what = Outgoing { over: None, part: last, buttons, picture: None };
        let urgency = if row == Row::Close { Urgency::Emergency } else { Urgency::Answer };
        self.post(chat, urgency, Reply { what, asks: Some(nonce) });
    }

    /// What is let go again is said to the engine's desk before it is asked for the second time: who says yes, and
    /// from when on, is the desk's rule for every door.
    pub(super) async fn say_once(&self, act: Act, person: &Person) -> Result<(Act, By), String> {
        let Act::Resume { scope, reason, token: None } = act else { return Ok((act, By::Same)) };
        let by = self.second(person);
        let ask = words::Ask::Resume { scope: scope.clone(), token: None };
        match self.door.desk.tell(ask, voice(person, by), &author(person), &self.sight(person)).await {
            Answer::Again { token, .. } => Ok((Act::Resume { scope, reason, token: Some(token) }, by)),
            Answer::Refused { why, found } => Err(format!("not done: {why} ({found})")),
            _ => Err("it trades already".to_owned()),
        }
    }

    /// Whether what is let go again needs a second person, and Telegram knows of none who may.
    pub(super) fn lacks_second(&self, person: &Person) -> bool {
        let mut others = self.people.who_may(Row::Resume.needs()).filter(|other| other.id != person.id);
        self.second(person) == By::Another && others.next().is_none()
    }

    /// Who says yes to what is let go again: somebody else, where there is somebody.
    fn second(&self, person: &Person) -> By {
        // With users of the house's own there may be others than those of Telegram: nobody is alone then.
        let has_users = self.door.desk.people.is_some();
        let is_alone = !has_users && self.people.who_may(Row::Resume.needs()).all(|other| other.id == person.id);
        if is_alone { By::SameLater } else { By::Another }
    }

    /// Does it, and says how trading stands behind it.
    pub(super) async fn act(&self, act: &Act, person: &Person) -> Markup {
        // A restart behind it must not do it again.
        self.save().await;
        let by = self.second(person);
        let (desk, sight) = (&self.door.desk, self.sight(person));
        // Looked at before: an order that is withdrawn is nobody's open order any more.
        let seen: Vec<u64> =
            self.people.iter().filter(|one| sees(desk, &self.sight(one), act, &sight)).map(|one| one.id).collect();
        let tell = |said: &str| {
            let is_told = |other: &Person| seen.contains(&other.id);
            self.tell_others(person, Urgency::Risk, "command", &format!("{}: {said}", person.name), is_told);
        };
        let answer = desk.tell(told(act), voice(person, by), &author(person), &sight).await;
        tracing::warn!(user = person.id, name = person.name, ?act, ?answer, "telegram: a command");
        match answer {
            Answer::Done(trading) => {
                tell(&act.says());
                let mut text = line(&format!("done: {}", act.says()));
                text.append(standing(&trading));
                text
            }
            Answer::Refused { why, found } => line(&format!("not done: {why} ({found})")),
            Answer::Again { .. } | Answer::Confirm { .. } => line("not done: it has to be said again"),
            Answer::Order(outcome) => {
                let said = format!("{}: {}", act.says(), of_order(&outcome));
                if !outcome.is_refused() {
                    tell(&said);
                }
                line(&said)
            }
            Answer::Limit(words::LimitTold { limit, value, file }) => {
                tell(&act.says());
                line(&format!("done: {limit} is {value} (the file says {file})"))
            }
            Answer::Strategies { .. } => {
                tell(&act.says());
                let mut text = line(&format!("done: {}", act.says()));
                text.append(steered(desk, &sight, act));
                text
            }
        }
    }

    /// Changes the messages that asked, and takes their buttons away.
    pub(super) fn close_question(&self, shown: &[(i64, i32)], text: &Markup) {
        let Some(part) = text.parts(MESSAGE_UNITS_MAX).into_iter().next() else { return };
        for (chat, message) in shown {
            let over = Some(Over { message: *message, is_picture: false });
            let what = Outgoing { over, part: part.clone(), buttons: Vec::new(), picture: None };
            self.post(*chat, Urgency::Answer, Reply { what, asks: None });
        }
    }

    pub(super) fn expire_questions(&self) {
        let now = self.now();
        let over = self.state().confirmations.expired(now);
        for open in over {
            let text = line(&format!("nobody said yes in time: {} was not done", open.act.says()));
            self.close_question(&open.shown, &text);
        }
    }

    /// Those who are told of it.
    fn tell_others(&self, person: &Person, urgency: Urgency, key: &str, text: &str, is_told: impl Fn(&Person) -> bool) {
        let at = self.now();
        let mut state = self.state();
        for other in self.people.iter().filter(|other| other.id != person.id && is_told(other)) {
            let notice = Notice { urgency, key: key.to_owned(), text: text.to_owned(), at };
            state.outbox.notify(chat_of(other), notice);
        }
        drop(state);
        self.to_send.notify_one();
    }
}

/// The chat of a person and us has the person's number.
pub(super) fn chat_of(person: &Person) -> i64 {
    i64::try_from(person.id).unwrap_or(0)
}

pub(super) fn line(text: &str) -> Markup {
    let mut markup = Markup::default();
    markup.say(text);
    markup
}

/// For the audit.
pub(super) fn author(person: &Person) -> Author {
    Author { actor: format!("telegram:{}", person.id), source: format!("telegram as {}", person.name) }
}

/// Whether somebody sees what is done there. What is done to the whole concerns everybody; `by` whose sight it is done with.
fn sees(desk: &Desk, sight: &Sight, act: &Act, by: &Sight) -> bool {
    match act {
        Act::Steer { strategy, .. } => desk.strategy(sight, strategy).is_some(),
        Act::Cancel { order } => desk.open_order(sight, order).is_ok(),
        Act::Reduce { scope } | Act::Resume { scope, .. } => desk.scope(sight, scope).is_some(),
        Act::Close { .. } => sight.is_whole(),
        // Of whoever sees a part only that is withdrawn.
        Act::CancelAll => sight.is_whole() || by.is_whole(),
        Act::Flatten | Act::SetLimit { .. } => true,
    }
}

/// One person alone is the whole house, like the one on the operator's line.
fn voice(person: &Person, by: By) -> Voice {
    match by {
        By::Another => Voice::User(UserId(chat_of(person))),
        By::Same | By::SameLater => Voice::Line,
    }
}

/// As the desk hears it.
fn told(act: &Act) -> words::Ask {
    match act.clone() {
        Act::CancelAll => words::Ask::CancelAll,
        Act::Flatten => words::Ask::Flatten,
        Act::Steer { strategy, what } => words::Ask::Steer { strategy, what },
        Act::Reduce { scope } => words::Ask::Reduce { scope },
        Act::Resume { scope, token, .. } => words::Ask::Resume { scope, token },
        Act::Close { symbol, share_pct } => words::Ask::Close { symbol, share_pct },
        Act::Cancel { order } => words::Ask::Cancel { order },
        Act::SetLimit { name, value } => words::Ask::SetLimit { key: name, value, token: None },
    }
}

/// How trading stands.
pub(super) fn standing(trading: &Trading) -> Markup {
    let mut text = Markup::default();
    let unknown = || "n/a (the engine has not told it)".to_owned();
    text.line().text("trading: ").bold(trading.state.clone().unwrap_or_else(unknown));
    for (scope, state) in &trading.scopes {
        text.say(format!("  {scope}: {state}"));
    }
    let positions = trading.positions.map_or_else(unknown, |count| count.to_string());
    text.say(format!("open orders: {}   positions: {positions}", trading.open_orders));
    text
}

/// What came of an order, in a line.
fn of_order(outcome: &OrderOutcome) -> String {
    let OrderOutcome { order, symbol, venue, status, qty, filled_qty, denied, rejected, .. } = outcome;
    let mut text = format!("{} {symbol}.{venue} {status}", order.as_deref().unwrap_or("no order"));
    if let (Some(qty), Some(filled)) = (qty, filled_qty) {
        text += &format!(", filled {filled} of {qty}");
    }
    let why = denied.as_ref().map(|denied| &denied.text).or(rejected.as_ref());
    why.map_or_else(|| text.clone(), |why| format!("{text}: {why}"))
}

/// What it would do, in numbers, for whoever says yes.
pub(super) fn preview(desk: &Desk, sight: &Sight, act: &Act) -> Markup {
    let mut text = Markup::default();
    text.line().bold("Sure? ").text(act.says());
    if let Act::Resume { reason: Some(reason), .. } = act {
        text.say(format!("because: {reason}"));
    }
    if let Act::Close { symbol, share_pct } = act
        && let Ok(closing) = desk.closing(sight, symbol, *share_pct)
    {
        text.say(closing.says());
    }
    text.append(steered(desk, sight, act));
    text.append(standing(&desk.trading(sight)));
    text.say(format!("positions are worth {}", worth(desk, sight)));
    text
}

/// What is held by what somebody sees.
fn worth(desk: &Desk, sight: &Sight) -> String {
    let gross = match desk.part(sight) {
        Some(part) => part.sum.map(|sum| sum.gross),
        None => desk.portfolio(sight).map(|portfolio| i128::from(portfolio.gross.0)),
    };
    gross.map_or_else(|| "n/a (the engine has told none yet)".to_owned(), usd)
}

/// How the strategy stands that something is asked of.
fn steered(desk: &Desk, sight: &Sight, act: &Act) -> Markup {
    let Act::Steer { strategy, .. } = act else { return Markup::default() };
    desk.strategy(sight, strategy).map(|one| view::strategy_standing(&one)).unwrap_or_default()
}

fn stopped(desk: &Desk, sight: &Sight, answer: &Answer) -> Markup {
    let mut text = Markup::default();
    match answer {
        Answer::Done(_) => {
            text.head("⛔ HALTED: no order passes, working orders are withdrawn");
        }
        Answer::Refused { why, found } => {
            text.head("⛔ NOT CONFIRMED");
            text.say(format!("{why} ({found}); ringside kill on the machine does not need the engine"));
        }
        _ => text.head("⛔ NOT CONFIRMED: it has to be said again"),
    }
    text.append(standing(&desk.trading(sight)));
    text.say(format!("left exposed: {}", worth(desk, sight)));
    text.say("it stays halted over restarts; /rearm REASON or the API lets it trade again");
    text
}
