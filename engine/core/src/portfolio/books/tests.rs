//! The books against the slow twin, by hand, and against the venue's ledger.

use super::oracle::{Contract, Prices, atoms, down};
use super::*;
use crate::test_instruments::{CROSS, INVERSE, LINEAR, SPOT, instruments};
use crate::test_random::{Random, seeds};
use engine_model::closeout::Cause;
use engine_model::instrument::{Instrument, Name};
use engine_model::market::{BookState, Level, MarketChange, Stamp};
use engine_model::position::Opening;
use rust_decimal::Decimal;

/// BNBUSDT spot: what fees are paid in, by those who have it.
const TOKEN: InstrumentId = InstrumentId(4);
const ALL: [InstrumentId; 5] = [LINEAR, SPOT, INVERSE, CROSS, TOKEN];
const STRATEGIES: usize = 3;
const E8: i128 = Quote::ONE as i128;

fn five() -> Arc<Instruments> {
    let four = instruments();
    let name = |text| Name::new(text).unwrap();
    let spot = *four.get(SPOT);
    let mut list: Vec<Instrument> = four.iter().copied().collect();
    list.push(Instrument { id: TOKEN, symbol: name("BNBUSDT"), base: name("BNB"), ..spot });
    Arc::new(Instruments::new(list))
}

fn books(method: LotMethod) -> Books {
    let terms = Terms { method, mode: PositionMode::Netting, equity_start: Quote::whole(10_000) };
    Books::new(five(), terms).unwrap()
}

fn event(id: InstrumentId, change: MarketChange) -> MarketEvent {
    MarketEvent { at: Stamp { instrument: id, ..Stamp::default() }, change }
}

fn top(bid: i64, ask: i64) -> MarketChange {
    let level = |px| Level { px: Ticks(px), qty: Quantity(1) };
    MarketChange::Top { bid: level(bid), ask: level(ask), imbalance_bps: 0 }
}

fn owner(strategy: u8) -> Owner {
    Owner { strategy: StrategyId(strategy), ..Owner::default() }
}

fn fill(id: InstrumentId, strategy: u8, side: Side, px: i64, qty: i64, fee: i64) -> Fill {
    let (px, qty, fee, at_ns) = (Ticks(px), Quantity(qty), Quote(fee), Nanos(0));
    Fill { instrument: id, owner: owner(strategy), side, px, qty, fee, at_ns }
}

fn asset(books: &Books, name: &str) -> AssetId {
    books.instruments().asset(Name::new(name).unwrap()).unwrap()
}

fn dollars(atoms: i128) -> Quote {
    Quote::from_wide(atoms.div_euclid(ATOMS_PER_E8)).unwrap()
}

/// Books and twin, side by side.
struct Both {
    books: Books,
    twin: Vec<Contract>,
    is_fifo: bool,
    /// Of BTC, which coins are told in dollars by, and of BNB.
    rates: [Option<Decimal>; 2],
    /// Sum of what was held in coins times how they moved.
    currency: Decimal,
    /// Dollars were rounded so often.
    roundings: i128,
    flow_tokens: Decimal,
}

impl Both {
    fn new(is_fifo: bool) -> Self {
        let books = books(if is_fifo { LotMethod::Fifo } else { LotMethod::Lifo });
        let twin = books.instruments().iter().map(|of| Contract::new(of, STRATEGIES)).collect();
        let zero = Decimal::ZERO;
        Self { books, twin, is_fifo, rates: [None; 2], currency: zero, roundings: 0, flow_tokens: zero }
    }

    fn is_in_coins(id: InstrumentId) -> bool {
        id == INVERSE || id == CROSS
    }

    fn market(&mut self, id: InstrumentId, change: MarketChange) {
        self.books.on_market(&event(id, change));
        let market = self.books.markets[id.index()];
        let contract = &self.twin[id.index()];
        let px = |ticks| contract.px(ticks);
        let touch = market.mid_doubled().map(|_| (px(market.bid.px), px(market.ask.px)));
        let last = self.twin[id.index()].prices.mark;
        let to = Prices { mark: market.known_px().map(px).or(last), index: market.index.map(px), touch };
        self.twin[id.index()].moves(to);
        for (rate, by) in [(0, LINEAR), (1, TOKEN)] {
            if by == id && self.books.markets[by.index()].known_px().is_some() {
                self.rate_moves(rate, self.twin[by.index()].prices.mark.unwrap());
            }
        }
    }

    fn rate_moves(&mut self, rate: usize, to: Decimal) {
        if let Some(then) = self.rates[rate] {
            let held: Decimal = ALL.iter().flat_map(|id| self.held(*id, rate)).sum();
            self.currency += held * (to - then);
        }
        self.rates[rate] = Some(to);
        self.roundings += 20;
    }

    /// What each strategy has of BTC (rate 0) or BNB (rate 1) by that instrument.
    fn held(&self, id: InstrumentId, rate: usize) -> Vec<Decimal> {
        let contract = &self.twin[id.index()];
        let of = |share: &super::oracle::Share| match rate {
            1 => share.token,
            _ if Self::is_in_coins(id) => share.parts.iter().sum(),
            _ => Decimal::ZERO,
        };
        contract.shares.iter().map(of).collect()
    }

    fn fill(&mut self, id: InstrumentId, strategy: usize, side: Side, px: i64, qty: i64, fee: i64) {
        self.books.fill(&fill(id, strategy as u8, side, px, qty, fee)).unwrap();
        let contract = &mut self.twin[id.index()];
        let (px, signed) = (contract.px(Ticks(px)), Decimal::from(qty * side.sign()));
        if self.books.markets[id.index()].known_px().is_none() {
            // Nobody has told a price: positions are worth what was last paid.
            let prices = Prices { mark: Some(px), ..contract.prices };
            contract.moves(prices);
        }
        contract.fills(strategy, signed, px, Decimal::new(fee, 8), self.is_fifo);
        self.roundings += 20;
    }

    fn pay(&mut self, id: InstrumentId, strategy: usize, kind: PaymentKind, in_token: bool, amount: i64) {
        let name = if in_token { asset(&self.books, "BNB") } else { self.books.settlements[id.index()] };
        let payment = Payment { kind, asset: name, amount: Quote(amount) };
        self.books.pay(id, StrategyId(strategy as u8), &payment, Nanos(0)).unwrap();
        let contract = &mut self.twin[id.index()];
        let amount = Decimal::new(amount, 8);
        self.roundings += 20;
        if in_token {
            contract.shares[strategy].token += amount;
            self.flow_tokens += amount;
            return;
        }
        contract.flows += amount;
        let part = match kind {
            PaymentKind::Fee | PaymentKind::Insurance => Part::Fee,
            PaymentKind::Funding => Part::Funding,
            PaymentKind::Interest => Part::Interest,
        };
        let net: Decimal = contract.shares.iter().map(|share| share.qty).sum();
        if kind == PaymentKind::Fee {
            contract.shares[strategy].parts[part as usize] += amount;
        } else if kind != PaymentKind::Funding || net.is_zero() {
            contract.shares[0].parts[part as usize] += amount;
        } else {
            // By what each holds of the side of the net. The order of the books' rows is theirs; so is what a share's last
            // atom falls to.
            let of =
                |qty: Decimal| if qty.is_sign_negative() == net.is_sign_negative() { qty.abs() } else { Decimal::ZERO };
            let whole: Decimal = contract.shares.iter().map(|share| of(share.qty)).sum();
            for row in &self.books.rows[id.index()] {
                let share = &mut contract.shares[usize::from(row.owner.strategy.0)];
                let exact = amount * of(share.qty) / whole;
                let told = row.purses()[0].native()[part];
                let told = Decimal::from_i128_with_scale(told, 18) - share.parts[part as usize];
                assert!((told - exact).abs() <= Decimal::new(2, 18), "{told} is no share of {exact}");
                share.parts[part as usize] += told;
            }
        }
    }

    fn check(&self) {
        let mut equity = Decimal::from(10_000);
        for id in ALL {
            let (contract, index) = (&self.twin[id.index()], id.index());
            let rate = if Self::is_in_coins(id) { self.rates[0].unwrap_or_default() } else { Decimal::ONE };
            for (strategy, share) in contract.shares.iter().enumerate() {
                let earned: Decimal = share.parts.iter().sum();
                equity += down(earned * rate) + down(share.token * self.rates[1].unwrap_or_default());
                let row = self.books.rows[index].iter().find(|row| row.owner.strategy.0 == strategy as u8);
                let Some(row) = row else {
                    assert!(earned.is_zero() && share.token.is_zero());
                    continue;
                };
                let native = row.purses()[0].native();
                let told = Part::ALL.map(|part| native[part]);
                assert_eq!(told, share.parts.map(atoms), "{id:?} of strategy {strategy}");
                // Conservation: the parts are the cash, what is held, and what was paid.
                let paid = share.parts[Part::Fee as usize] + share.parts[Part::Funding as usize];
                let paid = paid + share.parts[Part::Interest as usize];
                assert_eq!(atoms(earned), atoms(share.cash + contract.held(share) + paid), "{id:?} {strategy}");
            }
            if let Some((_, Position { lots, .. })) = self.books.accounts[index].sides.first() {
                assert_eq!(lots.realised(), atoms(contract.realised), "{id:?} realised");
            }
        }
        assert_eq!(self.books.equity(), atoms(equity), "equity to the last atom");
        assert!(self.books.adds_up());
        let total = self.books.total();
        assert_eq!(total.parts.total(), self.books.equity() - 10_000 * E8 * ATOMS_PER_E8, "the parts are the profit");
        let off = total.parts[Part::Currency] - atoms(down(self.currency));
        assert!(off.abs() <= self.roundings, "currency is {off} atoms away after {} roundings", self.roundings);
    }
}

fn step(random: &mut Random, both: &mut Both) {
    let id = *random.pick(&ALL);
    let px = random.within(9_000, 11_000);
    let strategy = random.below(STRATEGIES as u64) as usize;
    match random.below(10) {
        0 => both.market(id, MarketChange::Mark { px: Ticks(px) }),
        1 if id == LINEAR || id == INVERSE => both.market(id, MarketChange::Index { px: Ticks(px) }),
        1 | 2 => both.market(id, top(px, px + random.within(1, 9))),
        3 => {
            both.market(id, MarketChange::Book(*random.pick(&[BookState::Synced, BookState::Synced, BookState::Lost])))
        }
        4 => {
            let kind = *random.pick(&[PaymentKind::Funding, PaymentKind::Interest, PaymentKind::Insurance]);
            both.pay(id, strategy, kind, false, random.within(-2_000_000, 2_000_000));
        }
        5 => both.pay(id, strategy, PaymentKind::Fee, true, -random.within(0, 9_000_000)),
        _ => {
            let side = *random.pick(&[Side::Buy, Side::Sell]);
            both.fill(id, strategy, side, px, random.within(1, 60), random.within(-300, 90_000));
        }
    }
}

#[test]
fn a_hundred_thousand_runs_are_equal_to_plain_decimals_to_the_last_atom() {
    for seed in seeds(1) {
        let mut random = Random::new(31 + seed);
        for run in 0..100_000 {
            let mut both = Both::new(run % 2 == 0);
            for _ in 0..random.within(2, 9) {
                step(&mut random, &mut both);
            }
            both.check();
        }
    }
}

#[test]
fn a_long_run_is_equal_at_every_step() {
    for seed in 0..4 {
        let mut random = Random::new(seed);
        let mut both = Both::new(seed % 2 == 0);
        ALL.iter().for_each(|id| both.market(*id, MarketChange::Book(BookState::Synced)));
        for _ in 0..500 {
            step(&mut random, &mut both);
            both.check();
        }
    }
}

/// Of the whole account, in dollars, by [`Part`].
fn told(books: &Books) -> [i64; 7] {
    let total = books.total();
    Part::ALL.map(|part| dollars(total.parts[part]).0 / Quote::ONE)
}

/// A mark, an index and a book of one instrument.
fn market(books: &mut Books, id: InstrumentId, mark: i64, index: i64, bid: i64, ask: i64) {
    for change in [
        MarketChange::Book(BookState::Synced),
        top(bid, ask),
        MarketChange::Index { px: Ticks(index) },
        MarketChange::Mark { px: Ticks(mark) },
    ] {
        books.on_market(&event(id, change));
    }
}

#[test]
fn a_trade_from_its_spread_to_its_funding_by_hand() {
    // 1 BTC bought at 999 with the middle at 1,000 and the mark at 1,002: 1 of spread, 2 of basis. The fee is 3.
    let mut books = books(LotMethod::Fifo);
    market(&mut books, LINEAR, 10_020, 10_000, 9_990, 10_010);
    books.fill(&fill(LINEAR, 1, Side::Buy, 9_990, 1_000, 3 * Quote::ONE)).unwrap();
    assert_eq!(told(&books), [0, 1, -3, 0, 0, 2, 0]);
    // The index rises by 50, the mark by 40: 50 of price, 10 less of basis.
    market(&mut books, LINEAR, 10_420, 10_500, 10_400, 10_420);
    assert_eq!(told(&books), [50, 1, -3, 0, 0, -8, 0]);
    // Funding of 5 is paid, interest of 1; it is sold at 1,040, the middle is 1,041: 1 of spread paid, 1 of basis given back.
    let paid = |kind, amount| Payment { kind, asset: AssetId::default(), amount: Quote::whole(amount) };
    let usdt = asset(&books, "USDT");
    for payment in [paid(PaymentKind::Funding, -5), paid(PaymentKind::Interest, -1)] {
        books.pay(LINEAR, StrategyId(0), &Payment { asset: usdt, ..payment }, Nanos(0)).unwrap();
    }
    books.fill(&fill(LINEAR, 1, Side::Sell, 10_400, 1_000, 3 * Quote::ONE)).unwrap();
    assert_eq!(told(&books), [50, 0, -6, -5, -1, -9, 0]);
    // Bought at 999, sold at 1,040: 41, less 6 of fees, 5 of funding, 1 of interest.
    assert_eq!(dollars(books.equity()), Quote::whole(10_000 + 41 - 12));
    assert!(books.adds_up());
    let strategies: Vec<(u8, i64)> = books
        .by(|_, owner| owner.strategy.0)
        .iter()
        .map(|(strategy, group)| (*strategy, dollars(group.parts.total()).0 / Quote::ONE))
        .collect();
    assert_eq!(strategies, [(0, -1), (1, 30)], "interest is of nobody in particular");
}

#[test]
fn coins_earned_by_an_inverse_contract_change_in_dollars_and_that_is_currency() {
    // Coins are told in dollars by BTCUSDT. 1,000 contracts of 100 dollars short at 1,000 and closed at 800: 25 coins.
    let mut books = books(LotMethod::Average);
    market(&mut books, LINEAR, 10_000, 10_000, 9_999, 10_001);
    market(&mut books, INVERSE, 10_000, 10_000, 9_999, 10_001);
    books.fill(&fill(INVERSE, 1, Side::Sell, 10_000, 1_000, 0)).unwrap();
    market(&mut books, INVERSE, 8_000, 8_000, 7_999, 8_001);
    books.fill(&fill(INVERSE, 1, Side::Buy, 8_000, 1_000, 0)).unwrap();
    // Earned while a coin still was 1,000 dollars: 125 coins for what had cost 100.
    assert_eq!(dollars(books.equity()), Quote::whole(10_000 + 25_000));
    market(&mut books, LINEAR, 8_000, 8_000, 7_999, 8_001);
    let total = books.total();
    assert_eq!(dollars(total.parts[Part::Currency]), Quote::whole(-25 * 200));
    assert_eq!(dollars(books.equity()), Quote::whole(10_000 + 20_000));
    assert_eq!(books.ledger(), [(VenueId::BinanceCoinm, asset(&books, "BTC"), 25 * E8 * ATOMS_PER_E8)]);
}

#[test]
fn the_ledger_is_what_the_venue_shows_both_legs_of_spot_and_what_contracts_have_realised() {
    let mut books = books(LotMethod::Average);
    let [usdt, eth] = ["USDT", "ETH"].map(|name| asset(&books, name));
    // 2 ETH at 100 for 200 and a fee of 1; 1 sold at 120. 1 BTC at 1,000, half of it sold at 1,100: 50.
    books.fill(&fill(SPOT, 1, Side::Buy, 10_000, 20_000, Quote::ONE)).unwrap();
    books.fill(&fill(SPOT, 2, Side::Sell, 12_000, 10_000, 0)).unwrap();
    books.fill(&fill(LINEAR, 1, Side::Buy, 10_000, 1_000, 0)).unwrap();
    books.fill(&fill(LINEAR, 1, Side::Sell, 11_000, 500, 0)).unwrap();
    let whole = |amount: i128| amount * E8 * ATOMS_PER_E8;
    let (spot, usdm) = (VenueId::BinanceSpot, VenueId::BinanceUsdm);
    assert_eq!(books.ledger(), [(spot, eth, whole(1)), (spot, usdt, whole(-81)), (usdm, usdt, whole(50))]);
}

#[test]
fn the_ledger_is_by_average_cost_whichever_lots_the_rows_close_first() {
    for method in [LotMethod::Average, LotMethod::Fifo, LotMethod::Lifo] {
        let mut books = books(method);
        let usdt = asset(&books, "USDT");
        books.fill(&fill(LINEAR, 1, Side::Buy, 10_000, 1_000, 0)).unwrap();
        books.fill(&fill(LINEAR, 1, Side::Buy, 20_000, 1_000, 0)).unwrap();
        books.fill(&fill(LINEAR, 1, Side::Sell, 15_000, 1_000, 0)).unwrap();
        assert_eq!(books.ledger(), [(VenueId::BinanceUsdm, usdt, 0)], "{method:?}: bought at 150 each, sold at 150");
    }
}

#[test]
fn a_fee_in_a_token_counts_when_its_price_is_known_and_is_named_until_then() {
    let mut books = books(LotMethod::Fifo);
    let bnb = asset(&books, "BNB");
    books.fill(&fill(LINEAR, 2, Side::Buy, 10_000, 1_000, 0)).unwrap();
    let payment = Payment { kind: PaymentKind::Fee, asset: bnb, amount: Quote(-Quote::ONE / 100) };
    books.pay(LINEAR, StrategyId(2), &payment, Nanos(0)).unwrap();
    assert_eq!((books.unpriced(), told(&books)), (vec![bnb], [0; 7]));
    market(&mut books, TOKEN, 60_000, 60_000, 59_999, 60_001);
    assert_eq!((books.unpriced(), told(&books)), (vec![], [0, 0, -6, 0, 0, 0, 0]), "0.01 at 600 dollars");
    market(&mut books, TOKEN, 70_000, 70_000, 69_999, 70_001);
    assert_eq!(told(&books), [0, 0, -6, 0, 0, 0, -1], "what it cost does not change; what we owe since does");
    assert!(books.adds_up());
}

#[test]
fn hedged_sides_are_kept_apart_and_neither_is_turned_round() {
    let terms = Terms { mode: PositionMode::Hedging, equity_start: Quote::whole(10_000), ..Terms::default() };
    let mut books = Books::new(five(), terms).unwrap();
    let of = |side, way, px, qty| Fill { owner: Owner { side, ..owner(1) }, ..fill(LINEAR, 1, way, px, qty, 0) };
    books.fill(&of(PositionSide::Long, Side::Buy, 10_000, 3_000)).unwrap();
    books.fill(&of(PositionSide::Short, Side::Sell, 11_000, 2_000)).unwrap();
    market(&mut books, LINEAR, 10_500, 10_500, 10_499, 10_501);
    let held: Vec<_> =
        books.positions().map(|held| (held.side.name(), held.lots.qty(), dollars(held.unrealised))).collect();
    assert_eq!(held, [("LONG", 3_000, Quote::whole(150)), ("SHORT", -2_000, Quote::whole(100))]);
    let total = books.total();
    assert_eq!((total.gross, total.net), (5_250 * E8, 1_050 * E8));
    let too_much = books.fill(&of(PositionSide::Short, Side::Buy, 10_500, 2_001)).unwrap_err();
    assert_eq!(too_much.to_string(), "HEDGED_SIDE_TURNED: 2001 lots on a SHORT position of -2000 would turn it round");
    let net = books.fill(&of(PositionSide::Net, Side::Buy, 10_500, 1)).unwrap_err();
    assert_eq!(net.to_string(), "HEDGING_FLAG: position side NET on a hedging account, expected LONG or SHORT");
    assert_eq!(books.positions().count(), 2, "what was refused left nothing behind");
    books.fill(&of(PositionSide::Short, Side::Buy, 10_500, 2_000)).unwrap();
    assert!(books.adds_up());
    let netting = super::tests::books(LotMethod::Fifo).fill(&of(PositionSide::Long, Side::Buy, 1, 1)).unwrap_err();
    assert_eq!(netting.to_string(), "HEDGING_FLAG: position side LONG on a netting account, expected NET");
}

#[test]
fn what_the_venue_closes_is_of_those_who_held_it_and_the_rest_is_the_accounts() {
    let mut books = books(LotMethod::Average);
    market(&mut books, LINEAR, 600_000, 600_000, 599_999, 600_001);
    for (strategy, side, qty) in [(1, Side::Buy, 60), (2, Side::Sell, 10), (3, Side::Buy, 20)] {
        books.fill(&fill(LINEAR, strategy, side, 600_000, qty, 0)).unwrap();
    }
    let closeout = |qty| Closeout { px: Ticks(540_000), qty: Quantity(qty), fee: Quote(101), ..Closeout::default() };
    let mut report = Report { instrument: LINEAR, side: Side::Sell, ..Report::default() };
    report.event = OrderEvent::ClosedOut(closeout(40));
    books.on_report(&report);
    let rows = |books: &Books| {
        let of = |row: &Row| (row.owner.strategy.0, row.lots().qty());
        let mut rows: Vec<(u8, i64)> = books.rows[LINEAR.index()].iter().map(of).collect();
        rows.sort_unstable();
        rows
    };
    assert_eq!(rows(&books), [(1, 30), (2, -10), (3, 10)]);
    let fees: i128 = books.rows[LINEAR.index()].iter().map(|row| row.parts()[Part::Fee]).sum();
    assert_eq!(fees, -101 * ATOMS_PER_E8, "shared, and nothing of it lost");
    // A fee in coins is its payer's alone, and cost was told with the execution.
    report.strategy = StrategyId(3);
    report.event = OrderEvent::ClosedOut(Closeout { cause: Cause::CoinFee, fee: Quote(0), ..closeout(4) });
    books.on_report(&report);
    assert_eq!(rows(&books), [(1, 30), (2, -10), (3, 6)]);
    report.strategy = StrategyId(0);
    report.event = OrderEvent::ClosedOut(closeout(41));
    books.on_report(&report);
    assert_eq!((rows(&books), books.skipped), (vec![(0, -5), (1, 0), (2, -10), (3, 0)], 0));
}

#[test]
fn funding_is_shared_out_by_what_each_holds_to_the_last_atom() {
    let mut books = books(LotMethod::Fifo);
    let usdt = asset(&books, "USDT");
    for (strategy, side, qty) in [(1, Side::Buy, 10), (2, Side::Buy, 3), (3, Side::Sell, 6)] {
        books.fill(&fill(LINEAR, strategy, side, 10_000, qty, 0)).unwrap();
    }
    let payment = Payment { kind: PaymentKind::Funding, asset: usdt, amount: Quote(-100) };
    books.pay(LINEAR, StrategyId(0), &payment, Nanos(0)).unwrap();
    let paid: Vec<i128> = books.rows().map(|(_, row)| row.parts()[Part::Funding]).collect();
    // 10 and 3 of 13 lots; who holds against them has no part in what the account paid.
    assert_eq!(paid, [-769_230_769_230, -230_769_230_770, 0]);
    assert_eq!(paid.iter().sum::<i128>(), -100 * ATOMS_PER_E8);
    // Of a position that strategies hold against each other nothing is left to share out.
    books.fill(&fill(LINEAR, 3, Side::Sell, 10_000, 7, 0)).unwrap();
    books.pay(LINEAR, StrategyId(0), &payment, Nanos(0)).unwrap();
    assert_eq!(books.by(|_, owner| owner.strategy.0)[&0].parts[Part::Funding], -100 * ATOMS_PER_E8);
}

#[test]
fn by_average_cost_the_books_and_risk_have_the_same_equity() {
    let mut random = Random::new(77);
    for _ in 0..300 {
        let mut books = books(LotMethod::Average);
        let mut portfolio = crate::portfolio::Portfolio::new(&five(), Quote::whole(10_000));
        for _ in 0..20 {
            let id = *random.pick(&[LINEAR, SPOT]);
            let side = *random.pick(&[Side::Buy, Side::Sell]);
            let (px, qty, fee) = (random.within(9_000, 11_000), random.within(1, 50), random.within(-9, 90));
            books.fill(&fill(id, 1, side, px, qty, fee)).unwrap();
            portfolio.book(id, side, Ticks(px), Quantity(qty), Quote(fee));
            let payment = Payment {
                kind: PaymentKind::Funding,
                asset: asset(&books, "USDT"),
                amount: Quote(random.within(-50, 50)),
            };
            books.pay(id, StrategyId(0), &payment, Nanos(0)).unwrap();
            portfolio.pay(id, &payment, |_| None);
            let mark = Ticks(random.within(9_000, 11_000));
            books.on_market(&event(id, MarketChange::Mark { px: mark }));
            portfolio.value_at(id, Some(mark));
            assert_eq!(books.equity().div_euclid(ATOMS_PER_E8), portfolio.equity());
        }
    }
}

#[test]
fn what_is_printed_adds_up_both_ways_and_is_near_the_truth() {
    let mut random = Random::new(5);
    for _ in 0..2_000 {
        let cell = |random: &mut Random| i128::from(random.within(-5_000_000_000_000, 5_000_000_000_000)) / 7;
        let rows: Vec<Parts> =
            (0..random.within(1, 6)).map(|_| Parts::new(std::array::from_fn(|_| cell(&mut random)))).collect();
        let shown = rounded(&rows);
        let sum = |rows: &[Parts]| {
            let mut sum = Parts::default();
            rows.iter().for_each(|row| sum.add(row));
            sum
        };
        let whole = sum(&rows);
        assert_eq!(sum(&shown), rounded(&[whole])[0], "columns, and whichever way the rows are cut");
        assert_eq!(sum(&shown).total(), whole.total().div_euclid(ATOMS_PER_E8), "the sum of all is the profit");
        for (row, shown) in rows.iter().zip(&shown) {
            for part in Part::ALL {
                let off = row[part] - shown[part] * ATOMS_PER_E8;
                assert!(off.abs() < 2 * ATOMS_PER_E8, "{off}");
            }
        }
    }
}

#[test]
fn the_curve_knows_its_peak_its_deepest_fall_and_where_the_day_began() {
    let mut books = books(LotMethod::Fifo);
    let mark = |px, day: u64| MarketEvent {
        at: Stamp { instrument: LINEAR, received_at_ns: Nanos(day * 86_400 * Nanos::SECOND), ..Stamp::default() },
        change: MarketChange::Mark { px: Ticks(px) },
    };
    books.fill(&fill(LINEAR, 1, Side::Buy, 10_000, 1_000, 0)).unwrap();
    for (px, day, equity, peak, drawdown_max, day_open) in [
        (9_000, 0, 9_900, 10_000, 100, 10_000),
        (12_000, 0, 10_200, 10_200, 100, 10_000),
        (10_500, 1, 10_050, 10_200, 150, 10_200),
        (11_500, 1, 10_150, 10_200, 150, 10_200),
    ] {
        books.on_market(&mark(px, day));
        let curve = books.curve();
        let told = [books.equity(), curve.peak, curve.drawdown_max, curve.day_open].map(dollars);
        assert_eq!(told, [equity, peak, drawdown_max, day_open].map(Quote::whole));
    }
}

#[test]
fn what_cannot_be_booked_is_counted_and_leaves_nothing_behind() {
    let mut books = books(LotMethod::Fifo);
    let before = books.equity();
    for (px, qty) in [(i64::MAX, i64::MAX), (10_000, 0)] {
        let event = OrderEvent::Filled {
            trade_id: 1,
            last_px: Ticks(px),
            last_qty: Quantity(qty),
            fee: Quote(7),
            liquidity: engine_model::report::Liquidity::Maker,
        };
        books.on_report(&Report { instrument: LINEAR, event, ..Report::default() });
    }
    assert_eq!((books.skipped(), books.equity(), books.total().fills), (2, before, 0));
    assert!(books.adds_up());
    let fine = Instrument {
        grid: engine_model::instrument::Grid { price_decimals: 18, ..five().get(SPOT).grid },
        ..*five().get(SPOT)
    };
    let list = Instruments::new(vec![Instrument { id: InstrumentId(0), ..fine }]);
    assert_eq!(Books::new(Arc::new(list), Terms::default()).unwrap_err(), BooksFault::TooFine(InstrumentId(0)));
}

#[test]
fn all_equity_is_behind_every_contract_and_none_is_asked_of_spot() {
    // 10,000 dollars; 1 BTC long at 1,000, now at 1,100; 600 contracts short of the other: 60,000 dollars at 1,100.
    let mut books = books(LotMethod::Average);
    market(&mut books, LINEAR, 10_000, 10_000, 9_999, 10_001);
    books.fill(&fill(LINEAR, 1, Side::Buy, 10_000, 1_000, 0)).unwrap();
    books.fill(&fill(SPOT, 1, Side::Buy, 10_000, 10_000, 0)).unwrap();
    market(&mut books, LINEAR, 11_000, 11_000, 10_999, 11_001);
    let margins: Vec<Option<Margin>> = books.positions().map(|held| books.margin(&held)).collect();
    let [Some(linear), None] = margins[..] else { panic!("{margins:?}") };
    // 1,100 dollars: a twentieth to open, 2.5 % to stay. What stands behind it is 9,000 more than it costs: never.
    assert_eq!((linear.value, linear.initial, linear.maintenance), (1_100 * E8, 55 * E8, 275 * E8 / 10));
    assert_eq!(linear.liquidation, crate::portfolio::margin::Liquidation::Never);
    // 20 BTC more at 1,100: 23,100 dollars with 10,100 of equity. (23,000 - 10,000) / (21 * 0.975) = 634.92.
    books.fill(&fill(LINEAR, 2, Side::Buy, 11_000, 20_000, 0)).unwrap();
    let held = books.positions().next().unwrap();
    assert_eq!(books.margin(&held).unwrap().liquidation, crate::portfolio::margin::Liquidation::At(Ticks(6_349)));
    // The other contract wants 5 % of 60,000 less its first step's 1,250: 1,750 less are behind the first one.
    market(&mut books, INVERSE, 11_000, 11_000, 10_999, 11_001);
    books.fill(&fill(INVERSE, 2, Side::Sell, 11_000, 600, 0)).unwrap();
    let held = books.positions().next().unwrap();
    assert_eq!(
        books.margin(&held).unwrap().liquidation,
        crate::portfolio::margin::Liquidation::At(Ticks(7_203)),
        "14,750"
    );
}

#[test]
fn what_nobody_can_value_leaves_every_liquidation_untold() {
    let known = *instruments().get(LINEAR);
    let strange = Instrument { id: InstrumentId(1), quote: Name::new("XYZ").unwrap(), ..known };
    let terms = Terms { equity_start: Quote::whole(10_000), ..Terms::default() };
    let mut books = Books::new(Arc::new(Instruments::new(vec![known, strange])), terms).unwrap();
    market(&mut books, LINEAR, 10_000, 10_000, 9_999, 10_001);
    books.fill(&fill(LINEAR, 1, Side::Buy, 10_000, 21_000, 0)).unwrap();
    let liquidation = |books: &Books| books.margin(&books.positions().next().unwrap()).unwrap().liquidation;
    assert!(matches!(liquidation(&books), crate::portfolio::margin::Liquidation::At(_)));
    // It may want any margin out of the same account.
    market(&mut books, InstrumentId(1), 10_000, 10_000, 9_999, 10_001);
    books.fill(&fill(InstrumentId(1), 1, Side::Buy, 10_000, 1_000, 0)).unwrap();
    assert_eq!(liquidation(&books), crate::portfolio::margin::Liquidation::Untellable);
}

fn opened(books: &mut Books, id: InstrumentId, strategy: u8, qty: i64, avg_px_milliticks: i64) {
    let opening = Opening { qty: Quantity(qty), avg_px_milliticks };
    books.on_report(&Report {
        strategy: StrategyId(strategy),
        instrument: id,
        event: OrderEvent::Opened(opening),
        received_at_ns: Nanos(7),
        ..Report::default()
    });
}

/// As if it had been bought for nothing at the first price; by venues' ledgers, at their own average, as if never bought.
#[test]
fn what_was_held_before_earns_from_the_first_price_on_whichever_is_told_first() {
    let mut random = Random::new(31);
    for round in 0..400 {
        let method = *random.pick(&[LotMethod::Average, LotMethod::Fifo, LotMethod::Lifo]);
        let (mut early, mut late, mut twin) = (books(method), books(method), books(method));
        let id = *random.pick(&[LINEAR, SPOT, INVERSE]);
        let held = random.within(1, 60) * *random.pick(&[1, -1]);
        let held = if id == SPOT { held.abs() } else { held };
        let avg = if id == SPOT { 0 } else { random.within(9_000_000, 11_000_000) };
        let first = random.within(9_000, 11_000);
        let mark = |px| event(id, MarketChange::Mark { px: Ticks(px) });
        opened(&mut early, id, 2, held, avg);
        assert_eq!((early.rows().count(), early.skipped()), (0, 0), "it waits for a price");
        [&mut early, &mut late, &mut twin].into_iter().for_each(|books| books.on_market(&mark(first)));
        let side = if held > 0 { Side::Buy } else { Side::Sell };
        twin.fill(&fill(id, 2, side, first, held.abs(), 0)).unwrap();
        let moved = random.within(9_000, 11_000);
        [&mut early, &mut late, &mut twin].into_iter().for_each(|books| books.on_market(&mark(moved)));
        opened(&mut late, id, 2, held, avg);
        let mut all = [early, late, twin];
        for _ in 0..8 {
            let (side, px) = (*random.pick(&[Side::Buy, Side::Sell]), random.within(9_000, 11_000));
            let (strategy, qty) = (random.within(1, 2) as u8, random.within(1, 40));
            for books in &mut all {
                books.fill(&fill(id, strategy, side, px, qty, 3)).unwrap();
                books.on_market(&mark(px));
                assert!(books.adds_up(), "round {round}");
            }
        }
        let told = |books: &Books| {
            let held: Vec<_> =
                books.positions().map(|held| (held.lots.qty(), held.lots.cost(), held.lots.realised())).collect();
            (books.total().parts.total(), books.equity(), held)
        };
        assert_eq!(told(&all[0]), told(&all[1]), "round {round}");
        assert_eq!(told(&all[0]), told(&all[2]), "round {round}");
    }
}

#[test]
fn the_ledger_has_what_the_venue_settles_and_not_what_was_held_before() {
    let mut books = books(LotMethod::Fifo);
    for id in [LINEAR, SPOT] {
        books.on_market(&event(id, MarketChange::Mark { px: Ticks(10_000) }));
    }
    // The venue's average lies half a tick above 9,000: closing at 11,000 settles from there.
    opened(&mut books, LINEAR, 0, 10, 9_000_500);
    opened(&mut books, SPOT, 0, 10, 0);
    let lots: Vec<_> = books.positions().flat_map(|held| held.lots.open().copied().collect::<Vec<_>>()).collect();
    assert!(lots.iter().all(|lot| (lot.qty, lot.is_opening, lot.opened_at_ns) == (10, true, Nanos(7))), "{lots:?}");
    assert!(books.ledger().iter().all(|(_, _, amount)| *amount == 0), "{:?}", books.ledger());
    for id in [LINEAR, SPOT] {
        books.fill(&fill(id, 1, Side::Sell, 11_000, 4, 0)).unwrap();
    }
    let atoms = |id: InstrumentId, px| books.atoms[id.index()].lot(Ticks(px)).unwrap();
    let half_a_tick = (atoms(LINEAR, 2) - atoms(LINEAR, 1)) / 2;
    let (usdt, eth) = (asset(&books, "USDT"), books.instruments().asset(books.instruments().get(SPOT).base).unwrap());
    let moved = |asset| books.ledger().iter().filter(|row| row.1 == asset).map(|row| row.2).sum::<i128>();
    let settled = 4 * (atoms(LINEAR, 11_000) - atoms(LINEAR, 9_000) - half_a_tick);
    assert_eq!(moved(usdt), settled + 4 * atoms(SPOT, 11_000));
    assert_eq!(moved(eth), -books.atoms[SPOT.index()].base(4).unwrap());
    let earned = 4 * (atoms(LINEAR, 1_000) + atoms(SPOT, 1_000));
    assert_eq!(books.total().parts.total(), earned, "what they had earned before is not the run's");
}
