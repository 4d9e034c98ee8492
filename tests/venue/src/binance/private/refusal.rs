//! How Binance says no: codes and texts, on spot and on futures.
//!
//! Owns: the tables. Never: why it is no.

use crate::account::Refusal;
use crate::object::Object;
use engine_model::venue::VenueId;

/// A no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct No {
    /// HTTP status, and the status of a message's answer.
    pub(super) status: u16,
    pub(super) code: i32,
    message: String,
    /// What comes with it, as JSON.
    data: Option<String>,
}

/// What was asked of the order that is refused: some refusals are called otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    Place,
    Cancel,
    Modify,
    Query,
}

impl No {
    pub(super) fn new(status: u16, code: i32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), data: None }
    }

    pub(super) fn with_data(self, data: String) -> Self {
        Self { data: Some(data), ..self }
    }

    pub(super) fn missing(name: &str) -> Self {
        let message = format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed.");
        Self::new(400, -1102, message)
    }

    pub(super) fn malformed(name: &str) -> Self {
        Self::new(400, -1100, format!("Illegal characters found in parameter '{name}'."))
    }

    pub(super) fn symbol() -> Self {
        Self::new(400, -1121, "Invalid symbol.")
    }

    pub(super) fn filter(name: &str) -> Self {
        Self::new(400, -1013, format!("Filter failure: {name}"))
    }

    pub(super) fn key() -> Self {
        Self::new(401, -2015, "Invalid API-key, IP, or permissions for action.")
    }

    /// `{"code":…,"msg":…}`
    pub(super) fn body(&self) -> String {
        let body = Object::new().raw("code", self.code).text("msg", &self.message);
        body.with(|body| self.data.iter().fold(body, |body, data| body.raw("data", data))).end()
    }

    /// What the account's refusal is called there.
    pub(super) fn of(refusal: Refusal, venue: VenueId, asking: Asking) -> Self {
        match (refusal, asking) {
            (Refusal::Status(status @ (418 | 429)), _) => {
                Self::new(status, -1003, "Too many requests; please use WebSocket Streams for live updates.")
            }
            (Refusal::Status(status), _) => Self::new(
                status,
                -1007,
                "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
            ),
            (Refusal::NoTradeRight, _) => Self::key(),
            (Refusal::TooMany(_), _) => Self::new(429, -1015, "Too many new orders; current limit is reached."),
            (Refusal::NoSuchOrder | Refusal::Done(_), Asking::Cancel) => Self::new(400, -2011, "Unknown order sent."),
            (Refusal::NoSuchOrder | Refusal::Done(_), Asking::Modify) if venue == VenueId::BinanceSpot => {
                Self::new(400, -2038, "Order amend rejected: unknown order sent.")
            }
            (Refusal::NoSuchOrder | Refusal::Done(_), _) => Self::new(400, -2013, "Order does not exist."),
            _ if venue == VenueId::BinanceSpot => Self::of_spot(refusal),
            _ => Self::of_futures(refusal),
        }
    }

    fn of_spot(refusal: Refusal) -> Self {
        let rejected = |message: &str| Self::new(400, -2010, message);
        match refusal {
            Refusal::Balance => rejected("Account has insufficient balance for requested action."),
            Refusal::WouldTake => rejected("Order would immediately match and take."),
            Refusal::DuplicateClientId => rejected("Duplicate order sent."),
            Refusal::TooSmall | Refusal::TooLarge => Self::filter("LOT_SIZE"),
            Refusal::NotionalTooSmall => Self::filter("NOTIONAL"),
            Refusal::Price => Self::filter("PERCENT_PRICE_BY_SIDE"),
            Refusal::TooManyOpen => Self::filter("MAX_NUM_ORDERS"),
            Refusal::NoChange => Self::new(400, -2038, "The requested action would change no state; rejecting."),
            Refusal::Unchangeable => Self::new(400, -2038, "Order amend (quantity increase) is not supported."),
            _ => rejected("This action is disabled on this account."),
        }
    }

    fn of_futures(refusal: Refusal) -> Self {
        let no = |code, message: &str| Self::new(400, code, message);
        match refusal {
            Refusal::Balance => no(-2019, "Margin is insufficient."),
            Refusal::WouldTrigger => no(-2021, "Order would immediately trigger."),
            Refusal::NothingToReduce => no(-2022, "ReduceOnly Order is rejected."),
            Refusal::TooManyOpen => no(-2025, "Reach max open order limit."),
            Refusal::TooSmall => no(-4003, "Quantity less than or equal to zero."),
            Refusal::TooLarge => no(-4005, "Quantity greater than max quantity."),
            Refusal::Price => no(-4016, "Limit price can't be higher than the cap or lower than the floor."),
            Refusal::DuplicateClientId => no(-4116, "ClientOrderId is duplicated."),
            Refusal::NotionalTooSmall => {
                no(-4164, "Order's notional must be no smaller than the minimum (unless you choose reduce only).")
            }
            Refusal::CannotFill => no(
                -5021,
                "Due to the order could not be filled immediately, the FOK order has been rejected. The order will not be \
                 recorded in the order history",
            ),
            Refusal::WouldTake => no(
                -5022,
                "Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not \
                 be recorded in the order history",
            ),
            Refusal::NoChange => no(-5027, "No need to modify the order."),
            _ => no(-2010, "New order rejected."),
        }
    }
}
