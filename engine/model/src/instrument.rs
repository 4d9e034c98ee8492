//! Instruments: a dense index, the venue's spelling, and the grid that prices and quantities lie on.
//!
//! There is no global scale: real prices have up to 11 decimals (0.00000074408) and real quantities pass 9.2e10,
//! so no single power of ten fits both. Each instrument has its own tick and lot.

use crate::decimal;
pub use crate::decimal::DecimalError;
use crate::margin::MarginTiers;
use crate::payment::{AssetId, FEE_TOKENS};
use crate::units::{Lots, Quote, Ticks};
use crate::venue::{VENUES_MAX, VenueId};
use std::fmt;

/// Our dense index of an instrument: position in the run's instrument table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstrumentId(pub u32);

impl InstrumentId {
    /// As an index into per-instrument arrays.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A short name without allocation: a symbol or an asset as the venue spells it. Ordered as text: the bytes come first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    bytes: [u8; Name::MAX],
    length: u8,
}

impl Name {
    /// Longest name: Deribit's combinations have up to 41 bytes (`BTC-CDIAG-26SEP25-110000_26DEC25-130000`).
    pub const MAX: usize = 47;

    /// `None` when longer than [`Name::MAX`] bytes, or with a control character or white space in it. Not only ASCII:
    /// Binance lists symbols in Chinese.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; Self::MAX];
        let fits = text.len() <= bytes.len() && !text.chars().any(|c| c.is_control() || c.is_whitespace());
        fits.then(|| {
            bytes[..text.len()].copy_from_slice(text.as_bytes());
            Self { length: text.len() as u8, bytes }
        })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The text's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl Default for Name {
    fn default() -> Self {
        Self { bytes: [0; Self::MAX], length: 0 }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Steps of price and quantity: one tick is `tick_step * 10^-price_decimals`, one lot `lot_step * 10^-qty_decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Decimals of a price, 0..=18.
    pub price_decimals: u8,
    /// Units of the last decimal in one tick, at least 1 (a tick of 0.05 is decimals 2, step 5).
    pub tick_step: i64,
    /// Decimals of a quantity, 0..=18.
    pub qty_decimals: u8,
    /// Units of the last decimal in one lot, at least 1.
    pub lot_step: i64,
}

/// How price, quantity and money relate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContractKind {
    /// The coins themselves. Notional = price * quantity, in quote.
    #[default]
    Spot,
    /// A contract on the coins, settled in quote. Notional = price * quantity * contract size, in quote.
    Linear,
    /// A contract of a fixed amount of quote, settled in base. Notional = quantity * contract size, in quote;
    /// profit is in base: quantity * size * (1/entry - 1/exit).
    Inverse,
}

/// All that the engine knows of an instrument. Read-only while a run lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// Position in the table.
    pub id: InstrumentId,
    /// Where it trades.
    pub venue: VenueId,
    /// The venue's spelling, e.g. `BTCUSDT`.
    pub symbol: Name,
    /// What is bought and sold, e.g. `BTC`.
    pub base: Name,
    /// What prices are in, e.g. `USDT`.
    pub quote: Name,
    /// How price, quantity and money relate.
    pub kind: ContractKind,
    /// Ticks and lots.
    pub grid: Grid,
    /// Linear: coins in one contract. Inverse: quote in one contract (100 for BTCUSD). Spot: 1. In units of
    /// `10^-contract_decimals`: a contract of OKX is 0.01 bitcoin, 1 and 2.
    pub contract_size: i64,
    /// Decimals of [`Self::contract_size`], 0..=18.
    pub contract_decimals: u8,
    /// Smallest order.
    pub min_qty: Lots,
    /// Largest order.
    pub max_qty: Lots,
    /// Smallest order in quote.
    pub min_notional: Quote,
}

impl Grid {
    /// Ticks of a price text; exact or an error.
    pub fn ticks(&self, text: &[u8]) -> Result<Ticks, DecimalError> {
        decimal::parse(text, self.price_decimals, self.tick_step).map(Ticks)
    }

    /// Lots of a quantity text; exact or an error.
    pub fn lots(&self, text: &[u8]) -> Result<Lots, DecimalError> {
        decimal::parse(text, self.qty_decimals, self.lot_step).map(Lots)
    }

    /// A price with exactly as many decimals as the tick has.
    #[must_use]
    pub fn price_text(&self, px: Ticks) -> String {
        decimal::format(px.0, self.price_decimals, self.tick_step)
    }

    /// A quantity with exactly as many decimals as the lot has.
    #[must_use]
    pub fn qty_text(&self, qty: Lots) -> String {
        decimal::format(qty.0, self.qty_decimals, self.lot_step)
    }

    /// One tick as a float, for analytics only.
    #[must_use]
    pub fn tick_size(&self) -> f64 {
        self.tick_step as f64 / 10f64.powi(i32::from(self.price_decimals))
    }
}

/// Quote currencies that count as US dollars at par.
const DOLLARS: [&str; 6] = ["USD", "USDT", "USDC", "FDUSD", "BUSD", "TUSD"];

/// Whether one of it counts as one US dollar.
#[must_use]
pub fn is_dollar(asset: Name) -> bool {
    DOLLARS.contains(&asset.as_str())
}

impl Instrument {
    /// Whether [`Quote`] amounts of this instrument's notional are US dollars. Where not, dollar limits cannot be judged
    /// and risk refuses.
    #[must_use]
    pub fn is_dollar_quoted(&self) -> bool {
        is_dollar(self.quote)
    }

    /// What profits and fees are in: quote; of an inverse contract base.
    #[must_use]
    pub const fn settlement(&self) -> Name {
        match self.kind {
            ContractKind::Inverse => self.base,
            ContractKind::Spot | ContractKind::Linear => self.quote,
        }
    }

    /// Decimals of lots times contract size.
    #[must_use]
    #[inline]
    pub const fn size_decimals(&self) -> u8 {
        self.grid.qty_decimals + self.contract_decimals
    }

    /// Value of `qty` at `px` in quote, rounded away from zero (a limit must not be passed by rounding).
    /// `None` when it does not fit.
    #[must_use]
    #[inline]
    pub fn notional(&self, px: Ticks, qty: Lots) -> Option<Quote> {
        self.notional_short(px, qty).or_else(|| self.notional_wide(px, qty))
    }

    /// The same where every step fits 64 bits, as it does for nearly every order: 15 instructions in place of 215. `None`
    /// says nothing.
    #[inline]
    fn notional_short(&self, px: Ticks, qty: Lots) -> Option<Quote> {
        let grid = &self.grid;
        let lots = qty.0.checked_mul(grid.lot_step)?.checked_mul(self.contract_size)?;
        let (units, decimals) = match self.kind {
            ContractKind::Inverse => (lots, self.size_decimals()),
            ContractKind::Spot | ContractKind::Linear => {
                (lots.checked_mul(px.0)?.checked_mul(grid.tick_step)?, grid.price_decimals + self.size_decimals())
            }
        };
        // Finer than money is told: divided and rounded the long way.
        let missing = 8_usize.checked_sub(usize::from(decimals))?;
        units.checked_mul(POW10[missing]).map(Quote)
    }

    /// What one lot is worth in units of 1e-8 quote: for each tick of its price, or (inverse) at any price. `None` where
    /// that is no whole number of 64 bits. For whoever asks about many sizes at once.
    #[inline]
    #[must_use]
    pub fn lot_value(&self) -> Option<i64> {
        let grid = &self.grid;
        let size = grid.lot_step.checked_mul(self.contract_size)?;
        let (units, decimals) = match self.kind {
            ContractKind::Inverse => (size, self.size_decimals()),
            ContractKind::Spot | ContractKind::Linear => {
                (size.checked_mul(grid.tick_step)?, grid.price_decimals + self.size_decimals())
            }
        };
        units.checked_mul(POW10[8_usize.checked_sub(usize::from(decimals))?])
    }

    fn notional_wide(&self, px: Ticks, qty: Lots) -> Option<Quote> {
        let grid = &self.grid;
        let lots =
            i128::from(qty.0).checked_mul(i128::from(grid.lot_step))?.checked_mul(i128::from(self.contract_size))?;
        let (units, decimals) = match self.kind {
            ContractKind::Inverse => (lots, u32::from(self.size_decimals())),
            ContractKind::Spot | ContractKind::Linear => (
                lots.checked_mul(i128::from(px.0))?.checked_mul(i128::from(grid.tick_step))?,
                u32::from(grid.price_decimals) + u32::from(self.size_decimals()),
            ),
        };
        Quote::from_wide(rescale_away_from_zero(units, decimals)?)
    }
}

/// Powers of ten up to the decimals of money.
const POW10: [i64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// `units * 10^-decimals` in units of 1e-8, rounded away from zero.
fn rescale_away_from_zero(units: i128, decimals: u32) -> Option<i128> {
    match decimals.checked_sub(8) {
        None | Some(0) => units.checked_mul(10i128.pow(8 - decimals)),
        Some(excess) => {
            let divisor = 10i128.checked_pow(excess)?;
            let towards_zero = units / divisor;
            Some(if units % divisor == 0 { towards_zero } else { towards_zero + units.signum() })
        }
    }
}

/// The instruments of a run, by index. Built once before the threads start.
#[derive(Clone, Debug, Default)]
pub struct Instruments {
    list: Vec<Instrument>,
    /// Every currency and coin of the run, ascending: what instruments are of, and what venues take fees in.
    assets: Vec<Name>,
    /// By venue: its place among those of the run.
    slots: [Option<u8>; VenueId::ALL.len()],
    /// By index, as far as lists say: how often funding is paid, in seconds.
    funding_s: Vec<u32>,
    /// By index, as far as venues or the configuration tell them.
    margin_tiers: Vec<Option<MarginTiers>>,
}

impl Instruments {
    /// Panics unless each instrument's id is its position: a wrong index would book one instrument on another.
    #[must_use]
    pub fn new(list: Vec<Instrument>) -> Self {
        for (index, instrument) in list.iter().enumerate() {
            assert_eq!(instrument.id.index(), index, "instrument {} is out of place", instrument.symbol);
            assert!(
                instrument.grid.tick_step >= 1 && instrument.grid.lot_step >= 1,
                "{}: empty step",
                instrument.symbol
            );
            assert!(
                instrument.grid.price_decimals <= 18 && instrument.size_decimals() <= 18,
                "{}: decimals",
                instrument.symbol
            );
        }
        let mut slots = [None; VenueId::ALL.len()];
        let present = VenueId::ALL.into_iter().filter(|venue| list.iter().any(|i| i.venue == *venue));
        present.enumerate().for_each(|(slot, venue)| slots[venue as usize] = Some(slot as u8));
        let venues = slots.iter().flatten().count();
        assert!(venues <= VENUES_MAX, "{venues} venues in one run, at most {VENUES_MAX}");
        let assets = assets_of(&list);
        assert!(assets.len() <= usize::from(u16::MAX), "{} assets in one run", assets.len());
        Self { list, assets, slots, funding_s: Vec::new(), margin_tiers: Vec::new() }
    }

    /// The same, with how often funding of each is paid, in seconds; 0: the list does not say.
    #[must_use]
    pub fn with_funding_intervals(self, funding_s: Vec<u32>) -> Self {
        assert_eq!(funding_s.len(), self.list.len(), "an interval for each instrument");
        Self { funding_s, ..self }
    }

    /// How often funding is paid when the run begins, in seconds; 0 where no list says it: a stream may.
    #[must_use]
    pub fn funding_interval_s(&self, id: InstrumentId) -> u32 {
        self.funding_s.get(id.index()).copied().unwrap_or(0)
    }

    /// The same, with the margin table of each; `None`: nobody told one.
    #[must_use]
    pub fn with_margin_tiers(self, margin_tiers: Vec<Option<MarginTiers>>) -> Self {
        assert_eq!(margin_tiers.len(), self.list.len(), "a table for each instrument, or none");
        Self { margin_tiers, ..self }
    }

    /// What the venue wants to see behind a position; where nobody told it, more than any venue wants.
    #[must_use]
    pub fn margin_tiers(&self, id: InstrumentId) -> &MarginTiers {
        self.told_margin_tiers(id).unwrap_or_else(|| MarginTiers::unknown())
    }

    fn told_margin_tiers(&self, id: InstrumentId) -> Option<&MarginTiers> {
        self.margin_tiers.get(id.index())?.as_ref()
    }

    /// Of each instrument, as far as somebody told it.
    #[must_use]
    pub fn all_margin_tiers(&self) -> Vec<Option<MarginTiers>> {
        self.list.iter().map(|instrument| self.told_margin_tiers(instrument.id).copied()).collect()
    }

    /// The place of a currency or coin, if it is one of the run.
    #[must_use]
    pub fn asset(&self, name: Name) -> Option<AssetId> {
        self.assets.binary_search(&name).ok().map(|place| AssetId(place as u16))
    }

    /// The name of a currency or coin.
    #[must_use]
    pub fn asset_name(&self, asset: AssetId) -> Option<Name> {
        self.assets.get(usize::from(asset.0)).copied()
    }

    /// How many currencies and coins.
    #[must_use]
    pub fn assets(&self) -> usize {
        self.assets.len()
    }

    /// A venue's place among those of the run, below [`VENUES_MAX`]: by which arrays that cross rings are indexed. One
    /// without instruments (a recording that names none) tells nothing, and gets the last place.
    #[must_use]
    #[inline]
    pub fn slot(&self, venue: VenueId) -> usize {
        self.slots[venue as usize].map_or(VENUES_MAX - 1, usize::from)
    }

    /// The venues of the run, each with its place.
    pub fn venues(&self) -> impl Iterator<Item = (usize, VenueId)> + '_ {
        let slot = |venue: VenueId| self.slots[venue as usize].map(|slot| (usize::from(slot), venue));
        VenueId::ALL.into_iter().filter_map(slot)
    }

    /// A venue's place, if the run has it.
    #[must_use]
    pub fn place(&self, venue: VenueId) -> Option<usize> {
        self.slots[venue as usize].map(usize::from)
    }

    /// The instrument of that index.
    #[must_use]
    pub fn get(&self, id: InstrumentId) -> &Instrument {
        &self.list[id.index()]
    }

    /// By venue and the venue's spelling. A scan: not for the hot path.
    #[must_use]
    pub fn find(&self, venue: VenueId, symbol: &str) -> Option<&Instrument> {
        self.list.iter().find(|i| i.venue == venue && i.symbol.as_str() == symbol)
    }

    /// In order of index.
    pub fn iter(&self) -> std::slice::Iter<'_, Instrument> {
        self.list.iter()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Every currency and coin of such a run, in the order of their [`AssetId`]s. For who has only the list, out of a file.
#[must_use]
pub fn assets_of(list: &[Instrument]) -> Vec<Name> {
    let mut assets: Vec<Name> = list.iter().flat_map(|instrument| [instrument.base, instrument.quote]).collect();
    assets.extend(FEE_TOKENS.iter().filter_map(|token| Name::new(token)));
    assets.sort_unstable();
    assets.dedup();
    assets
}

impl<'a> IntoIterator for &'a Instruments {
    type Item = &'a Instrument;
    type IntoIter = std::slice::Iter<'a, Instrument>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instrument(kind: ContractKind, contract_size: i64) -> Instrument {
        let name = |text| Name::new(text).expect("short");
        Instrument {
            id: InstrumentId(0),
            venue: VenueId::BinanceUsdm,
            symbol: name("BTCUSDT"),
            base: name("BTC"),
            quote: name("USDT"),
            kind,
            grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 },
            contract_size,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(1_000_000),
            min_notional: Quote::whole(5),
        }
    }

    #[test]
    fn notional_is_exact_and_refuses_what_does_not_fit() {
        let linear = instrument(ContractKind::Linear, 1);
        assert_eq!(linear.notional(Ticks(600_000), Lots(1_500)), Some(Quote::whole(90_000)));
        assert_eq!(linear.notional(Ticks(i64::MAX), Lots(i64::MAX)), None);
        let inverse = instrument(ContractKind::Inverse, 100);
        assert_eq!(inverse.notional(Ticks(1), Lots(3_000)), Some(Quote::whole(300)));
    }

    #[test]
    fn the_short_way_and_the_long_way_to_a_notional_agree() {
        let values = [0, 1, -1, 7, 600_005, -600_005, 1 << 31, 1 << 40, i64::MAX, i64::MIN];
        let kinds = [(ContractKind::Linear, 1), (ContractKind::Spot, 1), (ContractKind::Inverse, 100)];
        let grids = [(1, 3), (2, 5), (2, 6), (8, 8), (0, 0)];
        let mut short = 0;
        for ((kind, size), (price_decimals, qty_decimals)) in
            kinds.into_iter().flat_map(|kind| grids.map(|grid| (kind, grid)))
        {
            let mut instrument = instrument(kind, size);
            instrument.grid = Grid { price_decimals, tick_step: 5, qty_decimals, lot_step: 2 };
            for (px, qty) in values.into_iter().flat_map(|px| values.map(|qty| (Ticks(px), Lots(qty)))) {
                let wide = instrument.notional_wide(px, qty);
                if let Some(found) = instrument.notional_short(px, qty) {
                    assert_eq!(Some(found), wide, "{kind:?} {px:?} {qty:?}");
                    short += 1;
                }
                assert_eq!(instrument.notional(px, qty), wide);
            }
        }
        assert!(short > 400, "the short way is taken: {short}");
    }

    #[test]
    fn names_are_ordered_as_text() {
        let mut names = ["ZRX", "BTCUSDT", "BTC", "ETHUSDT"].map(|text| Name::new(text).expect("short"));
        names.sort_unstable();
        assert_eq!(names.each_ref().map(Name::as_str), ["BTC", "BTCUSDT", "ETHUSDT", "ZRX"]);
    }

    #[test]
    fn rounding_never_makes_an_order_look_smaller() {
        assert_eq!(rescale_away_from_zero(1, 9), Some(1));
        assert_eq!(rescale_away_from_zero(-1, 9), Some(-1));
        assert_eq!(rescale_away_from_zero(10, 9), Some(1));
    }
}
