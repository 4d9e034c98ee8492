//! What an action does, and what is answered to it; by line and by REST alike.
//!
//! Owns: the fields of actions and the venue's words of refusal. Never: whose an action is.

use super::texts;
use super::wallet::{self, Nonces};
use crate::account::{Amount, By, Entry, Holder, Order, Refusal, Stands, State, Teller, Trigger, Which};
use crate::listing::Listing;
use crate::text::trimmed;
use engine_model::instrument::ContractKind;
use engine_model::market::Side;
use serde_json::Value;

/// Number of the first pair of spot.
const SPOT: usize = 10_000;
/// What an account must have traded for the switch, in 1e-8 dollars.
const SWITCH_VOLUME_E8: i128 = 1_000_000 * 100_000_000;
/// How far ahead the switch must be set.
const SWITCH_MS: u64 = 5_000;

/// Why not.
#[derive(Debug)]
enum No {
    /// That part of an action, in words.
    Part(String),
    /// The action, in words.
    Whole(String),
    /// A fault, as a status of HTTP.
    Status(u16),
}

/// Who answers.
pub(super) struct Clerk<'a, 't> {
    pub(super) listings: &'a [Listing],
    pub(super) teller: &'a mut Teller<'t>,
    pub(super) nonces: &'a Nonces,
}

impl Clerk<'_, '_> {
    /// The answer to a signed request, or a status of HTTP.
    pub(super) fn answer(&mut self, request: &Value) -> Result<String, u16> {
        let done = wallet::holder(request, self.nonces, self.teller).map_err(No::Whole).and_then(|holder| {
            let action = &request["action"];
            let kind = action["type"].as_str().unwrap_or_default();
            let parts = |name: &str| action[name].as_array().map_or(&[] as &[Value], Vec::as_slice);
            match (kind, parts("orders"), parts("cancels")) {
                ("order", [asked], _) => self.place(holder, asked),
                ("cancelByCloid", _, [asked]) => self.cancel(holder, asked),
                ("cancel", _, all @ [_, ..]) => self.cancel_each(holder, all),
                ("scheduleCancel", ..) => return self.schedule(holder, &action["time"]),
                _ => return Err(No::Whole("Empty batch, or no such action.".to_owned())),
            }
            .map(|status| of_one(kind, &status))
        });
        match done {
            Ok(answer) => Ok(answer),
            Err(No::Part(words)) => Ok(of_one("order", &format!(r#"{{"error":{}}}"#, Value::from(words)))),
            Err(No::Whole(words)) => Ok(format!(r#"{{"status":"err","response":{}}}"#, Value::from(words))),
            Err(No::Status(status)) => Err(status),
        }
    }

    fn place(&mut self, holder: Holder, asked: &Value) -> Result<String, No> {
        let asset = asked["a"].as_u64().unwrap_or(u64::MAX);
        let entry = self.entry(asked, asset)?;
        let instrument = entry.instrument;
        if let Some(trigger) = self.trigger(asked, &entry, asset)? {
            let order = self.teller.wait(holder, entry, trigger);
            let order = order.map_err(|refusal| self.refused(refusal, instrument, asset))?;
            // As it was entered, whatever happened since.
            return Ok(texts::entered(&Order { state: State::Open, ..order }, &self.listings[instrument]));
        }
        let order = self.teller.place(holder, entry).map_err(|refusal| self.refused(refusal, instrument, asset))?;
        if order.state == State::Canceled && order.filled == 0 {
            return Err(part("Order could not immediately match against any resting orders.", asset));
        }
        Ok(texts::entered(&order, &self.listings[instrument]))
    }

    /// The mark that an order waits for; `None` of another.
    fn trigger(&self, asked: &Value, entry: &Entry, asset: u64) -> Result<Option<Trigger>, No> {
        let asked = &asked["t"]["trigger"];
        if asked.is_null() {
            return Ok(None);
        }
        let bad = || part("Invalid TP/SL price.", asset);
        let grid = &self.listings[entry.instrument].instrument.grid;
        let px = asked["triggerPx"].as_str().filter(|px| has_five_figures(px)).ok_or_else(bad)?;
        let is_stop = match asked["tpsl"].as_str() {
            Some("sl") => true,
            Some("tp") => false,
            _ => return Err(bad()),
        };
        let px = grid.ticks(px.as_bytes()).map_err(|_| bad())?.0;
        Ok(Some(Trigger { px, rises: is_stop == (entry.side == Side::Buy), by: By::Mark }))
    }

    fn entry(&self, asked: &Value, asset: u64) -> Result<Entry, No> {
        let instrument = self.instrument(asset).ok_or_else(|| part("Invalid asset", asset))?;
        let grid = &self.listings[instrument].instrument.grid;
        let word = |name: &str| asked[name].as_str().unwrap_or_default();
        let tick = || part("Price must be divisible by tick size.", asset);
        let px = Some(word("p")).filter(|px| has_five_figures(px)).ok_or_else(tick)?;
        let is_market = asked["t"]["trigger"]["isMarket"] == true;
        let waits = asked["t"]["trigger"].is_object();
        let (stands, post_only) = match asked["t"]["limit"]["tif"].as_str() {
            None if is_market => (Stands::Immediate, false),
            None if waits => (Stands::UntilCanceled, false),
            Some("Gtc") => (Stands::UntilCanceled, false),
            Some("Ioc") => (Stands::Immediate, false),
            Some("Alo") => (Stands::UntilCanceled, true),
            _ => return Err(part("Order has invalid time in force.", asset)),
        };
        Ok(Entry {
            client_id: word("c").to_owned(),
            instrument,
            side: if asked["b"] == true { Side::Buy } else { Side::Sell },
            // The worst price of a market order that waits is not played.
            px: Some(grid.ticks(px.as_bytes()).map_err(|_| tick())?.0).filter(|_| !is_market),
            amount: Amount::Lots(
                grid.lots(word("s").as_bytes()).map_err(|_| part("Order has invalid size.", asset))?.0,
            ),
            stands,
            post_only,
            reduce_only: asked["r"] == true,
        })
    }

    /// Several by the venue's ids: each has a status of its own.
    fn cancel_each(&mut self, holder: Holder, all: &[Value]) -> Result<String, No> {
        let mut statuses = Vec::new();
        for asked in all {
            let which = Which::Venue(asked["o"].as_u64().unwrap_or(u64::MAX));
            statuses.push(match self.cancel_one(holder, asked["a"].as_u64(), which) {
                Err(No::Part(words)) => format!(r#"{{"error":{}}}"#, Value::from(words)),
                done => done?,
            });
        }
        Ok(statuses.join(","))
    }

    fn cancel(&mut self, holder: Holder, asked: &Value) -> Result<String, No> {
        let which = Which::Client(asked["cloid"].as_str().unwrap_or_default());
        self.cancel_one(holder, asked["asset"].as_u64(), which)
    }

    fn cancel_one(&mut self, holder: Holder, asset: Option<u64>, which: Which<'_>) -> Result<String, No> {
        let asset = asset.unwrap_or(u64::MAX);
        let of = |order: &Order| Some(order.instrument) == self.instrument(asset);
        let instrument = self.teller.order(holder, which).filter(|order| of(order)).map(|order| order.instrument);
        let instrument = instrument.ok_or_else(|| self.refused(Refusal::NoSuchOrder, 0, asset))?;
        self.teller.cancel(holder, which).map_err(|refusal| self.refused(refusal, instrument, asset))?;
        Ok(r#""success""#.to_owned())
    }

    fn schedule(&mut self, holder: Holder, time: &Value) -> Result<String, No> {
        let traded_e8: i128 = self.teller.fills(holder, 0).map(|fill| fill.value_e8).sum();
        if traded_e8 < SWITCH_VOLUME_E8 {
            return Err(No::Whole(format!(
                "Cannot set scheduled cancel time until enough volume traded. Required: $1000000. Traded: ${}.",
                traded_e8 / 100_000_000
            )));
        }
        let after_ms = match time.as_u64() {
            None => 0,
            Some(at_ms) if at_ms >= self.teller.at_ms() + SWITCH_MS => at_ms - self.teller.at_ms(),
            Some(_) => return Err(No::Whole("Scheduled cancel time too early, must be at least 5s ahead.".to_owned())),
        };
        self.teller.dead_man(holder, None, after_ms * 1_000_000);
        Ok(r#"{"status":"ok","response":{"type":"default"}}"#.to_owned())
    }

    /// The instrument of a number: perpetuals and pairs are counted each for themselves.
    fn instrument(&self, asset: u64) -> Option<usize> {
        let asset = usize::try_from(asset).ok()?;
        let (is_spot, place) = if asset >= SPOT { (true, asset - SPOT) } else { (false, asset) };
        let of_kind = |(_, listing): &(usize, &Listing)| (listing.instrument.kind == ContractKind::Spot) == is_spot;
        self.listings.iter().enumerate().filter(of_kind).nth(place).map(|(instrument, _)| instrument)
    }

    fn refused(&self, refusal: Refusal, instrument: usize, asset: u64) -> No {
        let is_spot = self.listings[instrument].instrument.kind == ContractKind::Spot;
        let words = match refusal {
            Refusal::Status(status) => return No::Status(status),
            Refusal::TooMany(_) => {
                let words = "Too many cumulative requests sent (1201 > 1200) for cumulative volume traded $0.";
                return No::Whole(words.to_owned());
            }
            Refusal::NoTradeRight => return No::Whole("User or API Wallet does not exist.".to_owned()),
            Refusal::TooManyOpen => "Too many open orders.",
            Refusal::DuplicateClientId => "Cloid is in use.",
            Refusal::Price => "Order price cannot be more than 80% away from the reference price",
            Refusal::TooSmall => "Order has zero size.",
            Refusal::NotionalTooSmall => "Order must have minimum value of $10.",
            Refusal::Balance if is_spot => "Order has insufficient spot balance to trade",
            Refusal::Balance => "Insufficient margin to place order.",
            Refusal::WouldTake => "Post only order would have immediately matched, bbo was 1@2.",
            Refusal::WouldTrigger => "Invalid TP/SL price.",
            Refusal::NothingToReduce => "Reduce only order would increase position.",
            Refusal::NoSuchOrder | Refusal::Done(_) => "Order was never placed, already canceled, or filled.",
            Refusal::TooLarge | Refusal::CannotFill | Refusal::NoChange | Refusal::Unchangeable => {
                "Order has invalid size."
            }
        };
        part(words, asset)
    }
}

fn part(words: &str, asset: u64) -> No {
    No::Part(format!("{words} asset={asset}"))
}

/// The answer to an action of one part.
fn of_one(kind: &str, status: &str) -> String {
    let kind = if kind == "order" { "order" } else { "cancel" };
    format!(r#"{{"status":"ok","response":{{"type":"{kind}","data":{{"statuses":[{status}]}}}}}}"#)
}

/// Whether a price has at most five significant figures, or is whole.
pub(super) fn has_five_figures(px: &str) -> bool {
    let short = trimmed(px);
    let digits = short.replace('.', "");
    !short.contains('.') || digits.trim_start_matches('0').len() <= 5
}
