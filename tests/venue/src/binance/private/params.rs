//! What a request says, by name, whichever way it came.
//!
//! Owns: reading texts as what they should be. Never: what is done with them.

use super::refusal::No;
use crate::http::percent_decoded;
use crate::listing::Listing;
use engine_model::instrument::{DecimalError, Grid};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub(super) struct Params(BTreeMap<String, String>);

impl Params {
    /// Of a query, or of a body that is written like one.
    pub(super) fn of_forms(forms: &[&str]) -> Self {
        let pairs = forms.iter().flat_map(|form| form.split('&')).filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(name, value)| (name.to_owned(), percent_decoded(value))).collect())
    }

    /// Of the parameters of a message.
    pub(super) fn of_json(params: &Map<String, Value>) -> Self {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self(params.iter().map(|(name, value)| (name.clone(), text(value))).collect())
    }

    /// All but the signature as `name=value`, by name: what a message's signature is of.
    pub(super) fn sorted(&self) -> String {
        let pairs =
            self.0.iter().filter(|(name, _)| *name != "signature").map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("&")
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn need(&self, name: &str) -> Result<&str, No> {
        self.get(name).ok_or_else(|| No::missing(name))
    }

    /// A number that must be there.
    pub(super) fn need_number(&self, name: &str) -> Result<u64, No> {
        self.need(name)?.parse().map_err(|_| No::missing(name))
    }

    /// A number that may be there.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, No> {
        self.get(name).map(|text| text.parse().map_err(|_| No::missing(name))).transpose()
    }

    /// The place of the symbol that must be there.
    pub(super) fn need_instrument(&self, listings: &[Listing]) -> Result<usize, No> {
        self.need("symbol")?;
        self.instrument(listings)?.ok_or_else(|| No::missing("symbol"))
    }

    pub(super) fn instrument(&self, listings: &[Listing]) -> Result<Option<usize>, No> {
        let Some(symbol) = self.get("symbol") else { return Ok(None) };
        let found = listings.iter().position(|listing| listing.instrument.symbol.as_str() == symbol);
        found.map(Some).ok_or_else(No::symbol)
    }

    /// A price in ticks.
    pub(super) fn need_ticks(&self, name: &str, grid: &Grid) -> Result<i64, No> {
        grid.ticks(self.need(name)?.as_bytes()).map(|ticks| ticks.0).map_err(|error| match error {
            DecimalError::OffGrid => No::filter("PRICE_FILTER"),
            _ => No::malformed(name),
        })
    }

    /// A quantity in lots.
    pub(super) fn need_lots(&self, name: &str, grid: &Grid) -> Result<i64, No> {
        grid.lots(self.need(name)?.as_bytes()).map(|lots| lots.0).map_err(|error| match error {
            DecimalError::OffGrid => No::filter("LOT_SIZE"),
            _ => No::malformed(name),
        })
    }
}
