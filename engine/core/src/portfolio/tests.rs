//! The book-keeping against a slow twin in fractions, and against sums done by hand.

use super::*;
use crate::test_instruments::{CROSS, INVERSE, LINEAR, SPOT, instruments};
use crate::test_random::Random;
use engine_model::instrument::Instrument;
use std::ops::{Add, Neg};

/// Average cost in fractions: nothing is ever rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fraction(i128, i128);

impl Fraction {
    fn reduced(mut self) -> Self {
        let (mut a, mut b) = (self.0.abs(), self.1.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        self.0 /= a;
        self.1 /= a;
        self
    }

    fn times(self, part: i128, whole: i128) -> Self {
        Self(self.0 * part, self.1 * whole).reduced()
    }
}

impl Add for Fraction {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 * other.1 + other.0 * self.1, self.1 * other.1).reduced()
    }
}

impl Neg for Fraction {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0, self.1)
    }
}

#[derive(Clone, Copy, Debug)]
struct Twin {
    qty: i128,
    cost: Fraction,
    realised: Fraction,
}

impl Twin {
    /// Lot after lot: each one either opens or closes.
    fn book(&mut self, side: Side, qty: i64, cash: i128) {
        let each = Fraction(cash, i128::from(qty));
        let sign = i128::from(side.sign());
        for _ in 0..qty {
            if self.qty * sign >= 0 {
                self.cost = self.cost + -each;
            } else {
                let closed = self.cost.times(1, self.qty.abs());
                self.realised = self.realised + each + -closed;
                self.cost = self.cost + -closed;
            }
            self.qty += sign;
        }
    }
}

fn random_fill(random: &mut Random) -> (Side, Ticks, Lots) {
    let side = *random.pick(&[Side::Buy, Side::Sell]);
    (side, Ticks(random.within(90, 110)), Lots(random.within(1, 6)))
}

#[test]
fn not_a_unit_is_lost_and_no_cost_is_further_from_the_fraction_than_its_roundings() {
    let instruments = instruments();
    let mut random = Random::new(7);
    let mut flips = 0;
    for _ in 0..4_000 {
        for id in [LINEAR, INVERSE] {
            let scale = Scale::new(instruments.get(id));
            let mut ledger = Ledger::default();
            let mut twin = Twin { qty: 0, cost: Fraction(0, 1), realised: Fraction(0, 1) };
            let mut cash_sum = 0;
            for fills in 1..=8 {
                let (side, px, qty) = random_fill(&mut random);
                let cash = scale.cash(side, px, i128::from(qty.0)).unwrap();
                let before = ledger.qty;
                ledger.book(&scale, side, px, qty, Quote(0));
                twin.book(side, qty.0, cash);
                cash_sum += cash;
                flips += usize::from(before.signum() * ledger.qty.signum() < 0);
                assert_eq!(ledger.realised, cash_sum + ledger.cost, "conservation");
                assert_eq!(i128::from(ledger.qty), twin.qty);
                let off = Fraction(ledger.cost, 1) + -twin.cost;
                assert!(off.0.abs() <= 2 * fills * off.1, "{ledger:?} is {off:?} away from {twin:?}");
                assert!(ledger.qty != 0 || ledger.cost == 0, "flat has no cost");
            }
        }
    }
    assert!(flips > 1_000, "only {flips} flips through zero");
}

#[test]
fn a_short_is_the_mirror_image_of_a_long() {
    let instruments = instruments();
    let mut random = Random::new(8);
    for _ in 0..5_000 {
        for id in [LINEAR, INVERSE] {
            let scale = Scale::new(instruments.get(id));
            let (mut one, mut other) = (Ledger::default(), Ledger::default());
            for _ in 0..8 {
                let (side, px, qty) = random_fill(&mut random);
                one.book(&scale, side, px, qty, Quote(3));
                other.book(&scale, side.opposite(), px, qty, Quote(3));
                assert_eq!((one.qty, one.cost, one.realised), (-other.qty, -other.cost, -other.realised));
                let px = Ticks(random.within(90, 110));
                assert_eq!(one.unrealised(&scale, px), other.unrealised(&scale, px).map(|profit| -profit));
            }
        }
    }
}

#[test]
fn unrealised_is_what_closing_at_the_mark_then_realises() {
    let instruments = instruments();
    let mut random = Random::new(9);
    for _ in 0..5_000 {
        for id in [LINEAR, INVERSE] {
            let scale = Scale::new(instruments.get(id));
            let mut ledger = Ledger::default();
            for _ in 0..5 {
                let (side, px, qty) = random_fill(&mut random);
                ledger.book(&scale, side, px, qty, Quote(0));
            }
            let mark = Ticks(random.within(90, 110));
            let promised = ledger.unrealised(&scale, mark).unwrap();
            let before = ledger.realised;
            if ledger.qty != 0 {
                let side = if ledger.qty > 0 { Side::Sell } else { Side::Buy };
                ledger.book(&scale, side, mark, Lots(ledger.qty.abs()), Quote(0));
            }
            assert_eq!(ledger.realised - before, promised);
        }
    }
}

/// Books at prices in tenths and quantities in thousandths, as BTCUSDT has them.
fn linear(fills: &[(Side, i64, i64)]) -> (Portfolio, Position) {
    let mut portfolio = Portfolio::new(&instruments(), Quote::whole(10_000));
    for (side, px, qty) in fills {
        portfolio.book(LINEAR, *side, Ticks(px * 10), Lots(*qty), Quote::whole(1));
    }
    let mark = Some(Ticks(1_300));
    portfolio.value_at(LINEAR, mark);
    let position = portfolio.position(LINEAR, mark);
    (portfolio, position)
}

#[test]
fn long_closed_in_part_keeps_its_average() {
    // 2 BTC at 100 and 3 at 110 are 5 at 106; 4 sold at 120 earn 56; the last one is 24 up at a mark of 130.
    let (portfolio, position) = linear(&[(Side::Buy, 100, 2_000), (Side::Buy, 110, 3_000), (Side::Sell, 120, 4_000)]);
    assert_eq!((position.qty, position.avg_px_milliticks), (Lots(1_000), 1_060_000));
    assert_eq!((position.realised, position.unrealised), (Quote::whole(56), Some(Quote::whole(24))));
    assert_eq!((position.fees, position.notional), (Quote::whole(3), Some(Quote::whole(130))));
    assert_eq!(portfolio.equity(), i128::from(Quote::whole(10_077).0));
}

#[test]
fn a_sale_of_more_than_there_is_turns_long_into_short_at_its_own_price() {
    let (portfolio, position) = linear(&[(Side::Buy, 100, 1_000), (Side::Sell, 120, 3_000)]);
    assert_eq!((position.qty, position.avg_px_milliticks), (Lots(-2_000), 1_200_000));
    assert_eq!((position.realised, position.unrealised), (Quote::whole(20), Some(Quote::whole(-20))));
    assert_eq!(portfolio.total().gross, i128::from(Quote::whole(260).0));
}

#[test]
fn an_inverse_contract_earns_coins_and_shows_dollars_at_the_mark() {
    // 600 contracts of 100 dollars bought at 50,000 and sold at 60,000: 1.2 coins less 1 coin, worth 60,000 each.
    let mut portfolio = Portfolio::new(&instruments(), Quote::whole(100_000));
    let fee = Quote(Quote::ONE / 1_000);
    portfolio.book(INVERSE, Side::Buy, Ticks(500_000), Lots(600), fee);
    portfolio.value_at(INVERSE, Some(Ticks(400_000)));
    let position = portfolio.position(INVERSE, Some(Ticks(400_000)));
    assert_eq!(position.unrealised, Some(Quote(-Quote::ONE * 3 / 10)), "1.2 coins in, 1.5 out");
    assert_eq!(position.notional, Some(Quote::whole(60_000)));
    assert_eq!(position.avg_px_milliticks, 500_000_000);
    assert_eq!(portfolio.equity(), i128::from(Quote::whole(100_000 - 12_000 - 40).0));
    portfolio.book(INVERSE, Side::Sell, Ticks(600_000), Lots(600), fee);
    portfolio.value_at(INVERSE, Some(Ticks(600_000)));
    let position = portfolio.position(INVERSE, Some(Ticks(600_000)));
    assert_eq!((position.realised, position.fees), (Quote(Quote::ONE / 5), Quote(Quote::ONE / 500)));
    assert_eq!(portfolio.equity(), i128::from(Quote::whole(112_000 - 120).0));
    assert_eq!(portfolio.total().gross, 0);
}

#[test]
fn money_never_looks_better_than_it_is() {
    let instruments = instruments();
    let scale = Scale::new(instruments.get(INVERSE));
    assert_eq!((scale.settled(199_999_999), scale.settled(-1)), (Some(1), Some(-1)), "profit down, loss up");
    assert_eq!(scale.notional(Ticks(1), 1), Some(i128::from(Quote::whole(100).0)));
    let spot = Scale::new(instruments.get(CROSS));
    assert_eq!(spot.notional(Ticks(1), 1), Some(1), "1e-9 is shown as 1e-8");
    assert_eq!(spot.notional(Ticks(1), -1), Some(-1));
    assert_eq!(spot.settled(-1), Some(-1));
    assert_eq!(scale.fee_in_quote(1, Ticks(1)), Some(1));
}

#[test]
fn averages_round_half_up_and_inverse_ones_are_harmonic() {
    let instruments = instruments();
    let linear = Scale::new(instruments.get(LINEAR));
    assert_eq!(linear.average_milliticks(5, 3), 1_667);
    assert_eq!(linear.average_milliticks(-1, 2_000), 1, "0.5 thousandths");
    assert_eq!(linear.average_milliticks(0, 0), 0);
    assert_eq!(linear.average_milliticks(i128::MAX, 1), i64::MAX);
    let inverse = Scale::new(instruments.get(INVERSE));
    let mut ledger = Ledger::default();
    ledger.book(&inverse, Side::Sell, Ticks(400_000), Lots(1), Quote(0));
    ledger.book(&inverse, Side::Sell, Ticks(600_000), Lots(1), Quote(0));
    assert_eq!(inverse.average_milliticks(ledger.cost, ledger.qty), 480_000_000);
}

#[test]
fn what_is_paid_is_exact_in_the_settlement_and_in_dollars_of_then_in_another_asset() {
    let instruments = instruments();
    let asset = |name| instruments.asset(engine_model::instrument::Name::new(name).unwrap()).unwrap();
    let pay = |kind, name, amount| Payment { kind, asset: asset(name), amount: Quote(amount) };
    let mut portfolio = Portfolio::new(&instruments, Quote::whole(1_000));
    let price = |id: InstrumentId| (id == SPOT).then_some(Ticks(200_000));
    // Funding alone, before any execution, counts.
    portfolio.pay(LINEAR, &pay(PaymentKind::Funding, "USDT", 7 * Quote::ONE), price);
    portfolio.value_at(LINEAR, None);
    assert_eq!(portfolio.total().payments, i128::from(Quote::whole(7).0));
    // A fee of 0.001 ETH at 2,000 dollars, one of 3 USD at par, and one in a token without a price, which is counted.
    portfolio.pay(LINEAR, &pay(PaymentKind::Fee, "ETH", -Quote::ONE / 1_000), price);
    portfolio.pay(LINEAR, &pay(PaymentKind::Fee, "USD", -3 * Quote::ONE), price);
    portfolio.pay(LINEAR, &pay(PaymentKind::Fee, "OKB", -Quote::ONE), price);
    assert_eq!(portfolio.total().fees, i128::from(Quote::whole(5).0));
    assert_eq!(portfolio.unpriced(), 1);
    assert_eq!(portfolio.equity(), i128::from(Quote::whole(1_000 + 7 - 5).0));
    // Coins of an inverse contract are valued at its price.
    portfolio.pay(INVERSE, &pay(PaymentKind::Funding, "BTC", -Quote::ONE / 10), price);
    portfolio.value_at(INVERSE, Some(Ticks(500_000)));
    assert_eq!(portfolio.equity(), i128::from(Quote::whole(1_002 - 5_000).0));
}

#[test]
fn drawdown_is_the_deepest_fall_and_does_not_heal() {
    let mut portfolio = Portfolio::new(&instruments(), Quote::whole(1_000));
    portfolio.book(LINEAR, Side::Buy, Ticks(1_000), Lots(1_000), Quote(0));
    for (mark, peak, drawdown) in [(900, 1_000, 10), (1_500, 1_050, 10), (1_300, 1_050, 20), (1_400, 1_050, 20)] {
        portfolio.value_at(LINEAR, Some(Ticks(mark)));
        portfolio.watch();
        let dollars = |wide: i128| wide / i128::from(Quote::ONE);
        assert_eq!((dollars(portfolio.peak()), dollars(portfolio.drawdown())), (peak, drawdown));
    }
}

#[test]
fn totals_are_sums_whatever_order_instruments_are_valued_in() {
    let instruments = instruments();
    let mut random = Random::new(10);
    let mut portfolio = Portfolio::new(&instruments, Quote::whole(1_000));
    for _ in 0..20_000 {
        let id = *random.pick(&[LINEAR, SPOT, INVERSE, CROSS]);
        let (side, px, qty) = random_fill(&mut random);
        portfolio.book(id, side, px, qty, Quote(random.within(-5, 50)));
        let valued = *random.pick(&[LINEAR, SPOT, INVERSE, CROSS]);
        portfolio.value_at(valued, random.once_in(4).then_some(px));
        let mut sum = Value::default();
        for value in &portfolio.values {
            sum.realised += value.realised;
            sum.unrealised += value.unrealised;
            sum.fees += value.fees;
            sum.gross += value.gross;
        }
        assert_eq!(portfolio.total, sum);
        assert_eq!(portfolio.values[CROSS.index()], Value::default(), "not dollars");
    }
}

#[test]
fn the_image_lists_what_has_traded_in_order_and_clears_what_stood_there_before() {
    let mut portfolio = Portfolio::new(&instruments(), Quote::whole(1_000));
    let mut image = PortfolioImage::default();
    image.positions.fill(Position { qty: Lots(99), ..Position::default() });
    portfolio.book(INVERSE, Side::Buy, Ticks(500_000), Lots(1), Quote(0));
    portfolio.book(LINEAR, Side::Sell, Ticks(500_000), Lots(2), Quote(Quote::ONE));
    portfolio.value_at(LINEAR, None);
    portfolio.value_at(INVERSE, None);
    portfolio.write_image(&mut image, |id| (id == INVERSE).then_some(Ticks(500_000)));
    assert_eq!(image.positions_count, 2);
    assert_eq!((image.positions[0].instrument, image.positions[0].unrealised), (LINEAR, None));
    assert_eq!((image.positions[1].instrument, image.positions[1].unrealised), (INVERSE, Some(Quote(0))));
    assert!(image.positions[2..].iter().all(|position| *position == Position::default()));
    assert_eq!((image.equity, image.fees, image.fills), (Quote::whole(999), Quote::whole(1), 2));
    assert_eq!((image.equity_start, image.gross), (Quote::whole(1_000), Quote::whole(200)));
}

#[test]
fn an_image_that_has_no_place_for_all_that_has_traded_says_so() {
    let one = instruments().iter().next().copied().unwrap();
    let many: Vec<Instrument> = (0..65).map(|id| Instrument { id: InstrumentId(id), ..one }).collect();
    let mut portfolio = Portfolio::new(&Instruments::new(many), Quote::whole(1_000));
    let mut image = PortfolioImage::default();
    for id in 0..65 {
        portfolio.book(InstrumentId(id), Side::Buy, Ticks(1_000), Lots(1), Quote(0));
        portfolio.write_image(&mut image, |_| None);
        let shown = (id + 1).min(64);
        assert_eq!((image.positions_count, image.is_complete), (shown, id < 64));
    }
}

#[test]
fn the_digest_tells_ledgers_apart_and_forgets_prices() {
    let hash = |portfolio: &Portfolio| {
        let mut hasher = blake3::Hasher::new();
        portfolio.digest(&mut hasher);
        hasher.finalize()
    };
    let empty = Portfolio::new(&instruments(), Quote::whole(1_000));
    let mut long = empty.clone();
    long.book(LINEAR, Side::Buy, Ticks(1_000), Lots(1), Quote(0));
    let mut elsewhere = empty.clone();
    elsewhere.book(SPOT, Side::Buy, Ticks(1_000), Lots(1), Quote(0));
    let mut paid = empty.clone();
    paid.book(LINEAR, Side::Buy, Ticks(1_000), Lots(1), Quote(1));
    let all = [&empty, &long, &elsewhere, &paid].map(hash);
    assert!((1..4).all(|i| !all[..i].contains(&all[i])));
    let mut valued = long.clone();
    valued.value_at(LINEAR, Some(Ticks(7)));
    valued.watch();
    assert_eq!(hash(&valued), hash(&long));
}
