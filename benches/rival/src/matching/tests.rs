//! The same real feed, the same orders, every model: equal fills, one by one.

use super::*;
use benches::matching::feed::Sizes;
use benches::matching::ours::Paper;
use benches::matching::{Fills, equal, fills};
use benches::stream::Stream;
use engine_model::venue::VenueId;
use hftbacktest::backtest::models::{
    LogProbQueueFunc, LogProbQueueFunc2, PowerProbQueueFunc, PowerProbQueueFunc2, RiskAdverseQueueModel,
};
use hftbacktest::backtest::proc::PartialFillExchange;

/// Any of their exchanges.
struct Any<const IN_PARTS: bool>(Peer<dyn Processor>);

impl<const IN_PARTS: bool> Any<IN_PARTS> {
    fn of(feed: &Feed, model: impl PeerModel<HashMapMarketDepth> + 'static) -> Self {
        let (bus, orders) = order_bus(ConstantLatency::new(0, 0));
        let exchange: Box<dyn Processor> = if IN_PARTS {
            Box::new(PartialFillExchange::new(hashed(feed), money(), model, bus))
        } else {
            Box::new(NoPartialFillExchange::new(hashed(feed), money(), model, bus))
        };
        Self(Peer { exchange, orders, lot: qty(&feed.instrument, 1), fills: Vec::new() })
    }
}

impl<const IN_PARTS: bool> Simulator for Any<IN_PARTS> {
    const NAME: &'static str = "hftbacktest";
    type Prepared = Prepared;

    fn new(feed: &Feed, model: QueueModel) -> Self {
        let n = |Hundredths(n): Hundredths| n as f64 / 100.0;
        match model {
            QueueModel::Counted => panic!("that one is ours"),
            QueueModel::RiskAverse => Self::of(feed, RiskAdverseQueueModel::new()),
            QueueModel::Probable(Chance::Power(p)) => {
                Self::of(feed, ProbQueueModel::new(PowerProbQueueFunc::new(n(p))))
            }
            QueueModel::Probable(Chance::Log) => Self::of(feed, ProbQueueModel::new(LogProbQueueFunc::new())),
            QueueModel::Probable(Chance::PowerOfAll(p)) => {
                Self::of(feed, ProbQueueModel::new(PowerProbQueueFunc2::new(n(p))))
            }
            QueueModel::Probable(Chance::LogOfAll) => Self::of(feed, ProbQueueModel::new(LogProbQueueFunc2::new())),
            QueueModel::Probable(Chance::PowerOfFront(p)) => {
                Self::of(feed, ProbQueueModel::new(PowerProbQueueFunc3::new(n(p))))
            }
        }
    }

    fn prepare(feed: &Feed, step: &Step) -> Prepared {
        prepare(feed, step)
    }

    fn step(&mut self, step: &Prepared) {
        self.0.put(step);
        let mut finished = Vec::new();
        self.0.hear(|order| {
            if IN_PARTS && order.status == Status::Filled {
                finished.push(order.clone());
            }
        });
        // Their exchange with partial fills keeps an order whose last part is exactly what was left of it, and stops with an
        // error at the next trade there. So that it goes on, what is filled is withdrawn; most is not there any more.
        for mut order in finished {
            (order.req, order.status, order.local_timestamp) = (Status::Canceled, Status::None, order.exch_timestamp);
            self.0.ask(order);
        }
        self.0.hear(|order| assert_ne!(order.status, Status::Filled, "filled by a cancel"));
    }

    fn fills(&mut self) -> &mut Vec<Fill> {
        &mut self.0.fills
    }
}

/// All models on one feed, and how many fills that were.
fn compare<const IN_PARTS: bool>(stream: &Stream, sizes: Sizes, power: Hundredths) -> usize {
    let feed = Feed::new(stream, sizes, 1).expect("a feed");
    let models = QueueModel::all(power).into_iter().filter(|(_, model)| *model != QueueModel::Counted);
    let compared = models.map(|(name, model)| {
        let (ours, theirs): (Fills, Fills) = (fills::<Paper>(&feed, model), fills::<Any<IN_PARTS>>(&feed, model));
        equal(name, &theirs, &ours).unwrap_or_else(|error| panic!("{}: {error}", stream.name));
        eprintln!("{name}: {} fills of {} steps equal", ours.len(), feed.steps.len());
        ours.len()
    });
    compared.sum()
}

#[test]
fn equal_fills_on_a_made_up_feed() {
    let stream = Stream::made_up(5).expect("a recording");
    assert!(compare::<true>(&stream, Sizes::Many, Hundredths(150)) > 1_000);
}

#[test]
fn equal_fills_on_a_recorded_feed() {
    let streams = Stream::recorded(VenueId::BinanceUsdm).expect("readable");
    let recorded: Vec<&Stream> = streams.iter().filter(|stream| stream.name.contains("hft_btcusdt")).collect();
    if recorded.is_empty() {
        return eprintln!("skipped: no recordings beside the repository");
    }
    for stream in recorded {
        assert!(compare::<false>(stream, Sizes::One, Hundredths(300)) > 1_000);
        assert!(compare::<true>(stream, Sizes::Many, Hundredths(300)) > 1_000);
    }
}
