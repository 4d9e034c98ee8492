//! `run`: the engine on real streams.

use crate::args::Run;
use crate::exit::Exit;
use crate::serve::{Hooks, Started, serve};
use crate::{config, output, summary};
use engine_core::config::{Config, Mode};

/// Runs the command.
pub(crate) fn run(args: &Run) -> Result<(), Exit> {
    let mut config = config::read(Some(&args.config))?;
    if let Some(mode) = args.mode {
        config.run.mode = mode.into();
    }
    refuse_live(&config, args.arm)?;
    let mut started = |started: &Started<'_>| {
        match started.door {
            Some(address) => tracing::info!("the door is http://{address}/"),
            None => tracing::info!("no door: bridge.enabled is false"),
        }
        match started.journal {
            Some(path) => tracing::info!(?path, "the journal has begun; it grows until the run ends"),
            None => tracing::info!("no journal: journal.enabled is false"),
        }
    };
    let hooks = Hooks { for_: args.for_, started: &mut started, tick: &mut |_, _| true, tap: &mut |_| Ok(None) };
    let served = serve(&config, hooks)?;
    if args.json {
        output::print_json(&summary::json(&served))?;
    } else {
        output::print(&summary::text(&served))?;
    }
    served.exit(true)
}

/// Real money needs order gateways, which this build does not have; saying so comes before asking whether it is meant.
fn refuse_live(config: &Config, is_armed: bool) -> Result<(), Exit> {
    match (config.run.mode, is_armed) {
        (Mode::Paper, false) => Ok(()),
        (Mode::Paper, true) => Err(Exit::Usage("--arm: only with --mode live; paper needs no arming".to_owned())),
        (Mode::Live, _) => Err(Exit::Refused(
            "mode live: this build has no order gateway to any venue and trades on paper only; use --mode paper"
                .to_owned(),
        )),
    }
}
