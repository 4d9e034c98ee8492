//! Text to a question: forgiving where only one thing can be meant, else one line that says what is wrong, with an
//! example.
//!
//! Never: who may ask; whether a symbol is one (the desk reads symbols, for every door alike).

mod value;
mod words;

use super::ask::{Ask, JobsAsk, TopBy, Window};
use crate::desk::flow::Timeframe;
use crate::operator::words::Steering;
use crate::role::Telegram;
use value::{job, percent, price, share_bps, shown, window};
use words::Words;

/// What people know from older bots.
const ALIASES: [(&str, Telegram); 7] = [
    ("/pnl", Telegram::Portfolio),
    ("/stopentry", Telegram::Pause),
    ("/fx", Telegram::Close),
    ("/stop", Telegram::EmergencyStop),
    ("/panic", Telegram::EmergencyStop),
    ("/status", Telegram::Health),
    ("/longshort", Telegram::LongShort),
];

/// Why a text is no question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// No command, or another bot's: nothing to say.
    NotForUs,
    /// One line, with an example.
    Wrong(String),
}

/// Reads a message. `bot`: our own name without its `@`.
pub(super) fn read(text: &str, bot: &str) -> Result<Ask, Unread> {
    let mut words = text.split_whitespace();
    let first = words.next().filter(|word| word.starts_with('/')).ok_or(Unread::NotForUs)?;
    let (name, to) = first.split_once('@').unwrap_or((first, bot));
    if !to.eq_ignore_ascii_case(bot) {
        return Err(Unread::NotForUs);
    }
    let words: Vec<&str> = words.collect();
    let row = command(name, words.first().copied()).ok_or_else(|| unknown(name))?;
    arguments(row, &words).map_err(|what| Unread::Wrong(format!("{what} - for example: {}", usage(row).example)))
}

/// Whether that asks to stop everything: looked at before anything else is.
pub(super) fn is_emergency(text: &str, bot: &str) -> bool {
    matches!(read(text, bot), Ok(Ask::EmergencyStop))
}

/// How a command is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    /// What stands behind it; `[ ]` may be left out.
    pub(super) arguments: &'static str,
    pub(super) example: &'static str,
}

/// Of every command.
pub(super) const fn usage(row: Telegram) -> Usage {
    let (arguments, example) = match row {
        Telegram::Price => ("SYM [TF] [VENUE]", "/price BTC 15m"),
        Telegram::Analysis => ("SYM [TF]", "/analysis BTC 15m"),
        Telegram::Volume => ("SYM [TF]", "/volume BTC-USDT 1h"),
        Telegram::Cvd => ("SYM [TF]", "/cvd BTC 1h"),
        Telegram::OpenInterest => ("[SYM]", "/oi BTC"),
        Telegram::Funding => ("[SYM]", "/funding BTC"),
        Telegram::LongShort => ("[SYM]", "/ls BTC"),
        Telegram::Profile => ("[SYM]", "/profile BTC"),
        Telegram::Liquidations => ("[SYM] [WINDOW]", "/liquidations BTC 1h"),
        Telegram::VolumeScan => ("[PERCENT] [TF]", "/volscan 200 15m"),
        Telegram::TopTen => ("spot|perps|volume|oi|funding", "/top10 perps"),
        Telegram::Signals => ("[SYM]", "/signals BTC"),
        Telegram::Portfolio => ("[WINDOW]", "/portfolio 7d"),
        Telegram::Positions => ("", "/positions"),
        Telegram::Position => ("SYM", "/position BTC"),
        Telegram::Orders => ("", "/orders"),
        Telegram::Trades => ("[N]", "/trades 10"),
        Telegram::Balance => ("[full]", "/balance full"),
        Telegram::Performance => ("[WINDOW]", "/performance 30d"),
        Telegram::Daily => ("", "/daily"),
        Telegram::Weekly => ("", "/weekly"),
        Telegram::Monthly => ("", "/monthly"),
        Telegram::Risk => ("", "/risk"),
        Telegram::RiskLimits => ("", "/risk_limits"),
        Telegram::RiskLimitsSet => ("set NAME VALUE", "/risk_limits set leverage_max_pct 200"),
        Telegram::RiskAlerts => ("[N]", "/risk_alerts 10"),
        Telegram::PositionSize => ("SYM SHARE% [STOP]", "/position_size BTC 5% 60000"),
        Telegram::Alerts => ("[add|del|mute|levels …]", "/alerts add BTC price above 70000"),
        Telegram::AllAlerts => ("all [del ID]", "/alerts all del 12"),
        Telegram::Backtest => ("STRATEGY SYM [WINDOW]", "/backtest sma_cross BTC 30d"),
        Telegram::Optimize => ("STRATEGY SYM [WINDOW]", "/optimize sma_cross BTC 90d"),
        Telegram::Jobs => ("[ID | cancel ID]", "/jobs cancel 12"),
        Telegram::StrategyStatus => ("", "/strategy_status"),
        Telegram::StrategyStart => ("start NAME", "/strategy start sma_cross"),
        Telegram::StrategyPause => ("pause NAME", "/strategy pause sma_cross"),
        Telegram::StrategyStop => ("stop NAME", "/strategy stop sma_cross"),
        Telegram::StrategySet => ("set NAME PARAM=VALUE …", "/strategy set sma_cross fast=10 slow=40"),
        Telegram::Pause => ("", "/pause"),
        Telegram::Resume => ("", "/resume"),
        Telegram::Close => ("SYM [PERCENT]|all", "/close all"),
        Telegram::Cancel => ("ID|all", "/cancel all"),
        Telegram::EmergencyStop => ("", "/emergency_stop"),
        Telegram::Rearm => ("REASON", "/rearm the feed is back"),
        Telegram::Health => ("", "/health"),
        Telegram::Feeds => ("", "/feeds"),
        Telegram::Logs => ("[N]", "/logs 20"),
        Telegram::Version => ("", "/version"),
        Telegram::ShowConfig => ("", "/show_config"),
        Telegram::Audit => ("[N]", "/audit 10"),
        Telegram::WhoAmI => ("", "/whoami"),
        Telegram::Web => ("", "/web"),
        Telegram::Start => ("", "/start"),
        Telegram::Help => ("[COMMAND]", "/help price"),
        Telegram::Settings => ("[zone|silent|summary …]", "/settings silent 23:00-07:00"),
    };
    Usage { arguments, example }
}

/// The row that a name means: two words where there is such a row, else one.
fn command(name: &str, second: Option<&str>) -> Option<Telegram> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let both = second.map(|second| format!("{name} {}", second.to_ascii_lowercase()));
    let find = |word: &str| Telegram::ALL.iter().copied().find(|row| row.word() == word);
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, row)| *row);
    // `/strategy` alone is a question for how they stand.
    let bare = || (name == "/strategy").then_some(Telegram::StrategyStatus);
    both.and_then(|both| find(&both)).or_else(|| find(&name)).or_else(alias).or_else(bare)
}

fn unknown(name: &str) -> Unread {
    let name = name.to_ascii_lowercase();
    let words = || Telegram::ALL.iter().map(|row| row.word()).filter(|word| !word.contains(' '));
    let near = words().map(|word| (distance(&name, word), word)).min().filter(|(far, _)| *far <= 2);
    let meant = near.map_or(String::new(), |(_, word)| format!(" - did you mean {word}?"));
    Unread::Wrong(format!("{} is no command{meant} /help lists them", shown(&name)))
}

fn arguments(row: Telegram, words: &[&str]) -> Result<Ask, String> {
    let mut words = Words::new(words, row);
    let ask = match row {
        Telegram::Price => {
            let symbol = words.symbol()?;
            let (mut frame, mut venue) = (None, None);
            while let Some(word) = words.next() {
                match (value::frame(word), word.eq_ignore_ascii_case("all"), value::venue(word)) {
                    (Some(read), ..) if frame.is_none() => frame = Some(read),
                    (_, true, _) => venue = None,
                    (_, _, Some(read)) if venue.is_none() => venue = Some(read),
                    _ => return Err(format!("{} is neither a timeframe (15m, 1h) nor a venue", shown(word))),
                }
            }
            Ask::Price { symbol, frame: frame.unwrap_or(Timeframe::M15), venue }
        }
        Telegram::Analysis => Ask::Analysis { symbol: words.symbol()?, frame: words.frame(Timeframe::M15)? },
        Telegram::Volume => Ask::Volume { symbol: words.symbol()?, frame: words.frame(Timeframe::M15)? },
        Telegram::Cvd => Ask::Cvd { symbol: words.symbol()?, frame: words.frame(Timeframe::H1)? },
        Telegram::OpenInterest => Ask::OpenInterest { symbol: words.symbol_or("BTC")? },
        Telegram::Funding => Ask::Funding { symbol: words.symbol_or("BTC")? },
        Telegram::LongShort => Ask::LongShort { symbol: words.symbol_or("BTC")? },
        Telegram::Profile => Ask::Profile { symbol: words.symbol_or("BTC")? },
        Telegram::Liquidations => {
            let first = words.peek().and_then(window).map(|window| (words.next(), window));
            let symbol = if first.is_none() { words.maybe_symbol()? } else { None };
            let window = match first {
                Some((_, window)) => window,
                None => words.window(Window::HOUR)?,
            };
            Ask::Liquidations { symbol, window }
        }
        Telegram::VolumeScan => {
            let threshold_pct = match words.peek().and_then(percent).filter(|_| !words.is_frame()) {
                Some(percent) => {
                    words.next();
                    percent
                }
                None => 200,
            };
            Ask::VolumeScan { threshold_pct, frame: words.frame(Timeframe::M15)? }
        }
        Telegram::TopTen => {
            let word = words.next().unwrap_or_default();
            let singular =
                |by: &TopBy| by.name().trim_end_matches('s') == word.to_ascii_lowercase().trim_end_matches('s');
            let by = TopBy::ALL.into_iter().find(singular);
            Ask::TopTen { by: by.ok_or_else(|| format!("{} is no list", shown(word)))? }
        }
        Telegram::Signals => Ask::Signals { symbol: words.maybe_symbol()? },
        Telegram::Portfolio => Ask::Portfolio { window: words.window(Window::DAY)? },
        Telegram::Positions => Ask::Positions,
        Telegram::Position => Ask::Position { symbol: words.symbol()? },
        Telegram::Orders => Ask::Orders,
        Telegram::Trades => Ask::Trades { count: words.count()? },
        Telegram::Balance => Ask::Balance { is_full: words.flag("full")? },
        Telegram::Performance => Ask::Performance { window: words.window(Window::MONTH)? },
        Telegram::Daily => Ask::Daily,
        Telegram::Weekly => Ask::Weekly,
        Telegram::Monthly => Ask::Monthly,
        Telegram::Risk => Ask::Risk,
        Telegram::RiskLimits => Ask::RiskLimits,
        Telegram::RiskLimitsSet => {
            words.next();
            let name = words.needed("the limit's name")?.to_ascii_lowercase();
            Ask::RiskLimitsSet { name, value: words.needed("the limit's value")?.to_owned() }
        }
        Telegram::RiskAlerts => Ask::RiskAlerts { count: words.count()? },
        Telegram::PositionSize => {
            let symbol = words.symbol()?;
            let word = words.needed("the share of the equity")?;
            let share_bps = share_bps(word).ok_or_else(|| format!("{} is no share of the equity", shown(word)))?;
            let stop = words.next().map(|word| price(word).ok_or_else(|| format!("{} is no price", shown(word))));
            Ask::PositionSize { symbol, share_bps, stop: stop.transpose()? }
        }
        Telegram::Alerts => Ask::Alerts(words.alerts()?),
        Telegram::AllAlerts => Ask::Alerts(words.all_alerts()?),
        Telegram::Backtest => {
            let (strategy, symbol) = (words.needed("a strategy")?.to_ascii_lowercase(), words.symbol()?);
            Ask::Backtest { strategy, symbol, window: words.window(Window::MONTH)? }
        }
        Telegram::Optimize => {
            let (strategy, symbol) = (words.needed("a strategy")?.to_ascii_lowercase(), words.symbol()?);
            Ask::Optimize { strategy, symbol, window: words.window(Window::QUARTER)? }
        }
        Telegram::Jobs => match words.next() {
            None => Ask::Jobs(JobsAsk::List),
            Some(word) if word.eq_ignore_ascii_case("cancel") => {
                let word = words.needed("the job's number")?;
                Ask::Jobs(JobsAsk::Cancel(job(word).ok_or_else(|| format!("{} is no number of a job", shown(word)))?))
            }
            Some(word) => match job(word) {
                Some(id) => Ask::Jobs(JobsAsk::Show(id)),
                None => return Err(format!("{} is nothing to do with jobs", shown(word))),
            },
        },
        Telegram::StrategyStatus => Ask::StrategyStatus,
        Telegram::StrategyStart => words.strategy(Steering::Start)?,
        Telegram::StrategyPause => words.strategy(Steering::Pause)?,
        Telegram::StrategyStop => words.strategy(Steering::Stop)?,
        Telegram::StrategySet => words.strategy_set()?,
        Telegram::Pause => Ask::Pause,
        Telegram::Resume => Ask::Resume,
        Telegram::Close => {
            let what = words.which("a position's symbol, or all")?;
            let share = words.next().map(|word| {
                let share = percent(word).filter(|share| (1..=100).contains(share));
                share.ok_or_else(|| format!("{} is no share of a position, 1% to 100%", shown(word)))
            });
            Ask::Close { what, share_pct: share.transpose()?.unwrap_or(100) }
        }
        Telegram::Cancel => Ask::Cancel { what: words.which("an order's id, or all")? },
        Telegram::EmergencyStop => {
            // Whatever stands behind it: nobody in a hurry is sent back for a word too many.
            words.rest();
            Ask::EmergencyStop
        }
        Telegram::Rearm => match words.rest() {
            reason if reason.is_empty() => return Err("why does it trade again?".to_owned()),
            reason => Ask::Rearm { reason },
        },
        Telegram::Health => Ask::Health,
        Telegram::Feeds => Ask::Feeds,
        Telegram::Logs => Ask::Logs { count: words.count()? },
        Telegram::Version => Ask::Version,
        Telegram::ShowConfig => Ask::ShowConfig,
        Telegram::Audit => Ask::Audit { count: words.count()? },
        Telegram::WhoAmI => Ask::WhoAmI,
        Telegram::Web => Ask::Web,
        Telegram::Start => {
            words.rest();
            Ask::Start
        }
        Telegram::Help => Ask::Help {
            about: match words.next() {
                None => None,
                Some(word) => {
                    let about = command(&format!("/{}", word.trim_start_matches('/')), words.next());
                    Some(about.ok_or_else(|| format!("{} is no command", shown(word)))?)
                }
            },
        },
        Telegram::Settings => Ask::Settings(words.settings()?),
    };
    match words.next() {
        None => Ok(ask),
        Some(word) => Err(format!("{} is one word too many", shown(word))),
    }
}

/// Letters to change, add or take away.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(32).enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
