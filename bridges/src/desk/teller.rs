//! What people tell a running engine, by whatever door: one way for all, through the `command` ring into the risk stage.
//!
//! Owns: what must be said twice ([`second`](super::second)), the wait until risk has taken a command, and that it is
//! written down before it takes effect. What stops something is not held up by a database: it waits half a second for the
//! audit and goes on without it. What lets run again does not. Never: whether somebody may (roles and the socket's mode),
//! a rule of risk (the engine obeys or not, and its journal has it).

use super::Desk;
use super::manual::Manual;
use super::second::{Said, Second, Voice};
use super::sight::Sight;
use super::steering;
use crate::desk::people::By;
use crate::desk::people::secret::drawn;
use crate::door::dto::OrderOutcome;
use crate::error::BridgeError;
use crate::hub::command::CommandSender;
use crate::operator::words::{Answer, Ask, LimitTold, Steering};
use engine_model::command::CommandKind;
use engine_model::limit::{Scope, TradingState};
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// For the engine to take a command: a thousand times what it needs.
const TAKEN_WITHIN: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// For a row of the audit.
const AUDIT_WITHIN: Duration = Duration::from_millis(500);

/// See the module.
pub(crate) struct Teller {
    pub(super) commands: CommandSender,
    second: Mutex<Second>,
    /// The last command that set a limit, by its number. Held from the look at what is in force until the limit that was
    /// asked for is: which way the next one goes is seen in what this one left.
    limit_sent: tokio::sync::Mutex<u64>,
    /// Orders of people.
    pub(super) manual: Manual,
}

impl Desk {
    /// Does what is asked of what whoever asks sees. Who asks and what comes of it is in the audit, where there is one.
    pub(crate) async fn tell(&self, ask: Ask, voice: Voice, by: &By, sight: &Sight) -> Answer {
        let is_asked = matches!(ask, Ask::State | Ask::Strategies);
        let Some(people) = self.people.as_ref().filter(|_| !is_asked) else {
            return self.teller.answer(self, ask, voice, sight).await;
        };
        let (word, scope) = (ask.word(), ask.about());
        let of = ask.clone();
        let shown = || match &of {
            Ask::SetLimit { key, .. } => self.limit_shown(key).unwrap_or_else(|| "unknown".to_owned()),
            Ask::Steer { strategy, what } => steering::shown(&self.gauges.counters.strategies, sight, strategy, what),
            _ => self.shown(sight, &scope),
        };
        let before = shown();
        let asked = timeout(AUDIT_WITHIN, people.asked(by, word, &scope, &before)).await;
        let asked = match asked {
            Ok(Ok(seq)) => Some(seq),
            Ok(Err(error)) => unwritten(word, &error),
            Err(late) => unwritten(word, &late),
        };
        let lets_trade = matches!(
            ask,
            Ask::Resume { .. }
                | Ask::Place { .. }
                | Ask::Modify { .. }
                | Ask::SetLimit { token: Some(_), .. }
                | Ask::Steer { what: Steering::Start | Steering::Set(_), .. }
        );
        if asked.is_none() && lets_trade {
            return Answer::refused("it could not be written down, and what lets trade must be", "the audit");
        }
        let answer = self.teller.answer(self, ask, voice, sight).await;
        if let Some(seq) = asked {
            let after = shown();
            let came = timeout(AUDIT_WITHIN, people.came(seq, by, word, &after, &outcome(&answer))).await;
            match came {
                Ok(Ok(())) => {}
                Ok(Err(error)) => drop(unwritten(word, &error)),
                Err(late) => drop(unwritten(word, &late)),
            }
        }
        answer
    }

    /// A scope's state, for the audit.
    fn shown(&self, sight: &Sight, scope: &str) -> String {
        let state = self.scope(sight, scope).and_then(|scope| self.state_of(scope));
        state.map_or("unknown", TradingState::name).to_owned()
    }
}

fn unwritten(word: &str, error: &dyn Display) -> Option<i64> {
    tracing::error!(word, "a command is not in the audit: {error}");
    None
}

/// In a word; a token is not written down.
fn outcome(answer: &Answer) -> String {
    match answer {
        Answer::Done(_) | Answer::Strategies { .. } => "done".to_owned(),
        Answer::Limit(LimitTold { limit, value, .. }) => format!("done: {limit} {value}"),
        Answer::Again { .. } => "said once".to_owned(),
        Answer::Confirm { worth_usd } => format!("to be confirmed: {worth_usd} USD"),
        Answer::Order(order) => of_order(order),
        Answer::Refused { why, .. } => format!("refused: {why}"),
    }
}

/// What came of an order, in a line.
fn of_order(order: &OrderOutcome) -> String {
    let number = order.order.as_deref().unwrap_or("no order");
    let why = order.denied.as_ref().map(|denied| denied.text.clone()).or_else(|| order.rejected.clone());
    format!("{} {number}{}", order.status, why.map(|why| format!(": {why}")).unwrap_or_default())
}

impl Teller {
    pub(crate) fn new(commands: CommandSender) -> Self {
        let limit_sent = tokio::sync::Mutex::default();
        Self { commands, second: Mutex::default(), limit_sent, manual: Manual::default() }
    }

    /// Does what is asked, and says how trading stands behind it.
    pub(crate) async fn answer(&self, desk: &Desk, ask: Ask, by: Voice, sight: &Sight) -> Answer {
        let named = |scope: &str| desk.scope(sight, scope);
        if let Ask::Halt { .. } | Ask::Flatten = &ask {
            self.second.lock().unwrap_or_else(PoisonError::into_inner).stopped();
        }
        match ask {
            Ask::State => Answer::Done(desk.trading(sight)),
            Ask::Flatten => self.command(desk, CommandKind::Flatten, sight).await,
            Ask::CancelAll if !sight.is_whole() => self.cancel_seen(desk, sight).await,
            Ask::CancelAll => self.command(desk, CommandKind::CancelAll, sight).await,
            Ask::Strategies => {
                Answer::Strategies { strategies: steering::told(&desk.gauges.counters.strategies, sight) }
            }
            Ask::Steer { strategy, what } => self.steer(desk, &strategy, &what, sight).await,
            Ask::SetLimit { key, value, token } => self.set_limit(desk, by, &key, &value, token.as_deref()).await,
            Ask::Place { order } => self.place(desk, &order, by, sight).await,
            Ask::Close { symbol, share_pct } => self.close(desk, &symbol, share_pct, sight).await,
            Ask::Cancel { order } => self.cancel(desk, &order, sight).await,
            Ask::Modify { order, to } => self.modify(desk, &order, &to, sight).await,
            Ask::Halt { scope } | Ask::Reduce { scope } | Ask::Resume { scope, .. } if named(&scope).is_none() => {
                Answer::refused("this run has no such scope", &scope)
            }
            Ask::Halt { scope } => self.set(desk, named(&scope), TradingState::Halted, sight).await,
            Ask::Reduce { scope } => self.reduce(desk, named(&scope), sight).await,
            Ask::Resume { scope, token } => self.resume(desk, by, &scope, token.as_deref(), sight).await,
        }
    }

    /// Said twice; and not while it is not known how orders and positions stand at a venue that it would trade at.
    async fn resume(&self, desk: &Desk, by: Voice, scope: &str, token: Option<&str>, sight: &Sight) -> Answer {
        let named = desk.scope(sight, scope);
        if let Some(venue) = named.and_then(|scope| desk.unreconciled(scope)) {
            let why =
                "how orders and positions stand at the venue is not known yet: ask again when its gateway is ready";
            return Answer::refused(why, venue.name());
        }
        match self.say(desk, by, scope, token) {
            Said::Twice => self.set(desk, named, TradingState::Active, sight).await,
            Said::Once { token, not_before_ns, until_ns } => Answer::Again { token, not_before_ns, until_ns },
            Said::Wrong(why) => Answer::refused(why, token.unwrap_or_default()),
        }
    }

    /// Tighter at once; looser when it is said twice, and so anything while it is not seen yet what came of the one before.
    async fn set_limit(&self, desk: &Desk, by: Voice, key: &str, value: &str, token: Option<&str>) -> Answer {
        let mut sent = self.limit_sent.lock().await;
        let meant = match desk.limit_meant(key, value) {
            Ok(meant) => meant,
            Err((why, found)) => return Answer::refused(&why, &found),
        };
        if meant.is_looser || desk.command_taken() < *sent {
            match self.say(desk, by, &format!("limit {key} {value}"), token) {
                Said::Twice => {}
                Said::Once { token, not_before_ns, until_ns } => {
                    return Answer::Again { token, not_before_ns, until_ns };
                }
                Said::Wrong(why) => return Answer::refused(why, token.unwrap_or_default()),
            }
        }
        let taken = async {
            *sent = self.send(&[meant.command]).map_err(refused)?;
            taken(desk, *sent, || true).await
        };
        match taken.await {
            Ok(()) => Answer::Limit(desk.limit_told(&meant)),
            Err(refused) => refused,
        }
    }

    /// From halted it would be a loosening, which takes two steps and a resumption.
    async fn reduce(&self, desk: &Desk, scope: Option<Scope>, sight: &Sight) -> Answer {
        if scope.is_some_and(|scope| desk.state_of(scope) == Some(TradingState::Halted)) {
            return Answer::refused("it is HALTED already, which is stricter", TradingState::Halted.name());
        }
        self.set(desk, scope, TradingState::Reducing, sight).await
    }

    async fn set(&self, desk: &Desk, scope: Option<Scope>, state: TradingState, sight: &Sight) -> Answer {
        match scope {
            Some(scope) => self.command(desk, CommandKind::SetTradingState { scope, state }, sight).await,
            None => Answer::refused("this run has no such scope", ""),
        }
    }

    fn say(&self, desk: &Desk, by: Voice, scope: &str, token: Option<&str>) -> Said {
        let mut second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        let now = desk.now();
        let about = (scope, desk.scope(&Sight::WHOLE, scope).and_then(|scope| desk.state_of(scope)));
        // Four bytes that nobody guesses within ten minutes: any try uses the token up.
        match (token, drawn()) {
            (Some(token), _) => second.again(by, about, token, now),
            (None, Ok(drawn)) => second.first(by, about, u32::from_le_bytes(drawn), now),
            (None, Err(_)) => Said::Wrong("the system gives no random number for a token"),
        }
    }

    /// Hands a command on and waits until risk has taken it: behind that no order passes that it forbids.
    async fn command(&self, desk: &Desk, what: CommandKind, sight: &Sight) -> Answer {
        match self.take(desk, &[what], || true).await {
            Ok(()) => Answer::Done(desk.trading(sight)),
            Err(refused) => refused,
        }
    }

    /// Hands commands on and waits until risk has taken the last of them, and until `is_done`.
    async fn take(&self, desk: &Desk, all: &[CommandKind], is_done: impl Fn() -> bool) -> Result<(), Answer> {
        taken(desk, self.send(all).map_err(refused)?, is_done).await
    }

    /// Hands commands on: the number of the last of them.
    fn send(&self, all: &[CommandKind]) -> Result<u64, BridgeError> {
        self.commands.send_all(all)
    }

    /// Asks something of a strategy and waits until the strategy itself has it.
    async fn steer(&self, desk: &Desk, name: &str, what: &Steering, sight: &Sight) -> Answer {
        let board = &desk.gauges.counters.strategies;
        let meant = match steering::meant(board, sight, name, what) {
            Ok(meant) => meant,
            Err((why, found)) => return Answer::refused(&why, &found),
        };
        match self.take(desk, &meant.commands, || meant.is_done()).await {
            Ok(()) => Answer::Strategies { strategies: steering::told(board, sight) },
            Err(refused) => refused,
        }
    }
}

fn refused(error: BridgeError) -> Answer {
    Answer::refused("the engine does not take it", &error.to_string())
}

/// Waits until risk has taken the command of that number, and until `is_done`.
async fn taken(desk: &Desk, last: u64, is_done: impl Fn() -> bool) -> Result<(), Answer> {
    let until = Instant::now() + TAKEN_WITHIN;
    while desk.command_taken() < last || !is_done() {
        if Instant::now() >= until {
            let advice = "ringside kill does not need it to";
            return Err(Answer::refused("the engine has not taken it within 2 s", advice));
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}
