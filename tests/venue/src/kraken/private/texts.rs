//! Orders, executions and money as Kraken writes them.
//!
//! Owns: texts. Never: when or to whom they are sent.

use crate::account::{Balance, Event, Fill, Order, State};
use crate::listing::Listing;
use crate::text::{Text, iso};
use engine_model::instrument::Name;
use engine_model::market::Side;
use serde_json::Value;

/// The id of an order or an execution.
pub(super) fn venue_id(kind: char, id: u64) -> String {
    format!("{kind}SIMUL-{:05}-{:06}", id / 1_000_000, id % 1_000_000)
}

/// The number in it.
pub(super) fn entry_id(text: &str) -> Option<u64> {
    let (millions, rest) = text.strip_prefix("OSIMUL-")?.split_once('-')?;
    Some(millions.parse::<u64>().ok()? * 1_000_000 + rest.parse::<u64>().ok()?)
}

pub(super) fn e8(amount: i128) -> String {
    Text::new().decimal(amount, 8).take()
}

fn price(listing: &Listing, ticks: i64) -> String {
    Text::new().price(&listing.instrument.grid, ticks).take()
}

fn qty(listing: &Listing, lots: i64) -> String {
    Text::new().qty(&listing.instrument.grid, lots).take()
}

fn side(side: Side) -> &'static str {
    if side == Side::Buy { "buy" } else { "sell" }
}

fn kind(order: &Order) -> &'static str {
    if order.px.is_some() { "limit" } else { "market" }
}

/// What a row of the line says of an order's state.
fn status(order: &Order) -> &'static str {
    match order.state {
        State::Open if order.filled > 0 => "partially_filled",
        State::Open => "new",
        State::Filled => "filled",
        State::Canceled => "canceled",
        State::Expired => "expired",
    }
}

/// The whole of an order: as it is entered, and in snapshots.
pub(super) fn whole(order: &Order, status: &str, listing: &Listing) -> String {
    let (id, symbol, at) = (venue_id('O', order.id), listing.name(), iso(order.changed_at_ns / 1_000_000, 6));
    let (whole, filled) = (qty(listing, order.qty), qty(listing, order.filled));
    let limit = order.px.map(|px| format!(r#","limit_price_type":"static","limit_price":{}"#, price(listing, px)));
    format!(
        r#"{{"order_id":"{id}","symbol":"{symbol}","order_qty":{whole},"cum_qty":{filled},"cum_cost":{},"time_in_force":"GTC","exec_type":"{status}","side":"{}","order_type":"{}","cl_ord_id":{}{},"stop_price":0.0,"order_status":"{status}","fee_usd_equiv":0.0,"fee_ccy_pref":"fciq","timestamp":"{at}"}}"#,
        e8(order.filled_value_e8),
        side(order.side),
        kind(order),
        Value::from(order.client_id.as_str()),
        limit.unwrap_or_default()
    )
}

/// A row that names the order alone.
fn short(order: &Order, exec_type: &str, more: &str) -> String {
    let (id, at) = (venue_id('O', order.id), iso(order.changed_at_ns / 1_000_000, 6));
    format!(
        r#"{{"timestamp":"{at}","order_status":"{}","exec_type":"{exec_type}",{more}"cl_ord_id":{},"order_id":"{id}"}}"#,
        status(order),
        Value::from(order.client_id.as_str())
    )
}

/// Executed so far, as rows that tell it have it.
fn executed(order: &Order, listing: &Listing) -> String {
    format!(r#""cum_qty":{},"cum_cost":{},"#, qty(listing, order.filled), e8(order.filled_value_e8))
}

pub(super) fn entered(order: &Order) -> String {
    short(order, "new", "")
}

pub(super) fn amended(order: &Order, listing: &Listing) -> String {
    let px = order.px.map_or_else(|| "0.0".to_owned(), |px| price(listing, px));
    let more = format!(
        r#"{}"reason":"User requested","amended":true,"order_qty":{},"limit_price":{px},"limit_price_type":"static","#,
        executed(order, listing),
        qty(listing, order.qty)
    );
    short(order, "amended", &more)
}

pub(super) fn ended(order: &Order, listing: &Listing) -> String {
    let why = if order.state == State::Canceled { r#""reason":"User requested","# } else { "" };
    short(order, status(order), &format!("{}{why}", executed(order, listing)))
}

pub(super) fn traded(order: &Order, fill: &Fill, listing: &Listing) -> String {
    let (id, exec_id, symbol) = (venue_id('O', fill.order_id), venue_id('T', fill.trade_id), listing.name());
    let (qty, px, at) = (qty(listing, fill.qty), price(listing, fill.px), iso(fill.at_ns / 1_000_000, 6));
    format!(
        r#"{{"order_id":"{id}","exec_id":"{exec_id}","exec_type":"trade","trade_id":{},"symbol":"{symbol}","side":"{}","last_qty":{qty},"last_price":{px},"liquidity_ind":"{}","cost":{},"order_status":"{}","order_type":"{}","cl_ord_id":{},"timestamp":"{at}","fee_usd_equiv":0.0,"fees":[{{"asset":"{}","qty":{}}}]}}"#,
        fill.trade_id,
        side(fill.side),
        if fill.maker { 'm' } else { 't' },
        e8(fill.value_e8),
        status(order),
        kind(order),
        Value::from(fill.client_id.as_str()),
        fill.fee_asset,
        e8(fill.fee_e8)
    )
}

/// What an asset is, as a row of the snapshot.
pub(super) fn held(asset: Name, balance: Balance) -> String {
    let whole = e8(balance.total_e8);
    format!(
        r#"{{"asset":"{asset}","asset_class":"currency","balance":{whole},"wallets":[{{"type":"spot","id":"main","balance":{whole}}}]}}"#
    )
}

/// What of the money changed: of orders that only bind some, nothing.
pub(super) fn moved(event: &Event) -> Vec<String> {
    let at = iso(event.at_ns / 1_000_000, 6);
    let row = |(asset, balance, grown): &(Name, Balance, i128)| {
        let (amount, whole, number) = (e8(*grown), e8(balance.total_e8), event.number);
        format!(
            r#"{{"asset":"{asset}","asset_class":"currency","amount":{amount},"balance":{whole},"fee":0.0,"ledger_id":"LSIMUL-{number:06}","ref_id":"TSIMUL","timestamp":"{at}","type":"trade","subtype":"","category":"trade","wallet_type":"spot","wallet_id":"main"}}"#
        )
    };
    event.balances.iter().filter(|(_, _, grown)| *grown != 0).map(row).collect()
}

/// An asset or a pair's part as REST has it: the oldest have a letter in front.
pub(super) fn old_asset(asset: &str) -> String {
    match asset {
        "BTC" => "XXBT".to_owned(),
        "DOGE" => "XXDG".to_owned(),
        "ETH" | "LTC" | "XRP" => format!("X{asset}"),
        "USD" | "EUR" | "GBP" | "JPY" | "CAD" => format!("Z{asset}"),
        other => other.to_owned(),
    }
}

/// An order in an answer by REST, with its id.
pub(super) fn row(order: &Order, listing: &Listing) -> String {
    let status = match order.state {
        State::Open => "open",
        State::Filled => "closed",
        State::Canceled => "canceled",
        State::Expired => "expired",
    };
    let (id, pair) = (venue_id('O', order.id), pair(listing));
    let px = order.px.map_or_else(|| "0".to_owned(), |px| price(listing, px));
    let (whole, filled, cost) = (qty(listing, order.qty), qty(listing, order.filled), e8(order.filled_value_e8));
    let closed =
        if order.is_open() { String::new() } else { format!(r#","closetm":{}"#, seconds(order.changed_at_ns)) };
    format!(
        r#""{id}":{{"refid":null,"userref":0,"cl_ord_id":{},"status":"{status}","reason":null,"opentm":{}{closed},"starttm":0,"expiretm":0,"descr":{{"pair":"{pair}","type":"{}","ordertype":"{}","price":"{px}","price2":"0","leverage":"none","order":"","close":""}},"vol":"{whole}","vol_exec":"{filled}","cost":"{cost}","fee":"0.00000","price":"0.00000","stopprice":"0.00000","limitprice":"0.00000","misc":"","oflags":"fciq"}}"#,
        Value::from(order.client_id.as_str()),
        seconds(order.entered_at_ns),
        side(order.side),
        kind(order)
    )
}

/// The name that streams never use: `XBTUSD`.
fn pair(listing: &Listing) -> String {
    let old = |asset: &str| match asset {
        "BTC" => "XBT".to_owned(),
        "DOGE" => "XDG".to_owned(),
        other => other.to_owned(),
    };
    format!("{}{}", old(listing.instrument.base.as_str()), old(listing.instrument.quote.as_str()))
}

fn seconds(ns: u64) -> String {
    Text::new().decimal(i128::from(ns / 100_000), 4).take()
}

/// An execution in an answer by REST, with its id.
pub(super) fn history(fill: &Fill, listing: &Listing) -> String {
    let (id, order) = (venue_id('T', fill.trade_id), venue_id('O', fill.order_id));
    let [base, quote] = [listing.instrument.base, listing.instrument.quote].map(|asset| old_asset(asset.as_str()));
    format!(
        r#""{id}":{{"ordertxid":"{order}","postxid":"TKH2SE-M7IF5-CFI7LT","pair":"{base}{quote}","time":{},"type":"{}","ordertype":"limit","price":"{}","cost":"{}","fee":"{}","vol":"{}","margin":"0.00000","misc":"","trade_id":{},"maker":{}}}"#,
        seconds(fill.at_ns),
        side(fill.side),
        price(listing, fill.px),
        e8(fill.value_e8),
        e8(fill.fee_e8),
        qty(listing, fill.qty),
        fill.trade_id,
        fill.maker
    )
}
