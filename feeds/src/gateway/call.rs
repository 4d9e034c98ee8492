//! One message to a venue, as text, made in place.

use super::text::Text;
use engine_model::units::Nanos;

/// So long a venue may carry out an order, or a change of one, after it was written, where it has a word for that: what comes
/// later is refused there instead of meeting another market. As long as its answer is waited for. A cancel never comes late.
const GOOD_FOR_NS: u64 = 5 * Nanos::SECOND;

/// How often a venue's clock is looked at where it says until when an order is good, and nothing but that: a host whose own
/// clock is bent back by 1 ms a second, or that stood still, would write orders that are over before they arrive.
pub(crate) const CLOCK_AGAIN_NS: u64 = 60 * Nanos::SECOND;

/// Until when what is written at `now` is good, by the venue's clock.
pub(crate) fn good_until(now: Nanos) -> Nanos {
    now.plus(GOOD_FOR_NS)
}

/// How it goes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// On that line of [`Manners::lines`](super::tongue::Manners); the text is in `body`.
    Line(usize),
    /// By REST.
    #[default]
    Get,
    /// By REST.
    Post,
    /// By REST.
    Put,
    /// By REST.
    Delete,
}

/// Whose budget pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Purse {
    /// Orders and changes: stops while the share kept for cancels is all that is left.
    #[default]
    Orders,
    /// Cancels: may spend all.
    Cancels,
    /// Questions.
    Questions,
    /// The dead-man switch: nothing else may starve it.
    Switch,
}

/// A message to a venue. Made once and written over: nothing is allocated once its texts have grown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// How it goes out.
    pub(crate) way: Way,
    /// REST: path and query, percent-encoded, exactly as signed.
    pub(crate) path: Text,
    /// REST: lines `Name: value\r\n` besides Host, Content-Length and Connection.
    pub(crate) headers: Text,
    /// REST: the body (may be empty); a line: the message.
    pub(crate) body: Text,
    /// Whose budget pays.
    pub(crate) purse: Purse,
    /// What it costs there, in the venue's own unit.
    pub(crate) weight: u32,
}

impl Call {
    /// Empty, of weight 1, going out that way at that purse's expense.
    pub(crate) fn begin(&mut self, way: Way, purse: Purse) {
        (self.way, self.purse, self.weight) = (way, purse, 1);
        self.path.clear();
        self.headers.clear();
        self.body.clear();
    }
}
