//! A thread of its own that withdraws everything when the venue's stage stands still, or is gone without a word.
//!
//! At every venue: a switch of the venue's own outlives the process, but some are not fed at all and fire only when a line
//! closes. It shares nothing with the stage but three of its counters: neither socket, nor REST thread, nor tongue. It
//! bites only when the stage had taken a request or an order, so what stands at the venue from before is not touched by a
//! slow start.
//!
//! Never: takes a refusal for a success. A process that is killed takes it along.

use super::errand::Errands;
use super::gauges::{GatewayGauges, Trouble};
use super::stage::GatewaySettings;
use crate::gateway::tongue::Tongue;
use crate::net::error::NetError;
use crate::net::rest::RestClient;
use engine_model::instrument::InstrumentId;
use engine_ring::clock::Clock;
use engine_ring::flag::StopFlag;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// After a try that failed, the next one: twice as long each time, so that a venue that refuses is not asked without end.
const AGAIN: Duration = Duration::from_millis(500);
const AGAIN_MAX: Duration = Duration::from_secs(30);
/// Tries of one that was let go.
const TRIES: usize = 2;

/// The thread's leash. Dropped without [`Watchdog::dismiss`] it lets the dog go, and waits for it.
#[derive(Debug)]
pub(super) struct Watchdog {
    let_go: StopFlag,
    dismissed: StopFlag,
    dog: Option<JoinHandle<()>>,
}

struct Dog {
    errands: Errands,
    still_after: Duration,
    gauges: Arc<GatewayGauges>,
    let_go: StopFlag,
    dismissed: StopFlag,
}

impl Watchdog {
    /// Starts to watch.
    pub(super) fn start(
        tongue: Box<dyn Tongue>,
        rest: RestClient,
        own: Vec<InstrumentId>,
        settings: &GatewaySettings,
        clock: &Clock,
        gauges: &Arc<GatewayGauges>,
    ) -> Result<Self, NetError> {
        let (let_go, dismissed) = (StopFlag::new(), StopFlag::new());
        let dog = Dog {
            errands: Errands::new(tongue, rest, own, settings.answer_within, clock.clone()),
            still_after: settings.still_after,
            gauges: Arc::clone(gauges),
            let_go: let_go.clone(),
            dismissed: dismissed.clone(),
        };
        let started = thread::Builder::new().name("watchdog".to_owned()).spawn(move || dog.watch());
        let dog = started.map_err(|source| NetError::System { what: "starting the watchdog", source })?;
        Ok(Self { let_go, dismissed, dog: Some(dog) })
    }

    /// An orderly end: nothing is left to withdraw.
    pub(super) fn dismiss(self) {
        self.dismissed.raise();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.let_go.raise();
        if let Some(dog) = self.dog.take() {
            dog.thread().unpark();
            // A dog that panicked cannot be mended here: what it did is in the log.
            let _bitten = dog.join();
        }
    }
}

impl Dog {
    fn watch(mut self) {
        let (mut seen, mut since, mut has_bitten) = (0, Instant::now(), false);
        let (mut wait, mut not_before) = (AGAIN, since + self.still_after);
        while !self.let_go.is_raised() {
            thread::park_timeout(LOOK_EVERY);
            let turns = self.gauges.turns.get();
            if turns != seen {
                (seen, since, has_bitten) = (turns, Instant::now(), false);
                (wait, not_before) = (AGAIN, since + self.still_after);
            } else if !has_bitten && self.may_bite() && Instant::now() >= not_before {
                has_bitten = self.bite(since.elapsed().as_secs());
                (wait, not_before) = ((2 * wait).min(AGAIN_MAX), Instant::now() + wait);
            }
        }
        if self.dismissed.is_raised() || !self.may_bite() {
            return;
        }
        // Each try is told.
        let _is_done = (0..TRIES).any(|_| self.bite(since.elapsed().as_secs()));
    }

    /// An order of ours may stand: one was sent, or adopted of a run before.
    fn may_bite(&self) -> bool {
        self.gauges.requests.get() > 0 || self.gauges.open.get() > 0
    }

    /// Whether everything was withdrawn.
    fn bite(&mut self, still_s: u64) -> bool {
        let failed = self.errands.withdraw_all();
        self.gauges.watchdog.add(1);
        self.gauges.trouble(Trouble::Watchdog { still_s, failed });
        failed == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FrameError;
    use crate::gateway::ask::{Ask, AskId};
    use crate::gateway::call::{Call, Purse, Way};
    use crate::gateway::desk::mail;
    use crate::gateway::desk::tests::usdm_instruments;
    use crate::gateway::heard::{Answer, Heard};
    use crate::gateway::key::{Key, Secret};
    use crate::gateway::text::Text;
    use crate::gateway::tongue::{self, Allowance, Manners, Place, Unable};
    use crate::net::endpoint::Endpoint;
    use engine_model::instrument::{Grid, Instrument, Instruments, Name};
    use engine_model::units::Nanos;
    use engine_model::venue::{RejectReason, VenueId};
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::{Receiver, channel};

    static MANNERS: Manners = Manners {
        rest: "",
        rights: None,
        lines: &[],
        before: &[],
        again: None,
        orders_on: None,
        answer_is_final: true,
        can_modify: false,
        is_whole: false,
        allowance: Allowance { orders: 1, orders_window_ms: 1, kept_for_cancels: 0, questions_a_minute: 1 },
        dead_man: None,
    };

    /// Can withdraw, and nothing else.
    struct Curt;

    impl Tongue for Curt {
        fn manners(&self) -> &'static Manners {
            &MANNERS
        }

        fn line_path(&self, _: usize, _: &mut Text) {}

        fn greet(&mut self, _: usize, _: usize, _: Nanos, _: &mut Call) -> bool {
            false
        }

        fn ask(&mut self, ask: &Ask, _: AskId, _: Nanos, call: &mut Call) -> Result<(), Unable> {
            let Ask::CancelAll(instrument) = ask else { return Err(Unable::NotThere) };
            call.begin(Way::Delete, Purse::Cancels);
            call.path.put(&format!("/{}", instrument.0));
            Ok(())
        }

        fn hear(&mut self, place: Place, _: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
            let Place::Rest(id, _, status) = place else { return Ok(()) };
            let answer = if status == 200 { Answer::Done } else { Answer::Refused(RejectReason::NotAllowed) };
            heard.push(Heard::Answer(id, answer));
            Ok(())
        }
    }

    const STILL_AFTER: Duration = Duration::from_millis(600);
    const ANSWER_WITHIN: Duration = Duration::from_millis(500);
    /// Longest that a test waits for what must come.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// A venue that answers with these statuses, 0 for silence, and 200 ever after; and what it was asked.
    fn venue(statuses: &'static [u16]) -> (Endpoint, Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let endpoint = Endpoint::rest(&format!("http://{}", listener.local_addr().expect("bound"))).expect("good");
        let (asked, questions) = channel();
        thread::spawn(move || {
            let (mut statuses, mut silent) = (statuses.iter(), Vec::new());
            for stream in listener.incoming().map(|stream| stream.expect("a client")) {
                let mut lines = BufReader::new(stream.try_clone().expect("a copy")).lines().map_while(Result::ok);
                while let Some(first) = lines.next() {
                    while lines.next().is_some_and(|line| !line.is_empty()) {}
                    let _test_may_be_over = asked.send(first);
                    let status = statuses.next().copied().unwrap_or(200);
                    if status == 0 {
                        silent.push(stream);
                        break;
                    }
                    // In one piece: a second one would wait for the first to be acknowledged.
                    let said = format!("HTTP/1.1 {status} So\r\nContent-Length: 2\r\n\r\n{{}}");
                    (&stream).write_all(said.as_bytes()).expect("sent");
                }
            }
        });
        (endpoint, questions)
    }

    /// A watchdog over two instruments, the turns that it counts, what the venue was asked.
    fn watch(statuses: &'static [u16]) -> (Watchdog, Arc<GatewayGauges>, Receiver<String>) {
        let (endpoint, questions) = venue(statuses);
        let settings = GatewaySettings {
            still_after: STILL_AFTER,
            answer_within: ANSWER_WITHIN,
            ..GatewaySettings::new(VenueId::BinanceSpot, 1, 1)
        };
        let clock = Clock::machine();
        let rest = mail::rest(&settings, &endpoint, None, &clock, None).expect("a thread");
        let gauges = Arc::new(GatewayGauges::new(settings.venue));
        gauges.requests.add(1);
        let own = vec![InstrumentId(0), InstrumentId(1)];
        let dog = Watchdog::start(Box::new(Curt), rest, own, &settings, &clock, &gauges).expect("a thread");
        (dog, gauges, questions)
    }

    fn next(questions: &Receiver<String>) -> String {
        questions.recv_timeout(PATIENCE).expect("asked")
    }

    /// What it tells of so many times that it acted.
    fn told(gauges: &GatewayGauges, times: usize) -> Vec<String> {
        let (start, mut told) = (Instant::now(), Vec::new());
        while told.len() < times {
            assert!(start.elapsed() < PATIENCE, "{told:?}");
            thread::sleep(Duration::from_millis(5));
            told.extend(gauges.take_trouble().map(|trouble| trouble.to_string()));
        }
        told
    }

    #[test]
    fn a_stage_that_turns_is_left_alone_and_one_that_stands_still_loses_its_orders_once() {
        let (dog, gauges, questions) = watch(&[]);
        for _ in 0..STILL_AFTER.as_millis() * 3 / 20 {
            gauges.turns.add(1);
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!((gauges.watchdog.get(), questions.try_recv().ok()), (0, None));
        let since = Instant::now();
        assert_eq!([next(&questions), next(&questions)], ["DELETE /0 HTTP/1.1", "DELETE /1 HTTP/1.1"]);
        assert!(since.elapsed() >= STILL_AFTER - LOOK_EVERY, "too soon: {:?}", since.elapsed());
        thread::sleep(STILL_AFTER * 2);
        assert_eq!((gauges.watchdog.get(), questions.try_recv().ok()), (1, None));
        // It turned once more, and stands again.
        gauges.turns.add(1);
        assert_eq!(next(&questions), "DELETE /0 HTTP/1.1");
        dog.dismiss();
    }

    #[test]
    fn one_that_was_dismissed_does_nothing() {
        let (dog, gauges, questions) = watch(&[]);
        dog.dismiss();
        thread::sleep(STILL_AFTER * 2);
        assert_eq!((gauges.watchdog.get(), questions.try_recv().ok()), (0, None));
    }

    /// An answer to the question before is none to this one: else one instrument would be taken for withdrawn because
    /// another was.
    #[test]
    fn an_answer_is_to_its_own_question_and_what_failed_is_asked_again() {
        let (_dog, gauges, questions) = watch(&[0, 200, 400, 200]);
        let rounds = told(&gauges, 3);
        let failed = |text: &String| text.contains("1 instruments could not be withdrawn");
        assert_eq!(rounds.iter().map(failed).collect::<Vec<_>>(), [true, true, false], "{rounds:?}");
        let asked: Vec<String> = questions.try_iter().collect();
        assert_eq!(asked, ["DELETE /0 HTTP/1.1", "DELETE /1 HTTP/1.1"].repeat(3));
    }

    #[test]
    fn what_was_not_withdrawn_comes_first_the_next_time() {
        let (_dog, gauges, questions) = watch(&[200, 400]);
        told(&gauges, 2);
        let asked: Vec<String> = questions.try_iter().collect();
        assert_eq!(asked, ["/0", "/1", "/1", "/0"].map(|path| format!("DELETE {path} HTTP/1.1")));
    }

    #[test]
    fn it_bites_when_the_stage_is_gone_without_a_word() {
        let (dog, gauges, questions) = watch(&[400]);
        drop(dog);
        assert_eq!(questions.try_iter().count(), 4, "one was refused: all once more");
        assert_eq!(gauges.watchdog.get(), 2);
    }

    #[test]
    fn it_does_not_bite_before_an_order_was_sent() {
        let (dog, gauges, questions) = watch(&[]);
        gauges.requests.set(0);
        thread::sleep(STILL_AFTER * 2);
        drop(dog);
        assert_eq!((gauges.watchdog.get(), questions.try_recv().ok()), (0, None));
    }

    #[test]
    fn an_adopted_order_is_guarded_before_any_was_sent() {
        let (dog, gauges, questions) = watch(&[]);
        gauges.requests.set(0);
        gauges.open.set(1);
        assert_eq!(next(&questions), "DELETE /0 HTTP/1.1");
        dog.dismiss();
    }

    #[test]
    fn what_fails_is_tried_again_and_each_time_later() {
        static FAILS: [u16; 64] = [400; 64];
        let (_dog, gauges, _questions) = watch(&FAILS);
        told(&gauges, 1);
        let since = Instant::now();
        told(&gauges, 2);
        assert!(since.elapsed() >= 5 * AGAIN / 2, "once and twice as long: {:?}", since.elapsed());
    }

    /// A venue that takes documents, and what it says to each.
    fn speaker(mut say: impl FnMut(&str) -> String + Send + 'static) -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let endpoint = Endpoint::rest(&format!("http://{}", listener.local_addr().expect("bound"))).expect("good");
        thread::spawn(move || {
            for stream in listener.incoming().map(|stream| stream.expect("a client")) {
                let mut reader = BufReader::new(stream.try_clone().expect("a copy"));
                while let Some(body) = document(&mut reader) {
                    let said = say(&body);
                    let said = format!("HTTP/1.1 200 So\r\nContent-Length: {}\r\n\r\n{said}", said.len());
                    (&stream).write_all(said.as_bytes()).expect("sent");
                }
            }
        });
        endpoint
    }

    fn document(reader: &mut impl BufRead) -> Option<String> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().to_ascii_lowercase().strip_prefix("content-length: ") {
                Some(count) => length = count.parse().expect("a number"),
                None if line.trim_end().is_empty() => break,
                None => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        String::from_utf8(body).ok()
    }

    /// One list and a cancel an order for each instrument: from thirty instruments on that passed the venue's limit.
    #[test]
    fn at_hyperliquid_what_stands_on_forty_instruments_is_one_list_and_withdrawn_by_the_handful() {
        const COINS: u64 = 40;
        let (tell, heard) = channel();
        // Every second one is somebody else's.
        let mut open: Vec<u64> = (9_000..9_100).collect();
        let endpoint = speaker(move |body| {
            if body.contains(r#""type":"meta""#) {
                let coin = |coin| format!(r#"{{"szDecimals":5,"name":"C{coin}"}}"#);
                return format!(r#"{{"universe":[{}]}}"#, (0..COINS).map(coin).collect::<Vec<_>>().join(","));
            }
            if body.contains("frontendOpenOrders") {
                let _test_may_be_over = tell.send(None);
                let row = |oid: &u64| {
                    let cloid = if oid.is_multiple_of(2) { "null" } else { r#""0x52696e67736964650100000200000003""# };
                    format!(
                        r#"{{"coin":"C{}","side":"B","limitPx":"61837.0","sz":"0.201","oid":{oid},"timestamp":1681247412573,
                        "origSz":"0.201","cloid":{cloid},"orderType":"Limit","triggerPx":"0.0"}}"#,
                        oid % COINS
                    )
                };
                return format!("[{}]", open.iter().map(row).collect::<Vec<_>>().join(","));
            }
            if body.contains(r#""cancels":"#) {
                let before = open.len();
                open.retain(|oid| !body.contains(&format!(r#"{{"a":{},"o":{oid}}}"#, oid % COINS)));
                let _test_may_be_over = tell.send(Some(before - open.len()));
                let all = vec![r#""success""#; before - open.len()].join(",");
                return format!(r#"{{"status":"ok","response":{{"type":"cancel","data":{{"statuses":[{all}]}}}}}}"#);
            }
            r#"{"time":1711001595207}"#.to_owned()
        });
        let grid = Grid { price_decimals: 1, tick_step: 1, qty_decimals: 5, lot_step: 1 };
        let coin = |of: &Instrument| {
            let symbol = Name::new(&format!("C{}", of.id.0)).expect("short");
            Instrument { venue: VenueId::Hyperliquid, symbol, grid, ..*of }
        };
        let all = Instruments::new(usdm_instruments(COINS as u32).iter().map(coin).collect());
        let id = Secret::new("0x1719884eb866cb12b2287399b15f7db5e7d775ea");
        let secret = Secret::new("0123456789012345678901234567890123456789012345678901234567890123");
        let tongue = tongue::of(VenueId::Hyperliquid, &Key { id, secret, passphrase: None }, &all).expect("spoken");
        let (settings, clock) = (GatewaySettings::new(VenueId::Hyperliquid, 1, 1), Clock::machine());
        let rest = mail::rest(&settings, &endpoint, None, &clock, None).expect("a thread");
        let own = all.iter().map(|of| of.id).collect();
        let mut errands = Errands::new(tongue, rest, own, PATIENCE, clock);
        assert_eq!(errands.withdraw_all(), 0);
        let handfuls = [None, Some(39), Some(39), Some(22), None];
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), handfuls, "two lists for all, and nothing is left");
        assert_eq!(errands.withdraw_all(), 0);
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [None], "nothing stands");
    }

    /// Errands at USD-M, where everything is withdrawn in two halves.
    fn errands(count: u32, endpoint: &Endpoint, answer_within: Duration) -> Errands {
        let (all, clock) = (usdm_instruments(count), Clock::machine());
        let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: None };
        let tongue = tongue::of(VenueId::BinanceUsdm, &key, &all).expect("spoken");
        let settings = GatewaySettings { answer_within, ..GatewaySettings::new(VenueId::BinanceUsdm, 1, 1) };
        let rest = mail::rest(&settings, endpoint, None, &clock, None).expect("a thread");
        Errands::new(tongue, rest, all.iter().map(|instrument| instrument.id).collect(), answer_within, clock)
    }

    fn is_plain(question: &str) -> bool {
        question.starts_with("DELETE /fapi/v1/allOpenOrders?")
    }

    fn is_waiting(question: &str) -> bool {
        question.starts_with("DELETE /fapi/v1/algoOpenOrders?")
    }

    #[test]
    fn many_symbols_at_once_are_each_withdrawn_in_both_halves() {
        for count in [9, 64] {
            let (endpoint, questions) = venue(&[]);
            assert_eq!(errands(count, &endpoint, PATIENCE).withdraw_all(), 0, "of {count}");
            let asked: Vec<String> = questions.try_iter().collect();
            let halves = [is_plain, is_waiting].map(|half| asked.iter().filter(|question| half(question)).count());
            assert_eq!(halves, [count as usize; 2], "each once");
        }
    }

    #[test]
    fn a_new_errand_begins_with_the_first_half_wherever_the_last_one_ended() {
        // The time, the first half; silence to the second.
        let (endpoint, questions) = venue(&[200, 200, 0]);
        let mut errands = errands(1, &endpoint, ANSWER_WITHIN);
        assert_eq!([errands.withdraw_all(), errands.withdraw_all()], [1, 0]);
        let asked: Vec<String> = questions.try_iter().filter(|question| question.starts_with("DELETE")).collect();
        assert_eq!(
            asked.iter().map(|question| is_plain(question)).collect::<Vec<_>>(),
            [true, false, true, false],
            "{asked:?}"
        );
    }
}
