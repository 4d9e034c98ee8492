//! `run`: the engine on real streams.

use crate::args::Run;
use crate::exit::Exit;
use crate::recover::Takes;
use crate::serve::{Hooks, Started, serve};
use crate::{config, output, summary};
use engine_core::config::{Config, Mode};
use std::time::Duration;

/// Runs the command.
pub(crate) fn run(args: &Run) -> Result<(), Exit> {
    let source = config::source(&args.config)?;
    let settings = source.text.clone();
    let mut config = config::read_source(source)?;
    if let Some(mode) = args.mode {
        config.run.mode = mode.into();
    }
    if let Some(recover) = args.recover {
        config.journal.recover = recover.into();
    }
    refuse_live(&config, args.arm)?;
    engine(&config, &settings, None, args.for_, args.json)
}

/// Runs the engine with settings that were read and may trade. `takes`: in the place of another.
pub(super) fn engine(
    config: &Config,
    settings: &str,
    takes: Option<&Takes>,
    for_: Option<Duration>,
    as_json: bool,
) -> Result<(), Exit> {
    let scheme = if config.bridge.tls.is_some() { "https" } else { "http" };
    let mut started = |started: &Started<'_>| {
        match started.door {
            Some(address) => tracing::info!("the door is {scheme}://{address}/"),
            None => tracing::info!("no door: bridge.enabled is false"),
        }
        match started.journal {
            Some(path) => tracing::info!(?path, "the journal has begun; it grows until the run ends"),
            None => tracing::info!("no journal: journal.enabled is false"),
        }
    };
    let hooks = Hooks {
        for_,
        started: &mut started,
        tick: &mut |_, _| true,
        tap: &mut |_| Ok(None),
        takes,
        settings: Some(settings),
    };
    let served = serve(config, hooks)?;
    if as_json {
        output::print_json(&summary::json(&served))?;
    } else {
        output::print(&summary::text(&served))?;
    }
    // Without a time it was to last, to be ended is its end.
    served.exit(for_.is_some())
}

/// Real money needs to be meant, and a key for every venue.
pub(super) fn refuse_live(config: &Config, is_armed: bool) -> Result<(), Exit> {
    let keyless = config.venues.iter().find(|venue| venue.account.key.is_none());
    match (config.run.mode, is_armed, keyless) {
        (Mode::Paper, false, _) => Ok(()),
        (Mode::Live, true, None) if config.run.equity.is_some() => Ok(()),
        (Mode::Live, true, None) => Err(Exit::Refused(
            "mode live: run.equity_usd is \"none\", so no limit of risk could be told: write what the account is worth in \
             dollars"
                .to_owned(),
        )),
        (Mode::Paper, true, _) => Err(Exit::Usage("--arm: only with --mode live; paper needs no arming".to_owned())),
        (Mode::Live, _, Some(venue)) => Err(Exit::Refused(format!(
            "mode live: {} has no key: name its places in [venue.key] (id, secret) of its [[venue]], or leave the venue \
             out; --mode paper needs none",
            venue.id.name()
        ))),
        (Mode::Live, false, None) => Err(Exit::Refused(
            "mode live: real orders with real money; say --arm if that is meant, or --mode paper".to_owned(),
        )),
    }
}
