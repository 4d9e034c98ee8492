//! Answers as they fit on a phone. Every figure of a market stands with its source and age, and what is not known
//! stands there as `n/a` with the reason.
//!
//! Never: a number of its own. Golden texts of a fixed state hold every view (`bridges/tests/door/telegram`).

mod audit;
mod derivatives;
mod flow;
mod help;
mod machine;
mod market;
mod money;
mod orders;
mod over;
mod part;
mod risk;
mod strategy;

pub(super) use audit::audit;
pub(super) use strategy::standing as strategy_standing;

use super::ask::Ask;
use super::figure::{age, clock, short_e8, usd, zone};
use super::markup::Markup;
use super::outbox::Habits;
use super::people::Person;
use crate::desk::Desk;
use crate::desk::answer::{Answer, Unknown};
use engine_model::instrument::Instrument;
use engine_model::units::Ticks;
use std::net::SocketAddr;

/// An answer.
pub(super) struct View {
    pub(super) text: Markup,
    /// A drawing that goes with it.
    pub(super) picture: Option<String>,
}

impl View {
    pub(super) fn text(text: Markup) -> Self {
        Self { text, picture: None }
    }

    fn line(line: impl Into<String>) -> Self {
        let mut text = Markup::default();
        text.say(line);
        Self::text(text)
    }
}

/// Who asks, and how that person reads.
pub(super) struct Asker<'a> {
    pub(super) person: &'a Person,
    pub(super) habits: Habits,
    /// Of the door, if there is one.
    pub(super) address: Option<SocketAddr>,
}

/// What a question is answered with.
pub(super) fn answer(desk: &Desk, ask: &Ask, asker: &Asker<'_>) -> View {
    let sight = &desk.sight(asker.person.caller());
    let mut view = match ask {
        Ask::Price { symbol, frame, venue } => market::price(desk, symbol, *frame, *venue),
        Ask::Analysis { symbol, frame } => market::analysis(desk, symbol, *frame),
        Ask::Volume { symbol, frame } => flow::volume(desk, symbol, *frame),
        Ask::Cvd { symbol, frame } => flow::cvd(desk, symbol, *frame),
        Ask::Profile { symbol } => flow::profile(desk, symbol),
        Ask::Liquidations { symbol, window } => flow::liquidations(desk, symbol.as_deref(), *window),
        Ask::OpenInterest { symbol } => derivatives::open_interest(desk, symbol),
        Ask::Funding { symbol } => derivatives::funding(desk, symbol),
        Ask::LongShort { symbol } => derivatives::long_short(desk, symbol),
        Ask::VolumeScan { threshold_pct, frame } => over::volume_scan(desk, *threshold_pct, *frame),
        Ask::TopTen { by } => over::top_ten(desk, *by),
        Ask::Signals { symbol } => strategy::signals(desk, sight, symbol.as_deref()),
        Ask::Portfolio { window } => money::portfolio(desk, sight, *window),
        Ask::Positions => money::positions(desk, sight),
        Ask::Position { symbol } => money::position(desk, sight, symbol),
        Ask::Orders => orders::orders(desk, sight),
        Ask::Trades { count } => money::trades(desk, sight, *count),
        Ask::Balance { is_full } => money::balance(desk, sight, *is_full),
        Ask::Performance { window } => {
            money::performance(desk, sight, &format!("Performance, {}", window.name()), *window)
        }
        Ask::Daily => money::performance(desk, sight, "The day", super::ask::Window::DAY),
        Ask::Weekly => money::performance(desk, sight, "The week", super::ask::Window(7 * 86_400)),
        Ask::Monthly => money::performance(desk, sight, "The month", super::ask::Window::MONTH),
        Ask::Risk => risk::risk(desk, sight),
        Ask::RiskLimits => risk::limits(desk, sight),
        Ask::RiskAlerts { count } => risk::alerts(desk, sight, *count),
        Ask::PositionSize { symbol, share_bps, stop } => {
            risk::position_size(desk, sight, symbol, *share_bps, stop.as_deref())
        }
        Ask::StrategyStatus => strategy::status(desk, sight),
        Ask::Health => machine::health(desk, sight),
        Ask::Feeds => machine::feeds(desk),
        Ask::Version => machine::version(desk),
        Ask::WhoAmI => machine::who(asker),
        Ask::Web => machine::web(asker),
        Ask::Logs { count } => machine::log(*count),
        Ask::ShowConfig => machine::settings(desk, sight),
        Ask::Start => help::start(asker),
        Ask::Help { about } => help::help(asker, *about),
        // Answered before they come here: they change something, or are a person's own.
        Ask::RiskLimitsSet { .. }
        | Ask::Backtest { .. }
        | Ask::Optimize { .. }
        | Ask::Jobs(_)
        | Ask::Alerts(_)
        | Ask::Audit { .. }
        | Ask::Settings(_)
        | Ask::Strategy { .. }
        | Ask::Pause
        | Ask::Resume
        | Ask::Close { .. }
        | Ask::Cancel { .. }
        | Ask::EmergencyStop
        | Ask::Rearm { .. } => return View::line("that is not a question"),
    };
    foot(&mut view.text, desk, &asker.habits);
    view
}

/// When it was answered, in both zones, and whose money it is.
pub(super) fn foot(text: &mut Markup, desk: &Desk, habits: &Habits) {
    let now = desk.now();
    let mut line = format!("{} UTC", clock(now, 0));
    if habits.offset_min != 0 {
        let own = clock(now, habits.offset_min);
        line += &format!(" · {} {}", own.rsplit(' ').next().unwrap_or_default(), zone(habits.offset_min));
    }
    text.line().italic(format!("{line} · {}", desk.run.mode.to_uppercase()));
}

/// A value with its source and age, or why there is none.
fn shown<T>(answer: &Answer<T>, text: impl FnOnce(&T) -> String) -> String {
    match answer {
        Ok(known) => format!("{} [{} {}]", text(&known.value), known.source.name(), age(known.age_ns)),
        Err(unknown) => missing(unknown),
    }
}

/// The value alone: where one source and age stands for a whole block.
fn plain<T>(answer: &Answer<T>, text: impl FnOnce(&T) -> String) -> String {
    match answer {
        Ok(known) => text(&known.value),
        Err(unknown) => missing(unknown),
    }
}

fn missing(Unknown(why): &Unknown) -> String {
    format!("n/a ({why})")
}

/// A market by its symbol and venue.
fn named(instrument: &Instrument) -> String {
    format!("{} {}", instrument.symbol, instrument.venue.name())
}

/// The instrument that a text means, or a line that says that there is none.
fn find<'d>(desk: &'d Desk, symbol: &str) -> Result<&'d Instrument, View> {
    desk.find(symbol, None).map_err(|_| unfound(desk, symbol))
}

fn unfound(desk: &Desk, symbol: &str) -> View {
    let mut known: Vec<&str> = desk.instruments().iter().map(|one| one.base.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    known.truncate(8);
    View::line(format!("this run has no \"{symbol}\"; it has {} - for example: /price BTC", known.join(", ")))
}

/// A price that is between ticks.
fn price_text(instrument: &Instrument, ticks: f64) -> String {
    instrument.grid.price_text(Ticks(ticks.round() as i64))
}

/// `1.23M`, of a number that is no money of ours.
fn short(value: f64) -> String {
    short_e8((value * 1e8) as i128)
}

fn dollars(value: f64) -> String {
    usd((value * 1e8) as i128)
}

fn percent(share: f64, decimals: u32) -> String {
    super::figure::percent_e8((share * 1e8) as i128, decimals)
}

fn change(share: f64, decimals: u32) -> String {
    super::figure::change_e8((share * 1e8) as i128, decimals)
}

fn dot(value: f64) -> &'static str {
    super::figure::dot(if value == 0.0 {
        0
    } else if value > 0.0 {
        1
    } else {
        -1
    })
}
