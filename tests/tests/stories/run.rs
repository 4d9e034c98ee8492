//! `ringside run` against an exchange on loopback: how a run begins, and what it leaves behind at its end.

use crate::process::{Call, Ran, ringside};
use crate::scratch::Scratch;
use engine_core::journal::reader::{Entry, Reader};
use engine_core::journal::record::{Record, Verdict};
use engine_core::journal::replay::replay;
use engine_model::command::CommandKind;
use engine_model::limit::TradingState;
use engine_model::venue::VenueId;
use std::path::{Path, PathBuf};
use tests_venue::{Config, SimulatedVenue};

/// An exchange, and a folder that a run may start in.
pub(crate) struct Ground {
    pub(crate) exchange: SimulatedVenue,
    pub(crate) scratch: Scratch,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let exchange = SimulatedVenue::start(Config::new(VenueId::BinanceUsdm, 7)).expect("a free port");
        Self { exchange, scratch: Scratch::new() }
    }

    /// A file of settings: a maker on two instruments of the exchange, a free port, and these lines.
    pub(crate) fn settings(&self, sections: &str) -> PathBuf {
        let (ws, rest) = (self.exchange.ws_url(), self.exchange.rest_url());
        let venue = format!(
            "[[venue]]\nname = \"binance-usdm\"\nsymbols = [\"BTCUSDT\", \"ETHUSDT\"]\nws_url = \"{ws}\"\nrest_url = \"{rest}\"\n"
        );
        self.scratch.file("settings.toml", [sections, &venue].concat())
    }

    /// A run with these settings; its journal comes to lie in the folder.
    pub(crate) fn call(&self, sections: &str, words: &[&str]) -> Call {
        let call = ringside(["run", "--json", "--config"]).arg(self.settings(sections)).within(self.scratch.path());
        words.iter().fold(call, |call, word| call.arg(word))
    }

    pub(crate) fn journal(&self) -> PathBuf {
        let folder = std::fs::read_dir(self.scratch.path().join("journal")).expect("a folder of journals");
        folder.last().expect("one journal").expect("an entry").path()
    }
}

/// A maker that never rests for long.
const MAKER: &str = "[risk]\nmessage_rate_per_s = 1000\nmessage_burst = 2000\n\
    [[strategy]]\nname = \"imbalance_maker\"\ninstruments = [\"binance-usdm:BTCUSDT\", \"binance-usdm:ETHUSDT\"]\n";

/// What a journal says of the end of its run.
#[derive(Debug)]
struct End {
    submitted: usize,
    /// After the withdrawal of all.
    submitted_late: usize,
    withdrawn: bool,
    open: usize,
}

fn end_of(journal: &Path) -> End {
    let bytes = std::fs::read(journal).expect("readable");
    let reader = || Reader::new(&bytes).expect("a journal");
    let mut end = End { submitted: 0, submitted_late: 0, withdrawn: false, open: 0 };
    for entry in reader() {
        let Entry { record: Record::Decision(judgement), .. } = entry.expect("whole") else { continue };
        match judgement.verdict {
            Verdict::Submit(_) => {
                end.submitted += 1;
                end.submitted_late += usize::from(end.withdrawn);
            }
            Verdict::Command {
                what: CommandKind::CancelAll | CommandKind::SetTradingState(TradingState::Halted),
                ..
            } => end.withdrawn = true,
            _ => {}
        }
    }
    let entries = reader();
    let epoch = entries.prologue().epoch;
    end.open = replay(entries, epoch).expect("judged the same").orders.open_count();
    end
}

/// Runs for some seconds, and then nothing works any more.
fn check_end(sections: &str, requote_ms: u32) -> Ran {
    let ground = Ground::new();
    let sections = format!("{sections}{MAKER}[strategy.params]\nrequote_ms = {requote_ms}\nhysteresis_ticks = 0\n");
    let ran = ground.call(&sections, &["--for", "4s"]).run();
    let end = end_of(&ground.journal());
    assert!(end.submitted > 0, "nothing was traded: {ran}");
    assert!(end.withdrawn && end.submitted_late == 0 && end.open == 0, "{end:?} at the end of {ran}");
    assert_eq!(ran.json()["open_orders"], 0, "{ran}");
    ran
}

#[test]
fn a_run_without_a_door_withdraws_its_orders_at_the_end() {
    check_end("[bridge]\nenabled = false\n", 250);
}

#[test]
fn a_strategy_that_wishes_each_millisecond_gets_no_order_after_the_withdrawal() {
    check_end("[bridge]\naddress = \"127.0.0.1:0\"\n", 1);
}

#[test]
fn orders_far_away_are_waited_for() {
    let far = "[bridge]\naddress = \"127.0.0.1:0\"\n[paper]\norder_latency_us = 300000\nreply_latency_us = 300000\n";
    check_end(far, 250);
}
