//! What a trader would expect of the venue, told as tables. The language is explained at `fixture::check_with`.

use super::fixture::{check, check_of, check_with};
use super::latency::Latency;
use super::{Footprint, PaperConfig};
use engine_core::config::{Chance, Hundredths, Impact, ImpactShape, QueueModel};
use engine_model::units::Quote;
use engine_model::venue::VenueId;
use std::time::Duration;

#[test]
fn an_order_waits_behind_what_stood_before_it() {
    check(
        "
        book 5x100 7x99 | 4x101 9x102
        buy A 3x100
        > A accepted
        wait 10
        trade sell 4x100          # 5 stood before A, 1 is left of them
        trade sell 3x100          # 1 for them, 2 for A
        > A filled 2x100 maker
        trade sell 9x100
        > A filled 1x100 maker
        trade sell 9x100
        ",
    );
}

#[test]
fn trades_of_the_same_side_and_at_worse_prices_do_not_touch_an_order() {
    check(
        "
        book 5x100 | 4x101
        sell A 3x102
        > A accepted
        wait 10
        trade buy 50x101          # below A's price
        trade sell 50x102         # a seller does not hit an ask
        trade buy 1x102           # nobody before A
        > A filled 1x102 maker
        ",
    );
}

#[test]
fn a_crossing_order_walks_the_book_and_the_rest_stands() {
    check(
        "
        book 5x100 | 4x101 9x102 9x103
        buy A 15x102
        > A accepted
        > A filled 4x101 taker
        > A filled 9x102 taker
        wait 10
        trade sell 1x102          # 2 of A stand at 102, first in line
        > A filled 1x102 maker
        cancel A
        > A canceled
        ",
    );
}

#[test]
fn what_we_took_is_not_there_for_us_again_until_the_venue_shows_the_level_anew() {
    check(
        "
        book 5x100 | 4x101 9x102
        buy A 3x101 ioc
        > A accepted
        > A filled 3x101 taker
        buy B 3x101 ioc
        > B accepted
        > B filled 1x101 taker
        > B canceled
        buy C 3x101 ioc
        > C accepted
        > C canceled
        wait 100
        delta 6x100 |             # another level: nothing new at 101
        buy D 3x101 ioc
        > D accepted
        > D canceled
        delta | 2x101
        buy E 3x101 ioc
        > E accepted
        > E filled 2x101 taker
        > E canceled
        ",
    );
}

#[test]
fn what_a_trade_took_is_not_there_for_us_before_the_book_shows_it() {
    check(
        "
        book 5x100 | 4x101 9x102
        wait 10
        trade buy 3x101           # the book still says 4
        buy A 4x101 ioc
        > A accepted
        > A filled 1x101 taker
        > A canceled
        wait 90
        delta | 1x101             # now it shows the trade
        buy B 4x101 ioc
        > B accepted
        > B filled 1x101 taker
        > B canceled
        ",
    );
    check(
        "
        book 5x100 | 4x101 9x102
        wait 100
        delta | 1x101             # book first
        trade@1050 buy 3x101      # its trade, late: happened before the message
        buy A 4x101 ioc
        > A accepted
        > A filled 1x101 taker
        > A canceled
        ",
    );
}

#[test]
fn book_and_trade_move_the_queue_once_in_either_order() {
    check(
        "
        book 10x100 | 4x101
        buy A 5x100
        > A accepted
        wait 50
        trade sell 4x100          # 6 left before A
        wait 50
        delta 6x100 |             # the book shows that trade: still 6
        wait 50
        trade sell 6x100
        trade sell 1x100
        > A filled 1x100 maker
        ",
    );
    check(
        "
        book 10x100 | 4x101
        buy A 5x100
        > A accepted
        wait 100
        delta 6x100 |             # book first: 6 before A
        trade@1050 sell 4x100     # its trade, late: still 6
        wait 50
        trade sell 6x100
        trade sell 1x100
        > A filled 1x100 maker
        ",
    );
}

#[test]
fn a_level_that_shrinks_without_trades_helps_only_when_it_must() {
    check(
        "
        book 10x100 | 4x101
        buy A 5x100
        > A accepted
        wait 100
        delta 30x100 |            # 20 more, all behind A
        wait 100
        delta 12x100 |            # 18 left: perhaps all from behind
        wait 10
        trade sell 10x100         # so the ten before A are still to be served
        wait 90
        delta 2x100 |
        wait 10
        trade sell 1x100
        > A filled 1x100 maker
        ",
    );
}

#[test]
fn a_trade_from_before_our_time_fills_nothing() {
    check(
        "
        book 10x100 | 4x101
        wait 100
        delta 3x100 |             # shows all up to 1100
        buy A 5x100
        > A accepted
        trade@1090 sell 7x100     # is in the 3 already
        wait 10
        trade sell 4x100
        > A filled 1x100 maker
        ",
    );
}

#[test]
fn earlier_orders_at_a_price_come_first_and_share_one_trade() {
    check(
        "
        book 5x100 | 4x101
        buy A 3x100
        > A accepted
        wait 100
        delta 8x100 |             # 3 strangers behind A
        buy B 3x100
        > B accepted
        wait 10
        trade sell 10x100         # 5 before A, 3 for A, 2 of the strangers
        > A filled 3x100 maker
        trade sell 1x100          # the third stranger
        trade sell 2x100
        > B filled 2x100 maker
        ",
    );
}

#[test]
fn a_trade_through_our_price_fills_whole() {
    check(
        "
        book 50x100 | 4x101
        buy A 3x100
        > A accepted
        buy B 2x99
        > B accepted
        wait 10
        trade sell 4x99           # through A; one is left for 99, where nobody stands before B
        > A filled 3x100 maker
        > B filled 1x99 maker
        ",
    );
}

#[test]
fn a_book_that_moves_through_our_price_fills_us_as_maker_with_what_it_shows() {
    check(
        "
        book 50x100 | 4x101
        buy A 9x100
        > A accepted
        buy B 9x99
        > B accepted
        wait 100
        delta 0x100 5x97 | 0x101 6x98 9x101   # six are offered at 98
        > A filled 6x100 maker
        wait 100
        delta | 9x101                         # nothing new at 98
        delta | 4x98
        > A filled 3x100 maker
        > B filled 1x99 maker
        ",
    );
}

#[test]
fn a_book_that_moved_and_the_trade_behind_it_fill_once() {
    check(
        "
        book 10x100 | 4x101
        buy A 20x100
        > A accepted
        wait 100
        delta 0x100 | 0x101 5x100 9x101   # ten were hit, five of the seller rest
        > A filled 5x100 maker
        trade@1090 sell 10x100            # the ten, late
        wait 10
        trade sell 2x100
        > A filled 2x100 maker
        ",
    );
}

#[test]
fn post_only_never_takes_and_fill_or_kill_is_whole_or_nothing() {
    check(
        "
        book 5x100 | 4x101 9x102
        buy A 1x101 post
        > A rejected PostOnlyWouldTake
        buy B 1x100 post
        > B accepted
        buy C 14x102 fok
        > C rejected CannotFillWhole
        buy D 13x102 fok
        > D accepted
        > D filled 4x101 taker
        > D filled 9x102 taker
        sell E 3x0 market
        > E accepted
        > E filled 3x100 taker
        sell F 3x0 market
        > F accepted
        > F filled 2x100 taker
        > F canceled
        ",
    );
}

#[test]
fn noes_have_their_reasons() {
    check(
        "
        buy A 5x100
        > A rejected NoMarket
        book 5x100 | 4x101
        buy B 5x100 elsewhere
        > B rejected NoMarket
        buy C 0x100
        > C rejected Filter
        buy D 5x1                 # worth less than 10
        > D rejected Filter
        buy E 1000001x100
        > E rejected Filter
        buy F 5x-3
        > F rejected Filter
        buy G 5x100
        > G accepted
        buy G 5x99
        > G rejected DuplicateId
        buy C 5x99                # rejected orders have used their ids
        > C rejected DuplicateId
        cancel C
        > C cancel rejected UnknownOrder
        cancel G
        > G canceled
        cancel G
        > G cancel rejected UnknownOrder
        ",
    );
}

#[test]
fn orders_outlive_a_lost_book_but_new_ones_find_no_market() {
    check(
        "
        book 5x100 | 4x101
        buy A 3x100
        > A accepted
        lost
        buy B 3x100
        > B rejected NoMarket
        wait 10
        trade sell 6x100          # trades are real all the same
        > A filled 1x100 maker
        wait 10
        book 2x99 | 4x100         # back, and through A's price
        > A filled 2x100 maker
        ",
    );
}

#[test]
fn a_cancel_that_comes_too_late_finds_a_filled_order() {
    let latency = Latency { feed_ns: 0, order_ns: 5_000_000, reply_ns: 3_000_000 };
    check_with(
        latency,
        "
        book 0x100 5x99 | 4x101
        buy A 3x100
        wait 5                    # there
        wait 3                    # and back
        > A accepted
        cancel A                  # leaves at 8, there at 13
        wait 2
        trade sell 9x100          # at 10
        wait 3
        > A filled 3x100 maker
        wait 3
        > A cancel rejected UnknownOrder
        ",
    );
}

#[test]
fn an_order_meets_the_book_of_when_it_arrives() {
    let latency = Latency { feed_ns: 2_000_000, order_ns: 5_000_000, reply_ns: 3_000_000 };
    check_with(
        latency,
        "
        book 5x100 | 4x101
        buy A 4x101 ioc           # matched at 7: order way and feed way
        wait 7
        delta | 0x101 4x102       # received at 7, after A by the rule of equal times
        wait 1
        > A accepted
        > A filled 4x101 taker
        buy B 4x102 ioc
        wait 6
        delta | 0x102 4x103       # received before B is matched
        wait 2
        > B accepted
        > B canceled
        ",
    );
}

#[test]
fn an_order_made_smaller_keeps_its_place_and_any_other_change_goes_to_the_end() {
    check(
        "
        book 5x100 7x99 | 4x101 9x102
        buy A 3x100
        > A accepted
        wait 10
        trade sell 6x100          # 5 stood before A, 1 for A
        > A filled 1x100 maker
        modify A 2x100            # whole: 1 of the 2 is filled
        > A updated 2x100
        trade sell 1x100          # nobody before it
        > A filled 1x100 maker
        buy B 2x99
        > B accepted
        wait 10
        trade sell 7x99           # all that stood before B
        modify B 4x99             # larger: behind all that is displayed
        > B updated 4x99
        wait 10
        trade sell 7x99
        trade sell 1x99
        > B filled 1x99 maker
        modify B 4x101            # 3 are left, and cross
        > B updated 4x101
        > B filled 3x101 taker
        ",
    );
}

#[test]
fn a_change_that_cannot_be_leaves_the_order_as_it_was() {
    check(
        "
        book 5x100 | 4x101 9x102
        modify A 1x100
        > A modify rejected UnknownOrder
        buy A 3x99 post
        > A accepted
        modify A 3x101
        > A modify rejected PostOnlyWouldTake
        modify A 0x99
        > A modify rejected Filter
        lost
        modify A 2x99
        > A modify rejected NoMarket
        cancel A
        > A canceled
        ",
    );
}

#[test]
fn a_queue_model_decides_how_far_a_shrinking_level_helps() {
    // 10 in front; 6 come behind, 8 leave. Half of them ahead of us by the chance of one to one.
    let script = |filled: &str| {
        format!(
            "book 10x100 | 10x101\n buy A 5x100\n > A accepted\n delta 16x100 |\n delta 8x100 |\n wait 1\n trade sell 8x100\n {filled}"
        )
    };
    let with = |queue, filled: &str| {
        check_of(PaperConfig { queue, ..PaperConfig::of(VenueId::BinanceSpot) }, &script(filled));
    };
    with(QueueModel::Counted, "");
    with(QueueModel::RiskAverse, "");
    // 6 of 16 stand behind: 3 of the 8 left there, 5 in front, and 5 stay ahead.
    with(QueueModel::Probable(Chance::Power(Hundredths(100))), "> A filled 3x100 maker");
}

#[test]
fn forgotten_footprints_fill_each_order_as_if_it_were_alone() {
    let config = PaperConfig { footprint: Footprint::Forgotten, ..PaperConfig::of(VenueId::BinanceSpot) };
    check_of(
        config,
        "
        book 1x99 | 3x101
        buy A 5x100
        > A accepted
        buy B 5x100
        > B accepted
        trade sell 2x100
        > A filled 2x100 maker
        > B filled 2x100 maker
        delta | 1x100
        > A filled 3x100 maker
        > B filled 3x100 maker
        buy C 3x101 ioc
        > C accepted
        > C filled 1x100 taker
        > C filled 2x101 taker
        buy D 3x101 ioc
        > D accepted
        > D filled 1x100 taker
        > D filled 2x101 taker
        ",
    );
}

#[test]
fn an_impact_makes_fills_worse_within_their_limits_and_fades() {
    let half_life = Duration::from_millis(100);
    // 1 % at a thousand dollars.
    let impact = Impact { shape: ImpactShape::Linear, share_e6: 10_000, reference: Quote::whole(1_000), half_life };
    check_of(
        PaperConfig { impact, ..PaperConfig::of(VenueId::BinanceSpot) },
        "
        book 50x99 | 10x100 90x101
        buy A 10x103 ioc
        > A accepted
        > A filled 10x101 taker
        buy B 10x104 ioc                      # 2,010 dollars by now: 101 and 2.03
        > B accepted
        > B filled 10x104 taker
        buy C 10x102 fok                      # what is displayed within the limit is had, at the limit at worst
        > C accepted
        > C filled 10x102 taker
        buy D 10x101 ioc
        > D accepted
        > D filled 10x101 taker
        buy E 70x101                          # sixty are left, and the rest stands
        > E accepted
        > E filled 60x101 taker
        sell F 10x90 ioc                      # the other side is not helped
        > F accepted
        > F filled 10x98 taker
        wait 1000
        book 40x99 | 5x102
        buy G 1x104 ioc
        > G accepted
        > G filled 1x103 taker
        ",
    );
}
