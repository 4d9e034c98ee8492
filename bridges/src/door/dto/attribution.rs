//! What a profit is made of, and of whom it is.

use crate::desk::Desk;
use crate::desk::sight::{Seen, Sight};
use engine_core::portfolio::books::{
    ATOMS_PER_E8, Books, BooksFault, Group, Held, Lot, Margin, Owner, Part, Parts, Row, rounded,
};
use engine_core::portfolio::margin::Liquidation;
use engine_core::portfolio::saturated;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::payment::AssetId;
use engine_model::units::Lots;
use engine_model::venue::VenueId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// `/api/v1/portfolio/attribution`. All amounts `*_usd` are dollars; parts and rows are rounded such that what is printed
/// adds up: each row to its profit, each column to the sum of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attribution {
    /// The strategies that it is of, where it is not of the whole account: whoever asks sees no more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub of: Option<Vec<String>>,
    /// Up to when.
    pub at_ns: Option<u64>,
    /// Whether every execution and payment of the run is in it: `false` once one was missed or did not fit.
    pub complete: bool,
    /// Whether the parts are, to the last atom (1e-18), what the accounts have earned. `false` is a fault of ours.
    pub adds_up: bool,
    /// Which lots are closed first: `average`, `fifo` or `lifo`. Of no effect on the parts.
    pub lots: String,
    /// At the start of the run. Equity and its curve are the account's: `null` of a part of it.
    pub equity_start_usd: Option<String>,
    /// Now: the start and the profit.
    pub equity_usd: Option<String>,
    /// Now less start; of a part, what it has earned: the sum of the parts.
    pub profit_usd: String,
    /// At the start of the day (UTC), or of the run if that came later.
    pub day_open_usd: Option<String>,
    /// Now less that.
    pub day_profit_usd: Option<String>,
    /// Highest equity so far.
    pub peak_usd: Option<String>,
    /// Peak less now.
    pub drawdown_usd: Option<String>,
    /// Largest fall from a peak so far.
    pub drawdown_max_usd: Option<String>,
    /// What the profit is made of.
    pub parts: PartsUsd,
    /// Assets that something was earned or paid in and nothing of the run prices: their dollars are missing.
    pub unpriced: Vec<String>,
    /// By strategy; `0` is the operator, and the account.
    pub by_strategy: Vec<Slice>,
    /// By venue.
    pub by_venue: Vec<Slice>,
    /// By instrument.
    pub by_instrument: Vec<Slice>,
    /// By the tag that the strategy gave the trade; `0` is none.
    pub by_tag: Vec<Slice>,
    /// What is open, lot by lot; of a part of the account strategy by strategy, without margin.
    pub positions: Vec<LotPosition>,
    /// What the venues' own ledgers must show for the run; nothing of a part.
    pub ledger: Vec<Change>,
}

/// An amount of each part, in dollars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartsUsd {
    /// The underlying moved while we held it.
    pub price: String,
    /// Bought below the middle of the book or sold above it; negative is the spread paid.
    pub spread: String,
    /// Fees; negative is paid.
    pub fee: String,
    /// Funding; negative is paid.
    pub funding: String,
    /// Interest of what was borrowed; negative is paid.
    pub interest: String,
    /// The mark moved against the index, or stood apart from the middle when we traded.
    pub basis: String,
    /// What is kept in another asset than dollars changed in dollars.
    pub currency: String,
}

/// One strategy, venue, instrument or tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slice {
    /// Which.
    pub name: String,
    /// What its profit is made of.
    pub parts: PartsUsd,
    /// The sum of the parts.
    pub profit_usd: String,
    /// Of what was closed, before fees, by the lots of each strategy.
    pub realised_usd: String,
    /// Of what is open, before fees.
    pub unrealised_usd: String,
    /// Reading of what is held, unsigned.
    pub gross_usd: String,
    /// The same with shorts against longs.
    pub net_usd: String,
    /// Executions.
    pub fills: u64,
}

/// What the account holds of one instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LotPosition {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// `NET`; of a hedging account `LONG` or `SHORT`.
    pub side: String,
    /// Negative is short.
    pub qty: String,
    /// The price that it is valued at.
    pub mark_px: Option<String>,
    /// Profit of what was closed, before fees, in `currency`.
    pub realised: String,
    /// Profit of what is open, before fees, in `currency`.
    pub unrealised: String,
    /// What the contract settles in.
    pub currency: String,
    /// What opening it takes at the most leverage that its step allows, in quote; `null` of spot, and when flat.
    pub initial_margin: Option<String>,
    /// What must stay, in quote.
    pub maintenance_margin: Option<String>,
    /// Where the venue would close it, with all equity behind it; `null` where no price does.
    pub liquidation_px: Option<String>,
    /// What is open, oldest first.
    pub lots: Vec<OpenLot>,
}

/// One lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenLot {
    /// Negative is short.
    pub qty: String,
    /// What it cost, in the position's currency; negative was received.
    pub cost: String,
    /// When it was opened.
    pub opened_at_ns: u64,
    /// Whether the account held it when the run began: its cost is the first price of the run then.
    pub is_opening: bool,
}

/// How a balance changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Where.
    pub venue: String,
    /// Of what.
    pub asset: String,
    /// By how much, rounded down to 1e-8.
    pub change: String,
}

impl Change {
    /// What the venues' own ledgers must show for the run.
    pub(crate) fn list(books: &Books) -> Vec<Self> {
        let one = |(venue, asset, atoms): (VenueId, AssetId, i128)| Self {
            venue: venue.name().to_owned(),
            asset: asset_name(books.instruments(), asset),
            change: money(e8(atoms)),
        };
        books.ledger().into_iter().map(one).collect()
    }
}

impl Attribution {
    /// Of what somebody sees; or why it cannot be told.
    pub(crate) fn told(desk: &Desk, sight: &Sight) -> Result<Self, BooksFault> {
        let at_ns = desk.portfolio(&Sight::WHOLE).map(|portfolio| portfolio.at_ns.0);
        let told = desk.books(sight, |books, seen, is_whole| match seen.sight.is_whole() {
            true => Self::new(books, at_ns, is_whole),
            false => Self::part(books, seen, at_ns, is_whole),
        })?;
        Ok(Self { of: desk.part_names(sight), ..told })
    }

    /// What the books say. `is_complete`: whether they were told everything.
    #[must_use]
    pub fn new(books: &Books, at_ns: Option<u64>, is_complete: bool) -> Self {
        let instruments = books.instruments();
        let start = books.terms().equity_start;
        let curve = books.curve();
        let told = Self::sums(books, |_, _| true, at_ns, is_complete);
        let profit = rounded(&[books.total().parts])[0].total();
        Self {
            equity_start_usd: Some(start.to_string()),
            equity_usd: Some(money(i128::from(start.0) + profit)),
            day_open_usd: Some(money(e8(curve.day_open))),
            day_profit_usd: Some(money(i128::from(start.0) + profit - e8(curve.day_open))),
            peak_usd: Some(money(e8(curve.peak))),
            drawdown_usd: Some(money(e8(curve.peak) - i128::from(start.0) - profit)),
            // Rounded up, so that it is never shown below the drawdown of now.
            drawdown_max_usd: Some(money(-e8(-curve.drawdown_max))),
            unpriced: books.unpriced().into_iter().map(|asset| asset_name(instruments, asset)).collect(),
            positions: books
                .positions()
                .map(|held| LotPosition::new(instruments, &held, books.margin(&held)))
                .collect(),
            ledger: Change::list(books),
            ..told
        }
    }

    /// What they say of the strategies that are seen.
    fn part(books: &Books, seen: Seen<'_>, at_ns: Option<u64>, is_complete: bool) -> Self {
        let instruments = books.instruments();
        let rows = || books.rows().filter(|(_, row)| seen.sight.sees(row.owner.strategy));
        let unpriced = rows().flat_map(|(_, row)| row.purses()).filter(|purse| purse.is_unpriced());
        let mut unpriced: Vec<String> = unpriced.map(|purse| asset_name(instruments, purse.asset)).collect();
        unpriced.sort_unstable();
        unpriced.dedup();
        Self {
            unpriced,
            positions: rows().map(|(id, row)| LotPosition::of_row(books, id, row)).collect(),
            ..Self::sums(books, |_, owner| seen.sight.sees(owner.strategy), at_ns, is_complete)
        }
    }

    /// What sums tell of the rows that are meant, and nothing of the account.
    fn sums(
        books: &Books,
        is_meant: impl Fn(InstrumentId, &Owner) -> bool,
        at_ns: Option<u64>,
        is_complete: bool,
    ) -> Self {
        let instruments = books.instruments();
        let total = books.by(&is_meant).remove(&true).unwrap_or_default();
        let total = rounded(&[total.parts])[0];
        let symbol = |id| name_of(instruments.get(id));
        Self {
            of: None,
            at_ns,
            complete: is_complete && books.skipped() == 0,
            adds_up: books.adds_up(),
            lots: books.terms().method.name().to_owned(),
            equity_start_usd: None,
            equity_usd: None,
            profit_usd: money(total.total()),
            day_open_usd: None,
            day_profit_usd: None,
            peak_usd: None,
            drawdown_usd: None,
            drawdown_max_usd: None,
            parts: PartsUsd::new(&total),
            unpriced: Vec::new(),
            by_strategy: slices(groups(books, &is_meant, |_, of| of.strategy), |strategy| strategy.0.to_string()),
            by_venue: slices(groups(books, &is_meant, |id, _| instruments.get(id).venue), |venue| {
                venue.name().to_owned()
            }),
            by_instrument: slices(groups(books, &is_meant, |id, _| id), |id| symbol(*id)),
            by_tag: slices(groups(books, &is_meant, |_, owner| owner.tag), u16::to_string),
            positions: Vec::new(),
            ledger: Vec::new(),
        }
    }
}

/// The rows that are meant, by what `key` says of them.
fn groups<K: Ord>(
    books: &Books,
    is_meant: impl Fn(InstrumentId, &Owner) -> bool,
    key: impl Fn(InstrumentId, &Owner) -> K,
) -> BTreeMap<K, Group> {
    let all = books.by(|id, owner| is_meant(id, owner).then(|| key(id, owner)));
    all.into_iter().filter_map(|(key, group)| Some((key?, group))).collect()
}

impl PartsUsd {
    fn new(parts: &Parts) -> Self {
        let of = |part| money(parts[part]);
        Self {
            price: of(Part::Price),
            spread: of(Part::Spread),
            fee: of(Part::Fee),
            funding: of(Part::Funding),
            interest: of(Part::Interest),
            basis: of(Part::Basis),
            currency: of(Part::Currency),
        }
    }

    /// Each with its name, in the order of the columns.
    #[must_use]
    pub fn columns(&self) -> [(&'static str, &str); Part::ALL.len()] {
        let Self { price, spread, fee, funding, interest, basis, currency } = self;
        let texts = [price, spread, fee, funding, interest, basis, currency];
        std::array::from_fn(|at| (Part::ALL[at].name(), texts[at].as_str()))
    }
}

fn slices<K: Ord>(groups: BTreeMap<K, Group>, name: impl Fn(&K) -> String) -> Vec<Slice> {
    let parts: Vec<Parts> = groups.values().map(|group| group.parts).collect();
    let slice = |((key, group), parts): ((&K, &Group), Parts)| Slice {
        name: name(key),
        parts: PartsUsd::new(&parts),
        profit_usd: money(parts.total()),
        realised_usd: money(e8(group.realised)),
        unrealised_usd: money(e8(group.unrealised)),
        gross_usd: money(group.gross),
        net_usd: money(group.net),
        fills: group.fills,
    };
    groups.iter().zip(rounded(&parts)).map(slice).collect()
}

impl LotPosition {
    /// One strategy's.
    fn of_row(books: &Books, instrument: InstrumentId, row: &Row) -> Self {
        let (side, lots, mark_px) = (row.owner.side, row.lots(), books.mark_px(instrument));
        let held = Held { instrument, side, lots, unrealised: row.held() - lots.cost(), mark_px };
        Self::new(books.instruments(), &held, None)
    }

    fn new(instruments: &Instruments, held: &Held<'_>, margin: Option<Margin>) -> Self {
        let instrument = instruments.get(held.instrument);
        let grid = &instrument.grid;
        let lot = |lot: &Lot| OpenLot {
            qty: grid.qty_text(Lots(lot.qty)),
            cost: money(e8(lot.cost)),
            opened_at_ns: lot.opened_at_ns.0,
            is_opening: lot.is_opening,
        };
        Self {
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            side: held.side.name().to_owned(),
            qty: grid.qty_text(Lots(held.lots.qty())),
            mark_px: held.mark_px.map(|px| grid.price_text(px)),
            realised: money(e8(held.lots.realised())),
            unrealised: money(e8(held.unrealised)),
            currency: instrument.settlement().to_string(),
            initial_margin: margin.map(|margin| money(margin.initial)),
            maintenance_margin: margin.map(|margin| money(margin.maintenance)),
            liquidation_px: margin.and_then(|margin| match margin.liquidation {
                Liquidation::At(px) => Some(grid.price_text(px)),
                Liquidation::Never | Liquidation::Untellable => None,
            }),
            lots: held.lots.open().map(lot).collect(),
        }
    }
}

pub(super) fn name_of(instrument: &Instrument) -> String {
    format!("{}:{}", instrument.venue.name(), instrument.symbol)
}

pub(super) fn asset_name(instruments: &Instruments, asset: AssetId) -> String {
    instruments.asset_name(asset).map_or_else(|| format!("#{}", asset.0), |name| name.to_string())
}

/// Atoms as units of 1e-8, rounded down.
fn e8(atoms: i128) -> i128 {
    atoms.div_euclid(ATOMS_PER_E8)
}

fn money(units: i128) -> String {
    saturated(units).to_string()
}
