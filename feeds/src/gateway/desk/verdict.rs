//! What follows from what we and the venue say of one order, and from the account's position beside it: a table, and nothing
//! else.
//!
//! | axis | values |
//! |---|---|
//! | here | 16: the fourteen states of the law, somebody else's, one of ours of an earlier run |
//! | there | 8: open, partially filled, filled, canceled, expired, rejected, gone, silent |
//! | position | 3: as our fills come to, more on the order's side, less |
//!
//! That makes 384 cells; a test takes the desk through each of them. A position is no evidence about an order, nor an order
//! about a position: what is done about the order is said by the first two axes, which orders may be entered by the third.
//!
//! Owns nothing. Never: a clock, a message; an end that the venue did not state.

use crate::gateway::heard::{OrderNews, OrderState};
use engine_model::order::OrderStatus;

/// An order by our word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Here {
    /// Of this run. One that is not in the desk's table was not sent, as far as we know: `Initialized`.
    Known(OrderStatus),
    /// With an id in our form, of a run before this one.
    Earlier,
    /// Of a person, of another program, of another process with our form of ids.
    Foreign,
}

/// The same by the venue's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum There {
    /// Stands, and nothing of it was executed.
    Open,
    /// Stands, and a part was executed.
    PartiallyFilled,
    /// Executed whole.
    Filled,
    /// Withdrawn, perhaps behind executions.
    Canceled,
    /// Its time ran out.
    Expired,
    /// Refused.
    Rejected,
    /// Not known there, although it cannot be on its way any more, and not among the executions.
    Gone,
    /// No word of it, or none that counts yet.
    Silent,
}

/// The account's position against what our fills come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// The same.
    Agrees,
    /// More has been bought.
    More,
    /// Less.
    Less,
}

/// What is done about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing.
    Keep,
    /// It stands: told if that is news, and so is a change of it.
    Stand,
    /// It is over: told as soon as every fill that the venue counts was told.
    End,
    /// Over as we told; fills that the venue counts beyond those told are late ones, asked for and told.
    Count,
    /// It is asked for by our id until the venue states something.
    Ask,
    /// It stands and should not: withdrawn.
    Withdraw,
    /// It stands and is nobody's here: a person is told.
    Note,
}

/// Which orders may be entered on the instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Any.
    Open,
    /// Those that make the venue's position smaller.
    Reducing,
}

impl There {
    /// Of an order that the venue told of.
    pub(super) const fn of(news: &OrderNews) -> Self {
        match news.state {
            OrderState::Open if news.filled.0 > 0 => Self::PartiallyFilled,
            OrderState::Open => Self::Open,
            OrderState::Filled => Self::Filled,
            OrderState::Canceled => Self::Canceled,
            OrderState::Expired => Self::Expired,
            OrderState::Rejected(_) => Self::Rejected,
        }
    }

    const fn stands(self) -> bool {
        matches!(self, Self::Open | Self::PartiallyFilled)
    }
}

/// What is done about an order.
pub(super) const fn step(here: Here, there: There) -> Step {
    use OrderStatus as S;
    match here {
        Here::Foreign if there.stands() => Step::Note,
        // Nobody minds it: withdrawn before the run, it was under way then; unless the run is told to adopt such orders.
        Here::Earlier if there.stands() => Step::Withdraw,
        Here::Foreign | Here::Earlier => Step::Keep,
        Here::Known(status) => match (status, there) {
            // It never left, or is over: no order of that id may stand.
            (S::Initialized | S::Denied | S::Emulated | S::Released, _) if there.stands() => Step::Withdraw,
            (S::Rejected | S::Filled | S::Canceled | S::Expired, _) if there.stands() => Step::Withdraw,
            (S::Canceled | S::Expired, There::Filled | There::Canceled | There::Expired) => Step::Count,
            (_, _) if status.is_terminal() || status.is_active_local() => Step::Keep,
            // In flight or open, as far as we know.
            (S::PendingCancel, There::Open | There::PartiallyFilled) => Step::Withdraw,
            (_, There::Open | There::PartiallyFilled) => Step::Stand,
            (_, There::Silent) => Step::Ask,
            (_, There::Filled | There::Canceled | There::Expired | There::Rejected | There::Gone) => Step::End,
        },
    }
}

/// Which orders may be entered.
pub(super) const fn gate(position: Position) -> Gate {
    match position {
        Position::Agrees => Gate::Open,
        Position::More | Position::Less => Gate::Reducing,
    }
}
