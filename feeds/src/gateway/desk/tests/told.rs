//! What the engine was told, in short.

use super::*;
use engine_model::position::Opening;

pub(super) fn tell(reply: &Reply) -> String {
    let what = match reply.what {
        ReplyKind::Accepted => "accepted".to_owned(),
        ReplyKind::Triggered => "triggered".to_owned(),
        ReplyKind::Rejected(reason) => format!("rejected {reason:?}"),
        ReplyKind::Filled { last_qty, .. } => format!("filled {}", last_qty.0),
        ReplyKind::Canceled => "canceled".to_owned(),
        ReplyKind::Expired => "expired".to_owned(),
        ReplyKind::CancelRejected(reason) => format!("cancel rejected {reason:?}"),
        ReplyKind::Updated { px, qty } => format!("updated {}x{}", qty.0, px.0),
        ReplyKind::ModifyRejected(reason) => format!("modify rejected {reason:?}"),
        ReplyKind::Adopted { qty, filled, .. } => format!("adopted {} of {}", filled.0, qty.0),
        ReplyKind::Opened(Opening { qty, avg_px_milliticks }) => {
            format!("opened {} at {avg_px_milliticks} of strategy {}", qty.0, reply.client_order_id.strategy())
        }
        ReplyKind::ClosedOut { side, closeout } => {
            format!("closed out {side:?} {}x{} {}", closeout.qty.0, closeout.px.0, closeout.cause.name())
        }
        ReplyKind::Paid(Payment { kind, amount, .. }) => format!("paid {} {}", kind.name(), amount.0),
    };
    format!("{} {what}", reply.client_order_id.counter())
}
