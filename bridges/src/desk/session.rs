//! A market today against what is usual: of the running session and of the day since 00:00 UTC.
//!
//! What is usual is the median of the same stretch on the days before, up to seven, that this run has heard whole. Both sides
//! end at the last full quarter of an hour, so that a stretch is only held against one as long. Never: a guess at a day that
//! was not heard.

use super::Desk;
use super::answer::{Answer, Known, Source, Unknown};
use super::flow::{Window, window};
use crate::hub::flow::{Flow, USUAL_SLOT_MS};
use engine_analytics::flow::session::{Baseline, Session};
use engine_analytics::flow::{DAY_MS, period};
use engine_model::instrument::InstrumentId;
use engine_model::units::Nanos;

/// What was traded from a time on, and whether that is much.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) from: Nanos,
    /// When it will be over.
    pub(crate) until: Nanos,
    /// Up to now.
    pub(crate) window: Answer<Window>,
    pub(crate) pace: Answer<Pace>,
}

/// Volume up to the last full quarter of an hour against the same stretch of the days before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pace {
    /// So long from the beginning of the stretch.
    pub(crate) length_ns: u64,
    pub(crate) lots: f64,
    /// Median of the days before; above 0.
    pub(crate) usual_lots: f64,
    /// How many days that is of.
    pub(crate) days: usize,
}

impl Pace {
    /// How many times what is usual.
    pub(crate) fn times(&self) -> f64 {
        self.lots / self.usual_lots
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.times() {
            times if times >= 5.0 => "EXTREME",
            times if times >= 3.0 => "HIGH",
            times if times >= 1.5 => "ELEVATED",
            times if times >= 0.5 => "NORMAL",
            _ => "LOW",
        }
    }

    /// Of an hour, in lots: now and usually.
    pub(crate) fn per_hour(&self) -> (f64, f64) {
        let hours = self.length_ns as f64 / (3_600 * Nanos::SECOND) as f64;
        (self.lots / hours, self.usual_lots / hours)
    }
}

/// A whole day, and how far this one is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct UsualDay {
    /// Median of whole days; above 0.
    pub(crate) lots: f64,
    pub(crate) days: usize,
    /// Of that, traded up to the last full quarter of an hour: today, and usually.
    pub(crate) progress: Option<(f64, f64)>,
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Today {
    pub(crate) session: Session,
    pub(crate) of_session: Stretch,
    pub(crate) of_day: Stretch,
    /// What part of the day's volume so far is of the session: today, and usually.
    pub(crate) share: Answer<(f64, f64)>,
    pub(crate) usual_day: Answer<UsualDay>,
}

impl Desk {
    /// How the market trades today.
    pub(crate) fn today(&self, id: InstrumentId) -> Today {
        let now = self.now();
        today(&self.hub.image().instrument(id).flow, now)
    }
}

fn today(flow: &Flow, now: Nanos) -> Today {
    let now_ms = (now.0 / Nanos::MILLI) as i64;
    let (session, day_ms, session_ms) = (Session::at(now_ms), period(now_ms, DAY_MS), Session::start_ms(now_ms));
    let (from, to) = session.hours();
    let cut_ms = period(now_ms, USUAL_SLOT_MS);
    let mut usual = flow.usual().cloned();
    // Quiet up to now is quiet, not unknown.
    usual.iter_mut().for_each(|usual| usual.update(now_ms, 0.0));
    let at = flow.last().map_or(now, |bar| bar.start);
    let known = |value: Result<Pace, Unknown>| value.map(|pace| Known::new(pace, Source::Trades, at, now));
    let mut stretch = |from_ms: i64, hours: i64| Stretch {
        from: nanos(from_ms),
        until: nanos(from_ms + hours * 3_600_000),
        window: window(flow, now.since(nanos(from_ms)) + 1, None, now),
        pace: known(pace(usual.as_mut(), from_ms, cut_ms)),
    };
    let (of_session, of_day) = (stretch(session_ms, to - from), stretch(day_ms, 24));
    let share = of_session.pace.clone().and_then(|session| {
        let day = of_day.pace.clone()?;
        session.and(&day, |session, day| {
            let shares = (session.lots / day.lots, session.usual_lots / day.usual_lots);
            shares.0.is_finite().then_some(shares)
        })
    });
    let whole = usual.as_mut().and_then(|usual| usual.usual(day_ms, day_ms + DAY_MS)).filter(|(lots, _)| *lots > 0.0);
    let progress =
        |lots: f64| of_day.pace.as_ref().ok().map(|day| (day.value.lots / lots, day.value.usual_lots / lots));
    let usual_day = whole
        .map(|(lots, days)| Known::new(UsualDay { lots, days, progress: progress(lots) }, Source::Trades, at, now))
        .ok_or_else(|| Unknown::because("it takes a whole day (UTC) that was heard, none was"));
    Today { session, of_session, of_day, share, usual_day }
}

fn pace(usual: Option<&mut Baseline>, from_ms: i64, cut_ms: i64) -> Result<Pace, Unknown> {
    if from_ms >= cut_ms {
        return Err(Unknown::because("it began less than 15 min ago"));
    }
    let usual = usual.ok_or_else(|| Unknown::because("no quarter of an hour was heard from its beginning"))?;
    let lots = usual.volume(from_ms, cut_ms).ok_or_else(|| Unknown::because("not all of it was heard"))?;
    let (usual_lots, days) = usual
        .usual(from_ms, cut_ms)
        .ok_or_else(|| Unknown::because("it takes the same hours of a day before, none was heard whole"))?;
    if usual_lots <= 0.0 {
        return Err(Unknown::because("usually nothing is traded then"));
    }
    Ok(Pace { length_ns: (cut_ms - from_ms) as u64 * Nanos::MILLI, lots, usual_lots, days })
}

/// Of a time after 1970.
fn nanos(ms: i64) -> Nanos {
    Nanos(ms.max(0) as u64 * Nanos::MILLI)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::Side;
    use engine_model::units::{Lots, Ticks};

    const HOUR: u64 = 3_600 * Nanos::SECOND;
    const DAY: u64 = 20_500 * Nanos::DAY;

    /// Three whole days of one trade in each half hour, of 10, 20 and 30 lots; and 50 lots in each of the fourth, until
    /// 11:10.
    fn flow() -> Flow {
        let mut flow = Flow::new();
        flow.heard(Nanos(DAY - 3 * Nanos::DAY - 1));
        for (day, lots) in [(3, 10), (2, 20), (1, 30)] {
            for half in 0..48 {
                let at = Nanos(DAY - day * Nanos::DAY + half * HOUR / 2);
                flow.trade(at, Ticks(100), Lots(lots), Side::Buy);
            }
        }
        for half in 0..23 {
            flow.trade(Nanos(DAY + half * HOUR / 2), Ticks(100), Lots(50), Side::Sell);
        }
        flow
    }

    #[test]
    fn a_session_and_a_day_are_held_against_the_same_hours_of_the_days_before() {
        let (flow, now) = (flow(), Nanos(DAY + 11 * HOUR + HOUR / 6));
        let today = today(&flow, now);
        assert_eq!(today.session, Session::London);
        let (session, day) = (&today.of_session, &today.of_day);
        assert_eq!((session.from, session.until), (Nanos(DAY + 8 * HOUR), Nanos(DAY + 13 * HOUR)));
        // 08:00 to 11:00 with both ends' trades; the pace ends at 11:00, without the trade of then.
        assert_eq!(session.window.as_ref().expect("heard").value.volume(), Lots(7 * 50));
        let pace = session.pace.as_ref().expect("known").value;
        assert_eq!(pace, Pace { length_ns: 3 * HOUR, lots: 300.0, usual_lots: 120.0, days: 3 });
        assert_eq!((pace.times(), pace.name(), pace.per_hour()), (2.5, "ELEVATED", (100.0, 40.0)));
        let pace = day.pace.as_ref().expect("known").value;
        assert_eq!((pace.lots, pace.usual_lots), (22.0 * 50.0, 22.0 * 20.0));
        assert_eq!(today.share.as_ref().expect("known").value, (6.0 / 22.0, 6.0 / 22.0));
        let whole = today.usual_day.as_ref().expect("known").value;
        let so_far = (22.0 * 50.0 / 960.0, 22.0 / 48.0);
        assert_eq!(whole, UsualDay { lots: 960.0, days: 3, progress: Some(so_far) });
    }

    #[test]
    fn what_was_not_heard_is_unknown_and_says_so() {
        let reason = |answer: &Answer<Pace>| answer.as_ref().map(|known| known.value).expect_err("unknown").0.clone();
        let silent = today(&Flow::new(), Nanos(DAY + 9 * HOUR));
        assert!(silent.of_day.window.is_err() && silent.share.is_err() && silent.usual_day.is_err());
        assert_eq!(reason(&silent.of_session.pace), "no quarter of an hour was heard from its beginning");
        let fresh = today(&flow(), Nanos(DAY + 13 * HOUR + HOUR / 10));
        assert_eq!(reason(&fresh.of_session.pace), "it began less than 15 min ago");
        // The first day began unheard, and of the second an hour is missing: one is left of whole days.
        let mut holed = Flow::new();
        holed.heard(Nanos(DAY - 2 * Nanos::DAY + HOUR));
        let at = |half: u64| Nanos(DAY - 2 * Nanos::DAY + half * HOUR / 2);
        (2..48).for_each(|half| holed.trade(at(half), Ticks(100), Lots(1), Side::Buy));
        (48..60).for_each(|half| holed.trade(at(half), Ticks(100), Lots(1), Side::Buy));
        holed.hole(at(62));
        (62..118).for_each(|half| holed.trade(at(half), Ticks(100), Lots(1), Side::Buy));
        let told = today(&holed, Nanos(DAY + 11 * HOUR));
        assert_eq!(told.usual_day.unwrap_err().0, "it takes a whole day (UTC) that was heard, none was");
        assert_eq!(told.of_session.pace.expect("both days had that morning").value.days, 2);
        assert_eq!(reason(&told.of_day.pace), "it takes the same hours of a day before, none was heard whole");
        holed.hole(Nanos(DAY + 11 * HOUR));
        assert_eq!(reason(&today(&holed, Nanos(DAY + 12 * HOUR)).of_day.pace), "not all of it was heard");
    }
}
