//! What a venue refuses to withdraw, and is asked for again.

use super::*;
use crate::risk::test_desk::{Desk, wide};
use crate::test_instruments::{LINEAR, SPOT};
use engine_model::limit::TradingState;
use engine_model::venue::{RejectReason, ReplyKind};

const MID: i64 = 600_000;

/// An order that stands and is to be withdrawn, by what was asked.
fn to_be_withdrawn(what: CommandKind) -> (Desk, ClientOrderId) {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 5).unwrap();
    desk.reply(id, ReplyKind::Accepted);
    desk.command(what);
    assert_eq!(desk.clerk.orders().get(id).unwrap().status, OrderStatus::PendingCancel);
    (desk, id)
}

fn set(scope: Scope, state: TradingState) -> CommandKind {
    CommandKind::SetTradingState { scope, state }
}

const NO: ReplyKind = ReplyKind::CancelRejected(RejectReason::NotAllowed);

#[test]
fn a_withdrawal_that_is_refused_is_asked_for_again_later_each_time_until_the_order_is_over() {
    let halt = set(Scope::Whole, TradingState::Halted);
    let venue = set(Scope::Venue(VenueId::BinanceUsdm), TradingState::Halted);
    for what in [halt, venue, CommandKind::Flatten, CommandKind::CancelAll, CommandKind::End] {
        let (mut desk, id) = to_be_withdrawn(what);
        for pause_ms in [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 16_000, 16_000] {
            desk.reply(id, NO);
            desk.wait(pause_ms * Nanos::MILLI - 1);
            assert_eq!(desk.withdraw(), 0, "{what:?}: not yet");
            desk.wait(1);
            assert_eq!(desk.withdraw(), 1, "{what:?} after {pause_ms} ms");
            assert_eq!(desk.withdraw(), 0, "{what:?}: asked once");
        }
        desk.reply(id, NO);
        desk.fill(id, MID, 5);
        desk.wait(60 * Nanos::SECOND);
        assert_eq!(desk.withdraw(), 0, "{what:?}: it is over");
    }
}

#[test]
fn a_refused_withdrawal_ends_with_the_halt_that_asked_for_it_and_with_no_other() {
    let of_us = Scope::Strategy(StrategyId(1));
    let scopes = [Scope::Whole, of_us, Scope::Venue(VenueId::BinanceUsdm), Scope::Instrument(LINEAR)];
    for scope in scopes {
        let (mut desk, id) = to_be_withdrawn(set(scope, TradingState::Halted));
        desk.reply(id, NO);
        desk.command(set(Scope::Instrument(SPOT), TradingState::Active));
        for other in scopes.into_iter().filter(|other| *other != scope) {
            desk.command(set(other, TradingState::Active));
        }
        desk.wait(Nanos::SECOND);
        assert_eq!(desk.withdraw(), 1, "{scope:?}: it is halted still");
        desk.reply(id, NO);
        desk.command(set(scope, TradingState::Active));
        desk.wait(60 * Nanos::SECOND);
        assert_eq!(desk.withdraw(), 0, "{scope:?}: it trades again");
    }
    // Twice halted is halted until both are over.
    let (mut desk, id) = to_be_withdrawn(set(of_us, TradingState::Halted));
    desk.command(set(Scope::Whole, TradingState::Halted));
    desk.reply(id, NO);
    desk.command(set(Scope::Whole, TradingState::Active));
    desk.wait(Nanos::SECOND);
    assert_eq!(desk.withdraw(), 1);
}

#[test]
fn what_one_asked_for_alone_or_the_venue_does_not_know_is_not_asked_for_again() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 5).unwrap();
    desk.reply(id, ReplyKind::Accepted);
    desk.cancel(id);
    desk.reply(id, NO);
    desk.wait(60 * Nanos::SECOND);
    assert_eq!(desk.withdraw(), 0, "whoever asked hears of it");
    desk.command(set(Scope::Whole, TradingState::Halted));
    desk.reply(id, ReplyKind::CancelRejected(RejectReason::UnknownOrder));
    desk.wait(60 * Nanos::SECOND);
    assert_eq!(desk.withdraw(), 0, "what became of it is asked for by its gateway");
}
