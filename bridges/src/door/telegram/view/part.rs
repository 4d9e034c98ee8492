//! Money of whoever sees a part of the account: what the strategies that he sees hold and have earned, by the books.
//!
//! Never: what is of the account alone: equity and its curve, balances, margin.

use super::super::figure::{dot, usd, usd_signed};
use super::super::markup::Markup;
use super::View;
use super::money::{by_strategy_and_market, earned as of_group, one_position, paid};
use crate::desk::Desk;
use crate::desk::part::Part;
use crate::desk::sight::Sight;
use engine_core::portfolio::books::{ATOMS_PER_E8, Part as Of};
use engine_model::position::Position;

/// Of what it is told.
fn of(text: &mut Markup, part: &Part) {
    let names = if part.names.is_empty() { "no strategy".to_owned() } else { part.names.join(", ") };
    text.say(format!("of what you see, since the start of the run: {names}"));
    if !part.is_complete {
        text.say("some reports were missed: not all of it is here");
    }
}

pub(super) fn earned(desk: &Desk, sight: &Sight, heading: &str, part: &Part) -> View {
    let mut text = Markup::default();
    text.head(format!("{heading} [books, now]"));
    of(&mut text, part);
    let Some(sum) = &part.sum else {
        text.say("n/a (the books of this run cannot be kept)");
        return View::text(text);
    };
    let result = of_group(sum);
    text.say(format!("earned {} {}", dot(result), usd_signed(result)));
    let [realised, open] = [sum.realised, sum.unrealised].map(|atoms| usd_signed(atoms / ATOMS_PER_E8));
    text.say(format!("realised {realised}, open {open}"));
    let paid = sum.parts[Of::Funding] + sum.parts[Of::Interest];
    let (fees, paid) = (usd(-sum.parts[Of::Fee] / ATOMS_PER_E8), usd_signed(paid / ATOMS_PER_E8));
    text.say(format!("fees {fees}, funding and interest {paid}"));
    text.say(format!("exposure {} gross, {} net", usd(sum.gross), usd_signed(sum.net)));
    text.say(format!("open orders {}, executions {}", desk.trading(sight).open_orders, sum.fills));
    text.gap();
    by_strategy_and_market(&mut text, desk, sight);
    View::text(text)
}

pub(super) fn positions(desk: &Desk, part: &Part, heading: &str, is_meant: impl Fn(&Position) -> bool) -> View {
    let mut text = Markup::default();
    let held = part.held.iter().filter(|share| share.position.qty.0 != 0 && is_meant(&share.position));
    let held: Vec<_> = held.collect();
    text.head(format!("{heading}: {} [books, now]", held.len()));
    of(&mut text, part);
    for share in &held {
        one_position(&mut text, desk, &share.position, desk.behind_share(share));
        paid(&mut text, desk, &share.position);
    }
    if held.is_empty() {
        text.say("flat");
    }
    View::text(text)
}
