//! The words behind a command, one after the other: each reader takes what is its own, or says what is wrong.

use super::super::ask::{AlertsAsk, Ask, SettingsAsk, Which, Window};
use super::super::outbox::{Level, Urgency};
use super::value::{frame, shown, symbol, time, window, zone};
use crate::desk::flow::Timeframe;
use crate::operator::words::Steering;
use crate::role::Telegram;

const COUNT_MAX: usize = 50;
const COUNT: usize = 10;
/// What may stand behind a coin as a word of its own.
const QUOTES: [&str; 5] = ["USDT", "USDC", "USD", "PERP", "SPOT"];

/// See the module.
pub(super) struct Words<'w> {
    words: &'w [&'w str],
    row: Telegram,
}

impl<'w> Words<'w> {
    pub(super) fn new(words: &'w [&'w str], row: Telegram) -> Self {
        Self { words, row }
    }

    pub(super) fn peek(&self) -> Option<&'w str> {
        self.words.first().copied()
    }

    pub(super) fn next(&mut self) -> Option<&'w str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    pub(super) fn rest(&mut self) -> String {
        let rest = self.words.join(" ");
        self.words = &[];
        rest
    }

    pub(super) fn needed(&mut self, what: &str) -> Result<&'w str, String> {
        self.next().ok_or_else(|| format!("{} needs {what}", self.row.word()))
    }

    /// `BTC`, `btc-usdt`, `BTC/USDT`, `BTC USDT`.
    pub(super) fn symbol(&mut self) -> Result<String, String> {
        let word = self.needed("a symbol")?;
        let mut symbol = symbol(word)?;
        if let Some(quote) = self.peek().map(str::to_ascii_uppercase).filter(|word| QUOTES.contains(&word.as_str())) {
            self.next();
            symbol = format!("{symbol}-{quote}");
        }
        Ok(symbol)
    }

    pub(super) fn maybe_symbol(&mut self) -> Result<Option<String>, String> {
        if self.words.is_empty() { Ok(None) } else { self.symbol().map(Some) }
    }

    pub(super) fn symbol_or(&mut self, or: &str) -> Result<String, String> {
        Ok(self.maybe_symbol()?.unwrap_or_else(|| or.to_owned()))
    }

    pub(super) fn is_frame(&self) -> bool {
        // A bare number is a threshold here.
        self.peek().is_some_and(|word| word.ends_with(|c: char| c.is_ascii_alphabetic()) && frame(word).is_some())
    }

    pub(super) fn frame(&mut self, or: Timeframe) -> Result<Timeframe, String> {
        let Some(word) = self.next() else { return Ok(or) };
        frame(word).ok_or_else(|| format!("{} is no timeframe: 1m, 5m, 15m, 30m, 1h, 4h, 1d", shown(word)))
    }

    pub(super) fn window(&mut self, or: Window) -> Result<Window, String> {
        let Some(word) = self.next() else { return Ok(or) };
        window(word).ok_or_else(|| format!("{} is no span: 15m, 24h, 7d", shown(word)))
    }

    pub(super) fn count(&mut self) -> Result<usize, String> {
        let Some(word) = self.next() else { return Ok(COUNT) };
        let count = word.parse().ok().filter(|count| (1..=COUNT_MAX).contains(count));
        count.ok_or_else(|| format!("{} is no number from 1 to {COUNT_MAX}", shown(word)))
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<bool, String> {
        match self.next() {
            None => Ok(false),
            Some(word) if word.eq_ignore_ascii_case(name) => Ok(true),
            Some(word) => Err(format!("{} is not {name}", shown(word))),
        }
    }

    pub(super) fn which(&mut self, what: &str) -> Result<Which, String> {
        let word = self.needed(what)?;
        Ok(if word.eq_ignore_ascii_case("all") { Which::All } else { Which::One(symbol(word)?) })
    }

    pub(super) fn strategy(&mut self, what: Steering) -> Result<Ask, String> {
        self.next();
        Ok(Ask::Strategy { what, name: self.needed("a strategy's name")?.to_ascii_lowercase() })
    }

    pub(super) fn strategy_set(&mut self) -> Result<Ask, String> {
        self.next();
        let name = self.needed("a strategy's name")?.to_ascii_lowercase();
        let mut params = Vec::new();
        let mut word = Some(self.needed("a parameter and its value")?);
        while let Some(text) = word {
            let read = text.split_once('=').and_then(|(param, value)| Some((param, value.parse().ok()?)));
            let (param, value) = read.ok_or_else(|| format!("{} is no PARAM=VALUE", shown(text)))?;
            params.push((param.to_ascii_lowercase(), value));
            word = self.next();
        }
        Ok(Ask::Strategy { what: Steering::Set(params), name })
    }

    pub(super) fn alerts(&mut self) -> Result<AlertsAsk, String> {
        let Some(word) = self.next() else { return Ok(AlertsAsk::List) };
        match word.to_ascii_lowercase().as_str() {
            "list" => Ok(AlertsAsk::List),
            "add" => match self.rest() {
                rule if rule.is_empty() => Err("what is to be told?".to_owned()),
                rule => Ok(AlertsAsk::Add(rule)),
            },
            "del" | "delete" | "remove" => Ok(AlertsAsk::Delete(self.needed("the alert's number")?.to_owned())),
            "mute" | "snooze" => match self.next() {
                None => Ok(AlertsAsk::Mute(60)),
                Some(off) if off.eq_ignore_ascii_case("off") => Ok(AlertsAsk::Mute(0)),
                Some(word) => {
                    let minutes = window(word).and_then(|window| u32::try_from(window.0 / 60).ok());
                    minutes.map(AlertsAsk::Mute).ok_or_else(|| format!("{} is no span: 30m, 8h", shown(word)))
                }
            },
            "levels" | "level" => {
                let Some(of) = self.next() else { return Ok(AlertsAsk::Levels(None)) };
                let urgency = Urgency::NOTICES.into_iter().find(|urgency| urgency.name().eq_ignore_ascii_case(of));
                let urgency = urgency.ok_or_else(|| format!("{} is not fills, risk or market", shown(of)))?;
                let word = self.needed("on, silent or off")?;
                let level = Level::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(word));
                let level = level.ok_or_else(|| format!("{} is not on, silent or off", shown(word)))?;
                Ok(AlertsAsk::Levels(Some((urgency, level))))
            }
            _ => Err(format!("{} is nothing to do with alerts", shown(word))),
        }
    }

    pub(super) fn all_alerts(&mut self) -> Result<AlertsAsk, String> {
        self.next();
        match self.next().map(str::to_ascii_lowercase).as_deref() {
            None | Some("list") => Ok(AlertsAsk::ListAll),
            Some("del" | "delete" | "remove") => {
                Ok(AlertsAsk::DeleteAny(self.needed("the alert's number")?.to_owned()))
            }
            Some(word) => Err(format!("{} is nothing to do with everybody's alerts", shown(word))),
        }
    }

    pub(super) fn settings(&mut self) -> Result<SettingsAsk, String> {
        let Some(word) = self.next() else { return Ok(SettingsAsk::Show) };
        match word.to_ascii_lowercase().as_str() {
            "zone" => {
                let word = self.needed("a zone")?;
                let zone = zone(word).ok_or_else(|| format!("{} is no zone: UTC, +8, -3:30, SGT", shown(word)))?;
                Ok(SettingsAsk::Zone(zone))
            }
            "silent" => match self.rest() {
                off if off.eq_ignore_ascii_case("off") => Ok(SettingsAsk::Silent(None)),
                span => {
                    let ends = span.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
                    let ends = ends.filter(|(from, to)| from != to);
                    ends.map(Some).map(SettingsAsk::Silent).ok_or_else(|| format!("{} is no span", shown(&span)))
                }
            },
            "summary" | "digest" => match self.needed("a time, or off")? {
                off if off.eq_ignore_ascii_case("off") => Ok(SettingsAsk::Summary(None)),
                word => {
                    let at = time(word).ok_or_else(|| format!("{} is no time of the day", shown(word)))?;
                    Ok(SettingsAsk::Summary(Some(at)))
                }
            },
            _ => Err(format!("{} is no setting", shown(word))),
        }
    }
}
