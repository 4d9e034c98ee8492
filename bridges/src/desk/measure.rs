//! One number out of everything that the desk knows: what an alert is about.

use super::Desk;
use super::answer::{Answer, Known, Source, Unknown};
use super::coin::coin;
use super::derivatives::AGO_NS;
use super::flow::Timeframe;
use super::overview::price;
use super::risk::OF_ACCOUNT;
use super::sight::Sight;
use engine_core::portfolio::books::ATOMS_PER_E8;
use engine_model::instrument::Instrument;
use engine_model::units::{Nanos, Quote};
use engine_model::venue::VenueId;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// An instrument's last price.
    Price,
    /// How far an instrument's price went in a window, in percent.
    Change,
    /// An instrument's last closed bar above its baseline, in percent.
    Volume,
    /// What takers bought less what they sold in a window, in percent of both.
    Delta,
    /// How a coin's open interest changed in 15m, 1h or 1d, in percent.
    OpenInterest,
    /// An instrument's funding, in percent a year.
    Funding,
    /// What venues closed by force of a coin in a window, in dollars.
    Liquidations,
    /// How much of a limit is used, in percent.
    Limit,
    /// Seconds since a venue last spoke.
    Feed,
    /// What a strategy has earned, in dollars.
    Strategy,
    /// What the day has earned, in dollars.
    Profit,
    /// How far equity is below its peak, in percent.
    Drawdown,
}

/// What a measure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Instrument,
    Coin,
    Limit,
    Venue,
    Strategy,
    Nothing,
}

impl Measure {
    pub(crate) const ALL: [Self; 12] = [
        Self::Price,
        Self::Change,
        Self::Volume,
        Self::Delta,
        Self::OpenInterest,
        Self::Funding,
        Self::Liquidations,
        Self::Limit,
        Self::Feed,
        Self::Strategy,
        Self::Profit,
        Self::Drawdown,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Change => "change",
            Self::Volume => "volume",
            Self::Delta => "delta",
            Self::OpenInterest => "open-interest",
            Self::Funding => "funding",
            Self::Liquidations => "liquidations",
            Self::Limit => "limit",
            Self::Feed => "feed",
            Self::Strategy => "strategy",
            Self::Profit => "profit",
            Self::Drawdown => "drawdown",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name().eq_ignore_ascii_case(name))
    }

    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Price => "quote",
            Self::Change | Self::Volume | Self::Delta | Self::OpenInterest | Self::Limit | Self::Drawdown => "%",
            Self::Funding => "% a year",
            Self::Liquidations | Self::Strategy | Self::Profit => "USD",
            Self::Feed => "s",
        }
    }

    pub(crate) const fn subject(self) -> Subject {
        match self {
            Self::Price | Self::Change | Self::Volume | Self::Delta | Self::Funding => Subject::Instrument,
            Self::OpenInterest | Self::Liquidations => Subject::Coin,
            Self::Limit => Subject::Limit,
            Self::Feed => Subject::Venue,
            Self::Strategy => Subject::Strategy,
            Self::Profit | Self::Drawdown => Subject::Nothing,
        }
    }
}

impl Desk {
    /// The name by which a subject is always found, or the names that there are.
    pub(crate) fn subject(&self, sight: &Sight, of: Subject, text: &str) -> Result<String, Vec<String>> {
        let names: Vec<String> = match of {
            Subject::Nothing => return Ok(String::new()),
            Subject::Instrument => match self.find(text, None) {
                Ok(instrument) => return Ok(full_name(instrument)),
                Err(_) => self.instruments.iter().map(full_name).collect(),
            },
            Subject::Coin => match self.coin(text) {
                Some(coin) => return Ok(coin.to_owned()),
                None => self.coins().map(str::to_owned).collect(),
            },
            Subject::Limit => self.limits(sight).iter().map(|limit| limit.name.to_owned()).collect(),
            Subject::Venue => self.venues().iter().map(|venue| venue.venue.name().to_owned()).collect(),
            Subject::Strategy => self.strategies(sight).iter().map(|strategy| strategy.name.to_owned()).collect(),
        };
        names.iter().find(|name| name.eq_ignore_ascii_case(text)).cloned().ok_or(names)
    }

    /// The number of now.
    pub(crate) fn measured(&self, sight: &Sight, measure: Measure, of: &str, window: Timeframe) -> Answer<f64> {
        let length_ns = window.length_ns();
        let instrument = || self.find(of, None).map_err(|_| Unknown(format!("this run has no {of}")));
        match measure {
            Measure::Price => {
                let instrument = instrument()?;
                Ok(self.last_price(instrument.id)?.map(|px| price(&instrument.grid, px)))
            }
            Measure::Change => {
                let window = self.window(instrument()?.id, length_ns)?;
                // The first price that was heard in it is not the price of then.
                match window.value.is_from_before {
                    true => some(window, |window| Some(100.0 * window.change()?)),
                    false => Err(Unknown::because("the price when that time began was not heard")),
                }
            }
            Measure::Delta => {
                let window = self.window(instrument()?.id, length_ns)?;
                match window.value.is_whole() {
                    true => some(window, |window| Some(200.0 * window.buy_share()? - 100.0)),
                    false => Err(Unknown::because("not all of that time was heard yet")),
                }
            }
            Measure::Volume => Ok(self.volume(instrument()?.id, window)?.map(|volume| volume.percent)),
            Measure::Funding => some(self.funding_now(instrument()?)?, |funding| funding.year_percent),
            Measure::OpenInterest => self.open_interest_change(of, length_ns),
            Measure::Liquidations => Ok(self.known(self.liquidated_usd(of, length_ns))),
            Measure::Limit => {
                let limits = self.limits(sight);
                let limit = limits.iter().find(|limit| limit.name == of);
                let why_not = if sight.is_whole() { "its use is not known" } else { OF_ACCOUNT };
                self.or(limit.and_then(|limit| limit.share()).map(|share| 100.0 * share), why_not)
            }
            Measure::Feed => {
                let venues = self.venues();
                let venue = venues.iter().find(|venue| Some(venue.venue) == VenueId::from_name(of));
                let last = venue.and_then(|venue| venue.last_message_at_ns);
                let seconds = last.map(|last| self.now().since(last) as f64 / Nanos::SECOND as f64);
                self.or(seconds, "the venue has not spoken yet")
            }
            Measure::Strategy => {
                let all = self.strategies(sight);
                let named = all.iter().find(|strategy| strategy.name == of);
                let earned = named.ok_or_else(|| Unknown(format!("this run has no strategy {of}")))?.earned;
                let atoms = earned.map(|earned| earned.parts.total());
                self.or(atoms.map(|atoms| (atoms / ATOMS_PER_E8) as f64 / 1e8), "the books of this run are not kept")
            }
            Measure::Profit => self.of_portfolio(sight, |p| Some(usd(p.equity) - usd(p.day_open))),
            Measure::Drawdown => {
                self.of_portfolio(sight, |p| (p.peak.0 > 0).then(|| 100.0 * (1.0 - usd(p.equity) / usd(p.peak))))
            }
        }
    }

    fn known(&self, value: f64) -> Known<f64> {
        Known::new(value, Source::Computed, self.now(), self.now())
    }

    fn or(&self, value: Option<f64>, why_not: &str) -> Answer<f64> {
        value.map(|value| self.known(value)).ok_or_else(|| Unknown::because(why_not))
    }

    fn of_portfolio(
        &self,
        sight: &Sight,
        of: impl Fn(&engine_model::image::PortfolioImage) -> Option<f64>,
    ) -> Answer<f64> {
        let why_not = if sight.is_whole() { "the engine has told no positions yet" } else { OF_ACCOUNT };
        let portfolio = self.portfolio(sight).ok_or_else(|| Unknown::because(why_not))?;
        let value = of(&portfolio).ok_or_else(|| Unknown::because("equity never was above 0"))?;
        Ok(Known::new(value, Source::Computed, portfolio.at_ns, self.now()))
    }

    /// Of the markets that were there at both ends.
    fn open_interest_change(&self, of: &str, length_ns: u64) -> Answer<f64> {
        let place = AGO_NS.iter().position(|ago| *ago == length_ns);
        let place = place.ok_or_else(|| Unknown::because("open interest is held against 15m, 1h and 1d ago"))?;
        let of = self.coin(of).ok_or_else(|| Unknown(format!("no contract of this run is on {of}")))?;
        let all = self.open_interest(of);
        let counted = all.markets.iter().filter(|market| market.counts);
        let ends = counted.filter_map(|market| Some((market.before_e8[place]?, market.coins_e8?)));
        let (before, now) = ends.fold((0, 0), |(before, now), one| (before + one.0, now + one.1));
        let percent = (before > 0).then(|| 100.0 * (now - before) as f64 / before as f64);
        self.or(percent, "no market has a snapshot of then")
    }

    fn liquidated_usd(&self, of: &str, length_ns: u64) -> f64 {
        let is_of = |instrument: &Instrument| {
            instrument.is_dollar_quoted() && coin(instrument.base.as_str()).0.eq_ignore_ascii_case(of)
        };
        let told = self.liquidations(length_ns, is_of);
        let values = told.iter().flat_map(|market| {
            market.last.iter().filter_map(|one| market.instrument.notional(one.px, one.qty)).map(usd)
        });
        values.sum()
    }
}

fn some<T, U>(known: Known<T>, of: impl FnOnce(&T) -> Option<U>) -> Answer<U> {
    let value = of(&known.value).ok_or_else(|| Unknown::because("nothing was traded in that time"))?;
    Ok(Known { value, source: known.source, at: known.at, age_ns: known.age_ns })
}

fn usd(amount: Quote) -> f64 {
    amount.0 as f64 / Quote::ONE as f64
}

fn full_name(instrument: &Instrument) -> String {
    format!("{}.{}", instrument.symbol, instrument.venue.name())
}
