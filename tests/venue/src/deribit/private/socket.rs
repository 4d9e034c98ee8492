//! The private side of a socket: a login, channels of an account, orders, and a switch that is the socket itself.
//!
//! Owns: who is logged in, what it listens to, whether its end withdraws its orders. Never: whether an order may stand.

use super::super::rpc::{self, INVALID, No, no, told};
use super::{login, methods, texts};
use crate::account::{Cause, Event, Holder, Teller};
use crate::listing::Listing;
use serde_json::Value;

const CHANNELS: [&str; 3] = ["user.orders.any.any.raw", "user.trades.any.any.raw", "user.portfolio.any"];

/// What a socket is to an account.
#[derive(Debug, Default)]
pub(in crate::deribit) struct Private {
    holder: Option<Holder>,
    open: Vec<&'static str>,
    /// Whether its end withdraws every order of the account.
    withdraws: bool,
}

impl Private {
    pub(in crate::deribit) fn is_open(&self) -> bool {
        self.holder.is_some()
    }

    /// Obeys a message that is an account's; `None`: it is everyone's.
    pub(in crate::deribit) fn obey(
        &mut self,
        text: &str,
        listings: &[Listing],
        teller: &mut Teller<'_>,
    ) -> Option<String> {
        let message = serde_json::from_str::<Value>(text).ok()?;
        let method = message.get("method")?.as_str()?;
        let params = message.get("params").unwrap_or(&Value::Null);
        let done = match (method, method.strip_prefix("private/")) {
            ("public/auth", _) => self.login(params, teller),
            (_, Some(method)) => match self.holder {
                Some(holder) => self.act(method, params, holder, listings, teller),
                None => Err(no(13_009, "unauthorized")),
            },
            _ => return None,
        };
        Some(rpc::answer(message.get("id").unwrap_or(&Value::Null), &done, teller.at_ms()))
    }

    fn login(&mut self, params: &Value, teller: &mut Teller<'_>) -> Result<String, No> {
        let (holder, result) = login(params, teller)?;
        if !self.is_open() {
            teller.logs_in();
        }
        self.holder = Some(holder);
        Ok(result)
    }

    fn act(
        &mut self,
        method: &str,
        params: &Value,
        holder: Holder,
        listings: &[Listing],
        teller: &mut Teller<'_>,
    ) -> Result<String, No> {
        match method {
            "enable_cancel_on_disconnect" | "disable_cancel_on_disconnect" => {
                self.withdraws = method.starts_with("enable");
                Ok(r#""ok""#.to_owned())
            }
            "subscribe" => {
                let asked = params.get("channels").and_then(Value::as_array).ok_or(INVALID)?;
                let known = |name: &Value| CHANNELS.into_iter().find(|known| name.as_str() == Some(known));
                let taken: Vec<&str> = asked.iter().filter_map(known).collect();
                teller.subscribes();
                self.open.extend(&taken);
                Ok(format!("[{}]", taken.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",")))
            }
            _ => methods::act(method, params, holder, listings, teller),
        }
    }

    /// What it hears of what happened.
    pub(in crate::deribit) fn tell(&self, event: &Event, listings: &[Listing]) -> Vec<String> {
        if self.holder.is_none_or(|holder| holder.account != event.account) {
            return Vec::new();
        }
        let listing = &listings[event.order.instrument];
        let [orders, trades, money] = CHANNELS;
        let fill = event.fill.as_ref().map(|fill| (trades, format!("[{}]", texts::fill(fill, listing))));
        let pulled = (event.cause == Cause::Triggered).then(|| (orders, texts::pulled(&event.order, listing)));
        let order = (orders, texts::order(&event.order, listing));
        let balances = event.balances.iter().map(|(asset, held, _)| (money, texts::balance((*asset, *held))));
        let all = fill.into_iter().chain(pulled).chain([order]).chain(balances);
        all.filter(|(channel, _)| self.open.contains(channel)).map(|(channel, data)| told(channel, &data)).collect()
    }

    /// The socket is lost.
    pub(in crate::deribit) fn closes(&self, teller: &mut Teller<'_>) {
        if let Some(holder) = self.holder.filter(|_| self.withdraws) {
            // In a nanosecond: nobody is there to hear a fault of it.
            teller.dead_man(holder, None, 1);
        }
    }
}
