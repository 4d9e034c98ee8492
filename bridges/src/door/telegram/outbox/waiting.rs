//! Notices of one chat that wait: those of one key are one, and those that may go together are one message.

use super::super::figure::{age, clock};
use super::super::markup::{MESSAGE_UNITS_MAX, Markup, Part};
use super::{Notice, Urgency};
use engine_model::units::Nanos;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Notices, each with its number.
type Told = Vec<(Notice, u64)>;

/// Keys that wait in one chat. What has no place is counted and said.
const KEYS_MAX: usize = 100;
/// Lines of a digest; the rest is counted.
const LINES_MAX: usize = 25;
const DAY_MIN: u64 = 1_440;
/// A summary comes so many minutes late at most.
const SUMMARY_LATE_MIN: u64 = 10;

/// Whether somebody is told, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Level {
    On,
    /// Without a sound.
    Silent,
    Off,
}

impl Level {
    pub(in super::super) const ALL: [Self; 3] = [Self::On, Self::Silent, Self::Off];

    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Silent => "silent",
            Self::Off => "off",
        }
    }
}

/// How one person wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Habits {
    /// The person's zone, in minutes before UTC.
    pub(in super::super) offset_min: i32,
    /// Minutes of the person's day, from and to: what the market does waits, what is left comes without a sound.
    pub(in super::super) silent: Option<(u16, u16)>,
    /// The minute of the day at which the summary comes.
    pub(in super::super) summary_at: Option<u16>,
    /// The person's day of the last one.
    #[serde(default)]
    pub(in super::super) summed_up: Option<u64>,
    pub(super) fills: Level,
    pub(super) risk: Level,
    pub(super) market: Level,
    /// Nothing of the market before then.
    #[serde(with = "super::super::memory::nanos")]
    pub(in super::super) snoozed_until: Nanos,
}

impl Default for Habits {
    fn default() -> Self {
        let (fills, risk, market) = (Level::On, Level::On, Level::On);
        Self {
            offset_min: 0,
            silent: None,
            summary_at: None,
            summed_up: None,
            fills,
            risk,
            market,
            snoozed_until: Nanos(0),
        }
    }
}

impl Habits {
    /// What stops trading is always told, with a sound.
    pub(in super::super) const fn level(&self, urgency: Urgency) -> Level {
        match urgency {
            Urgency::Emergency | Urgency::Answer => Level::On,
            Urgency::Fill => self.fills,
            Urgency::Risk => self.risk,
            Urgency::Market => self.market,
        }
    }

    /// Whether that can be set.
    pub(in super::super) fn set_level(&mut self, urgency: Urgency, level: Level) -> bool {
        match urgency {
            Urgency::Emergency | Urgency::Answer => return false,
            Urgency::Fill => self.fills = level,
            Urgency::Risk => self.risk = level,
            Urgency::Market => self.market = level,
        }
        true
    }

    /// The person's day, if its summary is due and was not told: from its minute on, for so long that a restart or a
    /// machine that stood still does not lose it.
    pub(in super::super) fn summary_due(&self, now: Nanos) -> Option<u64> {
        let at = u64::from(self.summary_at?);
        let minute = i64::try_from(now.0 / (60 * Nanos::SECOND)).ok()? + i64::from(self.offset_min);
        let since = u64::try_from(minute).ok()?.checked_sub(at)?;
        let day = since / DAY_MIN;
        (since % DAY_MIN < SUMMARY_LATE_MIN && self.summed_up != Some(day)).then_some(day)
    }

    pub(super) fn is_silent(&self, urgency: Urgency, now: Nanos) -> bool {
        self.level(urgency) == Level::Silent || self.silent_left_ns(now) > 0
    }

    /// Until the silent hours end; 0 outside of them.
    fn silent_left_ns(&self, now: Nanos) -> u64 {
        let Some((from, to)) = self.silent.map(|(from, to)| (u64::from(from), u64::from(to))) else { return 0 };
        let offset_ns = u64::from(self.offset_min.rem_euclid(DAY_MIN as i32).unsigned_abs()) * 60 * Nanos::SECOND;
        let of_day = now.plus(offset_ns).0 % (DAY_MIN * 60 * Nanos::SECOND);
        let minute = of_day / (60 * Nanos::SECOND);
        let is_within = if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to };
        let left_min = (to + DAY_MIN - minute) % DAY_MIN;
        if is_within { left_min * 60 * Nanos::SECOND - of_day % (60 * Nanos::SECOND) } else { 0 }
    }
}

/// What became of a notice that is put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// It waits by itself.
    Alone,
    /// It is the newest of its key, of which one waited.
    Joined,
    /// So many have no place, and only their number will be told.
    Beyond(u64),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// The newest of each key, and how many there were.
    notices: BTreeMap<(Urgency, String), (Notice, u64)>,
    /// Those that had no place.
    more: u64,
}

impl Waiting {
    pub(super) fn put(&mut self, notice: Notice, times: u64) -> Placed {
        let key = (notice.urgency, notice.key.clone());
        let mut beyond = 0;
        if !self.notices.contains_key(&key) && self.notices.len() >= KEYS_MAX {
            // The least urgent goes.
            match self.notices.last_key_value().map(|(last, _)| last.clone()).filter(|last| last.0 > key.0) {
                Some(last) => beyond = self.notices.remove(&last).map_or(0, |(_, times)| times),
                None => {
                    self.more += times;
                    return Placed::Beyond(times);
                }
            }
            self.more += beyond;
        }
        let known = self.notices.get(&key).map_or(0, |(_, times)| *times);
        self.notices.insert(key, (notice, known + times));
        match (known, beyond) {
            (0, 0) => Placed::Alone,
            (0, beyond) => Placed::Beyond(beyond),
            _ => Placed::Joined,
        }
    }

    /// What was not sent: a newer one of its key stands.
    pub(super) fn put_back(&mut self, notice: Notice, times: u64) {
        match self.notices.get_mut(&(notice.urgency, notice.key.clone())) {
            Some((_, known)) => *known += times,
            None => {
                self.put(notice, times);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.notices.is_empty()
    }

    pub(super) fn count(&self) -> u64 {
        self.notices.len() as u64
    }

    /// When the oldest happened; of those of one key, the newest.
    pub(super) fn oldest(&self) -> Option<Nanos> {
        self.notices.values().map(|(notice, _)| notice.at).min()
    }

    pub(super) fn all(&self) -> Vec<(Notice, u64)> {
        self.notices.values().cloned().collect()
    }

    pub(super) fn expire(&mut self, now: Nanos) {
        self.notices.retain(|(urgency, _), (notice, _)| now.since(notice.at) <= urgency.lives_ns());
    }

    /// The most urgent one, and from when on it may go.
    /// It is the first: what is held back is the market's alone, which is the least urgent.
    pub(super) fn next(&self, habits: &Habits, now: Nanos) -> Option<(Urgency, Nanos)> {
        let ((urgency, _), _) = self.notices.first_key_value()?;
        Some((*urgency, held_until(*urgency, habits, now)))
    }

    /// All that may go now, as one message.
    pub(super) fn take(&mut self, habits: &Habits, now: Nanos) -> Option<(Part, Told, Urgency)> {
        let ready: Vec<(Urgency, String)> =
            self.notices.keys().filter(|(urgency, _)| held_until(*urgency, habits, now) <= now).cloned().collect();
        let urgency = ready.first()?.0;
        let taken: Vec<(Notice, u64)> = ready.iter().filter_map(|key| self.notices.remove(key)).collect();
        let more = std::mem::take(&mut self.more);
        let text = told(&taken, more, habits, now);
        // One message: so many lines never fill one.
        let part = text.parts(MESSAGE_UNITS_MAX).into_iter().next()?;
        Some((part, taken, urgency))
    }
}

fn held_until(urgency: Urgency, habits: &Habits, now: Nanos) -> Nanos {
    match urgency {
        Urgency::Market => now.plus(habits.silent_left_ns(now)).max(habits.snoozed_until),
        _ => now,
    }
}

fn told(taken: &[(Notice, u64)], more: u64, habits: &Habits, now: Nanos) -> Markup {
    let mut text = Markup::default();
    let all: u64 = taken.iter().map(|(_, times)| times).sum::<u64>() + more;
    if all > 1 {
        text.head(format!("{all} notices"));
    }
    for (notice, times) in taken.iter().take(LINES_MAX) {
        let line: String = notice.text.chars().take(140).collect();
        let line = text.line().text(format!("{} ", sign(notice.urgency))).text(line);
        if *times > 1 {
            line.italic(format!(" ({times} times, the last {} ago)", age(now.since(notice.at))));
        }
    }
    let left: u64 = taken.iter().skip(LINES_MAX).map(|(_, times)| times).sum::<u64>() + more;
    if left > 0 {
        text.say(format!("and {left} more"));
    }
    let last = taken.iter().map(|(notice, _)| notice.at).max().unwrap_or(now);
    text.line().italic(format!("{} {}", clock(last, habits.offset_min), super::super::figure::zone(habits.offset_min)));
    text
}

const fn sign(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Emergency => "⛔",
        Urgency::Answer | Urgency::Fill => "✅",
        Urgency::Risk => "⚠️",
        Urgency::Market => "📈",
    }
}
