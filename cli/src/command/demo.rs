//! `demo`: everything at once, with no network and no account. Venues are simulated behind real sockets; all else is the
//! engine as it runs on real streams.

use crate::args::Demo;
use crate::exit::Exit;
use crate::serve::{Hooks, Started, serve};
use crate::{config, output, summary};
use anyhow::Context as _;
use engine_core::config::Config;
use feeds::live::gauges::FeedGauges;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;
use tests_venue::SimulatedVenue;

/// What its instruments come to; they are as busy on every machine.
const JOURNAL_MB_A_MINUTE: u32 = 50;

/// Runs the command.
pub(crate) fn run(args: &Demo) -> Result<(), Exit> {
    let mut config = config::demo(args.config.as_deref())?;
    config.run.seed = args.seed;
    config.bridge.address.set_port(args.port);
    if let Some(layout) = args.layout {
        config.layout.kind = layout.into();
    }
    if let Some(recover) = args.recover {
        config.journal.recover = recover.into();
    }
    let exchanges = start_exchanges(&mut config, args.seed)?;
    let is_tls = config.bridge.tls.is_some();
    let mut started = |started: &Started<'_>| say(&welcome(args, is_tls, started));
    let is_terminal = std::io::stderr().is_terminal();
    let mut tick = |elapsed: Duration, feeds: &[Arc<FeedGauges>]| {
        if is_terminal {
            let messages: u64 = feeds.iter().map(|feed| feed.messages.get()).sum();
            say(&format!("\r{:>4} s  {messages:>9} messages ", elapsed.as_secs()));
        }
        true
    };
    let served = serve(
        &config,
        Hooks {
            for_: args.for_,
            started: &mut started,
            tick: &mut tick,
            tap: &mut |_| Ok(None),
            takes: None,
            settings: None,
        },
    );
    for exchange in exchanges {
        exchange.stop();
    }
    if is_terminal {
        say("\r\x1b[K");
    }
    let served = served?;
    if args.json {
        output::print_json(&summary::json(&served))?;
    } else {
        output::print(&summary::text(&served))?;
    }
    served.exit(args.for_.is_some())
}

/// One simulated exchange a venue, on a loopback port of its own; the configuration is pointed at them.
fn start_exchanges(config: &mut Config, seed: u64) -> Result<Vec<SimulatedVenue>, Exit> {
    let mut exchanges = Vec::new();
    for venue in &mut config.venues {
        let settings = tests_venue::Config::new(venue.id, seed);
        let exchange = SimulatedVenue::start(settings).with_context(|| format!("simulating {}", venue.id.name()))?;
        venue.ws_url = Some(exchange.ws_url());
        venue.rest_url = Some(exchange.rest_url());
        exchanges.push(exchange);
    }
    Ok(exchanges)
}

/// Standard error: standard output is for the result.
fn say(text: &str) {
    let mut err = std::io::stderr().lock();
    // Nobody may be listening; the demo goes on.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

fn welcome(args: &Demo, is_tls: bool, started: &Started<'_>) -> String {
    let Started { door, instruments, journal, recovered } = started;
    let mut text = format!("Ringside demo, seed {}: simulated venues on loopback sockets, paper money.\n", args.seed);
    let listed: Vec<String> = instruments.iter().map(|i| format!("{}.{}", i.symbol, i.venue.name())).collect();
    text += &format!("  instruments  {}\n", listed.join("  "));
    if let Some(door) = door {
        let symbol = instruments.iter().next().map_or("BTCUSDT", |i| i.symbol.as_str());
        let scheme = if is_tls { "https" } else { "http" };
        text += &format!(
            "  look         {scheme}://{door}/            curl {scheme}://{door}/api/v1/market/orderbook/{symbol}\n"
        );
        text += &format!("  watch        ringside monitor --url {}{door}\n", if is_tls { "https://" } else { "" });
    }
    if let Some(journal) = journal {
        text += &format!("  journal      {}, about {JOURNAL_MB_A_MINUTE} MB a minute\n", journal.display());
    }
    if let Some(recovered) = recovered {
        text += &format!("  recovered    {}\n", recovered.text());
    }
    text += &match args.for_ {
        Some(time) => format!("  ends         after {} s\n", time.as_secs_f64()),
        None => "  ends         with Ctrl-C\n".to_owned(),
    };
    text
}
